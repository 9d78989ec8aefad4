#include "own_rtsp.h"

namespace porchlight::ffmpeg {

int OwnRtsp::open(bool wants_sound, Options& options, InputPtr& opened) {
    if (const int result = session_.open(wants_sound); result < 0) return result;
    for (const RtspTrack& track : session_.tracks()) feed_.addTrack(track.description, track.channel);
    return feed_.open(options, opened);
}

int OwnRtsp::next(Packet& packet) {
    RtspPacket received;
    const int result = session_.next(received);
    packet = {received.channel, received.data};
    return result;
}

}  // namespace porchlight::ffmpeg
