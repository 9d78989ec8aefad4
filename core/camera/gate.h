/// The one gate for what a worker says: what has passed is within bounds, whatever its worker was fed or has
/// become.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "camera/fault_kind.h"
#include "ipc/message.h"
#include "media/movie_fragment.h"

namespace porchlight::camera {

/// So much at once, and then so much a second.
class Budget {
  public:
    Budget(double per_s, double burst, Monotonic::time_point at) noexcept
        : per_s_(per_s), burst_(burst), left_(burst), at_(at) {}

    /// Takes `cost`; false, and nothing taken, when there is not so much left.
    bool take(double cost, Monotonic::time_point at) noexcept;

  private:
    double per_s_;
    double burst_;
    double left_;
    Monotonic::time_point at_;
};

/// One worker's life long. Pure: all times come from outside. **Thread**: thread-bound (supervisor); never
/// blocks.
///
/// - Each field is brought within its bound (gate_bounds.h); what cannot be (a value that nobody defined,
///   media that cannot be parsed, a message that only the core sends) is worker_garbage.
/// - Footage must be what its message says: its moof parses with the stream's init, sequences and decode
///   times rise, one fragment lasts a minute at most, and a stream lasts no longer than real time allows.
///   Footage of an older stream is dropped.
/// - How much comes is bounded (worker_flood): messages, bytes, heartbeats, faults, new beginnings.
/// - Of log lines those that repeat (but for numbers) within a minute are folded, those beyond the budget
///   left out.
/// Over 20 members: a budget for each kind of message.
class Gate {
  public:
    /// One moment on all clocks; `boot` runs on while the machine is suspended.
    struct Now {
        Monotonic::time_point at;
        WallTime wall{};
        microseconds boot{0};
    };
    struct Verdict {
        bool is_taken = true;            ///< else it is dropped
        std::optional<Finding> finding;  ///< its worker is ended, and the message dropped
    };

    /// The worker's outbox holds 4096.
    static constexpr double kMessagesPerS = 500, kMessagesBurst = 6'000;
    /// Fragments of 64 Mbit/s are a quarter of it.
    static constexpr double kBytesPerS = 32e6, kBytesBurst = 128e6;
    /// One a second comes.
    static constexpr double kHeartbeatsPerS = 20, kHeartbeatsBurst = 200;
    /// Each is told, scored, and may begin an attempt.
    static constexpr double kFaultsPerS = 20, kFaultsBurst = 400;
    /// Streams and jumps of time: a file each.
    static constexpr double kBeginningsPerS = 2, kBeginningsBurst = 60;
    /// 8 MiB of log are days then, not seconds.
    static constexpr double kLinesPerS = 0.2, kLinesBurst = 30;

    explicit Gate(const Now& started);

    /// Judges a message of `wire_bytes` and brings it within bounds.
    Verdict judge(ipc::Message& message, std::size_t wire_bytes, const Now& now);

    /// What was left out or put right, in words for the log: each at most once a minute.
    std::vector<std::string> takeNotes(Monotonic::time_point at);

  private:
    class Bounding;

    /// What the fragments of the stream are judged by.
    struct Stream {
        std::uint64_t epoch = 0;
        media::InitSegment init;  ///< no tracks: nothing is muxed
        std::size_t video = 0;
        std::optional<std::uint64_t> sequence;  ///< of the last fragment; nothing before the first
        std::uint64_t first_time = 0;           ///< decode time of the first picture, ticks
        std::uint64_t end_time = 0;             ///< of the last, ticks
        microseconds first_boot{0};
        std::int64_t next_start_us = 0;  ///< wall time at which the next fragment should start
    };

    std::optional<Finding> judgeAmount(const ipc::Message& message, std::size_t wire_bytes,
                                       Monotonic::time_point at);
    std::optional<Finding> judgeStream(const ipc::StreamStarted& stream);
    bool isOfStream(std::uint64_t epoch) const noexcept;
    std::optional<Finding> judgePart(ipc::LivePart& part);
    std::optional<Finding> judgeFragment(ipc::FragmentReady& fragment, const Now& now);
    std::optional<Finding> judgeTimes(ipc::FragmentReady& fragment, const media::TrackFragment& video,
                                      const Now& now);
    bool takesLine(const ipc::LogLine& line, Monotonic::time_point at);

    const Now started_;
    Budget messages_;
    Budget bytes_;
    Budget heartbeats_;
    Budget faults_;
    Budget beginnings_;
    Budget lines_;
    std::optional<Stream> stream_;

    struct Line {
        std::size_t key;  ///< hash of its text without numbers
        Monotonic::time_point at;
    };
    std::deque<Line> told_;  ///< at most 16, of the last minute
    std::uint64_t repeated_ = 0;
    std::uint64_t left_out_ = 0;
    std::uint64_t corrected_ = 0;
    std::string last_corrected_;  ///< "Heartbeat.cpu_percent"
    Monotonic::time_point noted_at_;
};

}  // namespace porchlight::camera
