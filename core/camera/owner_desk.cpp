#include "camera/owner_desk.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace porchlight::camera {
namespace {

constexpr std::chrono::hours kOnceIn{1};
constexpr std::chrono::hours kDay{24};
constexpr std::size_t kRebootsADay = 3;

std::string waitText(const std::string& what, microseconds left) {
    return what + "; again in " + base::formatDuration(left) + " at the earliest";
}

}  // namespace

OwnerDesk::OwnerDesk(const std::string& text, Save save, WallTime now) : save_(std::move(save)) {
    for (const auto& line : base::split(text, '\n')) {
        const auto words = base::split(line, ' ');
        std::int64_t at_us = 0;
        if (words.size() < 2) continue;
        const auto& number = words.back();
        if (std::from_chars(number.data(), number.data() + number.size(), at_us).ec != std::errc()) continue;
        const WallTime at = std::min(WallTime(microseconds(at_us)), now);
        if (words[0] == "reboot") reboots_.push_back(at);
        if (words[0] == "action" && words.size() == 3) actions_[words[1]] = at;
        if (words[0] == "restart" && words.size() == 3) restarts_[words[1]] = at;
    }
    std::sort(reboots_.begin(), reboots_.end());
}

std::string OwnerDesk::actionObstacle(const std::string& camera, WallTime now) const {
    return hourlyObstacle(actions_, camera, now);
}

std::string OwnerDesk::restartObstacle(const std::string& camera, WallTime now) const {
    return hourlyObstacle(restarts_, camera, now);
}

std::string OwnerDesk::hourlyObstacle(const Times& done, const std::string& camera, WallTime now) const {
    if (!save_) return "there is nowhere to remember it";
    const auto found = done.find(camera);
    if (found == done.end()) return "";
    const auto since = std::max(now - found->second, microseconds(0));
    return since < kOnceIn
               ? waitText("done " + base::formatDuration(since) + " ago, once an hour is the limit",
                          kOnceIn - since)
               : "";
}

std::string OwnerDesk::rebootObstacle(WallTime now) const {
    if (!save_) return "there is nowhere to remember it";
    if (reboots_.empty()) return "";
    const auto since = std::max(now - reboots_.back(), microseconds(0));
    if (since < kOnceIn)
        return waitText("asked for " + base::formatDuration(since) + " ago, once an hour is the limit",
                        kOnceIn - since);
    const auto isRecent = [now](WallTime at) { return now - at < kDay; };
    if (static_cast<std::size_t>(std::count_if(reboots_.begin(), reboots_.end(), isRecent)) < kRebootsADay)
        return "";
    return "three in 24 hours did not help: a person is needed";
}

std::shared_ptr<const std::atomic<Ticket>> OwnerDesk::noteAction(const std::string& camera, WallTime now) {
    actions_[camera] = now;
    return save();
}

std::shared_ptr<const std::atomic<Ticket>> OwnerDesk::noteRestart(const std::string& camera, WallTime now) {
    restarts_[camera] = now;
    return save();
}

std::shared_ptr<const std::atomic<Ticket>> OwnerDesk::noteReboot(WallTime now) {
    reboots_.push_back(now);
    if (reboots_.size() > kRebootsADay) reboots_.erase(reboots_.begin());
    return save();
}

std::string OwnerDesk::text() const {
    std::string out;
    for (const auto at : reboots_) out += "reboot " + std::to_string(at.time_since_epoch().count()) + "\n";
    for (const auto& [camera, at] : actions_)
        out += "action " + camera + " " + std::to_string(at.time_since_epoch().count()) + "\n";
    for (const auto& [camera, at] : restarts_)
        out += "restart " + camera + " " + std::to_string(at.time_since_epoch().count()) + "\n";
    return out;
}

std::shared_ptr<const std::atomic<Ticket>> OwnerDesk::save() {
    auto ticket = std::make_shared<std::atomic<Ticket>>(Ticket::Pending);
    if (!save_)
        *ticket = Ticket::Failed;
    else
        save_(text(), [ticket](bool is_saved) { *ticket = is_saved ? Ticket::Saved : Ticket::Failed; });
    return ticket;
}

}  // namespace porchlight::camera
