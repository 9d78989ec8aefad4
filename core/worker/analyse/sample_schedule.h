/// When a picture of a stream is looked at that nobody needs pictures of.
#pragma once

#include <cstddef>

#include "porchlight/media.h"
#include "porchlight/mutex.h"

namespace porchlight::worker {

/// Pure: time comes from outside. Decoding costs (20 ms for a keyframe of 1080p), so one that changes is
/// looked at every two minutes. Two looks tell more than one: after the beginning, and whenever a look gave
/// doubt, the next ones follow within seconds. So they do while the pictures between keyframes are next to
/// nothing, or far smaller than they were at the last look: a picture that does not change needs few bytes.
/// An encoder that fills its rate with nothing, or sends keyframes only, hides that; then the two minutes
/// hold. **Thread**: thread-bound.
class SampleSchedule {
  public:
    /// Another stream begins: a look is due at once.
    void restart() noexcept;

    /// A packet of the stream passes.
    void pass(const Packet& packet) noexcept;

    /// A picture was looked at; doubtful: it was black, or the same as at the last look.
    void look(Monotonic::time_point now, bool is_doubtful) noexcept;

    bool isDue(Monotonic::time_point now) const noexcept;

  private:
    bool isQuiet() const noexcept;

    static constexpr int kBriskLooks = 3;

    bool was_looked_ = false;
    bool was_doubtful_ = false;
    int brisk_looks_ = kBriskLooks;  ///< that follow soon
    Monotonic::time_point looked_at_{};
    /// log2 of the size of the pictures between keyframes, running mean: single large ones, by which an
    /// encoder refines a still picture, count little. Negative: none yet.
    double level_bits_ = -1;
    double awake_level_bits_ = -1;  ///< what it was at the last look, followed down slowly
};

/// The schedule between the thread that brings packets and the one that looks: while nothing but looks is
/// wanted, packets in between are not worth waking anybody for. **Thread**: any thread, never blocks.
class SampleGate {
  public:
    /// Another stream begins.
    void restart();

    /// A packet comes. False: nobody would look at it. `is_needed`: somebody looks at all of them.
    bool admit(const Packet& packet, bool is_needed, Monotonic::time_point now);

    bool isDue(Monotonic::time_point now) const;

    /// Whether all that is wanted are looks.
    void rest(bool is_resting);

    /// A picture was looked at; rests until the next look.
    void look(Monotonic::time_point now, bool is_doubtful);

  private:
    mutable Mutex mutex_;
    SampleSchedule schedule_ PORCHLIGHT_GUARDED_BY(mutex_);
    bool is_resting_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
};

}  // namespace porchlight::worker
