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
        const std::lock_guard lock(mutex_);
        items_.clear();
        bytes_ = 0;
        needs_key_ = false;
        items_.push_back(Item{format, {}});
        bytes_ = bytesOf(items_.back());
    }
    ready_.notify_one();
}

std::size_t PacketQueue::push(const Sample& sample) {
    std::size_t dropped = 0;
    {
        const std::lock_guard lock(mutex_);
        if (is_closed_) return 0;
        const auto* packet = std::get_if<Packet>(&sample);
        dropped = packet ? pushPacket(*packet) : pushPicture(std::get<Picture>(sample));
    }
    ready_.notify_one();
    return dropped;
}

std::size_t PacketQueue::pushPacket(const Packet& packet) {
    if (packet.track != Track::Video) return 0;
    if (needs_key_ && packet.is_key && bytes_ + packet.data.size() <= max_bytes_) needs_key_ = false;
    if (bytes_ + packet.data.size() > max_bytes_) needs_key_ = true;
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
    std::unique_lock lock(mutex_);
    ready_.wait_until(lock, deadline.at(), [this] { return is_closed_ || !items_.empty(); });
    if (is_closed_ || items_.empty()) return std::nullopt;
    std::optional<Item> item(std::move(items_.front()));
    items_.pop_front();
    bytes_ -= bytesOf(*item);
    return item;
}

void PacketQueue::close() {
    {
        const std::lock_guard lock(mutex_);
        is_closed_ = true;
        items_.clear();
        bytes_ = 0;
    }
    ready_.notify_all();
}

std::size_t PacketQueue::bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
}

bool PacketQueue::isClosed() const {
    const std::lock_guard lock(mutex_);
    return is_closed_;
}

}  // namespace porchlight::worker
