#include "web/answer_watch.h"

#include "base/log.h"

namespace porchlight::web {

bool AnswerWatch::isOver() {
    is_over_ = is_over_ || backend_.connections.isStopping() || exchange_.isClientGone() || isSessionOver();
    return is_over_;
}

bool AnswerWatch::isSessionOver() {
    if (!exchange_.caller || Monotonic::now() < look_at_) return false;
    look_at_ = Monotonic::now() + budget::kAnswerLook;
    try {
        return !backend_.accounts.isAlive(*exchange_.caller);
    } catch (const Error& error) {
        base::logDebug("web", std::string("is the session still there: ") +
                                  error.what());  // asked again at the next look
        return false;
    }
}

}  // namespace porchlight::web
