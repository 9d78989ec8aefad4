/// What the camera detects right now, as far as the core was told.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ipc/message.h"
#include "porchlight/companion.h"

namespace porchlight::worker {

/// Makes of what a camera tells what is news to the core: a state that was told within the last minute is
/// none, a moment comes at most once a second, a storm of both is bounded (50 at once, then 10 a second; ends
/// of what was told always pass). After a loss the camera tells again what lasts; what it does not is over.
///
/// Invariant: what began and went out is followed by one end. Pure: same calls, same answers.
/// Thread-bound.
class Lasting {
  public:
    using News = std::vector<ipc::CameraDetected>;

    Lasting();

    /// What of `detections` is news. `now` is wall time of `at`.
    News take(const std::vector<CameraDetection>& detections, Monotonic::time_point at, WallTime now);

    /// What lasts and was not told for a minute, once more: the core takes a state of which it hears no more
    /// for over, and cameras tell changes only. A state that the camera itself has not told for an hour is
    /// not repeated: its end may have been lost.
    News remind(Monotonic::time_point at, WallTime now);

    /// Nothing is heard of the camera any more, or from here on anew.
    void doubt() noexcept;

    /// The end of all that has been in doubt, to be told when the camera had time to tell it again.
    News endDoubtful(WallTime now);

    bool isAnyDoubtful() const noexcept;

    /// Detections that were left out because too many came.
    std::uint64_t dropped() const noexcept { return dropped_; }

  private:
    using Key = std::pair<std::string, std::string>;  ///< label, place
    struct State {
        bool is_on = false;
        bool is_doubtful = false;
        Monotonic::time_point told_at{};   ///< to the core
        Monotonic::time_point heard_at{};  ///< of the camera
        float score = 0;
    };
    bool isNews(const Key& key, const CameraDetection& detection, Monotonic::time_point at);
    bool mayPass(Monotonic::time_point at) noexcept;
    bool makeRoom() noexcept;

    std::map<Key, State> states_;
    double tokens_;
    Monotonic::time_point tokens_at_{};
    std::uint64_t dropped_ = 0;
};

}  // namespace porchlight::worker
