#include "rtsp_login.h"

#include <vector>

namespace porchlight::ffmpeg {

bool RtspLogin::take(std::string_view head) {
    const std::vector<Challenge> offers = challengesIn(head);
    const Challenge* best = bestOf(offers);
    if (!login_ || best == nullptr) return false;
    if (!offer_ && is_last_resort_ && doesLibavformatAnswer(offers)) return false;
    if (offer_ && !is_admitted_ && !best->is_stale) return false;
    offer_ = *best;
    client_nonce_ = freshNonce();
    count_ = 0;
    return true;
}

std::string RtspLogin::line(std::string_view method, std::string_view uri) {
    if (!offer_) return {};
    return answerTo(*offer_, *login_, {method, uri, client_nonce_, ++count_});
}

}  // namespace porchlight::ffmpeg
