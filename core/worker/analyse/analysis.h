/// The analysis of one stream: decodes what someone needs and nothing else.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "base/thread.h"
#include "porchlight/mutex.h"
#include "worker/analyse/decode_watch.h"
#include "worker/analyse/decoder.h"
#include "worker/analyse/detection_stage.h"
#include "worker/analyse/picture_judge.h"
#include "worker/analyse/sample_schedule.h"
#include "worker/stream/packet_queue.h"

namespace porchlight::worker {

/// Pictures of one stream for the detector, for viewers and for stills. **Owns** its thread, queue and
/// decoder.
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

    void setDetecting(bool is_on) { is_detecting_ = is_on; }

    /// Its pictures tell whether the camera is frozen or black.
    void setJudging(bool is_on) { is_judging_ = is_on; }

    /// Why the stream must be given up: it has not decoded for the frame timeout. Once each time.
    std::optional<std::string> takeFailure();
    std::size_t queueBytes() const { return queue_.bytes(); }
    void setLive(const ipc::Live& live);
    void requestStill(const ipc::StillRequest& request);

    /// Answers every still that waits with an error.
    void refuseStills(const std::string& reason) { refuseStills(reason, Monotonic::duration::zero()); }

    /// The same for those that were asked for longer than `age` ago.
    void refuseStills(const std::string& reason, Monotonic::duration age);

  private:
    struct Wish {
        ipc::StillRequest request;
        Monotonic::time_point asked_at;
    };
    void run();
    void takeItem(const PacketQueue::Item& item);
    void takeFormat(const StreamFormat& format);
    void take(const Sample& sample);
    void takePacket(const Packet& packet);
    bool startDecoder(const Packet& packet);
    void decode(const Packet& packet, bool is_sample);
    void takeJpeg(const Packet& packet);
    void showJpeg(const Packet& packet, bool is_live_due);
    void takePicture(const Picture& picture);
    void judge(const Picture& picture);
    void judge(const LumaPicture& luma);
    void detectIn(const LumaPicture& luma, Monotonic::time_point arrived_at,
                  const DetectionStage::MakePicture& make_picture);
    void showPicture(const Picture& picture, bool is_live_due);
    bool isLiveDue(Monotonic::time_point now);
    bool isLeftOut(const Sample& sample);
    bool isSampleDue();
    void rest(bool is_resting);
    void noteRest(bool is_resting) PORCHLIGHT_REQUIRES(rest_mutex_);
    bool isJudgementDue();
    std::deque<Wish> takeStills();
    bool hasStills();
    bool hasViewer();
    void answerStill(const ipc::StillRequest& request, const Picture& picture);
    std::int64_t wallUs(Monotonic::time_point arrived_at) const;

    const std::shared_ptr<DetectionStage> detection_;
    const base::Clock& clock_;
    Outbox& outbox_;
    Progress& progress_;
    const Notify notify_;
    PacketQueue queue_;
    std::atomic<bool> is_judging_{true};
    std::atomic<bool> is_detecting_{true};

    Mutex wishes_mutex_;
    ipc::Live live_ PORCHLIGHT_GUARDED_BY(wishes_mutex_);
    std::deque<Wish> stills_ PORCHLIGHT_GUARDED_BY(wishes_mutex_);
    std::optional<std::string> failure_ PORCHLIGHT_GUARDED_BY(wishes_mutex_);

    Mutex rest_mutex_;
    SampleSchedule schedule_ PORCHLIGHT_GUARDED_BY(rest_mutex_);
    /// The analysis wants nothing before the schedule does.
    bool is_resting_ PORCHLIGHT_GUARDED_BY(rest_mutex_) = false;

    // Analysis thread only.
    StreamFormat format_;
    std::unique_ptr<Decoder> decoder_;
    std::uint64_t decoder_bad_ = 0;
    bool was_decoding_ = false;
    bool was_detecting_ = false;
    bool was_cheap_ = false;
    int detected_width_px_ = 0;
    int detected_height_px_ = 0;
    bool needs_clean_key_ = false;       ///< references still lack the loop filter
    Monotonic::time_point clean_due_{};  ///< then a still takes what there is
    JpegDecoder jpeg_decoder_;
    JpegEncoder jpeg_encoder_;
    LumaScaler scaler_;
    Monotonic::time_point live_due_{};
    DecodeWatch watch_;
    bool is_doubtful_ = false;  ///< the last judged picture was black, or the same as before
    PictureJudge judge_;
    Monotonic::time_point judge_due_{};

    base::Thread thread_;
};

}  // namespace porchlight::worker
