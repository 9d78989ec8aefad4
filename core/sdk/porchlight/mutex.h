/// Locks that say what they guard: clang's thread-safety analysis (tests/check/threads) refuses a guarded
/// member that is touched without its lock. Other compilers see empty macros and the standard library.
#pragma once

#include <condition_variable>
#include <mutex>

#include "porchlight/time.h"

#ifdef __clang__
#define PORCHLIGHT_THREADS(x) __attribute__((x))
#else
#define PORCHLIGHT_THREADS(x)
#endif

/// Of a member: touched only while that mutex is held. PT_: what the member points to.
#define PORCHLIGHT_GUARDED_BY(mutex) PORCHLIGHT_THREADS(guarded_by(mutex))
#define PORCHLIGHT_PT_GUARDED_BY(mutex) PORCHLIGHT_THREADS(pt_guarded_by(mutex))
/// Of a function, also of a lambda: the caller holds it.
#define PORCHLIGHT_REQUIRES(...) PORCHLIGHT_THREADS(requires_capability(__VA_ARGS__))
/// Of a function: the caller must not hold it.
#define PORCHLIGHT_EXCLUDES(...) PORCHLIGHT_THREADS(locks_excluded(__VA_ARGS__))
/// Of a mutex that is held while the other is taken.
#define PORCHLIGHT_ACQUIRED_BEFORE(...) PORCHLIGHT_THREADS(acquired_before(__VA_ARGS__))
/// Of a function: not looked into. Says why in a comment.
#define PORCHLIGHT_NO_THREAD_ANALYSIS PORCHLIGHT_THREADS(no_thread_safety_analysis)
/// Of locks themselves.
#define PORCHLIGHT_CAPABILITY(name) PORCHLIGHT_THREADS(capability(name))
#define PORCHLIGHT_SCOPED_CAPABILITY PORCHLIGHT_THREADS(scoped_lockable)
#define PORCHLIGHT_ACQUIRE(...) PORCHLIGHT_THREADS(acquire_capability(__VA_ARGS__))
#define PORCHLIGHT_RELEASE(...) PORCHLIGHT_THREADS(release_capability(__VA_ARGS__))

namespace porchlight {

/// A std::mutex that the analysis knows. Members that it guards say PORCHLIGHT_GUARDED_BY.
class PORCHLIGHT_CAPABILITY("mutex") Mutex {
  public:
    constexpr Mutex() noexcept = default;
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;

    void lock() PORCHLIGHT_ACQUIRE() { mutex_.lock(); }
    void unlock() PORCHLIGHT_RELEASE() { mutex_.unlock(); }

  private:
    friend class UniqueLock;
    std::mutex mutex_;
};

/// Holds a mutex for its life.
class PORCHLIGHT_SCOPED_CAPABILITY LockGuard {
  public:
    explicit LockGuard(Mutex& mutex) PORCHLIGHT_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
    ~LockGuard() PORCHLIGHT_RELEASE() { mutex_.unlock(); }
    LockGuard(const LockGuard&) = delete;
    LockGuard& operator=(const LockGuard&) = delete;

  private:
    Mutex& mutex_;
};

/// Holds a mutex for its life, except between unlock() and lock() and while a ConditionVariable waits.
class PORCHLIGHT_SCOPED_CAPABILITY UniqueLock {
  public:
    explicit UniqueLock(Mutex& mutex) PORCHLIGHT_ACQUIRE(mutex) : lock_(mutex.mutex_) {}
    ~UniqueLock() PORCHLIGHT_RELEASE() {}
    UniqueLock(const UniqueLock&) = delete;
    UniqueLock& operator=(const UniqueLock&) = delete;

    void lock() PORCHLIGHT_ACQUIRE() { lock_.lock(); }
    void unlock() PORCHLIGHT_RELEASE() { lock_.unlock(); }

  private:
    friend class ConditionVariable;
    std::unique_lock<std::mutex> lock_;
};

/// Waits until something guarded has changed. `is_met` is called with the lock held; where it touches what is
/// guarded it says so: `[this]() PORCHLIGHT_REQUIRES(mutex_) { return is_closed_; }`.
///
/// The analysis takes the lock as held throughout, so that the functions here, which call what requires a
/// mutex that they cannot name, are left out of it.
class ConditionVariable {
  public:
    void notifyOne() noexcept { condition_.notify_one(); }
    void notifyAll() noexcept { condition_.notify_all(); }

    /// Without a bound: somebody must end `is_met`.
    template <class IsMet>
    void wait(UniqueLock& lock, IsMet is_met) PORCHLIGHT_NO_THREAD_ANALYSIS {
        condition_.wait(lock.lock_, is_met);
    }

    /// What `is_met` says at the end; false only at the time.
    template <class IsMet>
    bool waitUntil(UniqueLock& lock, Monotonic::time_point at, IsMet is_met) PORCHLIGHT_NO_THREAD_ANALYSIS {
        return condition_.wait_until(lock.lock_, at, is_met);
    }

    template <class IsMet>
    bool waitFor(UniqueLock& lock, Monotonic::duration span, IsMet is_met) PORCHLIGHT_NO_THREAD_ANALYSIS {
        return condition_.wait_for(lock.lock_, span, is_met);
    }

    /// Until that time, a change, or for no reason at all: the caller looks itself.
    void waitUntil(UniqueLock& lock, Monotonic::time_point at) { condition_.wait_until(lock.lock_, at); }

  private:
    std::condition_variable condition_;
};

}  // namespace porchlight
