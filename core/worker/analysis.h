/// The analysis of one stream: decodes what someone needs and nothing else.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>

#include "base/thread.h"
#include "worker/decoder.h"
#include "worker/detection_stage.h"
#include "worker/packet_queue.h"

namespace porchlight::worker {

/// Pictures of one stream for the detector, for viewers and for stills. **Owns** its thread, queue and decoder.
/// **Thread**: any thread may call the public functions; none blocks.
///
/// What is needed decides the work: nothing (no decoding), detection (decoding without the loop filter), people
/// watching (full decoding and JPEG). MJPEG is passed to people as it is.
class Analysis {
  public:
    /// `detection` may be null: pictures are made for people only.
    Analysis(std::string name, std::unique_ptr<DetectionStage> detection, std::size_t queue_max_bytes, const base::Clock& clock,
             Outbox& outbox, Progress& progress, bool judges_distinct);
    ~Analysis();

    void begin(const StreamFormat& format) { queue_.pushFormat(format); }
    void push(const Sample& sample);

    void setDetecting(bool is_on) { is_detecting_ = is_on; }
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
    void takeFormat(const StreamFormat& format);
    void take(const Sample& sample);
    void takePacket(const Packet& packet);
    void takeJpeg(const Packet& packet);
    void takePicture(const Picture& picture);
    void detectIn(const LumaPicture& luma, Monotonic::time_point arrived_at, const DetectionStage::MakePicture& make_picture);
    void showPicture(const Picture& picture, bool is_live_due);
    bool isLiveDue(Monotonic::time_point now);
    std::deque<Wish> takeStills();
    bool hasStills();
    void answerStill(const ipc::StillRequest& request, const Picture& picture);
    void markDistinct(std::uint64_t hash);
    std::int64_t wallUs(Monotonic::time_point arrived_at) const;

    const std::unique_ptr<DetectionStage> detection_;
    const base::Clock& clock_;
    Outbox& outbox_;
    Progress& progress_;
    const bool judges_distinct_;  ///< its pictures tell whether the camera is frozen
    PacketQueue queue_;
    std::atomic<bool> is_detecting_{true};

    std::mutex wishes_mutex_;
    ipc::Live live_;
    std::deque<Wish> stills_;

    // Analysis thread only.
    StreamFormat format_;
    std::unique_ptr<Decoder> decoder_;
    std::uint64_t decoder_bad_ = 0;
    bool was_decoding_ = false;
    bool was_detecting_ = false;
    bool was_cheap_ = false;
    bool needs_clean_key_ = false;         ///< references still lack the loop filter
    Monotonic::time_point clean_due_{};    ///< then a still takes what there is
    JpegDecoder jpeg_decoder_;
    JpegEncoder jpeg_encoder_;
    LumaScaler scaler_;
    Monotonic::time_point live_due_{};
    std::uint64_t last_hash_ = 0;

    base::Thread thread_;
};

}  // namespace porchlight::worker
