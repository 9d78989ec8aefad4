/// When the bytes of an answer came.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "jpeg_stream.h"
#include "libav/libav.h"
#include "porchlight/time.h"

namespace porchlight::ffmpeg {

/// Which byte came when. Pure state: no clock of its own. Thread: thread-bound (reader).
class ArrivalMarks {
  public:
    /// So many bytes more came.
    void note(std::int64_t bytes, Monotonic::time_point at);

    /// When the byte at `position` came, where that is known: that far behind the last byte, and no byte
    /// before one that was asked for.
    std::optional<Monotonic::time_point> at(std::int64_t position);

  private:
    static constexpr std::size_t kMost = 4096;  ///< of reads: more than libav probes, or holds back
    struct Mark {
        std::int64_t end;
        Monotonic::time_point at;
    };

    std::deque<Mark> marks_;
    std::int64_t end_ = 0;
};

/// An answer of HTTP that is read from as it is, with the time at which each byte came. libavformat gives
/// pictures of MPEG-TS two pictures late, and those that it probed all at once.
/// Owns: the answer, and the context that is read from. Thread: thread-bound (reader).
class ArrivalTape {
  public:
    /// Throws Error(Exhausted).
    explicit ArrivalTape(IoPtr answer);
    ~ArrivalTape();
    ArrivalTape(const ArrivalTape&) = delete;
    ArrivalTape& operator=(const ArrivalTape&) = delete;

    /// For AVFormatContext::pb.
    AVIOContext* io() const noexcept { return io_; }

    ArrivalMarks& marks() noexcept { return marks_; }

  private:
    static int read(void* self, std::uint8_t* to, int size) noexcept;

    IoPtr answer_;
    AVIOContext* io_ = nullptr;
    ArrivalMarks marks_;
};

}  // namespace porchlight::ffmpeg
