#include "http/connection_table.h"

#include <sys/socket.h>

#include <algorithm>

#include "base/log.h"
#include "base/network.h"

namespace porchlight::http {
namespace {

constexpr milliseconds kLeastServed{250};
constexpr std::chrono::minutes kCrowdQuiet{5};
constexpr std::chrono::minutes kTellAgain{1};

bool isWithin(Monotonic::time_point at, Monotonic::duration span) {
    return at != Monotonic::time_point::min() && Monotonic::now() - at < span;
}

}  // namespace

ConnectionTable::ConnectionTable(Limits limits)
    : limits_(limits), watcher_("web-watch", [this] { watch(); }) {}

ConnectionTable::~ConnectionTable() {
    stop();
    watcher_.join();
}

ConnectionTable::Entry::Entry(ConnectionTable& table, int socket, const std::string& address, bool is_local)
    : table_(table), socket_(socket) {
    const LockGuard lock(table_.mutex_);
    if (table_.is_stopping_) return;
    const std::string key = is_local ? address : base::throttleKey(address);
    if (!is_local) table_.makeRoom(key);
    Row& row = table_.rows_[socket_] = Row{};
    row.address = key;
    row.since = Monotonic::now();
    row.is_known = is_local;
    is_admitted_ = true;
}

ConnectionTable::Entry::~Entry() {
    const LockGuard lock(table_.mutex_);
    if (is_admitted_) table_.rows_.erase(socket_);
}

void ConnectionTable::Entry::mustMoveWithin(milliseconds span) {
    const LockGuard lock(table_.mutex_);
    if (is_admitted_) table_.rows_[socket_].due = Monotonic::now() + span;
}

void ConnectionTable::Entry::mayRest() {
    const LockGuard lock(table_.mutex_);
    if (is_admitted_) table_.rows_[socket_].due = Monotonic::time_point::max();
}

void ConnectionTable::Entry::setKnown() {
    const LockGuard lock(table_.mutex_);
    if (!is_admitted_ || table_.rows_[socket_].is_known) return;
    table_.makeRoomForKnown();
    table_.rows_[socket_].is_known = true;
}

bool ConnectionTable::Entry::isKnown() const {
    const LockGuard lock(table_.mutex_);
    return is_admitted_ && table_.rows_[socket_].is_known;
}

void ConnectionTable::Entry::setServed(bool is_served) {
    const LockGuard lock(table_.mutex_);
    if (!is_admitted_) return;
    Row& row = table_.rows_[socket_];
    row.served_since = is_served ? std::optional(Monotonic::now()) : std::nullopt;
    row.may_take_time = false;
}

void ConnectionTable::Entry::mayTakeTime() {
    const LockGuard lock(table_.mutex_);
    if (is_admitted_) table_.rows_[socket_].may_take_time = true;
}

bool ConnectionTable::takeStream() {
    const LockGuard lock(mutex_);
    if (streams_ >= limits_.max_streams || is_stopping_) return false;
    ++streams_;
    return true;
}

void ConnectionTable::leaveStream() {
    const LockGuard lock(mutex_);
    --streams_;
}

std::size_t ConnectionTable::streams() const {
    const LockGuard lock(mutex_);
    return streams_;
}

std::size_t ConnectionTable::size() const {
    const LockGuard lock(mutex_);
    return rows_.size();
}

void ConnectionTable::cut(Rows::value_type& row) {
    // Not close: the descriptor belongs to whoever reads or writes it, who now sees the end of it.
    ::shutdown(row.first, SHUT_RDWR);
    row.second.is_cut = true;
    row.second.due = Monotonic::time_point::max();
}

std::map<std::string, std::size_t> ConnectionTable::strangers() const {
    std::map<std::string, std::size_t> out;
    for (const auto& [socket, row] : rows_)
        if (!row.is_known && !row.is_cut) ++out[row.address];
    return out;
}

/// Of any address when `address` is empty.
void ConnectionTable::cutOldestStranger(const std::string& address) {
    Rows::value_type* oldest = nullptr;
    for (auto& entry : rows_) {
        const Row& row = entry.second;
        if (row.is_known || row.is_cut || (!address.empty() && row.address != address)) continue;
        // One that is being answered may be a login.
        const auto order = [](const Row& one) { return std::pair(one.served_since.has_value(), one.since); };
        if (!oldest || order(row) < order(oldest->second)) oldest = &entry;
    }
    if (!oldest) return;
    if (!isWithin(crowded_at_, kCrowdQuiet)) crowded_out_ = 0;
    ++crowded_out_;
    crowd_address_ = oldest->second.address;
    crowded_at_ = Monotonic::now();
    cut(*oldest);
    if (isWithin(told_at_, kTellAgain)) return;
    told_at_ = crowded_at_;
    base::logWarning("web",
                     "too many connections of " + crowd_address_ + " without a login: the oldest are closed");
}

void ConnectionTable::makeRoom(const std::string& address) {
    const auto count = strangers();
    const auto own = count.find(address);
    if (own != count.end() && own->second >= limits_.max_per_address) return cutOldestStranger(address);
    std::size_t all = 0;
    for (const auto& [name, number] : count) all += number;
    if (all < limits_.max_strangers) return;
    const auto most = std::max_element(count.begin(), count.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    cutOldestStranger(most->second == 1 ? "" : most->first);
}

void ConnectionTable::makeRoomForKnown() {
    std::size_t known = 0;
    Rows::value_type* oldest = nullptr;  // that waits for its client
    for (auto& entry : rows_) {
        const Row& row = entry.second;
        if (!row.is_known || row.is_cut) continue;
        ++known;
        if (!row.served_since && (!oldest || row.since < oldest->second.since)) oldest = &entry;
    }
    if (known >= limits_.max_known && oldest) cut(*oldest);
}

void ConnectionTable::relieve() {
    const LockGuard lock(mutex_);
    for (auto& entry : rows_) {
        const Row& row = entry.second;
        if (!row.is_known && !row.may_take_time && !row.is_cut && row.served_since &&
            !isWithin(*row.served_since, kLeastServed))
            cut(entry);
    }
}

void ConnectionTable::shedStranger() {
    const LockGuard lock(mutex_);
    cutOldestStranger("");
}

std::optional<std::string> ConnectionTable::crowding() const {
    const LockGuard lock(mutex_);
    if (!isWithin(crowded_at_, kCrowdQuiet)) return std::nullopt;
    return std::to_string(crowded_out_) +
           " connections without a login were closed to keep the dashboard reachable, the last of " +
           crowd_address_;
}

bool ConnectionTable::waitForStop(milliseconds span) {
    UniqueLock lock(mutex_);
    return changed_.waitFor(lock, span, [this]() PORCHLIGHT_REQUIRES(mutex_) { return is_stopping_; });
}

bool ConnectionTable::isStopping() const {
    const LockGuard lock(mutex_);
    return is_stopping_;
}

void ConnectionTable::stop() {
    const LockGuard lock(mutex_);
    is_stopping_ = true;
    for (const auto& [socket, row] : rows_) ::shutdown(socket, SHUT_RDWR);
    changed_.notifyAll();
}

void ConnectionTable::watch() {
    UniqueLock lock(mutex_);
    while (!is_stopping_) {
        changed_.waitFor(lock, milliseconds{500},
                         [this]() PORCHLIGHT_REQUIRES(mutex_) { return is_stopping_; });
        const auto now = Monotonic::now();
        for (auto& entry : rows_)
            if (entry.second.due <= now) cut(entry);
    }
}

}  // namespace porchlight::http
