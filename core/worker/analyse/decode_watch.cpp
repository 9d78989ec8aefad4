#include "worker/analyse/decode_watch.h"

namespace porchlight::worker {
namespace {

constexpr std::uint64_t kLeastPackets = 3;
constexpr seconds kLongestGroup{60};  ///< of pictures: cameras with "smart" coding send a keyframe every 20 s

std::string secondsText(Monotonic::duration span) {
    return std::to_string(std::chrono::duration_cast<seconds>(span).count()) + " s";
}

}  // namespace

void DecodeWatch::begin() noexcept {
    fed_ = 0;
    keyless_since_.reset();
}

void DecodeWatch::feed(Monotonic::time_point now) noexcept {
    keyless_since_.reset();
    if (fed_++ == 0) fed_since_ = now;
}

void DecodeWatch::missKey(Monotonic::time_point now) noexcept {
    if (!keyless_since_) keyless_since_ = now;
}

std::optional<std::string> DecodeWatch::failure(Monotonic::time_point now) const {
    if (fed_ >= kLeastPackets && now - fed_since_ >= limit_)
        return "undecodable: " + std::to_string(fed_) + " packets in " + secondsText(now - fed_since_) +
               " and no undamaged picture";
    if (keyless_since_ && now - *keyless_since_ >= kLongestGroup)
        return "undecodable: no keyframe for " + secondsText(now - *keyless_since_);
    return std::nullopt;
}

}  // namespace porchlight::worker
