#include "camera/unit/still_desk.h"

#include <utility>
#include <vector>

#include "base/budgets.h"

namespace porchlight::camera {
namespace {

constexpr std::size_t kMaxStills = 64;  // that wait for an answer

}  // namespace

void StillDesk::refuse(const Callback& callback, const std::string& why) const {
    callback({camera_, why, {}, {}, 0});
}

bool StillDesk::wait(std::uint64_t id, Callback callback, Monotonic::time_point now) {
    if (waiting_.size() >= kMaxStills) {
        refuse(callback, "too many pictures are asked for at once");
        return false;
    }
    waiting_.emplace(id, Waiting{std::move(callback), now + budget::kStill});
    return true;
}

void StillDesk::take(ipc::Still still) {
    const auto found = waiting_.find(still.id);
    if (found == waiting_.end()) return;
    const auto callback = std::move(found->second.callback);
    waiting_.erase(found);
    callback({camera_, still.error, WallTime(microseconds(still.at_us)), std::move(still.jpeg), 1});
}

void StillDesk::expire(Monotonic::time_point now) {
    std::vector<Callback> late;
    for (auto at = waiting_.begin(); at != waiting_.end();) {
        if (now < at->second.give_up_at) {
            ++at;
            continue;
        }
        late.push_back(std::move(at->second.callback));
        at = waiting_.erase(at);
    }
    for (const auto& callback : late) callback({camera_, "the worker did not answer", {}, {}, 1});
}

void StillDesk::endAll(const std::string& why) {
    for (const auto& [id, one] : std::exchange(waiting_, {})) one.callback({camera_, why, {}, {}, 1});
}

}  // namespace porchlight::camera
