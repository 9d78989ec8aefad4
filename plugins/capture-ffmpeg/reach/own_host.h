/// Keeps libav at the camera's own host, wherever the camera tells it to go.
#pragma once

#include <sys/types.h>
#include <atomic>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "porchlight/time.h"

namespace porchlight::ffmpeg {

/// Where this process may connect to: the hosts of its sources, while they live. Any thread.
class HostPermit {
  public:
    HostPermit() = default;

    /// `addresses`: as numbers. Throws std::bad_alloc.
    explicit HostPermit(std::vector<std::string> addresses);
    HostPermit(HostPermit&& other) noexcept;
    HostPermit& operator=(HostPermit&& other) noexcept;
    ~HostPermit();

  private:
    std::vector<std::string> addresses_;
};

/// libav follows redirects and playlists by itself, to any host: a camera could make this machine talk to
/// others, or to itself. It asks its interrupt callback before each byte it sends or waits for, so this is
/// where connections are looked at: one to a host without a HostPermit ends everything before a request was
/// sent. Connections older than the guard are none of its business. Thread: thread-bound (the one libav runs
/// on), but for `stop`.
class HostGuard {
  public:
    /// Throws std::bad_alloc.
    explicit HostGuard(const std::atomic<bool>& stop);

    /// For AVIOInterruptCB; `self` is the guard. 1: end, also where there is no memory to look. Never blocks.
    static int interrupt(void* self) noexcept;

    /// Looks at connections while something is opened; afterwards, with most kinds of stream, nothing more
    /// is.
    void watch() noexcept { is_resting_ = false; }
    void rest() noexcept { is_resting_ = true; }

    /// "192.0.2.7:80", the place that was not gone to; empty: there was none.
    const std::string& refused() const noexcept { return refused_; }

  private:
    void look();
    bool isUnchanged() const noexcept;

    const std::atomic<bool>& stop_;
    std::set<ino_t> old_;
    std::map<int, ino_t> judged_;  ///< connections that were found right, by descriptor
    int lowest_free_ = -1;         ///< at the last whole look; -1: look at all
    Monotonic::time_point look_again_at_{};
    bool is_resting_ = false;
    std::string refused_;
};

}  // namespace porchlight::ffmpeg
