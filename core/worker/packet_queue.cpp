#include "worker/packet_queue.h"

namespace porchlight::worker {

void PacketQueue::pushFormat(const StreamFormat& format) {
    {
        const std::lock_guard lock(mutex_);
        items_.clear();
        bytes_ = 0;
        needs_key_ = false;
        items_.push_back(Item{format, {}});
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
        items_.pop_back();
        ++dropped;
    }
    items_.push_back(Item{std::nullopt, picture});
    return dropped;
}

std::optional<PacketQueue::Item> PacketQueue::pop(Deadline deadline) {
    std::unique_lock lock(mutex_);
    ready_.wait_until(lock, deadline.at(), [this] { return is_closed_ || !items_.empty(); });
    if (is_closed_ || items_.empty()) return std::nullopt;
    std::optional<Item> item(std::move(items_.front()));
    items_.pop_front();
    if (const auto* packet = std::get_if<Packet>(&item->sample); packet && !item->format) bytes_ -= packet->data.size();
    return item;
}

void PacketQueue::close() {
    {
        const std::lock_guard lock(mutex_);
        is_closed_ = true;
        items_.clear();
    }
    ready_.notify_all();
}

bool PacketQueue::isClosed() const {
    const std::lock_guard lock(mutex_);
    return is_closed_;
}

}  // namespace porchlight::worker
