#include "rtp_feed.h"

extern "C" {
#include <libavutil/mem.h>
}

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>

#include "libav/rtp.h"
#include "porchlight/error.h"

namespace porchlight::ffmpeg {
namespace {

constexpr int kWordsBytes = 4096;
constexpr int kReportBytes = 2048;  ///< of libavformat's, which go nowhere; packets go past this buffer
constexpr std::size_t kMediaHead = 12;
constexpr std::size_t kReportHead = 8;

std::uint32_t sourceAt(const std::uint8_t* bytes) noexcept {
    return std::uint32_t{bytes[0]} << 24U | std::uint32_t{bytes[1]} << 16U | std::uint32_t{bytes[2]} << 8U |
           bytes[3];
}

void freeIo(AVIOContext*& io) noexcept {
    if (io == nullptr) return;
    av_freep(&io->buffer);  // libav may have exchanged it
    avio_context_free(&io);
}

template <typename Read, typename Write>
AVIOContext* newIo(int bytes, void* self, Read read, Write write) {
    auto* buffer = static_cast<std::uint8_t*>(av_malloc(static_cast<std::size_t>(bytes)));
    AVIOContext* io = nullptr;
    const int is_written = write == nullptr ? 0 : 1;
    if (buffer != nullptr) io = avio_alloc_context(buffer, bytes, is_written, self, read, write, nullptr);
    if (io != nullptr) return io;
    av_free(buffer);
    throw Error(ErrorKind::Exhausted, "open a stream of RTP: out of memory");
}

}  // namespace

RtpFeed::~RtpFeed() {
    freeIo(words_);
    freeIo(packets_);
}

void RtpFeed::addTrack(std::string_view description, int channel) {
    tracks_.emplace_back(description, channel, taken_types_);
}

int RtpFeed::open(Options& options, InputPtr& opened) {
    description_ = "v=0\r\n";
    for (const RtpTrack& track : tracks_) description_ += track.text;
    using Write = decltype(&RtpFeed::leaveOut);
    words_ = newIo(kWordsBytes, this, &RtpFeed::readDescription, Write{nullptr});
    packets_ = newIo(kReportBytes, this, &RtpFeed::readPacket, &RtpFeed::leaveOut);
    options.set("sdp_flags", "custom_io");
    options.set("reorder_queue_size", 0LL);  // TCP brings them in order
    AVFormatContext* context = avformat_alloc_context();
    if (context == nullptr) throw Error(ErrorKind::Exhausted, "open a stream of RTP: out of memory");
    context->pb = words_;
    const int result = avformat_open_input(&context, "", av_find_input_format("sdp"), options.inOut());
    if (result < 0) return result;  // libav freed the context
    context->pb = packets_;         // it reads packets where it found their description
    opened.reset(context);
    return 0;
}

int RtpFeed::readDescription(void* self, std::uint8_t* to, int size) noexcept {
    RtpFeed& feed = *static_cast<RtpFeed*>(self);
    const std::size_t count =
        std::min(static_cast<std::size_t>(size), feed.description_.size() - feed.described_);
    std::memcpy(to, feed.description_.data() + feed.described_, count);
    feed.described_ += count;
    return count == 0 ? AVERROR_EOF : static_cast<int>(count);
}

int RtpFeed::readPacket(void* self, std::uint8_t* to, int size) noexcept {
    try {
        return static_cast<RtpFeed*>(self)->fill({to, static_cast<std::size_t>(size)});
    } catch (const std::exception&) {
        return AVERROR(ENOMEM);
    }
}

/// One packet. -> its size, or an averror
int RtpFeed::fill(std::span<std::uint8_t> to) {
    if (RtpTrack* late = std::exchange(late_, nullptr)) return give(late->report, to);
    while (true) {
        RtpSource::Packet packet;
        if (const int result = source_.next(packet); result < 0) return result;
        RtpTrack* track = trackOf(packet.channel);
        const int size = track == nullptr ? 0 : take(*track, packet.data, to);
        if (size > 0) return size;
    }
}

/// -> what was given of it; 0: it is not for the demuxer
int RtpFeed::take(RtpTrack& track, std::span<const std::uint8_t> data, std::span<std::uint8_t> to) {
    if (isReport(data)) {
        if (data.size() < kReportHead || isShared(track) || tracks_.size() == 1) return 0;
        if (track.has_source) return give(data, to);
        track.report.assign(data.begin(), data.end());
        return 0;
    }
    if (data.size() < kMediaHead || (data[1] & 0x7F) != track.type) return 0;
    if (!std::exchange(track.has_source, true) && !track.report.empty()) late_ = &track;
    const auto number = static_cast<std::uint16_t>(data[2] << 8U | data[3]);
    // A source that begins anew: the demuxer would drop its first packet, which holds parameter sets.
    const std::uint32_t source = sourceAt(&data[8]);
    if (track.source != source && track.did_begin)
        track.number_shift = static_cast<std::uint16_t>(track.number + 1 - number);
    track.did_begin = true;
    track.source = source;
    const int size = give(data, to);
    if (size <= 0) return size;
    track.number = static_cast<std::uint16_t>(number + track.number_shift);
    to[1] = static_cast<std::uint8_t>((data[1] & 0x80) | track.given_type);
    to[2] = static_cast<std::uint8_t>(track.number >> 8U);
    to[3] = static_cast<std::uint8_t>(track.number & 0xFFU);
    return size;
}

int RtpFeed::give(std::span<const std::uint8_t> data, std::span<std::uint8_t> to) {
    if (data.size() > to.size()) return 0;
    std::memcpy(to.data(), data.data(), data.size());
    return static_cast<int>(data.size());
}

RtpTrack* RtpFeed::trackOf(int channel) noexcept {
    const auto found = std::find_if(tracks_.begin(), tracks_.end(), [channel](const RtpTrack& track) {
        return channel == track.channel || channel == track.channel + 1;
    });
    return found == tracks_.end() ? nullptr : &*found;
}

/// Nobody can say whose report it is where two tracks have one source.
bool RtpFeed::isShared(const RtpTrack& track) const noexcept {
    return track.has_source && std::any_of(tracks_.begin(), tracks_.end(), [&track](const RtpTrack& other) {
               return &other != &track && other.has_source && other.source == track.source;
           });
}

#if LIBAVFORMAT_VERSION_MAJOR >= 61
int RtpFeed::leaveOut(void*, const std::uint8_t*, int size) noexcept {
#else
int RtpFeed::leaveOut(void*, std::uint8_t*, int size) noexcept {
#endif
    return size;
}

}  // namespace porchlight::ffmpeg
