#include "rtsp_login.h"

#include <vector>

namespace porchlight::ffmpeg {

bool RtspLogin::take(std::string_view head) {
    const std::vector<Challenge> offers = challengesIn(head);
    const Challenge* best = bestOf(offers);
    if (is_basic_barred_ && best != nullptr && best->kind == Challenge::Kind::Basic) best = nullptr;
    if (!login_ || is_refused_) return false;
    if (!offer_ && best == nullptr) return false;
    is_refused_ = best == nullptr || !mayAnswer(*best);
    if (is_refused_) return false;
    did_renew_ = offer_.has_value();
    is_admitted_ = false;
    offer_ = *best;
    client_nonce_ = freshNonce();
    count_ = 0;
    return true;
}

bool RtspLogin::mayAnswer(const Challenge& offer) const noexcept {
    if (!offer_) return true;
    return offer.kind >= offer_->kind && (is_admitted_ || (offer.is_stale && !did_renew_));
}

std::string RtspLogin::line(std::string_view method, std::string_view uri) {
    if (!offer_ || is_refused_) return {};
    return answerTo(*offer_, *login_, {method, uri, client_nonce_, ++count_});
}

}  // namespace porchlight::ffmpeg
