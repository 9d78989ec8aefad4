/// Whose a silence was: the camera's, or the network's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "libav/libav.h"
#include "porchlight/time.h"

namespace porchlight::ffmpeg {

/// A packet, and when it came.
struct Arrival {
    PacketPtr packet;
    Monotonic::time_point at;
    bool is_after_pause = false;  ///< of the camera, of which the stamps say nothing
};

/// A network that failed for some seconds gives what it held back at once, with the stamps of its own time. A
/// camera that paused goes on at its usual pace, and the stamps of many say nothing of the pause. So what
/// comes first after a silence that the stamps do not tell of waits for 0.2 s of pictures that follow, or for
/// 2 s of sound alone, and never for more than 4 MiB. All else passes.
///
/// Pure state: no clock of its own. Thread: thread-bound (reader).
class Silence {
  public:
    /// `is_one_late`: each picture is given when the next one begins, as libav's parsers do; then the first
    /// one after a silence came before it.
    explicit Silence(bool is_one_late = false) noexcept : is_one_late_(is_one_late) {}

    /// `stamp_us`: of a picture; nothing of sound, and where stamps are made up.
    void push(Arrival arrival, std::optional<std::int64_t> stamp_us);

    /// The next one that is ready.
    std::optional<Arrival> pop();

    /// Nothing follows: what waits is ready.
    void flush() noexcept { is_judging_ = false; }

  private:
    struct Picture {
        std::int64_t stamp_us;
        Monotonic::time_point at;
    };

    void note(const Picture& picture);
    void learn(std::int64_t distance_us) noexcept;
    void judge(const Picture& picture);
    void giveUp();
    void tellPause();

    std::deque<Arrival> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::optional<Picture> last_;
    std::int64_t usual_us_ = 0;  ///< distance of arrivals, smoothed
    bool is_judging_ = false;
    Monotonic::time_point first_at_{};   ///< of what waits
    int followed_ = 0;                   ///< pictures that came behind it
    Monotonic::time_point before_at_{};  ///< of the picture before the silence
    std::size_t follower_ = 0;           ///< place of the first of them in waiting_
    bool is_one_late_ = false;
};

}  // namespace porchlight::ffmpeg
