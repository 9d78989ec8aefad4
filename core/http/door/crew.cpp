#include "http/door/crew.h"

#include <algorithm>

#include "base/log.h"

namespace porchlight::http {
namespace {
constexpr std::size_t kMaxWaiting = 64;
}

void Crew::give(std::unique_ptr<Connection> connection) {
    const LockGuard lock(mutex_);
    if (is_stopping_ || (waiting_.size() >= kMaxWaiting && !makeRoom())) return;
    waiting_.push_back(std::move(connection));
    changed_.notifyOne();
    if (waiting_.size() <= idle_ || threads_.size() >= max_threads_) return;
    try {
        threads_.emplace_back(name_ + "-" + std::to_string(threads_.size()), [this] { run(); });
    } catch (const std::exception& error) {
        base::logWarning("web",
                         std::string("start another thread: ") + error.what());  // the others do it later
    }
}

bool Crew::makeRoom() {
    const auto stranger = std::find_if(waiting_.begin(), waiting_.end(),
                                       [](const auto& connection) { return !connection->isKnown(); });
    if (stranger == waiting_.end()) return false;
    waiting_.erase(stranger);
    return true;
}

bool Crew::isShort() const {
    const LockGuard lock(mutex_);
    return waiting_.size() > idle_;
}

void Crew::run() {
    UniqueLock lock(mutex_);
    while (true) {
        ++idle_;
        changed_.wait(lock,
                      [this]() PORCHLIGHT_REQUIRES(mutex_) { return is_stopping_ || !waiting_.empty(); });
        --idle_;
        if (is_stopping_) return;
        auto connection = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        serve_(std::move(connection));
        lock.lock();
    }
}

void Crew::stop() {
    std::vector<base::Thread> threads;
    {
        const LockGuard lock(mutex_);
        is_stopping_ = true;
        waiting_.clear();
        threads.swap(threads_);
    }
    changed_.notifyAll();
    for (base::Thread& thread : threads) thread.join();
}

}  // namespace porchlight::http
