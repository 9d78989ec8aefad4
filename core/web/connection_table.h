/// All open connections with the moment each must have moved on: who is too slow is cut off.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>

#include "base/fd.h"
#include "base/thread.h"
#include "porchlight/time.h"

namespace porchlight::web {

/// A blocking read or write of a connection cannot be bounded from inside (each byte restarts the socket's own
/// timeout), so each connection says by when it wants to be done, and a watcher shuts the socket down otherwise.
/// **Owns** the watcher thread. Any thread.
class ConnectionTable {
  public:
    struct Limits {
        std::size_t max_per_address = 24;
        std::size_t max_streams = 32;  ///< live views, event streams and clips, which hold a thread for long
    };

    explicit ConnectionTable(Limits limits);
    ~ConnectionTable();

    /// One connection's entry while it lives. **Thread**: thread-bound.
    class Entry {
      public:
        /// Keeps a duplicate of `socket`, so that the number is never that of another by the time it is shut down.
        Entry(ConnectionTable& table, int socket, std::string address);
        ~Entry();
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;

        /// False: too many from this address, or the server stops.
        bool isAdmitted() const noexcept { return is_admitted_; }
        /// The socket is shut down unless this is called again within `span`.
        void mustMoveWithin(milliseconds span);
        /// Nothing is due: the connection waits for its client or for something to send, by a bound of its own.
        void mayRest();

      private:
        ConnectionTable& table_;
        base::Fd socket_;
        std::string address_;
        bool is_admitted_ = false;
    };

    /// A place for a long answer; false when there is none.
    bool takeStream();
    void leaveStream();
    std::size_t streams() const;
    std::size_t size() const;

    /// Waits up to `span`; true when the server stops (then at once).
    bool waitForStop(milliseconds span);
    bool isStopping() const;

    /// Shuts all sockets down and lets no further one in.
    void stop();

  private:
    struct Row {
        std::string address;
        Monotonic::time_point due = Monotonic::time_point::max();
    };
    void watch();

    const Limits limits_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::map<int, Row> rows_;
    std::map<std::string, std::size_t> per_address_;
    std::size_t streams_ = 0;
    bool is_stopping_ = false;
    base::Thread watcher_;
};

/// Holds one stream place.
class StreamPlace {
  public:
    explicit StreamPlace(ConnectionTable& table) : table_(table), is_held_(table.takeStream()) {}
    ~StreamPlace() {
        if (is_held_) table_.leaveStream();
    }
    StreamPlace(const StreamPlace&) = delete;
    StreamPlace& operator=(const StreamPlace&) = delete;
    explicit operator bool() const noexcept { return is_held_; }

  private:
    ConnectionTable& table_;
    bool is_held_;
};

}  // namespace porchlight::web
