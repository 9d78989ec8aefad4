#include "worker/stream/packet_queue.h"

#include <algorithm>

namespace porchlight::worker {

std::size_t bytesOf(const Sample& sample) noexcept {
    if (const auto* packet = std::get_if<Packet>(&sample)) return packet->data.size();
    const auto& picture = std::get<Picture>(sample);
    const auto luma = static_cast<std::size_t>(std::max(picture.height_px, 0)) *
                      static_cast<std::size_t>(std::max(picture.strides_bytes[0], 0));
    return picture.format == PixelFormat::I420 || picture.format == PixelFormat::Nv12 ? luma * 3 / 2 : luma;
}

std::size_t PacketQueue::bytesOf(const Item& item) noexcept {
    return item.format ? item.format->extradata.size() : worker::bytesOf(item.sample);
}

void PacketQueue::pushFormat(const StreamFormat& format) {
    {
        const LockGuard lock(mutex_);
        items_.clear();
        bytes_ = 0;
        needs_key_ = false;
        items_.push_back(Item{format, {}});
        bytes_ = bytesOf(items_.back());
    }
    ready_.notifyOne();
}

std::size_t PacketQueue::push(const Sample& sample) {
    std::size_t dropped = 0;
    {
        const LockGuard lock(mutex_);
        if (is_closed_) return 0;
        const auto* packet = std::get_if<Packet>(&sample);
        dropped = packet ? pushPacket(*packet) : pushPicture(std::get<Picture>(sample));
    }
    ready_.notifyOne();
    return dropped;
}

std::size_t PacketQueue::pushPacket(const Packet& packet) {
    if (packet.track != Track::Video) return 0;
    const bool is_first = items_.empty() || items_.back().format;  // one always fits, however large
    const bool has_room = is_first || bytes_ + packet.data.size() <= max_bytes_;
    if (!has_room) needs_key_ = true;
    if (has_room && packet.is_key) needs_key_ = false;
    if (needs_key_) return 1;
    bytes_ += packet.data.size();
    items_.push_back(Item{std::nullopt, packet});
    return 0;
}

std::size_t PacketQueue::pushPicture(const Picture& picture) {
    std::size_t dropped = 0;
    while (!items_.empty() && !items_.back().format) {
        bytes_ -= bytesOf(items_.back());
        items_.pop_back();
        ++dropped;
    }
    items_.push_back(Item{std::nullopt, picture});
    bytes_ += bytesOf(items_.back());
    return dropped;
}

std::optional<PacketQueue::Item> PacketQueue::pop(Deadline deadline) {
    UniqueLock lock(mutex_);
    ready_.waitUntil(lock, deadline.at(),
                     [this]() PORCHLIGHT_REQUIRES(mutex_) { return is_closed_ || !items_.empty(); });
    if (is_closed_ || items_.empty()) return std::nullopt;
    std::optional<Item> item(std::move(items_.front()));
    items_.pop_front();
    bytes_ -= bytesOf(*item);
    return item;
}

void PacketQueue::close() {
    {
        const LockGuard lock(mutex_);
        is_closed_ = true;
        items_.clear();
        bytes_ = 0;
    }
    ready_.notifyAll();
}

std::size_t PacketQueue::bytes() const {
    const LockGuard lock(mutex_);
    return bytes_;
}

bool PacketQueue::isClosed() const {
    const LockGuard lock(mutex_);
    return is_closed_;
}

}  // namespace porchlight::worker
