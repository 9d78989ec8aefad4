/// The capture source of the ffmpeg plugin: files, RTSP, HTTP MJPEG and whatever else libavformat opens.
#pragma once

#include <atomic>
#include <deque>
#include <exception>
#include <optional>
#include <thread>
#include <variant>

#include "input.h"
#include "porchlight/capture.h"
#include "porchlight/mutex.h"

namespace porchlight::ffmpeg {

/// libav reads on a thread of its own: aborting one of its reads half-way would lose the place in the stream,
/// so a read() that comes to its deadline leaves it waiting and only looks at the queue between them.
///
/// Owns: the reader thread and the queue (capped; a file waits when it is full, a live source drops to the
/// next keyframe). Thread: as CaptureSource says. Destruction takes at most libav's 100 ms slice, except in a
/// name lookup of libav's own.
class FfmpegSource final : public CaptureSource {
  public:
    ~FfmpegSource() override;
    SourceInfo open(const Settings& settings, Deadline deadline) override;
    ReadStatus read(Sample& sample, Deadline deadline) override;
    bool awaitChange(Deadline deadline) override;
    StreamFormat format() const override;
    void interrupt() noexcept override;
    std::uint64_t lostFrames() const noexcept override { return dropped_; }

  private:
    using Item = std::variant<Packet, StreamFormat, Error>;

    void run(InputOptions options) noexcept;
    void pump(Input& input);
    bool push(Item item);
    bool enqueue(Item item);
    bool hasRoom() const noexcept PORCHLIGHT_REQUIRES(mutex_);
    void fail(std::exception_ptr why);
    std::optional<Monotonic::time_point> dueAt(const Item& item) PORCHLIGHT_REQUIRES(mutex_);
    ReadStatus take(Sample& sample) PORCHLIGHT_REQUIRES(mutex_);

    std::thread reader_;
    HostPermit permit_;                      ///< reader thread only: outlives the input
    std::atomic<std::uint64_t> dropped_{0};  ///< the queue was full
    std::atomic<bool> has_host_{false};      ///< the camera's host was found
    std::atomic<bool> is_missing_{false};    ///< the camera is there, its stream is not
    std::atomic<bool> stop_{false};          ///< ends the reader thread and every wait of libav

    mutable Mutex mutex_;
    ConditionVariable changed_;
    bool is_interrupted_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    bool is_open_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    bool is_live_ PORCHLIGHT_GUARDED_BY(mutex_) = true;
    bool is_at_end_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    bool is_dropping_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    std::exception_ptr failure_ PORCHLIGHT_GUARDED_BY(mutex_);  ///< whole: its type names it
    SourceInfo info_ PORCHLIGHT_GUARDED_BY(mutex_);
    StreamFormat format_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::deque<Item> queue_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::size_t queued_bytes_ PORCHLIGHT_GUARDED_BY(mutex_) = 0;

    // Reading thread only:
    Address address_;
    bool is_paced_ = true;
    std::optional<Monotonic::time_point> pace_zero_;  ///< when dts 0 was due
};

}  // namespace porchlight::ffmpeg
