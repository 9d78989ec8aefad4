#include "record/upkeep/clock_trust.h"

#include <sys/timex.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/log.h"
#include "base/text.h"
#include "base/wall_times.h"

namespace porchlight::record {
namespace {

constexpr microseconds kSlewLimit = kClockStep;          // slewing never moves it so far between two looks
constexpr microseconds kBehind = std::chrono::hours(3);  // a summer time mistake and more
constexpr microseconds kRtcAgrees = std::chrono::hours(26);  // some hold local time
constexpr microseconds kAfter{1'000'000};

constexpr const char* kShiftKey =
    "clock_shift/";  // in meta, with the id of the boot, until all of its rows are moved

std::string firstLineOf(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line;
}

bool keepsTime(WallTime now) {
    bool has_rtc = false;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator("/sys/class/rtc", none)) {
        has_rtc = true;
        const std::string text = firstLineOf(entry.path() / "since_epoch");
        if (text.empty()) continue;
        const auto difference = now - WallTime(seconds(std::strtoll(text.c_str(), nullptr, 10)));
        if (difference < kRtcAgrees && difference > -kRtcAgrees) return true;
    }
    // PCs always have one, virtual machines get the host's time: only boards described by a device tree may
    // have none.
    return !has_rtc && !std::filesystem::exists("/proc/device-tree", none);
}

/// By how much the rows of an earlier boot are moved: the same for all of them, whatever was moved before
/// something came between.
microseconds shiftOf(store::Store& store, const std::string& boot_id) {
    const std::string key = kShiftKey + boot_id;
    if (const auto known = store.meta.get(key))
        return microseconds(std::strtoll(known->c_str(), nullptr, 10));
    const auto [began_at, before] = store.clocks.doubtfulBoot(boot_id);
    const microseconds shift = before && *before > began_at ? *before + kAfter - began_at : microseconds{0};
    store.meta.set(key, std::to_string(shift.count()));
    return shift;
}

}  // namespace

ClockFacts readClockFacts(WallTime now) {
    ClockFacts facts;
    timex query{};
    const int state = ::adjtimex(&query);
    facts.is_synchronised = state >= 0 && state != TIME_ERROR && (query.status & STA_UNSYNC) == 0;
    facts.keeps_time = keepsTime(now);
    facts.boot_id = firstLineOf("/proc/sys/kernel/random/boot_id");
    return facts;
}

ClockTrust::ClockTrust(const base::Clock& clock, ClockFactsSource facts, WallTime built_at,
                       std::optional<WallTime> newest_known)
    : clock_(clock),
      facts_(std::move(facts)),
      built_at_(built_at),
      newest_known_(newest_known),
      last_offset_(offset()) {
    boot_id_ = facts_(clock_.wallNow()).boot_id;
    is_trusted_ = judge();
}

microseconds ClockTrust::offset() const noexcept {
    return clock_.wallNow().time_since_epoch() - clock_.bootNow();
}

bool ClockTrust::judge() const {
    const WallTime now = clock_.wallNow();
    if (now < built_at_) return false;
    const ClockFacts facts = facts_(now);
    if (facts.is_synchronised) return true;
    return facts.keeps_time && (!newest_known_ || now > *newest_known_ - kBehind);
}

ClockTrust::Change ClockTrust::look() {
    Change change;
    const microseconds shift = offset() - last_offset_;
    last_offset_ += shift;
    if (shift > kSlewLimit || shift < -kSlewLimit) change.shift = shift;
    if (!is_trusted_) change.became_trusted = is_trusted_ = judge();
    return change;
}

WallTime ClockTrust::wallAt(microseconds boot_time) const noexcept {
    return WallTime(last_offset_ + boot_time);
}
microseconds ClockTrust::bootTimeAt(WallTime at) const noexcept {
    return at.time_since_epoch() - last_offset_;
}

bool restampRows(store::Store& store, const ClockTrust& clock, const base::Cancel& cancel) {
    std::map<std::string, microseconds> shift_of_boot;
    std::size_t count = 0;
    bool has_moved_earlier = false;
    for (const auto& doubt : store.clocks.doubts()) {
        cancel.check();
        ++count;
        if (doubt.boot_id == clock.bootId()) {
            const microseconds shift = clock.wallAt(doubt.boot_time) - doubt.started_at;
            const bool was_right = shift < kSlewLimit && shift > -kSlewLimit;
            if (was_right && !clock.isTrusted()) continue;
            store.clocks.restamp(doubt, was_right ? microseconds{0} : shift,
                                 !clock.isTrusted() ? "untrusted"
                                 : was_right        ? "trusted"
                                                    : "restamped");
            continue;
        }
        if (!clock.isTrusted()) continue;
        auto known = shift_of_boot.find(doubt.boot_id);
        if (known == shift_of_boot.end())
            known = shift_of_boot.emplace(doubt.boot_id, shiftOf(store, doubt.boot_id)).first;
        store.clocks.restamp(doubt, known->second, "estimated");
        has_moved_earlier = has_moved_earlier || known->second != microseconds{0};
    }
    for (const auto& [boot_id, shift] : shift_of_boot) store.meta.remove(kShiftKey + boot_id);
    if (count > 0 && clock.isTrusted())
        base::logInfo("storage",
                      std::to_string(count) +
                          " recordings and events from before the clock was set have their time now");
    return has_moved_earlier;
}

}  // namespace porchlight::record
