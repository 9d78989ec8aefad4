/// SQLite's C API behind objects that close, reset and roll back by themselves.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/hold_timer.h"
#include "porchlight/error.h"
#include "porchlight/time.h"

struct sqlite3;
struct sqlite3_stmt;

namespace porchlight::store {

class Database;

/// What the database does not do: a failure of its own disk, whatever the disk of the recordings does
/// meanwhile.
class DatabaseError : public Error {
  public:
    using Error::Error;
};

/// What was to be written says something that the schema does not allow: it is refused next time, too.
class RefusedRow : public DatabaseError {
  public:
    using DatabaseError::DatabaseError;
};

/// One run of a prepared statement. **Owns** its use of it: the end of its life resets the statement, which
/// ends an implicit read transaction. Lives shorter than its Database. Thread-bound (that of the Database).
/// Throws DatabaseError: Unavailable (busy, I/O), Exhausted (disk full, memory), Misconfigured (damaged),
/// Internal.
class Statement {
  public:
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    void bind(int index, std::int64_t value);
    void bind(int index, double value);
    void bind(int index, std::string_view value);
    void bind(int index, WallTime value) {
        bind(index, static_cast<std::int64_t>(value.time_since_epoch().count()));
    }
    void bindNull(int index);
    template <class T>
    void bind(int index, const std::optional<T>& value) {
        if (value)
            bind(index, *value);
        else
            bindNull(index);
    }

    /// The next row; false when there is none.
    bool step();

    bool isNull(int column) const noexcept;
    std::int64_t integer(int column) const noexcept;
    double number(int column) const noexcept;
    std::string text(int column) const;
    std::string_view view(int column) const noexcept;  ///< valid until the next step()
    bool boolean(int column) const noexcept { return integer(column) != 0; }
    WallTime time(int column) const noexcept { return WallTime(microseconds(integer(column))); }
    std::optional<WallTime> timeOrNothing(int column) const noexcept {
        return isNull(column) ? std::nullopt : std::optional(time(column));
    }

  private:
    friend class Database;
    Statement(Database& database, sqlite3_stmt* handle, bool is_cached) noexcept
        : database_(&database), handle_(handle), is_cached_(is_cached) {}
    void check(int result) const;

    Database* database_;
    sqlite3_stmt* handle_;
    bool is_cached_;
    Monotonic::time_point began_at_ = Monotonic::now();
};

/// One connection. **Owns** it and its prepared statements (the 48 last used kinds stay prepared).
/// Thread-bound.
class Database {
  public:
    /// Opens or creates the file in WAL mode with the settings of this appliance: busy wait 2 s, synchronous
    /// NORMAL, foreign keys on, page cache 512 KiB, log cut back to 4 MiB. Throws Error(Misconfigured) when
    /// it is no database.
    explicit Database(const std::filesystem::path& file);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Prepares (or takes from the cache) and binds `values` to ?1, ?2, ... in order.
    template <class... Values>
    Statement query(std::string_view sql, const Values&... values) {
        Statement statement = prepare(sql);
        int index = 0;
        (bindOne(statement, ++index, values), ...);
        return statement;
    }

    /// Runs a statement that returns no rows. The number of rows it changed.
    template <class... Values>
    int run(std::string_view sql, const Values&... values) {
        Statement statement = query(sql, values...);
        while (statement.step()) {
        }
        return changes();
    }

    /// The integer in the first column of the first row; nothing without a row or when null.
    template <class... Values>
    std::optional<std::int64_t> single(std::string_view sql, const Values&... values) {
        Statement statement = query(sql, values...);
        if (!statement.step() || statement.isNull(0)) return std::nullopt;
        return statement.integer(0);
    }

    /// Runs a script of several statements; not cached.
    void execute(std::string_view script);

    std::int64_t lastInsertId() const noexcept;
    int changes() const noexcept;
    bool isInTransaction() const noexcept;

    /// FULL: a commit survives a power cut. NORMAL: it may be lost, the file stays consistent. Outside
    /// transactions.
    void setDurable(bool is_durable);

  private:
    friend class Statement;
    friend class Transaction;
    friend class Interruptible;
    Statement prepare(std::string_view sql);
    void noteHeld(std::string_view label, Monotonic::duration held) noexcept;
    [[noreturn]] void fail(int result, std::string_view what) const;

    template <class T>
    static void bindOne(Statement& statement, int index, const T& value) {
        if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, int> || std::is_same_v<T, std::uint64_t> ||
                      std::is_same_v<T, unsigned>)
            statement.bind(index, static_cast<std::int64_t>(value));
        else
            statement.bind(index, value);
    }

    struct Close {
        void operator()(sqlite3* handle) const noexcept;
    };
    struct Finalize {
        void operator()(sqlite3_stmt* handle) const noexcept;
    };
    struct Cached {
        std::unique_ptr<sqlite3_stmt, Finalize> handle;
        bool is_used = false;
        std::uint64_t used_at = 0;
    };
    void makeRoom();

    std::filesystem::path file_;
    base::SystemClock clock_;
    base::HoldLog holds_{"store", clock_};
    const base::Cancel* cancel_ = nullptr;
    std::unique_ptr<sqlite3, Close> handle_;
    std::unordered_map<std::string, Cached> cache_;
    std::uint64_t uses_ = 0;
};

/// BEGIN IMMEDIATE; rolls back at the end of its life unless committed. A nested one joins the outer.
class Transaction {
  public:
    explicit Transaction(Database& database);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

  private:
    Database& database_;
    bool is_outermost_;
    bool is_open_;
    Monotonic::time_point began_at_;
};

/// What is read during its life is of one moment; blocks no writer. Inside a transaction it does nothing.
/// Short: the write-ahead log cannot shrink meanwhile.
class ReadSnapshot {
  public:
    explicit ReadSnapshot(Database& database);
    ~ReadSnapshot();
    ReadSnapshot(const ReadSnapshot&) = delete;
    ReadSnapshot& operator=(const ReadSnapshot&) = delete;

  private:
    Database& database_;
    bool is_outermost_;
};

/// Statements that run during its life on this thread end with Cancelled when `cancel` is due; a check of
/// integrity ends with findings that mean nothing then: ask `cancel` before believing them. One at a time.
class Interruptible {
  public:
    Interruptible(Database& database, const base::Cancel& cancel);
    ~Interruptible();
    Interruptible(const Interruptible&) = delete;
    Interruptible& operator=(const Interruptible&) = delete;

  private:
    Database& database_;
};

/// Commits made during its life are durable when they return.
class DurableWrites {
  public:
    explicit DurableWrites(Database& database);
    ~DurableWrites();
    DurableWrites(const DurableWrites&) = delete;
    DurableWrites& operator=(const DurableWrites&) = delete;

  private:
    Database& database_;
};

}  // namespace porchlight::store
