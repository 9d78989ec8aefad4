#include "web/store_pool.h"

#include "porchlight/error.h"

namespace porchlight::web {
namespace {
constexpr std::size_t kMaxConnections = 4;
}

StorePool::Lease StorePool::lease() {
    {
        UniqueLock lock(mutex_);
        const bool has_one = returned_.waitFor(lock, seconds{2}, [this]() PORCHLIGHT_REQUIRES(mutex_) {
            return !idle_.empty() || open_ < kMaxConnections;
        });
        if (!has_one) throw Error(ErrorKind::Exhausted, "the database is busy");
        if (!idle_.empty()) {
            auto store = std::move(idle_.back());
            idle_.pop_back();
            return Lease(*this, std::move(store));
        }
        ++open_;
    }
    try {
        return Lease(*this, std::make_unique<store::Store>(file_));
    } catch (...) {
        const LockGuard lock(mutex_);
        --open_;
        returned_.notifyOne();
        throw;
    }
}

void StorePool::giveBack(std::unique_ptr<store::Store> store, Monotonic::duration held) {
    holds_.note("lease of a database connection", held);
    const LockGuard lock(mutex_);
    idle_.push_back(std::move(store));
    returned_.notifyOne();
}

}  // namespace porchlight::web
