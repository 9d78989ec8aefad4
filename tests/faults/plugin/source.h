/// A camera that delivers real H.264 pictures in step with the clock, until a test orders a fault.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <random>

#include "control.h"
#include "harm.h"
#include "pictures.h"
#include "porchlight/capture.h"

namespace porchlight::faulty {

/// Faults by the call in which they happen; docs/faults.md says how each is found.
///
///     open   hang-open, refuse-open (ordered while the camera is read: the stream ends first)
///     read   hang-read, spin-read, crash, abort, exit, disconnect, hang-close (ends the stream, then hangs)
///            grow-memory, leak-descriptors, burn-cpu, babble
///            garbage, truncated, flood, frozen, black, slow, stall
///
/// **Owns** the mapped control page and the pictures. **Thread**: as CaptureSource says.
class FaultySource final : public CaptureSource {
  public:
    ~FaultySource() override;
    SourceInfo open(const Settings& settings, Deadline deadline) override;
    ReadStatus read(Sample& sample, Deadline deadline) override;
    StreamFormat format() const override { return format_; }
    void interrupt() noexcept override;

  private:
    void sufferProcessFaults();
    bool waitUntil(Monotonic::time_point at, Deadline deadline);
    const Pictures& choosePictures();
    Packet nextPacket();
    Packet damaged(Packet packet);

    StreamFormat format_;
    std::unique_ptr<Control> control_;
    std::shared_ptr<const Pictures> moving_;
    std::shared_ptr<const Pictures> frozen_;
    std::shared_ptr<const Pictures> black_;
    const Pictures* shown_ = nullptr;
    std::uint64_t next_unit_ = 0;     ///< in shown_
    Monotonic::time_point due_at_{};  ///< of the next picture
    microseconds interval_{};
    std::int64_t last_pts_us_ = 0;
    std::minstd_rand random_{1};
    Leaks leaks_;
    std::optional<Burning> burning_;
    bool hangs_on_close_ = false;

    std::mutex mutex_;
    std::condition_variable woken_;
    bool is_interrupted_ = false;  ///< guarded by mutex_
};

}  // namespace porchlight::faulty
