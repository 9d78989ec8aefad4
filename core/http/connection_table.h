/// All open connections: who must have moved on by when, and who goes first when there are too many.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/thread.h"
#include "porchlight/mutex.h"
#include "porchlight/time.h"

namespace porchlight::http {

/// Who never showed a session or token is a stranger. Strangers crowd out each other, never those who are
/// known: of too many from one address the oldest goes; of too many altogether the oldest of the address with
/// the most. A connection goes by being shut down: its owner sees the end of it. **Owns** the watcher thread.
/// Any thread.
class ConnectionTable {
  public:
    struct Limits {
        /// Strangers; they cost memory, but no thread until their request is complete.
        std::size_t max_per_address = 64;
        std::size_t max_streams = 32;  ///< live views, event streams and clips, which hold a thread for long
        std::size_t max_strangers = 512;
        std::size_t max_known = 256;
    };

    explicit ConnectionTable(Limits limits);
    ~ConnectionTable();

    /// One connection's entry while it lives. Dies before `socket` is closed. **Thread**: thread-bound.
    class Entry {
      public:
        /// `is_local`: the control socket, known from the start.
        Entry(ConnectionTable& table, int socket, const std::string& address, bool is_local = false);
        ~Entry();
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;

        /// False: the server stops.
        bool isAdmitted() const noexcept { return is_admitted_; }
        /// The socket is shut down unless this is called again within `span`.
        void mustMoveWithin(milliseconds span);
        /// Nothing is due: the connection waits for something to send, by a bound of its own.
        void mayRest();
        /// A session or token was shown.
        void setKnown();
        bool isKnown() const;
        /// Whether it holds a web thread.
        void setServed(bool is_served);
        /// What it asks for takes its time and was let in: relieve() passes it over until it is served.
        void mayTakeTime();

      private:
        ConnectionTable& table_;
        const int socket_;
        bool is_admitted_ = false;
    };

    /// A place for a long answer; false when there is none.
    bool takeStream();
    void leaveStream();
    std::size_t streams() const;
    std::size_t size() const;

    /// No web thread is free: strangers that have held one for a quarter of a second give it up.
    void relieve();
    /// No descriptor is free: the oldest stranger goes.
    void shedStranger();

    /// Strangers that had to go within the last five minutes, for people; nothing when none had.
    std::optional<std::string> crowding() const;

    /// Waits up to `span`; true when the server stops (then at once).
    bool waitForStop(milliseconds span);
    bool isStopping() const;

    /// Shuts all sockets down and lets no further one in.
    void stop();

  private:
    struct Row {
        std::string address;  ///< as throttleKey() counts
        Monotonic::time_point since{};
        Monotonic::time_point due = Monotonic::time_point::max();
        std::optional<Monotonic::time_point> served_since;
        bool is_known = false;
        bool may_take_time = false;
        bool is_cut = false;
    };
    using Rows = std::map<int, Row>;

    void watch();
    void makeRoom(const std::string& address) PORCHLIGHT_REQUIRES(mutex_);
    void makeRoomForKnown() PORCHLIGHT_REQUIRES(mutex_);
    void cut(Rows::value_type& row);
    void cutOldestStranger(const std::string& address) PORCHLIGHT_REQUIRES(mutex_);
    std::map<std::string, std::size_t> strangers() const PORCHLIGHT_REQUIRES(mutex_);

    const Limits limits_;
    mutable Mutex mutex_;
    ConditionVariable changed_;
    Rows rows_ PORCHLIGHT_GUARDED_BY(mutex_);  ///< by socket
    std::size_t streams_ PORCHLIGHT_GUARDED_BY(mutex_) = 0;
    /// Strangers, since the server was last quiet.
    std::size_t crowded_out_ PORCHLIGHT_GUARDED_BY(mutex_) = 0;
    std::string crowd_address_ PORCHLIGHT_GUARDED_BY(mutex_);  ///< of the latest of them
    Monotonic::time_point crowded_at_ PORCHLIGHT_GUARDED_BY(mutex_) = Monotonic::time_point::min();
    Monotonic::time_point told_at_ PORCHLIGHT_GUARDED_BY(mutex_) = Monotonic::time_point::min();
    bool is_stopping_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    base::Thread watcher_;
};

/// Holds one stream place. **Thread**: any, one at a time.
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

}  // namespace porchlight::http
