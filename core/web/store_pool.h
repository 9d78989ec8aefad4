/// Database connections for the web's threads: opened when needed, few, used by one thread at a time.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/hold_timer.h"
#include "porchlight/mutex.h"
#include "store/store.h"

namespace porchlight::web {

/// **Owns** up to four connections. Any thread.
class StorePool {
  public:
    explicit StorePool(std::filesystem::path file) : file_(std::move(file)) {}

    /// A connection on loan. Give it back before anything slow is done, such as sending to a client.
    class Lease {
      public:
        Lease(StorePool& pool, std::unique_ptr<store::Store> store)
            : pool_(&pool), store_(std::move(store)) {}
        Lease(Lease&&) noexcept = default;
        Lease& operator=(Lease&&) = delete;
        ~Lease() {
            if (store_) pool_->giveBack(std::move(store_), Monotonic::now() - began_at_);
        }
        store::Store* operator->() noexcept { return store_.get(); }
        store::Store& operator*() noexcept { return *store_; }

      private:
        StorePool* pool_;
        std::unique_ptr<store::Store> store_;
        Monotonic::time_point began_at_ = Monotonic::now();
    };

    /// Waits up to 2 s for one. Throws Error(Exhausted), and what Store's constructor throws.
    Lease lease();

  private:
    void giveBack(std::unique_ptr<store::Store> store, Monotonic::duration held);

    const std::filesystem::path file_;
    base::SystemClock clock_;
    base::HoldLog holds_{"web", clock_};
    Mutex mutex_;
    ConditionVariable returned_;
    std::vector<std::unique_ptr<store::Store>> idle_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::size_t open_ PORCHLIGHT_GUARDED_BY(mutex_) = 0;
};

}  // namespace porchlight::web
