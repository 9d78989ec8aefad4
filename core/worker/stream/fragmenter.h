/// Packets in, initialisation segments and fragments out: of at most one second, but where the camera pauses.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/clock_watch.h"
#include "ipc/message.h"
#include "worker/stream/mp4_muxer.h"
#include "worker/stream/timeline.h"

namespace porchlight::worker {

/// Muxes one camera's packets once, for the pre-roll, the recording and clips of running events.
///
/// A fragment is cut before a keyframe that ends a group of pictures and before it would exceed 0.9 s. An
/// epoch starts at a keyframe: after begin(), after a jump of the time stamps, when the keyframe brings
/// other parameter sets than the epoch began with (another picture size, another encoder), when setSound()
/// tells of other sound, and after a pause of more than 3 s where there is sound (players that count
/// samples would play all that follows too early). Nothing leaves before the first keyframe.
/// **Thread**: thread-bound; the sinks are called from add() and finish().
class Fragmenter {
  public:
    using StreamSink = std::function<void(ipc::StreamStarted&&)>;
    using FragmentSink = std::function<void(ipc::FragmentReady&&)>;
    using PartSink = std::function<void(ipc::LivePart&&)>;

    Fragmenter(const base::Clock& clock, StreamSink on_stream, FragmentSink on_fragment);

    /// The format of the packets that follow; what is open is finished.
    void begin(const StreamFormat& format, std::string description);

    /// What comes from now on of sound, or that none comes. Where that differs the next keyframe starts an
    /// epoch; nothing of the pictures is lost.
    void setSound(const StreamFormat& format, std::string description);

    /// False when it is left out: sound that belongs more than 2 s beside the pictures, or is larger than a
    /// fragment may be. Throws Error(BadData) when the format cannot be muxed or a fragment could not be
    /// written; the next epoch may work.
    bool add(const Packet& packet);

    /// From now on each picture goes out at once as well, those of the open fragment first; empty: nobody
    /// watches.
    void sendParts(PartSink on_part);

    /// Cuts before the next picture.
    void cutSoon() noexcept { wants_cut_ = true; }

    /// Writes out what is open; the next keyframe starts a new epoch.
    void finish();

  private:
    void addVideo(const Packet& packet);
    bool addAudio(const Packet& packet);
    void observeArrival(const Packet& packet, std::int64_t dts_us);
    void startEpoch(const Packet& key);
    void noteParameterSets(const Packet& key);
    bool mustCutBefore(const Packet& packet, std::int64_t dts_us) const noexcept;
    void cut(std::int64_t end_us);
    void sendPart(const PlacedPacket& placed);
    WallTime wallOf(const Packet& packet) const;
    void abandon() noexcept;

    const base::Clock& clock_;
    StreamSink on_stream_;
    FragmentSink on_fragment_;
    PartSink on_part_;  ///< empty: nobody watches
    StreamFormat format_;
    std::string description_;
    std::unique_ptr<Mp4Muxer> muxer_;
    std::vector<std::uint8_t>
        parameter_sets_;  ///< of the keyframe that began this epoch; empty when it had none
    Timeline timeline_;
    WallAnchor anchor_;
    std::optional<base::ClockWatch> clock_watch_;  ///< since the last picture; none before the first
    std::vector<PlacedPacket> video_;
    std::vector<PlacedPacket> audio_;
    std::size_t open_bytes_ = 0;  ///< of both
    std::int64_t last_audio_dts_us_ = -1;
    std::uint64_t epoch_ = 0;
    std::uint64_t sequence_ = 0;
    bool wants_cut_ = false;
    bool wants_epoch_ = false;
    bool is_sound_of_next_ = false;  ///< what comes of it is for the next epoch
};

}  // namespace porchlight::worker
