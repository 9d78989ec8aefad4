// The C library's calls, in front of the real ones: for this program and the plugins it loads.
#undef _FILE_OFFSET_BITS
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <string>

#include "faults.h"

namespace {

using inject::Call;
using inject::Target;

constexpr int kMaxFiles = 1024;
std::uint8_t target_of_file[kMaxFiles];  // by descriptor; 0: none of ours
bool is_own_disk[kMaxFiles];

template <class Function>
Function next(const char* name) {
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

#define NEXT(name, type) static const auto real = next<type>(name)

/// 0, or the error that was ordered for this path.
int judge(const char* path, Call call) {
    const int target = inject::targetOf(path);
    return target == 0 ? 0 : inject::judgeFile(static_cast<Target>(target), call, path);
}

int judge(int fd, Call call) {
    if (fd < 0 || fd >= kMaxFiles || target_of_file[fd] == 0) return 0;
    return inject::judgeFile(static_cast<Target>(target_of_file[fd]), call, "");
}

template <class Result = int>
Result failed(int error_number) {
    errno = error_number;
    return static_cast<Result>(-1);
}

#define JUDGE(where, call) \
    if (const int error_number = judge(where, call)) return failed(error_number)

int opened(const char* path, int fd) {
    if (fd < 0 || fd >= kMaxFiles) return fd;
    target_of_file[fd] = static_cast<std::uint8_t>(inject::targetOf(path));
    is_own_disk[fd] = inject::isOnOwnDisk(path);
    return fd;
}

int openAs(const char* name, const char* path, int flags, mode_t mode) {
    const bool may_write = (flags & (O_CREAT | O_TRUNC)) != 0 || (flags & O_ACCMODE) != O_RDONLY;
    JUDGE(path, may_write ? Call::Make : Call::Read);
    using Open = int (*)(const char*, int, ...);
    return opened(path, next<Open>(name)(path, flags, mode));
}

mode_t modeOf(int flags, va_list& rest) {
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? static_cast<mode_t>(va_arg(rest, int)) : 0;
}

template <class Status>
int statAs(const char* name, const char* path, Status* status) {
    JUDGE(path, Call::Look);
    const int result = next<int (*)(const char*, Status*)>(name)(path, status);
    if (result == 0 && inject::isOnOwnDisk(path)) status->st_dev += 1000;
    return result;
}

template <class Status>
int fstatAs(const char* name, int fd, Status* status) {
    JUDGE(fd, Call::Look);
    const int result = next<int (*)(int, Status*)>(name)(fd, status);
    if (result == 0 && fd < kMaxFiles && is_own_disk[fd]) status->st_dev += 1000;
    return result;
}

template <class Disk>
int statvfsAs(const char* name, const char* path, Disk* disk) {
    JUDGE(path, Call::Look);
    const int result = next<int (*)(const char*, Disk*)>(name)(path, disk);
    if (result == 0 && inject::pretendedFree() > 0 && inject::targetOf(path) != 0) {
        disk->f_bavail = disk->f_bfree = inject::pretendedFree() / disk->f_frsize;
        disk->f_blocks = (64ULL << 30U) / disk->f_frsize;
    }
    return result;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = modeOf(flags, rest);
    va_end(rest);
    return openAs("open", path, flags, mode);
}
int open64(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = modeOf(flags, rest);
    va_end(rest);
    return openAs("open64", path, flags, mode);
}
int close(int fd) {
    NEXT("close", int (*)(int));
    if (fd >= 0 && fd < kMaxFiles) target_of_file[fd] = 0, is_own_disk[fd] = false;
    return real(fd);
}
DIR* opendir(const char* path) {
    NEXT("opendir", DIR * (*)(const char*));
    if (const int error_number = judge(path, Call::Look)) return errno = error_number, nullptr;
    return real(path);
}
int stat(const char* path, struct stat* status) {
    return statAs("stat", path, status);
}
int stat64(const char* path, struct stat64* status) {
    return statAs("stat64", path, status);
}
int fstat(int fd, struct stat* status) {
    return fstatAs("fstat", fd, status);
}
int fstat64(int fd, struct stat64* status) {
    return fstatAs("fstat64", fd, status);
}
int statvfs(const char* path, struct statvfs* disk) {
    return statvfsAs("statvfs", path, disk);
}
int statvfs64(const char* path, struct statvfs64* disk) {
    return statvfsAs("statvfs64", path, disk);
}

ssize_t read(int fd, void* data, size_t size) {
    NEXT("read", ssize_t(*)(int, void*, size_t));
    JUDGE(fd, Call::Read);
    return real(fd, data, size);
}
ssize_t pread(int fd, void* data, size_t size, off_t at) {
    NEXT("pread", ssize_t(*)(int, void*, size_t, off_t));
    JUDGE(fd, Call::Read);
    return real(fd, data, size, at);
}
ssize_t pread64(int fd, void* data, size_t size, off64_t at) {
    NEXT("pread64", ssize_t(*)(int, void*, size_t, off64_t));
    JUDGE(fd, Call::Read);
    return real(fd, data, size, at);
}
ssize_t write(int fd, const void* data, size_t size) {
    NEXT("write", ssize_t(*)(int, const void*, size_t));
    JUDGE(fd, Call::Write);
    return real(fd, data, size);
}

/// A disk that stays full takes half of what is written, and nothing the next time.
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
    NEXT("pwrite64", ssize_t(*)(int, const void*, size_t, off64_t));
    if (const int error_number = judge(fd, Call::Write)) {
        if (error_number == ENOSPC && inject::isRaging() && inject::whatHappened().struck % 2 == 1)
            return real(fd, data, size / 2, at);
        return failed<ssize_t>(error_number);
    }
    return real(fd, data, size, at);
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
    return pwrite64(fd, data, size, at);
}

int fsync(int fd) {
    NEXT("fsync", int (*)(int));
    JUDGE(fd, Call::Sync);
    return real(fd);
}
int fdatasync(int fd) {
    NEXT("fdatasync", int (*)(int));
    JUDGE(fd, Call::Sync);
    return real(fd);
}
int ftruncate64(int fd, off64_t size) {
    NEXT("ftruncate64", int (*)(int, off64_t));
    JUDGE(fd, Call::Cut);
    return real(fd, size);
}
int ftruncate(int fd, off_t size) {
    return ftruncate64(fd, size);
}
int truncate64(const char* path, off64_t size) {
    NEXT("truncate64", int (*)(const char*, off64_t));
    JUDGE(path, Call::Cut);
    return real(path, size);
}
int truncate(const char* path, off_t size) {
    return truncate64(path, size);
}
int mkdir(const char* path, mode_t mode) {
    NEXT("mkdir", int (*)(const char*, mode_t));
    JUDGE(path, Call::Make);
    return real(path, mode);
}
int rename(const char* from, const char* to) {
    NEXT("rename", int (*)(const char*, const char*));
    JUDGE(to, Call::Name);
    return real(from, to);
}
int unlink(const char* path) {
    NEXT("unlink", int (*)(const char*));
    JUDGE(path, Call::Remove);
    return real(path);
}
int rmdir(const char* path) {
    NEXT("rmdir", int (*)(const char*));
    JUDGE(path, Call::Remove);
    return real(path);
}

}  // extern "C"
