/// The recording side of the main stream: passed through, or encoded on a thread of its own.
#pragma once

#include <atomic>
#include <deque>

#include "base/thread.h"
#include "porchlight/capture.h"
#include "porchlight/mutex.h"
#include "worker/encode/encoder_choice.h"
#include "worker/picture/jpeg.h"
#include "worker/report/outbox.h"
#include "worker/sound/sound.h"
#include "worker/stream/fragmenter.h"

namespace porchlight::worker {

/// H.264 and H.265 packets go to the fragmenter on the caller's thread; pictures and MJPEG are encoded first,
/// on the encode thread; at most three pictures or eight JPEGs wait there, and no more than queue_max_bytes
/// unless it is a single one; then the newest replaces the oldest (counted as a dropped packet).
/// Sound becomes AAC on the caller's thread. What does not decode of it is left out, said once for a stream
/// and counted as a dropped packet: it harms no picture.
///
/// **Owns** the fragmenter, the encoder and the encode thread (started with the first stream that needs it).
/// **Thread**: opened, formatChanged, add and closed on the capture thread; requestKeyframe and setWatched
/// from any thread. Over 20 members: two threads, each with its own. Over 25 functions: so is each step of
/// beginning, encoding and ending a stream.
class Recorder {
  public:
    Recorder(const ipc::Setup& setup, const base::Clock& clock, Outbox& outbox, Progress& progress);
    ~Recorder();

    void opened(const SourceInfo& info);
    void formatChanged(const StreamFormat& format);  ///< another stream begins
    void soundChanged(const StreamFormat& format);   ///< this one goes on with other sound

    /// Throws Error(BadData) when the stream or this packet cannot be muxed.
    void add(const Sample& sample);
    void closed();
    void requestKeyframe();

    /// Whether somebody watches what is recorded: any thread.
    void setWatched(bool is_watched);

    /// Of the pictures that wait to be encoded.
    std::size_t queueBytes() const;

  private:
    void begin(const StreamFormat& format);
    void describe(const StreamFormat& format);
    void addSound(const Packet& packet);
    void announceSound();
    void finishFragments() noexcept PORCHLIGHT_REQUIRES(fragmenter_mutex_);
    void encodeLoop();
    void encodeOne(const Sample& sample);
    void encodePicture(const Picture& picture, bool is_full_range);
    void makeEncoder(const Picture& picture, bool is_full_range);
    bool isOver(std::uint64_t stream) const;
    void finishEncoder() noexcept;
    void announceWithoutInit(const StreamFormat& format);
    std::string description() const;

    const ipc::Setup& setup_;
    Outbox& outbox_;
    Progress& progress_;
    const base::Clock& clock_;

    Mutex fragmenter_mutex_ PORCHLIGHT_ACQUIRED_BEFORE(mutex_);
    Fragmenter fragmenter_ PORCHLIGHT_GUARDED_BY(fragmenter_mutex_);

    bool encodes_ = false;           ///< capture thread only
    std::string given_description_;  ///< capture thread only: the source's own
    Sound sound_;                    ///< capture thread only
    bool did_tell_apart_ = false;    ///< capture thread only: of sound that is left out

    mutable Mutex mutex_;
    ConditionVariable changed_;
    std::deque<Sample> waiting_ PORCHLIGHT_GUARDED_BY(mutex_);  ///< a few, to ride out jitter
    std::size_t waiting_bytes_ PORCHLIGHT_GUARDED_BY(mutex_) = 0;
    StreamFormat source_format_ PORCHLIGHT_GUARDED_BY(mutex_);  ///< with the sound that is recorded
    std::string description_ PORCHLIGHT_GUARDED_BY(mutex_);     ///< of the source and of its sound
    std::string encoded_by_ PORCHLIGHT_GUARDED_BY(mutex_);      ///< behind it; empty: not encoded, or not yet
    /// Counts streams; what is encoded of one that is over is left out.
    std::uint64_t stream_ PORCHLIGHT_GUARDED_BY(mutex_) = 0;
    bool is_source_new_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    bool is_stopping_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    bool is_busy_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    /// The stream ends: what the encoder still holds is wanted.
    bool is_finishing_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    std::atomic<bool> wants_key_{false};

    std::uint64_t encoded_stream_ = 0;   ///< encode thread only
    EncoderChoice choice_;               ///< encode thread only
    std::unique_ptr<Encoder> encoder_;   ///< encode thread only
    std::unique_ptr<JpegDecoder> jpeg_;  ///< encode thread only
    base::Thread thread_;
};

}  // namespace porchlight::worker
