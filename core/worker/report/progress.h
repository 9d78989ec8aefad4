/// What the threads of a worker have achieved: written by them, read by the heartbeat.
#pragma once

#include <atomic>

#include "ipc/message.h"
#include "porchlight/time.h"

namespace porchlight::worker {

/// Microseconds on the monotonic clock; comparable within a process only.
inline std::int64_t monotonicUs(Monotonic::time_point at) noexcept {
    return std::chrono::duration_cast<microseconds>(at.time_since_epoch()).count();
}

/// Progress of one capture thread. Any thread, never blocks.
struct CaptureProgress {
    std::atomic<ipc::CapturePhase> phase{ipc::CapturePhase::Waiting};
    std::atomic<std::int64_t> call_since_us{0};   ///< 0: not inside a plugin call
    std::atomic<std::int64_t> last_sample_us{0};  ///< 0: none yet
    std::atomic<std::uint64_t> samples{0};
    std::atomic<std::uint64_t> opens{0};
    std::atomic<std::uint64_t> bad{0};
    std::atomic<std::uint64_t> lost{0};
};

/// Progress of everything behind the capture threads. Any thread, never blocks.
struct Progress {
    CaptureProgress main;
    CaptureProgress sub;
    std::atomic<std::int64_t> last_judged_us{0};  ///< a picture was compared with the one before; 0: none yet
    std::atomic<std::int64_t> last_distinct_us{0};  ///< 0: none yet
    std::atomic<std::int64_t> black_since_us{0};    ///< 0: the last judged picture was not black
    std::atomic<std::int64_t> encode_since_us{0};   ///< one picture is in the encoder (UnderWay); 0: none
    std::atomic<std::int64_t> detect_since_us{0};   ///< one picture is in the detector; 0: none
    std::atomic<bool> is_judged_rarely{
        false};  ///< nobody needs pictures: SampleSchedule says when one is judged
    std::atomic<bool> is_detecting_on_main{false};  ///< there is a sub stream, but it fails
    std::atomic<std::uint64_t> pictures_decoded{0};
    std::atomic<std::uint64_t> pictures_analysed{0};
    std::atomic<std::uint64_t> fragments{0};
    std::atomic<std::uint64_t> dropped_fragments{0};
    std::atomic<std::uint64_t> dropped_packets{0};
    std::atomic<std::uint64_t> bad_packets{0};
    std::atomic<std::uint64_t> dropped_messages{0};
};

/// While it lives `since_us` tells since when something is under way; one at a time. **Thread**:
/// thread-bound; readers are any.
class UnderWay {
  public:
    explicit UnderWay(std::atomic<std::int64_t>& since_us) noexcept : since_us_(since_us) {
        since_us_ = monotonicUs(Monotonic::now());
    }
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;
    ~UnderWay() { since_us_ = 0; }

  private:
    std::atomic<std::int64_t>& since_us_;
};

}  // namespace porchlight::worker
