#include "worker/analyse/coded_stream.h"

#include <utility>

#include "worker/stream/stream_probe.h"

namespace porchlight::worker {
namespace {

constexpr milliseconds kCleanWait{1'500};  ///< for a keyframe

}  // namespace

void CleanWatch::pass(bool is_key, bool is_cheap, Monotonic::time_point now) noexcept {
    if (!is_cheap && was_cheap_) {
        needs_key_ = true;
        unclean_until_ = now + kCleanWait;
    }
    if (is_key) needs_key_ = false;
    was_cheap_ = is_cheap;
}

void CodedStream::begin(const StreamFormat& format) {
    format_ = format;
    decoder_.reset();
    clean_.restart();
}

void CodedStream::decode(const Packet& packet, Need need, const Decoder::Sink& sink) {
    const auto now = Monotonic::now();
    if (!decoder_ && !start(packet, now)) return;
    if (need == Need::Proof && decoder_->needsKey() && !packet.is_key)
        return watch_.missKey(now);  // after a damaged look
    const bool is_cheap = need != Need::People;
    clean_.pass(packet.is_key, is_cheap, now);
    decoder_->setCheap(is_cheap);
    watch_.feed(now);
    const Decoder::Sink counted = [&](Picture&& picture) {
        ++progress_.pictures_decoded;
        if (!countBad()) watch_.succeed();
        sink(std::move(picture));
    };
    decoder_->decode(packet, counted);
    if (need == Need::Look) decoder_->drain(counted);
    countBad();
}

/// False while nothing can be decoded yet.
bool CodedStream::start(const Packet& packet, Monotonic::time_point now) {
    // Parameter sets that no decoder takes count as undecodable, too, and so does what follows them.
    if (packet.is_key || watch_.isSuspect())
        watch_.feed(now);
    else
        watch_.missKey(now);
    if (!packet.is_key) return false;
    decoder_ = std::make_unique<Decoder>(completedFormat(format_, packet));
    counted_bad_ = 0;
    clean_.restart();
    return true;
}

/// True: packets were bad since the last call.
bool CodedStream::countBad() {
    const std::uint64_t bad = decoder_->badPackets() - std::exchange(counted_bad_, decoder_->badPackets());
    progress_.bad_packets += bad;
    return bad > 0;
}

}  // namespace porchlight::worker
