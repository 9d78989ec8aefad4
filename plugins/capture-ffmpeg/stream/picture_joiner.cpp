#include "picture_joiner.h"

#include <cstring>
#include <utility>

#include "porchlight/error.h"
#include "porchlight/nal.h"

namespace porchlight::ffmpeg {
namespace {

constexpr int kWholeKeys = 3;  ///< then the camera is taken to send them whole
constexpr int kMaxPictureBytes = 8 << 20;

using Bytes = std::span<const std::uint8_t>;

Bytes bytesOf(const AVPacket& packet) noexcept {
    return {packet.data, static_cast<std::size_t>(packet.size)};
}

}  // namespace

bool beginsPicture(Codec codec, Bytes data) noexcept {
    for (nal::Walk walk(data); walk.next();) {
        const Bytes unit = walk.rest();
        const std::size_t header = nal::headerBytes(codec);
        if (nal::isSlice(nal::kindOf(codec, unit)))
            return unit.size() <= header || (unit[header] & 0x80U) != 0;
    }
    return true;
}

bool PictureJoiner::mayBeSplit(const AVPacket& packet) const noexcept {
    const bool is_coded = codec_ == Codec::H264 || codec_ == Codec::H265;
    return is_coded && (packet.flags & AV_PKT_FLAG_KEY) && (has_split_ || whole_keys_ < kWholeKeys);
}

/// False when `more` is another picture.
bool PictureJoiner::join(const AVPacket& more) {
    if (more.size <= 0 || beginsPicture(codec_, bytesOf(more)) || held_->size + more.size > kMaxPictureBytes)
        return false;
    const int at = held_->size;
    if (av_grow_packet(held_.get(), more.size) < 0)
        throw Error(ErrorKind::Exhausted, "join a picture: out of memory");
    std::memcpy(held_->data + at, more.data, static_cast<std::size_t>(more.size));
    if (held_->pts == AV_NOPTS_VALUE) held_->pts = more.pts;
    if (held_->dts == AV_NOPTS_VALUE) held_->dts = more.dts;
    has_split_ = true;
    return true;
}

void PictureJoiner::push(PacketPtr packet, bool is_video) {
    if (held_ && is_video) {
        if (join(*packet)) return;
        ++whole_keys_;
        flush();
    }
    if (is_video && mayBeSplit(*packet))
        held_ = std::move(packet);
    else
        ready_.push_back(std::move(packet));
}

PacketPtr PictureJoiner::pop() noexcept {
    if (ready_.empty()) return nullptr;
    PacketPtr packet = std::move(ready_.front());
    ready_.pop_front();
    return packet;
}

void PictureJoiner::flush() {
    if (held_) ready_.push_back(std::move(held_));
}

}  // namespace porchlight::ffmpeg
