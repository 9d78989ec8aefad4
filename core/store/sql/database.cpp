#include "store/sql/database.h"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/budgets.h"
#include "base/log.h"
#include "store/sql/metered_vfs.h"

namespace porchlight::store {

namespace {

constexpr std::size_t kMaxCached = 48;
constexpr std::size_t kMaxLabel = 120;
constexpr int kAskEvery = 4000;  // steps of SQLite's machine: less than a millisecond

ErrorKind kindOf(int result, int system_error) noexcept {
    switch (result & 0xff) {
        case SQLITE_FULL:
        case SQLITE_NOMEM:
            return ErrorKind::Exhausted;
        case SQLITE_IOERR:
            return system_error == ENOSPC ? ErrorKind::Exhausted : ErrorKind::Unavailable;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_INTERRUPT:
        case SQLITE_PROTOCOL:
            return ErrorKind::Unavailable;
        case SQLITE_CANTOPEN:
            return system_error == ENOSPC ? ErrorKind::Exhausted : ErrorKind::Misconfigured;
        case SQLITE_NOTADB:
        case SQLITE_CORRUPT:
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return ErrorKind::Misconfigured;
        default:
            return ErrorKind::Internal;
    }
}

const char* adviceFor(int result) noexcept {
    switch (result & 0xff) {
        case SQLITE_NOTADB:
        case SQLITE_CORRUPT:
            return "; restore the newest *.backup beside it, or move the file away to start with an empty "
                   "history";
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_CANTOPEN:
            return "; check that the folder exists and belongs to the user that runs Porchlight";
        default:
            return "";
    }
}

}  // namespace

// --- Statement

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_),
      handle_(std::exchange(other.handle_, nullptr)),
      is_cached_(other.is_cached_),
      began_at_(other.began_at_) {}

Statement::~Statement() {
    if (!handle_) return;
    database_->noteHeld(sqlite3_sql(handle_), Monotonic::now() - began_at_);
    if (!is_cached_) {
        sqlite3_finalize(handle_);
        return;
    }
    sqlite3_reset(handle_);
    sqlite3_clear_bindings(handle_);
    for (auto& [sql, cached] : database_->cache_)
        if (cached.handle.get() == handle_) cached.is_used = false;
}

void Statement::check(int result) const {
    if (result != SQLITE_OK) database_->fail(result, sqlite3_sql(handle_));
}

void Statement::bind(int index, std::int64_t value) {
    check(sqlite3_bind_int64(handle_, index, value));
}
void Statement::bind(int index, double value) {
    check(sqlite3_bind_double(handle_, index, value));
}
void Statement::bind(int index, std::string_view value) {
    check(sqlite3_bind_text64(handle_, index, value.data() ? value.data() : "", value.size(),
                              SQLITE_TRANSIENT, SQLITE_UTF8));
}
void Statement::bindNull(int index) {
    check(sqlite3_bind_null(handle_, index));
}

bool Statement::step() {
    const int result = sqlite3_step(handle_);
    if (result == SQLITE_ROW) return true;
    if (result != SQLITE_DONE) database_->fail(result, sqlite3_sql(handle_));
    return false;
}

bool Statement::isNull(int column) const noexcept {
    return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}
std::int64_t Statement::integer(int column) const noexcept {
    return sqlite3_column_int64(handle_, column);
}
double Statement::number(int column) const noexcept {
    return sqlite3_column_double(handle_, column);
}
std::string Statement::text(int column) const {
    const auto* start = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
    if (!start) return {};
    return {start, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

std::string_view Statement::view(int column) const noexcept {
    const auto* start = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
    return start ? std::string_view(start, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column)))
                 : std::string_view();
}

// --- Database

void Database::Close::operator()(sqlite3* handle) const noexcept {
    sqlite3_close_v2(handle);
}
void Database::Finalize::operator()(sqlite3_stmt* handle) const noexcept {
    sqlite3_finalize(handle);
}

Database::Database(const std::filesystem::path& file) : file_(file) {
    sqlite3* raw = nullptr;
    const int result = sqlite3_open_v2(
        file.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, meteredVfs());
    handle_.reset(raw);
    if (!raw) throw Error(ErrorKind::Exhausted, "open database " + file.string() + ": out of memory");
    if (result != SQLITE_OK) fail(result, "open");
    sqlite3_extended_result_codes(raw, 1);
    sqlite3_busy_timeout(raw, static_cast<int>(milliseconds(budget::kDatabaseBusy).count()));
    execute(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;"
        "PRAGMA journal_size_limit = 4194304; PRAGMA cache_size = -512; PRAGMA mmap_size = 0;"
        "PRAGMA secure_delete = OFF; PRAGMA trusted_schema = OFF;");
}

Database::~Database() = default;

void Database::fail(int result, std::string_view what) const {
    if ((result & 0xff) == SQLITE_INTERRUPT && cancel_) cancel_->check();
    const int system_error = sqlite3_system_errno(handle_.get());
    std::string text = "database " + file_.string() + ": " + sqlite3_errmsg(handle_.get());
    if (system_error != 0 && (result & 0xff) != SQLITE_BUSY)
        text += std::string(" (") + std::strerror(system_error) + ")";
    const ErrorKind kind = kindOf(result, system_error);
    if (kind == ErrorKind::Internal) text += ", in: " + std::string(what.substr(0, 120));
    if ((result & 0xff) == SQLITE_CONSTRAINT) throw RefusedRow(kind, text);
    throw DatabaseError(kind, text + adviceFor(result));
}

void Database::execute(std::string_view script) {
    const std::string copy(script);
    const int result = sqlite3_exec(handle_.get(), copy.c_str(), nullptr, nullptr, nullptr);
    if (result != SQLITE_OK) fail(result, script);
}

Statement Database::prepare(std::string_view sql) {
    const std::string key(sql);
    const auto found = cache_.find(key);
    if (found != cache_.end() && !found->second.is_used) {
        found->second.is_used = true;
        found->second.used_at = ++uses_;
        return {*this, found->second.handle.get(), true};
    }
    sqlite3_stmt* raw = nullptr;
    const int result = sqlite3_prepare_v3(handle_.get(), key.c_str(), static_cast<int>(key.size()) + 1,
                                          SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    if (result != SQLITE_OK) fail(result, sql);
    if (found != cache_.end())
        return {*this, raw, false};  // the same text runs already: a second, short-lived one
    Cached cached{std::unique_ptr<sqlite3_stmt, Finalize>(raw), true, ++uses_};
    makeRoom();
    cache_.emplace(key, std::move(cached));
    return {*this, raw, true};
}

void Database::makeRoom() {
    if (cache_.size() < kMaxCached) return;
    auto oldest = cache_.end();
    for (auto entry = cache_.begin(); entry != cache_.end(); ++entry)
        if (!entry->second.is_used &&
            (oldest == cache_.end() || entry->second.used_at < oldest->second.used_at))
            oldest = entry;
    if (oldest != cache_.end()) cache_.erase(oldest);
}

std::int64_t Database::lastInsertId() const noexcept {
    return sqlite3_last_insert_rowid(handle_.get());
}
int Database::changes() const noexcept {
    return sqlite3_changes(handle_.get());
}
bool Database::isInTransaction() const noexcept {
    return sqlite3_get_autocommit(handle_.get()) == 0;
}

void Database::setDurable(bool is_durable) {
    // Never from the statement cache: this pragma acts when it is prepared, not when it is stepped.
    execute(is_durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
}

/// Not of what looks through the whole file on a connection of its own, and not of a transaction's begin: it
/// waits for another connection, which says itself what it held.
void Database::noteHeld(std::string_view label, Monotonic::duration held) noexcept {
    if (!label.starts_with("PRAGMA quick_check") && !label.starts_with("BEGIN"))
        holds_.note(label.substr(0, kMaxLabel), held);
}

// --- Transaction, DurableWrites

Transaction::Transaction(Database& database)
    : database_(database), is_outermost_(!database.isInTransaction()), is_open_(true) {
    if (is_outermost_) database_.run("BEGIN IMMEDIATE");
    began_at_ = Monotonic::now();
}

Transaction::~Transaction() {
    if (is_outermost_) database_.noteHeld("transaction", Monotonic::now() - began_at_);
    if (!is_open_ || !is_outermost_ || !database_.isInTransaction()) return;
    try {
        database_.run("ROLLBACK");
    } catch (const std::exception& error) {
        base::logError("store", std::string("roll back: ") + error.what());
    }
}

void Transaction::commit() {
    if (is_outermost_) database_.run("COMMIT");
    is_open_ = false;
}

ReadSnapshot::ReadSnapshot(Database& database)
    : database_(database), is_outermost_(!database.isInTransaction()) {
    if (is_outermost_) database_.run("BEGIN DEFERRED");
}

ReadSnapshot::~ReadSnapshot() {
    if (!is_outermost_ || !database_.isInTransaction()) return;
    try {
        database_.run("ROLLBACK");  // nothing was written
    } catch (const std::exception& error) {
        base::logError("store", std::string("end a snapshot: ") + error.what());
    }
}

Interruptible::Interruptible(Database& database, const base::Cancel& cancel) : database_(database) {
    database_.cancel_ = &cancel;
    setReadsUntil(&cancel);
    const auto isDue = [](void* asked) { return static_cast<const base::Cancel*>(asked)->isDue() ? 1 : 0; };
    sqlite3_progress_handler(database_.handle_.get(), kAskEvery, isDue, const_cast<base::Cancel*>(&cancel));
}

Interruptible::~Interruptible() {
    sqlite3_progress_handler(database_.handle_.get(), 0, nullptr, nullptr);
    database_.cancel_ = nullptr;
    setReadsUntil(nullptr);
}

DurableWrites::DurableWrites(Database& database) : database_(database) {
    database_.setDurable(true);
}

DurableWrites::~DurableWrites() {
    try {
        database_.setDurable(false);
    } catch (const std::exception& error) {
        base::logError("store", std::string("return to synchronous NORMAL: ") + error.what());
    }
}

}  // namespace porchlight::store
