#include "faults.h"
#include "support/fake_clock.h"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

namespace inject {
using namespace porchlight;
namespace {

constexpr microseconds kBusySpan{2'500'000};   // longer than the database waits for a lock
constexpr microseconds kSameTries{6'000'000};  // a try each three seconds, two of which it waits for the lock

// What is tested is driven by one thread, the one that calls arm(); others (the look through a database that
// was not closed properly) come when they like: nothing of theirs is counted or harmed.
std::thread::id driver;
test::FakeClock* fake_clock = nullptr;
std::string root;  // of the folder, with a slash
std::string own_disk;
std::uint64_t free_bytes = 0;
bool is_armed = false;
bool is_raging = false;
Strike ordered;
Record happened;
WallTime until{};

bool isConcerned(Harm harm, Call call) {
    for (const Harm possible : harmsOf(call))
        if (possible == harm) return true;
    return false;
}

/// True when this call fails.
bool isStruck(Target target, Call call, const char* what) {
    if (std::this_thread::get_id() != driver || fake_clock == nullptr) return false;
    const WallTime now = fake_clock->wallNow();
    if (is_raging && now >= until) is_raging = false;
    if (is_raging) {
        if (target != happened.target || !isConcerned(happened.harm, call)) {
            if (is_armed) happened.calls.emplace_back(target, call);
            return false;
        }
        ++happened.struck;
        if (now - happened.ended_at > kSameTries) happened.tries_began_at = now;
        happened.ended_at = now;
        happened.longest_tries = std::max(happened.longest_tries, now - happened.tries_began_at);
        return true;
    }
    if (!is_armed) return false;
    happened.calls.emplace_back(target, call);
    if (happened.calls.size() != ordered.at) return false;
    happened.harm = isConcerned(ordered.harm, call) ? ordered.harm : harmsOf(call).front();
    happened.target = target;
    happened.began_at = happened.ended_at = happened.tries_began_at = now;
    happened.struck = 1;
    happened.first =
        std::string(nameOf(target)) + " " + nameOf(call) + " " + nameOf(happened.harm) + " " + what;
    const microseconds span =
        happened.harm == Harm::DbBusy ? std::max(ordered.lasts, kBusySpan) : ordered.lasts;
    is_raging = span > microseconds{0};
    until = now + span;
    return true;
}

int codeOf(Call call) {
    if (happened.harm == Harm::DbFull) return SQLITE_FULL;
    if (happened.harm == Harm::DbBusy) return SQLITE_BUSY;
    switch (call) {
        case Call::DbWrite:
            return SQLITE_IOERR_WRITE;
        case Call::DbSync:
            return SQLITE_IOERR_FSYNC;
        case Call::DbCut:
            return SQLITE_IOERR_TRUNCATE;
        default:
            return SQLITE_IOERR_READ;
    }
}

}  // namespace

const char* nameOf(Call call) noexcept {
    static constexpr const char* kNames[] = {"look", "read", "make",  "write", "sync", "rename", "remove",
                                             "cut",  "read", "write", "sync",  "cut",  "lock"};
    return kNames[static_cast<int>(call) - 1];
}

const char* nameOf(Harm harm) noexcept {
    static constexpr const char* kNames[] = {"EIO",         "ENOSPC",      "EROFS",
                                             "SQLITE_BUSY", "SQLITE_FULL", "SQLITE_IOERR"};
    return kNames[static_cast<int>(harm) - 1];
}

const char* nameOf(Target target) noexcept {
    return target == Target::Database ? "database" : target == Target::Volume ? "volume" : "data";
}

std::vector<Harm> harmsOf(Call call) {
    switch (call) {
        case Call::Look:
        case Call::Read:
            return {Harm::Eio};
        case Call::Make:
        case Call::Write:
        case Call::Sync:
        case Call::Name:
            return {Harm::Eio, Harm::Enospc, Harm::Erofs};
        case Call::Remove:
        case Call::Cut:
            return {Harm::Eio, Harm::Erofs};
        case Call::DbWrite:
            return {Harm::DbIoErr, Harm::DbFull};
        case Call::DbLock:
            return {Harm::DbBusy};
        case Call::DbRead:
        case Call::DbSync:
        case Call::DbCut:
            return {Harm::DbIoErr};
    }
    return {Harm::Eio};
}

void arm(const std::filesystem::path& folder, test::FakeClock& clock, const Strike& strike) {
    driver = std::this_thread::get_id();
    fake_clock = &clock;
    root = folder.string() + "/";
    ordered = strike;
    happened = {};
    is_raging = false;
    is_armed = true;
}

void disarm() noexcept {
    is_armed = false;
}
void calm() noexcept {
    is_raging = false;
}
bool isRaging() noexcept {
    return is_raging && fake_clock->wallNow() < until;
}
const Record& whatHappened() noexcept {
    return happened;
}
void pretendOwnDisk(const std::filesystem::path& folder) noexcept {
    own_disk = folder.empty() ? "" : (folder / "recordings").string();
}
void pretendFree(std::uint64_t bytes) noexcept {
    free_bytes = bytes;
}
std::uint64_t pretendedFree() noexcept {
    return free_bytes;
}

int judgeDatabase(Call call) noexcept {
    return isStruck(Target::Database, call, "") ? codeOf(call) : 0;
}

int judgeFile(Target target, Call call, const char* path) noexcept {
    if (!isStruck(target, call, path)) return 0;
    return happened.harm == Harm::Enospc ? ENOSPC : happened.harm == Harm::Erofs ? EROFS : EIO;
}

int targetOf(const char* path) noexcept {
    if (root.empty() || std::strncmp(path, root.c_str(), root.size()) != 0) return 0;
    const char* below = path + root.size();
    if (std::strncmp(below, "recordings", 10) == 0) return static_cast<int>(Target::Volume);
    if (std::strncmp(below, "spool", 5) == 0 || std::strncmp(below, "thumbnails", 10) == 0)
        return static_cast<int>(Target::Data);
    return 0;
}

bool isOnOwnDisk(const char* path) noexcept {
    return !own_disk.empty() && std::strncmp(path, own_disk.c_str(), own_disk.size()) == 0;
}

void waitFor(microseconds span) noexcept {
    if (std::this_thread::get_id() == driver && fake_clock != nullptr) fake_clock->advance(span);
}

}  // namespace inject
