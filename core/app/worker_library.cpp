#include "app/worker_library.h"

#include <dlfcn.h>

#include "porchlight/error.h"

namespace porchlight::app {
namespace {

template <class Function>
Function find(const std::filesystem::path& library, const char* name) {
    // RTLD_GLOBAL would let the worker's symbols shadow those of plugins.
    void* handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    void* function = handle != nullptr ? ::dlsym(handle, name) : nullptr;
    if (function == nullptr) {
        const char* why = ::dlerror();
        throw Error(ErrorKind::NotSupported, "load " + library.string() + ": " + (why ? why : name));
    }
    return reinterpret_cast<Function>(function);
}

using WorkerMain = int (*)(int, std::atomic<int>*) noexcept;

/// A door that takes arguments like main().
int runProgram(const std::filesystem::path& library, const char* door, std::vector<std::string>& arguments) {
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    return find<int (*)(int, char**) noexcept>(library, door)(static_cast<int>(arguments.size()),
                                                              argv.data());
}

}  // namespace

int runWorker(const std::filesystem::path& library, int socket_fd, std::atomic<int>* violation) {
    return find<WorkerMain>(library, "porchlight_worker_main")(socket_fd, violation);
}

void loadWorker(const std::filesystem::path& library) {
    (void)find<WorkerMain>(library, "porchlight_worker_main");
}

int runDetect(const std::filesystem::path& library, std::vector<std::string> arguments) {
    return runProgram(library, "porchlight_detect_main", arguments);
}

int runProof(const std::filesystem::path& library, std::vector<std::string> arguments) {
    return runProgram(library, "porchlight_proof_main", arguments);
}

}  // namespace porchlight::app
