/// The disk that holds the recordings: whether it is the right one, and whether it takes what is written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/clock.h"
#include "porchlight/error.h"

namespace porchlight::disk {

/// Ok: recordings go there. Everything else: they do not, and `detail()` says why.
enum class VolumeState : std::uint8_t {
    Ok = 1,
    Missing,  ///< its marker is not there: not mounted, unplugged
    Foreign,  ///< it bears the marker of another appliance
    ReadOnly,
    Full,     ///< by whoever's files
    Failing,  ///< reads or writes fail
};
const char* nameOf(VolumeState state) noexcept;

/// Watches one folder. The marker `.porchlight-volume` holds the id of this appliance; it tells a mounted
/// disk from its empty mount point and from somebody else's disk. It is looked at every two seconds and
/// before each new file, so that nothing is ever recorded silently to a disk that merely lies below the same
/// path.
///
/// **Thread**: thread-bound (recorder). No function throws: what goes wrong is the state.
class Volume {
  public:
    struct Options {
        std::filesystem::path folder;
        std::string node;           ///< id of this appliance
        bool needs_marker = false;  ///< never begin on another disk (storage.volume: required-marker)
        bool was_marked = false;    ///< a disk was marked in an earlier run
        microseconds look_interval{2'000'000};
        microseconds probe_interval{3'000'000};  ///< after a failure: how often writing is tried
    };

    Volume(Options options, const base::Clock& clock);

    /// Looks again when it is time (or at once). True when the state changed.
    bool look(bool at_once = false);

    /// Looks at once and tries to write, whenever that was tried last. For when something was done about its
    /// state.
    void tryAgain();

    /// A file operation on it failed. It is judged anew, by writing to it; when it takes that, the failure is
    /// the file's own (a folder of somebody else's, a bad block): the state stays, and whoever failed keeps
    /// away from it for a while. Exhausted makes it Full all the same, until the next probe.
    void failed(const Error& error);

    VolumeState state() const noexcept { return state_; }
    bool isOk() const noexcept { return state_ == VolumeState::Ok; }
    const std::string& detail() const noexcept { return detail_; }
    WallTime since() const noexcept { return since_; }

    /// Something the owner should know although it is Ok: "recording to another disk than before". Empty:
    /// nothing.
    const std::string& notice() const noexcept { return notice_; }

    /// True when `other` lies on another file system than the recordings do (or would).
    bool isElsewhere(const std::filesystem::path& other) const noexcept;

    /// The disk of a camera's folder when it is another one than the volume's (a link, a mount point); 0 when
    /// it is the volume's, or not there.
    std::uint64_t otherDisk(const std::string& camera) const noexcept;

    bool hasMarked() const noexcept { return has_marked_; }
    std::uint64_t freeBytes() const noexcept { return free_bytes_; }
    std::uint64_t totalBytes() const noexcept { return total_bytes_; }
    const std::filesystem::path& folder() const noexcept { return options_.folder; }

  private:
    struct Verdict {
        VolumeState state = VolumeState::Ok;
        std::string detail;
    };
    Verdict judge();
    Verdict judgeMarker();
    Verdict probe() const;
    Verdict mark(const std::string& why);

    const Options options_;
    const base::Clock& clock_;
    VolumeState state_ = VolumeState::Missing;
    std::string detail_ = "not looked at yet";
    std::string notice_;
    WallTime since_{};
    std::optional<Monotonic::time_point> looked_at_;
    std::optional<Monotonic::time_point> probed_at_;
    std::uint64_t device_ = 0;  ///< where the marker was seen last
    bool was_seen_ = false;
    bool has_marked_ = false;
    bool needs_probe_ = false;
    std::uint64_t free_bytes_ = 0;
    std::uint64_t total_bytes_ = 0;
};

}  // namespace porchlight::disk
