/// faulty-disk BACKING MOUNT ORDERS: a file system (FUSE) that passes everything on to the folder BACKING,
/// except for what the file ORDERS says, read at each operation; it ends when it is unmounted. Orders, one a
/// line:
///
///   write EIO          every write (create, unlink, sync, open, read, list, statfs likewise) fails with that
///   error quota 8000000      EDQUOT beyond so many bytes in all files; free space is told as of the whole
///   disk below
#define FUSE_USE_VERSION 31
#include <fcntl.h>
#include <fuse.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

namespace fs = std::filesystem;

fs::path backing;
fs::path orders;

int numberOf(const std::string& name) {
    if (name == "EIO") return EIO;
    if (name == "ENOSPC") return ENOSPC;
    if (name == "EDQUOT") return EDQUOT;
    if (name == "EROFS") return EROFS;
    return EINVAL;
}

/// What is ordered for an operation, as FUSE wants it: 0 or a negative error.
int ordered(const std::string& operation) {
    std::ifstream in(orders);
    for (std::string what, value; in >> what >> value;)
        if (what == operation) return -numberOf(value);
    return 0;
}

std::uint64_t quota() {
    std::ifstream in(orders);
    for (std::string what, value; in >> what >> value;)
        if (what == "quota") return std::stoull(value);
    return UINT64_MAX;
}

std::uint64_t usedBytes() {
    std::uint64_t sum = 0;
    for (const auto& entry : fs::recursive_directory_iterator(backing))
        if (entry.is_regular_file()) sum += entry.file_size();
    return sum;
}

std::string below(const char* path) {
    return backing.string() + path;
}
int answer(int result) {
    return result < 0 ? -errno : 0;
}
int fileOf(const fuse_file_info* info) {
    return static_cast<int>(info->fh);
}

int getAttributes(const char* path, struct stat* out, fuse_file_info*) {
    return answer(::lstat(below(path).c_str(), out));
}

int list(const char* path, void* buffer, fuse_fill_dir_t fill, off_t, fuse_file_info*, fuse_readdir_flags) {
    if (const int error = ordered("list")) return error;
    fill(buffer, ".", nullptr, 0, fuse_fill_dir_flags{});
    fill(buffer, "..", nullptr, 0, fuse_fill_dir_flags{});
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(below(path), error))
        fill(buffer, entry.path().filename().c_str(), nullptr, 0, fuse_fill_dir_flags{});
    return -error.value();
}

int openFile(const char* path, fuse_file_info* info) {
    if (const int error = ordered("open")) return error;
    const int fd = ::open(below(path).c_str(), info->flags & ~O_CREAT);
    info->fh = static_cast<std::uint64_t>(fd);
    return answer(fd);
}

int create(const char* path, mode_t mode, fuse_file_info* info) {
    if (const int error = ordered("create")) return error;
    const int fd = ::open(below(path).c_str(), info->flags | O_CREAT, mode);
    info->fh = static_cast<std::uint64_t>(fd);
    return answer(fd);
}

int readFile(const char*, char* buffer, std::size_t size, off_t at, fuse_file_info* info) {
    if (const int error = ordered("read")) return error;
    const ssize_t result = ::pread(fileOf(info), buffer, size, at);
    return result < 0 ? -errno : static_cast<int>(result);
}

int writeFile(const char*, const char* buffer, std::size_t size, off_t at, fuse_file_info* info) {
    if (const int error = ordered("write")) return error;
    struct stat status {};
    if (::fstat(fileOf(info), &status) != 0) return -errno;
    const auto end = static_cast<std::uint64_t>(at) + size;
    const auto length = static_cast<std::uint64_t>(status.st_size);
    if (end > length && usedBytes() + end - length > quota()) return -EDQUOT;
    const ssize_t result = ::pwrite(fileOf(info), buffer, size, at);
    return result < 0 ? -errno : static_cast<int>(result);
}

int syncFile(const char*, int, fuse_file_info* info) {
    if (const int error = ordered("sync")) return error;
    return answer(::fsync(fileOf(info)));
}

int truncateFile(const char* path, off_t size, fuse_file_info*) {
    return answer(::truncate(below(path).c_str(), size));
}
int closeFile(const char*, fuse_file_info* info) {
    return answer(::close(fileOf(info)));
}
int makeFolder(const char* path, mode_t mode) {
    return answer(::mkdir(below(path).c_str(), mode));
}
int removeFolder(const char* path) {
    return answer(::rmdir(below(path).c_str()));
}
int setTimes(const char* path, const timespec times[2], fuse_file_info*) {
    return answer(::utimensat(AT_FDCWD, below(path).c_str(), times, 0));
}

int removeFile(const char* path) {
    if (const int error = ordered("unlink")) return error;
    return answer(::unlink(below(path).c_str()));
}

int renameFile(const char* from, const char* to, unsigned) {
    return answer(::rename(below(from).c_str(), below(to).c_str()));
}

int tellSpace(const char*, struct statvfs* out) {
    if (const int error = ordered("statfs")) return error;
    return answer(::statvfs(backing.c_str(), out));
}

void* start(fuse_conn_info*, fuse_config* config) {
    config->attr_timeout = config->entry_timeout = config->negative_timeout = 0;  // the kernel asks each time
    return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return std::fputs("faulty-disk BACKING MOUNT ORDERS\n", stderr), 64;
    backing = fs::absolute(argv[1]);
    orders = fs::absolute(argv[3]);
    fuse_operations operations{};
    operations.init = start;
    operations.getattr = getAttributes;
    operations.readdir = list;
    operations.open = openFile;
    operations.create = create;
    operations.read = readFile;
    operations.write = writeFile;
    operations.fsync = syncFile;
    operations.truncate = truncateFile;
    operations.release = closeFile;
    operations.mkdir = makeFolder;
    operations.rmdir = removeFolder;
    operations.utimens = setTimes;
    operations.unlink = removeFile;
    operations.rename = renameFile;
    operations.statfs = tellSpace;
    char foreground[] = "-f";
    char single[] = "-s";
    char* arguments[] = {argv[0], foreground, single, argv[2], nullptr};
    return fuse_main(4, arguments, &operations, nullptr);
}
