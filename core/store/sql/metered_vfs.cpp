#include "store/sql/metered_vfs.h"

#include <sqlite3.h>

#include <array>
#include <atomic>
#include <cstring>
#include <mutex>  // std::call_once

#include "porchlight/mutex.h"

namespace porchlight::store {
namespace {

constexpr char kName[] = "porchlight-metered";

// Plain data: SQLite calls these from any connection's thread for the life of the process.
constinit std::atomic<std::uint64_t> written_bytes{0};
constinit std::atomic<std::uint64_t> sync_count{0};
constinit Mutex tables_mutex;
constinit thread_local const base::Cancel* reads_until = nullptr;

/// SQLite's unix layer has one table of functions a kind of locking; ours are copies of it that count.
struct Table {
    const sqlite3_io_methods* original;
    sqlite3_io_methods counting;
};
constinit std::array<Table, 4> tables PORCHLIGHT_GUARDED_BY(tables_mutex){};

// No lock, no analysis: an entry does not change once it is there, and the file has its functions.
const sqlite3_io_methods* originalOf(sqlite3_file* file) noexcept PORCHLIGHT_NO_THREAD_ANALYSIS {
    for (const Table& table : tables)
        if (&table.counting == file->pMethods) return table.original;
    return file->pMethods;  // not reached: only files with a counting table come here
}

int endableRead(sqlite3_file* file, void* data, int size, sqlite3_int64 offset) {
    if (reads_until && reads_until->isDue()) return SQLITE_INTERRUPT;
    return originalOf(file)->xRead(file, data, size, offset);
}

int countedWrite(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
    const int result = originalOf(file)->xWrite(file, data, size, offset);
    if (result == SQLITE_OK)
        written_bytes.fetch_add(static_cast<std::uint64_t>(size), std::memory_order_relaxed);
    return result;
}

int countedSync(sqlite3_file* file, int flags) {
    sync_count.fetch_add(1, std::memory_order_relaxed);
    return originalOf(file)->xSync(file, flags);
}

const sqlite3_io_methods* countingFor(const sqlite3_io_methods* original) noexcept {
    const LockGuard lock(tables_mutex);
    for (Table& table : tables) {
        if (table.original == original) return &table.counting;
        if (table.original) continue;
        table.counting = *original;
        table.counting.xRead = endableRead;
        table.counting.xWrite = countedWrite;
        table.counting.xSync = countedSync;
        table.original = original;
        return &table.counting;
    }
    return original;  // a kind of file nobody has seen yet: it works, uncounted
}

int (*original_open)(sqlite3_vfs*, const char*, sqlite3_file*, int, int*) = nullptr;

int countedOpen(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    const int result = original_open(vfs, name, file, flags, out_flags);
    if (result == SQLITE_OK && file->pMethods) file->pMethods = countingFor(file->pMethods);
    return result;
}

constinit sqlite3_vfs layer{};
constinit std::once_flag was_registered;

}  // namespace

WriteCount databaseWrites() noexcept {
    return {written_bytes.load(std::memory_order_relaxed), sync_count.load(std::memory_order_relaxed)};
}

void setReadsUntil(const base::Cancel* cancel) noexcept {
    reads_until = cancel;
}

const char* meteredVfs() noexcept {
    std::call_once(was_registered, [] {
        if (sqlite3_initialize() != SQLITE_OK) return;
        const sqlite3_vfs* system = sqlite3_vfs_find(nullptr);
        if (!system) return;
        layer = *system;
        layer.zName = kName;
        layer.pNext = nullptr;
        original_open = system->xOpen;
        layer.xOpen = countedOpen;
        sqlite3_vfs_register(&layer, 0);
    });
    return layer.zName;  // null: SQLite's own
}

}  // namespace porchlight::store
