// SQLite's file layer, below the one of the store that counts: it fails to order.
#include <sqlite3.h>

#include <array>
#include <stdexcept>

#include "faults.h"

namespace inject {
namespace {

struct Table {
    const sqlite3_io_methods* original = nullptr;
    sqlite3_io_methods failing{};
};
std::array<Table, 8> tables;

const sqlite3_io_methods* originalOf(sqlite3_file* file) {
    // The store's layer has put a copy of our table in its place, in which the kind of locking is what it
    // was.
    for (const Table& table : tables)
        if (table.original != nullptr && table.original->xLock == file->pMethods->xLock)
            return table.original;
    return nullptr;
}

int readIt(sqlite3_file* file, void* data, int size, sqlite3_int64 at) {
    if (const int code = judgeDatabase(Call::DbRead)) return code;
    return originalOf(file)->xRead(file, data, size, at);
}
int writeIt(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
    if (const int code = judgeDatabase(Call::DbWrite)) return code;
    return originalOf(file)->xWrite(file, data, size, at);
}
int truncateIt(sqlite3_file* file, sqlite3_int64 size) {
    if (const int code = judgeDatabase(Call::DbCut)) return code;
    return originalOf(file)->xTruncate(file, size);
}
int syncIt(sqlite3_file* file, int flags) {
    if (const int code = judgeDatabase(Call::DbSync)) return code;
    return originalOf(file)->xSync(file, flags);
}
int sizeOf(sqlite3_file* file, sqlite3_int64* size) {
    if (const int code = judgeDatabase(Call::DbRead)) return code;
    return originalOf(file)->xFileSize(file, size);
}
int lockShared(sqlite3_file* file, int at, int count, int flags) {
    const bool is_exclusive = (flags & SQLITE_SHM_LOCK) != 0 && (flags & SQLITE_SHM_EXCLUSIVE) != 0;
    if (is_exclusive)
        if (const int code = judgeDatabase(Call::DbLock)) return code;
    return originalOf(file)->xShmLock(file, at, count, flags);
}

const sqlite3_io_methods* failingFor(const sqlite3_io_methods* original) {
    for (Table& table : tables) {
        if (table.original == original) return &table.failing;
        if (table.original != nullptr) continue;
        table.original = original;
        table.failing = *original;
        table.failing.xRead = readIt;
        table.failing.xWrite = writeIt;
        table.failing.xTruncate = truncateIt;
        table.failing.xSync = syncIt;
        table.failing.xFileSize = sizeOf;
        table.failing.xShmLock = lockShared;
        return &table.failing;
    }
    throw std::runtime_error("more kinds of files than tables");
}

sqlite3_vfs* original = nullptr;
sqlite3_vfs layer{};

int openIt(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    if (judgeDatabase(Call::DbRead) != 0) return SQLITE_CANTOPEN;
    const int result = original->xOpen(vfs, name, file, flags, out_flags);
    if (result == SQLITE_OK && file->pMethods != nullptr) file->pMethods = failingFor(file->pMethods);
    return result;
}
int deleteIt(sqlite3_vfs* vfs, const char* name, int must_sync) {
    if (judgeDatabase(Call::DbCut) != 0) return SQLITE_IOERR_DELETE;
    return original->xDelete(vfs, name, must_sync);
}
int accessIt(sqlite3_vfs* vfs, const char* name, int flags, int* out) {
    if (judgeDatabase(Call::DbRead) != 0) return SQLITE_IOERR_ACCESS;
    return original->xAccess(vfs, name, flags, out);
}
int sleepFor(sqlite3_vfs*, int span_us) {
    waitFor(porchlight::microseconds(span_us));
    return span_us;
}

}  // namespace

void installLayer() {
    if (sqlite3_initialize() != SQLITE_OK) throw std::runtime_error("SQLite does not start");
    original = sqlite3_vfs_find(nullptr);
    layer = *original;
    layer.zName = "porchlight-failing";
    layer.pNext = nullptr;
    layer.xOpen = openIt;
    layer.xDelete = deleteIt;
    layer.xAccess = accessIt;
    layer.xSleep = sleepFor;
    sqlite3_vfs_register(&layer, 1);
}

}  // namespace inject
