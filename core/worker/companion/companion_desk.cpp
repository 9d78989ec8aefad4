#include "worker/companion/companion_desk.h"

#include <algorithm>

namespace porchlight::worker {
namespace {

constexpr seconds kHangs{10};  ///< past its deadline

}  // namespace

CompanionDesk::CompanionDesk(CompanionCall::Factory factory, const ipc::Setup& setup, Outbox& outbox,
                             const base::Clock& clock, const CompanionPatience& patience)
    : board_(outbox),
      performer_(factory, setup.source, patience, !setup.wants_camera_detections, board_, outbox) {
    if (setup.wants_camera_detections)
        watcher_.emplace(std::move(factory), setup.source, patience, board_, outbox, clock);
}

void CompanionDesk::look() {
    performer_.expire();
    const microseconds overdue =
        std::max(performer_.overdue(), watcher_ ? watcher_->overdue() : microseconds{0});
    if (overdue > kHangs && !is_hang_told_)
        board_.hang("the plugin hangs in a question to the camera; its worker must be restarted");
    if (overdue <= kHangs && is_hang_told_) board_.resume();
    is_hang_told_ = overdue > kHangs;
}

void CompanionDesk::stop() noexcept {
    performer_.stop();
    if (watcher_) watcher_->stop();
}

bool CompanionDesk::waitEnded(Deadline deadline) {
    const bool has_performer_ended = performer_.waitEnded(deadline);
    return (!watcher_ || watcher_->waitEnded(deadline)) && has_performer_ended;
}

}  // namespace porchlight::worker
