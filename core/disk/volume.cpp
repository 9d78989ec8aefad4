#include "disk/volume.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "disk/places.h"

namespace porchlight::disk {
namespace {

constexpr const char* kProbe = ".porchlight-probe";
constexpr std::uint64_t kMinFreeBytes = 1U << 20U;  // below this a recording would begin and end at once

VolumeState stateOf(int error_number) noexcept {
    switch (error_number) {
        case ENOSPC:
        case EDQUOT:
            return VolumeState::Full;
        case EROFS:
            return VolumeState::ReadOnly;
        case ENOENT:
        case ENOTDIR:
        case ENODEV:
        case ENXIO:
            return VolumeState::Missing;
        default:
            return VolumeState::Failing;
    }
}

std::string said(const std::string& what, int error_number) {
    return what + ": " + std::strerror(error_number);
}

/// Text of a small file without its line end; nothing (and errno) when it cannot be read.
std::optional<std::string> readSmall(const std::filesystem::path& file) {
    const base::Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return std::nullopt;
    std::array<char, 256> text{};
    const ssize_t size = ::read(fd.get(), text.data(), text.size());
    if (size < 0) return std::nullopt;
    std::string out(text.data(), static_cast<std::size_t>(size));
    while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
    return out;
}

/// Subvolumes of one btrfs are devices of their own, and share their space.
bool sharesBtrfs(const std::filesystem::path& one, const std::filesystem::path& other) noexcept {
    struct statfs of_one {};
    struct statfs of_other {};
    return ::statfs(one.c_str(), &of_one) == 0 && ::statfs(other.c_str(), &of_other) == 0 &&
           of_one.f_type == BTRFS_SUPER_MAGIC && of_other.f_type == BTRFS_SUPER_MAGIC &&
           of_one.f_blocks == of_other.f_blocks;
}

}  // namespace

const char* nameOf(VolumeState state) noexcept {
    switch (state) {
        case VolumeState::Ok:
            return "ok";
        case VolumeState::Missing:
            return "missing";
        case VolumeState::Foreign:
            return "foreign";
        case VolumeState::ReadOnly:
            return "read_only";
        case VolumeState::Full:
            return "full";
        case VolumeState::Failing:
            return "failing";
    }
    return "failing";
}

Volume::Volume(Options options, const base::Clock& clock)
    : options_(std::move(options)), clock_(clock), since_(clock.wallNow()) {}

bool Volume::look(bool at_once) {
    const auto now = clock_.now();
    if (!at_once && looked_at_ && now - *looked_at_ < options_.look_interval) return false;
    looked_at_ = now;
    Verdict verdict = judge();
    if (verdict.state == state_) {
        detail_ = std::move(verdict.detail);
        return false;
    }
    if (verdict.state != VolumeState::Ok) needs_probe_ = true;
    state_ = verdict.state;
    detail_ = std::move(verdict.detail);
    since_ = clock_.wallNow();
    return true;
}

void Volume::tryAgain() {
    probed_at_.reset();
    look(true);
}

void Volume::failed(const Error& error) {
    needs_probe_ = true;
    probed_at_.reset();
    // The cause is often simpler than the symptom: no longer mounted, remounted read-only.
    Verdict verdict = judge();
    if (verdict.state == VolumeState::Ok) {
        if (error.kind() != ErrorKind::Exhausted) return;
        // A quota that has room for a probe may have none for footage: believed until the next probe.
        verdict = {VolumeState::Full, error.what()};
        needs_probe_ = true;
        probed_at_ = clock_.now();
    }
    if (verdict.state == state_) return;
    state_ = verdict.state;
    detail_ = std::move(verdict.detail);
    since_ = clock_.wallNow();
}

bool Volume::isElsewhere(const std::filesystem::path& other) const noexcept {
    struct stat status {};
    if (::stat(other.c_str(), &status) != 0) return false;
    if (state_ == VolumeState::Missing || state_ == VolumeState::Foreign) return true;
    return status.st_dev != device_;
}

std::uint64_t Volume::otherDisk(const std::string& camera) const noexcept {
    const auto folder = options_.folder / camera;
    struct stat own {};
    struct stat other {};
    if (::stat(options_.folder.c_str(), &own) != 0 || ::stat(folder.c_str(), &other) != 0) return 0;
    return own.st_dev == other.st_dev || sharesBtrfs(options_.folder, folder)
               ? 0
               : static_cast<std::uint64_t>(other.st_dev);
}

Volume::Verdict Volume::judge() {
    Verdict verdict = judgeMarker();
    if (verdict.state != VolumeState::Ok) return verdict;
    struct statvfs disk {};
    if (::statvfs(options_.folder.c_str(), &disk) != 0)
        return {stateOf(errno), said("look at " + options_.folder.string(), errno)};
    free_bytes_ = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
    total_bytes_ = static_cast<std::uint64_t>(disk.f_blocks) * disk.f_frsize;
    if ((disk.f_flag & ST_RDONLY) != 0)
        return {VolumeState::ReadOnly, "the disk of " + options_.folder.string() +
                                           " is mounted read-only; disks are, after errors: check it"};
    if (!needs_probe_) return {};
    if (free_bytes_ < kMinFreeBytes)
        return {VolumeState::Full, "the disk of " + options_.folder.string() + " is full (" +
                                       base::formatSize(free_bytes_) + " left)"};
    // A failure is over when writing works; until it is tried again the state stays.
    if (probed_at_ && clock_.now() - *probed_at_ < options_.probe_interval && state_ != VolumeState::Ok)
        return {state_, detail_};
    probed_at_ = clock_.now();
    verdict = probe();
    needs_probe_ = verdict.state != VolumeState::Ok;
    return verdict;
}

Volume::Verdict Volume::judgeMarker() {
    struct stat status {};
    const std::string where = options_.folder.string();
    if (::stat(options_.folder.c_str(), &status) != 0) {
        const bool may_make =
            errno == ENOENT && !(was_seen_ || (options_.was_marked && options_.needs_marker));
        if (!may_make || ::mkdir(options_.folder.c_str(), 0750) != 0 ||
            ::stat(options_.folder.c_str(), &status) != 0)
            return {stateOf(errno), "the recordings folder " + where +
                                        " is not there: " + std::strerror(errno) + ". Is its disk mounted?"};
    }
    const auto device = static_cast<std::uint64_t>(status.st_dev);
    const auto marker = readSmall(options_.folder / kVolumeMarker);
    if (!marker && errno != ENOENT)
        return {stateOf(errno), said("read " + (options_.folder / kVolumeMarker).string(), errno)};
    const bool is_ours = marker && *marker == options_.node;
    if (!is_ours) {
        const bool is_first_ever = !marker && !options_.was_marked && !was_seen_;
        if (is_first_ever) return mark("");
        // Without required-marker a start takes what it finds, and says so; a change while running is never
        // taken.
        if (!options_.needs_marker && !was_seen_)
            return mark(marker ? "the disk at " + where + " was another appliance's; it is used from now on"
                               : "recordings go to another disk than before, at " + where +
                                     " (or its marker " + kVolumeMarker + " was removed)");
        if (!options_.needs_marker && !marker && device == device_) return mark("");
        if (marker)
            return {VolumeState::Foreign, "the disk at " + where + " belongs to the appliance " +
                                              marker->substr(0, 40) + ", not to this one"};
        return {VolumeState::Missing, "the disk of the recordings is not mounted: " +
                                          (options_.folder / kVolumeMarker).string() + " is missing"};
    }
    device_ = device;
    was_seen_ = has_marked_ = true;
    return {};
}

Volume::Verdict Volume::mark(const std::string& why) {
    try {
        base::writeFileDurably((options_.folder / kVolumeMarker).string(), options_.node + "\n", 0644);
    } catch (const Error& error) {
        return {error.kind() == ErrorKind::Exhausted       ? VolumeState::Full
                : error.kind() == ErrorKind::Misconfigured ? VolumeState::ReadOnly
                                                           : VolumeState::Failing,
                error.what()};
    }
    struct stat status {};
    if (::stat(options_.folder.c_str(), &status) == 0) device_ = static_cast<std::uint64_t>(status.st_dev);
    was_seen_ = has_marked_ = true;
    if (!why.empty()) {
        notice_ = why;
        base::logWarning("storage", why);
    }
    return {};
}

Volume::Verdict Volume::probe() const {
    const auto file = options_.folder / kProbe;
    const base::Fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640));
    if (!fd) return {stateOf(errno), said("write " + file.string(), errno)};
    const std::array<char, 65536> zeros{};
    const ssize_t size = ::write(fd.get(), zeros.data(), zeros.size());
    int error_number = size == static_cast<ssize_t>(zeros.size()) ? 0 : size < 0 ? errno : ENOSPC;
    if (error_number == 0 && ::fsync(fd.get()) != 0) error_number = errno;
    ::unlink(file.c_str());
    if (error_number != 0) return {stateOf(error_number), said("write " + file.string(), error_number)};
    return {};
}

}  // namespace porchlight::disk
