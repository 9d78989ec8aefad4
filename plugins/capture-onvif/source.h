/// The capture source of the onvif plugin: asks the camera for its streams and reads one of them.
#pragma once

#include <memory>

#include "base/halt.h"
#include "capture-ffmpeg/source.h"
#include "knowledge.h"
#include "porchlight/capture.h"

namespace porchlight::onvif {

/// What the camera told is remembered in the process: a stream that is opened again costs no question. One
/// that does not open is asked for anew; a login that was refused is not tried again (Knowledge).
///
/// **Owns** the source of plugin ffmpeg that reads. **Thread**: as CaptureSource says.
class OnvifSource final : public CaptureSource {
  public:
    SourceInfo open(const Settings& settings, Deadline deadline) override;
    ReadStatus read(Sample& sample, Deadline deadline) override { return stream_->read(sample, deadline); }
    bool awaitChange(Deadline deadline) override;
    StreamFormat format() const override { return stream_->format(); }
    std::uint64_t lostFrames() const noexcept override { return stream_ ? stream_->lostFrames() : 0; }
    void interrupt() noexcept override;

  private:
    SourceInfo openStream(const KnownStream& known, const Settings& settings, Deadline deadline);

    base::Halt halt_;
    std::shared_ptr<Knowledge> knowledge_;
    std::unique_ptr<ffmpeg::FfmpegSource> stream_;  ///< of the thread of open()
    Mutex mutex_;
    ffmpeg::FfmpegSource* open_stream_ PORCHLIGHT_GUARDED_BY(mutex_) = nullptr;  ///< to be interrupted
};

}  // namespace porchlight::onvif
