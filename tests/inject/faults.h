/// Faults to order: the n-th call that the recorder makes to a disk or to the file of its database fails.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "support/fake_clock.h"

namespace inject {

/// Whose disk a call goes to.
enum class Target : std::uint8_t { Database = 1, Volume, Data };  ///< Data: spool and thumbnails

/// What a call is, as far as it decides how it can fail.
enum class Call : std::uint8_t {
    Look = 1,  ///< stat, statvfs, opendir
    Read,      ///< read, pread, open for reading
    Make,      ///< open for writing, mkdir
    Write,     ///< write, pwrite
    Sync,      ///< fsync, fdatasync
    Name,      ///< rename
    Remove,    ///< unlink, rmdir
    Cut,       ///< truncate, ftruncate
    DbRead,    ///< and open, look, map
    DbWrite,
    DbSync,
    DbCut,   ///< truncate, delete
    DbLock,  ///< an exclusive lock
};

enum class Harm : std::uint8_t { Eio = 1, Enospc, Erofs, DbBusy, DbFull, DbIoErr };

const char* nameOf(Call call) noexcept;
const char* nameOf(Harm harm) noexcept;
const char* nameOf(Target target) noexcept;

/// How such a call can fail; never empty.
std::vector<Harm> harmsOf(Call call);

struct Strike {
    std::uint64_t at = 0;   ///< which call, from 1; 0: none
    Harm harm = Harm::Eio;  ///< the first of harmsOf where it does not fit
    porchlight::microseconds lasts{
        0};  ///< 0: that call alone; else all of that disk that the harm concerns, for so long
};

/// What happened since arm().
struct Record {
    std::vector<std::pair<Target, Call>> calls;  ///< counted ones, in order
    std::uint64_t struck = 0;
    std::string first;               ///< the first call that failed, in words
    Target target = Target::Volume;  ///< of it
    Harm harm = Harm::Eio;
    porchlight::WallTime began_at{};  ///< of the first and of the last call that failed
    porchlight::WallTime ended_at{};
    porchlight::WallTime tries_began_at{};      ///< of the newest tries that follow each other within seconds
    porchlight::microseconds longest_tries{0};  ///< the longest time for which something was tried in vain
};

/// Calls below `folder`/recordings, /spool and /thumbnails and to its database are counted from now on.
/// `clock` goes on while the database waits for a lock.
void arm(const std::filesystem::path& folder, porchlight::test::FakeClock& clock, const Strike& strike);

/// No call is counted and none begins to fail from now on; a strike that lasts goes on to its end.
void disarm() noexcept;

/// Ends a strike that lasts.
void calm() noexcept;

/// True while a strike lasts.
bool isRaging() noexcept;

const Record& whatHappened() noexcept;

/// From now on the recordings folder lies on another disk than all else, by what stat says; no folder: it
/// does not.
void pretendOwnDisk(const std::filesystem::path& folder) noexcept;

/// From now on statvfs says that so much is free on a disk of 64 GiB; 0: the truth.
void pretendFree(std::uint64_t bytes) noexcept;

/// SQLite's default file layer becomes one that fails to order. Before the first database is opened.
void installLayer();

/// Called by the file layer: what the call has to answer, 0 or one of SQLite's codes. And by the calls: 0 or
/// errno.
int judgeDatabase(Call call) noexcept;
int judgeFile(Target target, Call call, const char* path) noexcept;

/// The place of a path, if it is one of ours; 0 otherwise.
int targetOf(const char* path) noexcept;
bool isOnOwnDisk(const char* path) noexcept;
std::uint64_t pretendedFree() noexcept;
void waitFor(porchlight::microseconds span) noexcept;  ///< the clock goes on

}  // namespace inject
