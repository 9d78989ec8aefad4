/// The analysis of one stream: decodes what someone needs and nothing else.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/thread.h"
#include "porchlight/mutex.h"
#include "worker/analyse/coded_stream.h"
#include "worker/analyse/detecting.h"
#include "worker/analyse/judging.h"
#include "worker/analyse/sample_schedule.h"
#include "worker/analyse/viewers.h"
#include "worker/picture/luma_scaler.h"
#include "worker/stream/packet_queue.h"

namespace porchlight::worker {

/// Pictures of one stream for the detector, for viewers and for stills. **Owns** its thread, its queue and
/// what makes and takes the pictures: CodedStream, Detecting, Judging, Viewers.
/// **Thread**: any thread may call the public functions; none blocks.
///
/// What is needed decides the work: detection (decoding without the loop filter), people watching (full
/// decoding and JPEG), nothing else. Even then a picture is looked at now and then - a keyframe when
/// SampleSchedule says, a JPEG or raw picture every second - so that a stream that is frozen, black or
/// undecodable is known as such. MJPEG is passed to people as it is.
class Analysis {
  public:
    /// Called (analysis thread) when takeFailure() has something to say.
    using Notify = std::function<void()>;

    /// `detection` may be null: pictures are made for people only. It may be shared with another stream's
    /// analysis, of which one at a time detects.
    Analysis(std::string name, std::shared_ptr<DetectionStage> detection, std::size_t queue_max_bytes,
             microseconds frame_timeout, const base::Clock& clock, Outbox& outbox, Progress& progress,
             Notify notify);
    ~Analysis();

    void begin(const StreamFormat& format);
    void push(const Sample& sample);

    void setDetecting(bool is_on) { detecting_.setOn(is_on); }

    /// Its pictures tell whether the camera is frozen or black.
    void setJudging(bool is_on) { judging_.setOn(is_on); }

    /// Where people say what they want to see of it. Not to be called from there: show() and showJpeg().
    Viewers& viewers() noexcept { return viewers_; }

    /// Why the stream must be given up: it has not decoded for the frame timeout. Once each time.
    std::optional<std::string> takeFailure();
    std::size_t queueBytes() const { return queue_.bytes(); }

  private:
    void run();
    void takeItem(const PacketQueue::Item& item);
    void takeFormat(const StreamFormat& format);
    void take(const Sample& sample);
    void takePacket(const Packet& packet);
    void takeSample(const Packet& packet);
    void takeJpeg(const Packet& packet);
    void lookAtJpeg(const Packet& packet, bool is_for_detector);
    void takePicture(const Picture& picture);
    void detect(const LumaPicture& luma, Monotonic::time_point arrived_at,
                const DetectionStage::MakePicture& make_picture);
    void rest(bool is_resting);
    void tellFailure();
    bool isCoded() const noexcept { return format_.video == Codec::H264 || format_.video == Codec::H265; }

    Progress& progress_;
    const Notify notify_;
    PacketQueue queue_;
    Detecting detecting_;
    Judging judging_;
    Viewers viewers_;
    SampleGate gate_;
    Mutex failure_mutex_;
    std::optional<std::string> failure_ PORCHLIGHT_GUARDED_BY(failure_mutex_);

    // Analysis thread only.
    StreamFormat format_;
    DecodeWatch watch_;
    CodedStream coded_;
    JpegDecoder jpeg_decoder_;
    LumaScaler scaler_;

    base::Thread thread_;
};

}  // namespace porchlight::worker
