// What workers of devices may do, and where each worker ends: memory, descriptors, processes, other workers.
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <thread>

#include "confined.h"

namespace limits_test {

using namespace porchlight;
using namespace porchlight::test;
using namespace porchlight::worker;

TEST_CASE("a device sandbox refuses what no camera needs and nothing else", "[sandbox]") {
    if (kHasSanitizer) return tellSkipped(kToolsCall);
    const auto device = Confinement::Device;
    CHECK(wentWell(tryUnder(
        device, [] { return refusedWith(::ptrace(PTRACE_ATTACH, ::getppid(), nullptr, nullptr), EPERM); })));
    CHECK(wentWell(tryUnder(device, [] { return refusedWith(::syscall(SYS_unshare, 0), EPERM); })));
    CHECK(wentWell(tryUnder(device, [] {
        return ::open("/dev/null", O_RDWR) >= 0 && ::socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ? 0 : 1;
    })));
    CHECK(wentWell(tryUnder(device, [] { return refusedWith(::fork(), EPERM); })));
    CHECK(wentWell(tryUnder(device, [] {
        char name[] = "/bin/true";
        char* const words[] = {name, nullptr};
        return refusedWith(::execv(name, words), EPERM);
    })));
    CHECK(wentWell(tryUnder(device, [] {
        int ran = 0;
        std::thread([&] { ran = 1; }).join();
        return ran == 1 ? 0 : 1;
    })));
    CHECK(wentWell(tryUnder(Confinement::DeviceWithPrograms,
                            [] { return refusedWith(::syscall(SYS_unshare, 0), EPERM); })));
    CHECK(wentWell(tryUnder(Confinement::DeviceWithPrograms, [] {
        const pid_t pid = ::fork();  // libcamera's isolated modules
        if (pid == 0) ::_exit(0);
        return ::waitpid(pid, nullptr, 0) == pid ? 0 : 1;
    })));
}

TEST_CASE("a worker could read the memory of other workers", "[sandbox]") {
    if (kHasSanitizer) return tellSkipped(kToolsCall);
    int limited[2];
    REQUIRE(::pipe(limited) == 0);
    const pid_t other = ::fork();
    if (other == 0) {
        limitProcess();
        (void)!::write(limited[1], "x", 1);
        for (;;) ::pause();
    }
    char told = 0;
    REQUIRE(::read(limited[0], &told, 1) == 1);
    for (const int end : limited) ::close(end);
    const std::string memory = "/proc/" + std::to_string(other) + "/mem";
    const auto isReadable = [&] { return ::open(memory.c_str(), O_RDONLY | O_CLOEXEC) >= 0; };
    const pid_t reader = ::fork();
    if (reader == 0) {
        limitProcess();
        ::_exit(isReadable() ? 1 : 0);
    }
    int status = 0;
    REQUIRE(::waitpid(reader, &status, 0) == reader);
    ::kill(other, SIGKILL);
    ::waitpid(other, nullptr, 0);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("memory and descriptors of a worker end at its limits", "[sandbox]") {
    if (kHasSanitizer) return tellSkipped(kToolsCall);
    const pid_t pid = ::fork();
    if (pid == 0) {
        limitProcess();
        ipc::Setup setup;
        setup.confinement = Confinement::Decoding;
        setup.memory_max_bytes = 300U << 20U;
        confine(setup);
        int code = 0;
        int opened = 0;
        while (opened < 1'000 && ::open("/dev/null", O_RDONLY) >= 0) ++opened;
        if (opened > 64 || opened < 20 || errno != EMFILE) code |= 1;
        std::size_t got = 0;
        while (got < (1U << 30U) && ::mmap(nullptr, 16U << 20U, PROT_READ | PROT_WRITE,
                                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
            got += 16U << 20U;
        if (got > (300U << 20U) || got < (100U << 20U)) code |= 2;
        rlimit core{};
        ::getrlimit(RLIMIT_CORE, &core);
        if (core.rlim_cur != 0) code |= 4;
        ::_exit(code);
    }
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a worker that may start programs cannot start ever more of them", "[sandbox]") {
    const pid_t pid = ::fork();
    if (pid == 0) {
        constexpr uid_t kNobody = 65534;
        if (::getuid() == 0 && ::setresuid(kNobody, kNobody, kNobody) != 0)
            ::_exit(8);  // root is not held to it
        ipc::Setup setup;
        setup.confinement = Confinement::DeviceWithPrograms;
        confine(setup);
        int code = 0;
        int started = 0;
        std::array<pid_t, 1'000> children{};
        while (started < 1'000) {
            const pid_t child = ::fork();
            if (child == 0) ::_exit(::pause());
            if (child < 0) break;
            children[static_cast<std::size_t>(started++)] = child;
        }
        if (errno != EAGAIN) code |= 1;
        if (started < 100 || started > 300)
            code |= 2;  // others of the user come and go; a thread of TSan in each child
        for (int at = 0; at < started; ++at) ::kill(children[static_cast<std::size_t>(at)], SIGKILL);
        while (::waitpid(-1, nullptr, 0) > 0) {
        }
        ::_exit(code);
    }
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

}  // namespace limits_test
