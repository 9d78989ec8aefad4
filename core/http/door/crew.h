/// The web's threads: each answers one request at a time.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/thread.h"
#include "http/door/connection.h"
#include "porchlight/mutex.h"

namespace porchlight::http {

/// **Owns** up to `max_threads` threads, started when needed. Any thread.
class Crew {
  public:
    /// `serve` runs on the crew's threads and throws nothing.
    using Serve = std::function<void(std::unique_ptr<Connection>)>;
    Crew(std::string name, std::size_t max_threads, Serve serve)
        : name_(std::move(name)), max_threads_(max_threads), serve_(std::move(serve)) {}
    ~Crew() { stop(); }
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    /// Takes a connection whose request is complete. With everybody busy it waits its turn. When 64 do, the
    /// stranger that has waited longest is closed, and with none among them the newcomer.
    void give(std::unique_ptr<Connection> connection);
    /// Whether some wait because everybody is busy.
    bool isShort() const;
    /// No further ones; waits for the threads.
    void stop();

  private:
    void run();
    bool makeRoom() PORCHLIGHT_REQUIRES(mutex_);

    const std::string name_;
    const std::size_t max_threads_;
    const Serve serve_;
    mutable Mutex mutex_;
    ConditionVariable changed_;
    std::deque<std::unique_ptr<Connection>> waiting_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::size_t idle_ PORCHLIGHT_GUARDED_BY(mutex_) = 0;
    bool is_stopping_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    std::vector<base::Thread> threads_ PORCHLIGHT_GUARDED_BY(mutex_);
};

}  // namespace porchlight::http
