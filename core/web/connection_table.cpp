#include "web/connection_table.h"

#include <fcntl.h>
#include <sys/socket.h>

namespace porchlight::web {

ConnectionTable::ConnectionTable(Limits limits) : limits_(limits), watcher_("web-watch", [this] { watch(); }) {}

ConnectionTable::~ConnectionTable() {
    stop();
    watcher_.join();
}

ConnectionTable::Entry::Entry(ConnectionTable& table, int socket, std::string address)
    : table_(table), socket_(::fcntl(socket, F_DUPFD_CLOEXEC, 0)), address_(std::move(address)) {
    const std::lock_guard lock(table_.mutex_);
    if (table_.is_stopping_ || !socket_) return;
    std::size_t& count = table_.per_address_[address_];
    if (count >= table_.limits_.max_per_address) return;
    ++count;
    table_.rows_[socket_.get()] = Row{address_, Monotonic::time_point::max()};
    is_admitted_ = true;
}

ConnectionTable::Entry::~Entry() {
    if (!is_admitted_) return;
    const std::lock_guard lock(table_.mutex_);
    table_.rows_.erase(socket_.get());
    const auto count = table_.per_address_.find(address_);
    if (--count->second == 0) table_.per_address_.erase(count);
}

void ConnectionTable::Entry::mustMoveWithin(milliseconds span) {
    const std::lock_guard lock(table_.mutex_);
    if (is_admitted_) table_.rows_[socket_.get()].due = Monotonic::now() + span;
}

void ConnectionTable::Entry::mayRest() {
    const std::lock_guard lock(table_.mutex_);
    if (is_admitted_) table_.rows_[socket_.get()].due = Monotonic::time_point::max();
}

bool ConnectionTable::takeStream() {
    const std::lock_guard lock(mutex_);
    if (streams_ >= limits_.max_streams || is_stopping_) return false;
    ++streams_;
    return true;
}

void ConnectionTable::leaveStream() {
    const std::lock_guard lock(mutex_);
    --streams_;
}

std::size_t ConnectionTable::streams() const {
    const std::lock_guard lock(mutex_);
    return streams_;
}

std::size_t ConnectionTable::size() const {
    const std::lock_guard lock(mutex_);
    return rows_.size();
}

bool ConnectionTable::waitForStop(milliseconds span) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, span, [this] { return is_stopping_; });
}

bool ConnectionTable::isStopping() const {
    const std::lock_guard lock(mutex_);
    return is_stopping_;
}

void ConnectionTable::stop() {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    for (const auto& [socket, row] : rows_) ::shutdown(socket, SHUT_RDWR);
    changed_.notify_all();
}

void ConnectionTable::watch() {
    std::unique_lock lock(mutex_);
    while (!is_stopping_) {
        changed_.wait_for(lock, milliseconds{500}, [this] { return is_stopping_; });
        const auto now = Monotonic::now();
        for (auto& [socket, row] : rows_) {
            if (row.due > now) continue;
            // Not close: the descriptor belongs to the connection's thread, which now sees the end of it.
            ::shutdown(socket, SHUT_RDWR);
            row.due = Monotonic::time_point::max();
        }
    }
}

}  // namespace porchlight::web
