/// A named thread with one owner.
#pragma once

#include <functional>
#include <string>
#include <thread>

namespace porchlight::base {

/// Runs `body` on a thread of its own, named for `top` and debuggers (15 characters at most), with all
/// signals blocked (main waits for them). The owner makes `body` return, then destroys this: the destructor
/// joins. An exception that leaves `body` is logged and ends the process: a thread root catches what it can
/// handle.
class Thread {
  public:
    Thread() = default;
    Thread(std::string name, std::function<void()> body);
    Thread(Thread&&) = default;
    Thread& operator=(Thread&& other) {
        join();
        thread_ = std::move(other.thread_);
        return *this;
    }
    ~Thread() { join(); }

    void join() {
        if (thread_.joinable()) thread_.join();
    }

  private:
    std::thread thread_;
};

/// Names the calling thread.
void nameThisThread(const std::string& name) noexcept;

}  // namespace porchlight::base
