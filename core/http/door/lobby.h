/// Where connections wait: a single thread accepts them, shakes hands and reads their requests, so that who
/// says nothing, or says it slowly, holds no thread.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/fd.h"
#include "base/thread.h"
#include "http/door/connection.h"
#include "porchlight/mutex.h"

namespace porchlight::http {

/// **Owns** the waiting connections and its thread. Any thread, but for start and stop.
class Lobby {
  public:
    using Give = std::function<void(std::unique_ptr<Connection>)>;

    /// `give` gets each connection whose request is complete; `tick` is called four times a second. Both on
    /// the lobby's thread; they must not block. The doors' sockets stay their owner's. Throws
    /// Error(Exhausted).
    Lobby(ConnectionTable& table, std::vector<Door> doors, Give give, std::function<void()> tick);
    ~Lobby() { stop(); }
    Lobby(const Lobby&) = delete;
    Lobby& operator=(const Lobby&) = delete;

    void start();
    /// An answered connection waits for its next request.
    void take(std::unique_ptr<Connection> connection);
    /// Closes all that wait.
    void stop();

  private:
    void run();
    void onReady(int fd);
    void acceptFrom(const Door& door);
    void welcome(const Door& door, base::Fd socket, const std::string& address);
    void noteOwn();
    void takeReturned();
    void advance(std::unique_ptr<Connection> connection);
    void limitBytes();
    void watch(int fd, unsigned events, bool is_known);

    ConnectionTable& table_;
    const std::vector<Door> doors_;
    const Give give_;
    const std::function<void()> tick_;
    base::Waker waker_;
    base::Fd epoll_;
    std::map<int, std::unique_ptr<Connection>> waiting_;  ///< by socket; the lobby's thread
    std::uint64_t own_refused_ = 0;                       ///< not told yet
    std::optional<Monotonic::time_point> own_told_at_;
    Mutex mutex_;
    std::vector<std::unique_ptr<Connection>> returned_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::atomic<bool> is_stopping_{false};
    base::Thread thread_;
};

}  // namespace porchlight::http
