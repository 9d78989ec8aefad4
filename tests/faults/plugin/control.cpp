#include "control.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstring>

#include "porchlight/error.h"
#include "porchlight/time.h"

namespace porchlight::faulty {
namespace {

constexpr std::size_t kNameBytes = 64;
constexpr std::string_view kOnce = "once:";

std::atomic_ref<std::uint64_t> numberAt(char* page, int index) noexcept {
    return std::atomic_ref<std::uint64_t>(reinterpret_cast<std::uint64_t*>(page)[index]);
}

}  // namespace

Control::Control(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (file < 0) throw Error(ErrorKind::Misconfigured, "open " + path + ": no control file");
    void* page = ::lseek(file, 0, SEEK_END) < static_cast<off_t>(kControlBytes)
                     ? MAP_FAILED
                     : ::mmap(nullptr, kControlBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ::close(file);
    if (page == MAP_FAILED) throw Error(ErrorKind::Misconfigured, "map " + path + ": must have 128 bytes");
    page_ = static_cast<char*>(page);
}

Control::~Control() {
    ::munmap(page_, kControlBytes);
}

std::string_view Control::ordered() const noexcept {
    return {page_, ::strnlen(page_, kNameBytes)};
}

bool Control::isOrdered(std::string_view fault) const noexcept {
    const std::string_view name = ordered();
    return (name.starts_with(kOnce) ? name.substr(kOnce.size()) : name) == fault;
}

bool Control::begins(std::string_view fault) noexcept {
    const std::string_view name = ordered();
    if (name.empty()) current_.clear();
    if (name == fault) {
        if (current_ != fault) noteBegun();
        current_ = fault;
        return true;
    }
    if (!name.starts_with(kOnce) || name.substr(kOnce.size()) != fault) return false;
    noteBegun();
    std::memset(page_, 0, kNameBytes);
    return true;
}

void Control::noteBegun() noexcept {
    add(10);
    const auto now = std::chrono::duration_cast<microseconds>(Monotonic::now().time_since_epoch());
    numberAt(page_, 11) = static_cast<std::uint64_t>(now.count());
}

void Control::noteLate(std::uint64_t late_us) noexcept {
    if (auto most = numberAt(page_, 12); late_us > most.load()) most = late_us;
}

void Control::add(int index) noexcept {
    ++numberAt(page_, index);
}

}  // namespace porchlight::faulty
