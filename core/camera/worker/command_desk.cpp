#include "camera/worker/command_desk.h"

#include <utility>

#include "base/budgets.h"

namespace porchlight::camera {
namespace {

// Of those that wait for an answer: each may hold a thread of the web.
constexpr std::size_t kMaxCommands = 4;
constexpr std::size_t kMaxWithStop = 6;  // to end a movement there is always room

ipc::Command messageOf(std::uint64_t id, const CameraCommand& command) {
    return {id,
            command.action,
            command.pan,
            command.tilt,
            command.zoom,
            std::chrono::duration_cast<microseconds>(command.lasts).count(),
            command.token,
            command.name,
            command.is_on};
}

}  // namespace

void CommandDesk::refuse(const Callback& callback, const std::string& why) {
    callback({CommandOutcome::NotThere, why});
}

CommandResult CommandDesk::judge(CameraAction action) const {
    if (!offer_) return {CommandOutcome::NotOffered, "the camera offers nothing to control"};
    if ((offer_->actions & (1U << static_cast<std::uint32_t>(action))) == 0)
        return {CommandOutcome::NotOffered, "the camera does not offer " + std::string(nameOf(action))};
    if (!offer_->is_there)
        return {CommandOutcome::NotThere,
                offer_->problem.empty() ? "the camera does not answer" : offer_->problem};
    return {};
}

std::optional<ipc::Command> CommandDesk::wait(const CameraCommand& command, Callback callback,
                                              Monotonic::time_point now) {
    auto verdict = judge(command.action);
    const std::size_t most = command.action == CameraAction::Stop ? kMaxWithStop : kMaxCommands;
    if (verdict.outcome == CommandOutcome::Done && waiting_.size() >= most)
        verdict = {CommandOutcome::Busy, "the camera has not answered what it was told before"};
    if (verdict.outcome != CommandOutcome::Done) {
        callback(std::move(verdict));
        return std::nullopt;
    }
    waiting_.emplace(++last_id_, Waiting{command, std::move(callback), now + budget::kCameraCommand});
    return messageOf(last_id_, command);
}

void CommandDesk::take(const ipc::CommandAnswer& answer) {
    const auto found = waiting_.find(answer.id);
    if (found == waiting_.end()) return;
    const Waiting told = std::move(found->second);
    waiting_.erase(found);
    if (answer.error.empty()) noteDone(told.command);
    told.callback({answer.error.empty() ? CommandOutcome::Done : CommandOutcome::Refused, answer.error});
}

void CommandDesk::noteDone(const CameraCommand& command) {
    if (command.action == CameraAction::Restart) switched_.clear();
    if (command.action != CameraAction::SetOutput || !offer_) return;
    switched_[command.token] = command.is_on;
    take(*offer_);
}

void CommandDesk::take(ipc::Offer offer) {
    std::map<std::string, bool> switched;
    for (CameraItem& output : offer.outputs)
        if (const auto found = switched_.find(output.token); found != switched_.end())
            switched[output.token] = output.is_on = found->second;
    switched_ = std::move(switched);  // of outputs that are there: bounded as these are
    offer_ = std::make_shared<const ipc::Offer>(std::move(offer));
}

void CommandDesk::expire(Monotonic::time_point now) {
    std::vector<Callback> late;
    for (auto at = waiting_.begin(); at != waiting_.end();) {
        if (now < at->second.give_up_at) {
            ++at;
            continue;
        }
        late.push_back(std::move(at->second.callback));
        at = waiting_.erase(at);
    }
    for (const auto& callback : late)
        callback({CommandOutcome::NoAnswer, "the camera did not answer; whether it was done is not known"});
}

void CommandDesk::endAll(const std::string& why) {
    if (offer_ && offer_->is_there) {
        ipc::Offer gone = *offer_;
        gone.is_there = false;
        gone.problem = why;
        take(std::move(gone));
    }
    for (const auto& [id, one] : std::exchange(waiting_, {})) one.callback({CommandOutcome::NotThere, why});
}

}  // namespace porchlight::camera
