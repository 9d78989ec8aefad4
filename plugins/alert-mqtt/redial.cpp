#include "redial.h"

#include <algorithm>

namespace porchlight::mqtt {

namespace {

constexpr seconds kMaxBackoff{60};
static_assert(Redial::kQuiet > kMaxBackoff);
constexpr int kSuspicious = 3;  ///< connections in a row that were cut young

}  // namespace

std::string Redial::lose(const End& end, const std::string& client_id, Monotonic::time_point now) {
    std::string reason = end.reason;
    if (end.lasted && *end.lasted >= kQuiet) {
        backoff_ = seconds{1};
        short_lives_ = 0;
    } else if (end.lasted && end.loss == Connection::Loss::Unavailable && end.was_idle) {
        ++short_lives_;
    }
    if (end.loss == Connection::Loss::TakenOver) {
        rival_ = end.reason;
    } else if (short_lives_ >= kSuspicious) {
        rival_ = "is there another client with the same id ('" + client_id + "')?";
        reason += "; " + rival_;
    }
    // Only the owner can mend it; we look again in case he did so in the broker.
    if (end.loss == Connection::Loss::Refused) backoff_ = kMaxBackoff;
    at_ = now + backoff_;
    backoff_ = std::min(backoff_ * 2, kMaxBackoff);
    return reason;
}

}  // namespace porchlight::mqtt
