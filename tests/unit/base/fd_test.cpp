/// Descriptors and files: owned once, waited for within bounds, whole or not there.
#include "base/fd.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <thread>

#include "support/catch.h"
#include "support/folder.h"

namespace fd_test {

using namespace porchlight;
using namespace porchlight::base;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
using test::readAll;

namespace {

bool isOpen(int fd) {
    return ::fcntl(fd, F_GETFD) >= 0;
}

}  // namespace

TEST_CASE("a descriptor has one owner, which closes it once") {
    Fd first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const int number = first.get();
    REQUIRE(first);
    Fd second(std::move(first));
    CHECK(second.get() == number);
    second = Fd(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
    CHECK_FALSE(isOpen(number));
    const int kept = second.release();
    CHECK_FALSE(second);
    CHECK(isOpen(kept));
    second.reset(kept);
    second.reset();
    CHECK_FALSE(isOpen(kept));
}

TEST_CASE("a waker wakes a poll, also one that begins later, and is quiet when drained") {
    Waker waker;
    CHECK(waitFor(waker.fd(), POLLIN, Deadline::in(0ms)) == 0);
    for (int i = 0; i < 1000; ++i) waker.notify();
    CHECK(waitFor(waker.fd(), POLLIN, Deadline::in(5s)) == POLLIN);
    waker.drain();
    CHECK(waitFor(waker.fd(), POLLIN, Deadline::in(0ms)) == 0);
    waker.drain();  // nothing to drain must not block
    std::thread other([&] { waker.notify(); });
    CHECK(waitFor(waker.fd(), POLLIN, Deadline::in(5s)) == POLLIN);
    other.join();
}

TEST_CASE("a wait that signals interrupt lasts until its deadline and no longer") {
    struct sigaction ignored {};
    ignored.sa_handler = [](int) {};
    struct sigaction before {};
    ::sigaction(SIGUSR1, &ignored, &before);
    const Waker waker;
    const pthread_t self = ::pthread_self();
    const auto began_at = Monotonic::now();
    std::thread disturber([self] {
        for (int i = 0; i < 150; ++i) {
            std::this_thread::sleep_for(10ms);
            ::pthread_kill(self, SIGUSR1);
        }
    });
    CHECK(waitFor(waker.fd(), POLLIN, Deadline::in(100ms)) == 0);
    const auto lasted = Monotonic::now() - began_at;
    CHECK(lasted >= 100ms);
    CHECK(lasted < 1'200ms);  // begun anew with each signal it takes 1.6 s
    disturber.join();
    ::sigaction(SIGUSR1, &before, nullptr);
}

TEST_CASE("what the system refuses is of the kind that says what to do next") {
    const std::pair<int, ErrorKind> rows[] = {
        {EACCES, ErrorKind::Misconfigured}, {EROFS, ErrorKind::Misconfigured}, {ENOSPC, ErrorKind::Exhausted},
        {EDQUOT, ErrorKind::Exhausted},     {EMFILE, ErrorKind::Exhausted},    {EIO, ErrorKind::Unavailable},
        {ENOENT, ErrorKind::Unavailable}};
    for (const auto& [number, kind] : rows) {
        INFO(number);
        CHECK(errnoError("x", number).kind() == kind);
    }
    CHECK(std::string(errnoError("open /dev/video0", EBUSY).what()) ==
          "open /dev/video0: Device or resource busy");
}

TEST_CASE("a file is written whole with its mode, in the place of an older one, and nothing else is left") {
    const test::Folder folder;
    const std::string file = folder / "state";
    writeFileDurably(file, "one", 0600);
    CHECK(readAll(file) == "one");
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777U) == 0600);
    const std::string large(300'000, 'x');
    writeFileDurably(file, large, 0644);
    CHECK(readAll(file) == large);
    CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("a link that somebody laid in the way of a file is not written through") {
    const test::Folder folder;
    std::ofstream(folder / "victim") << "mine";
    fs::create_symlink(folder / "victim", folder / "state.new");
    fs::create_symlink(folder / "victim", folder / "state");
    writeFileDurably(folder / "state", "new", 0600);
    CHECK(readAll(folder / "victim") == "mine");
    CHECK(readAll(folder / "state") == "new");
    CHECK_FALSE(fs::is_symlink(folder / "state"));
}

TEST_CASE("a file that cannot be written leaves the older one, and no half of itself") {
    const test::Folder folder;
    fs::create_directory(folder / "state");  // rename over a folder fails after all was written
    CHECK_THROWS_AS(writeFileDurably(folder / "state", "new", 0600), Error);
    CHECK_FALSE(fs::exists(folder / "state.new"));
    CHECK_THROWS_AS(writeFileDurably(folder / "nowhere/state", "new", 0600), Error);
    CHECK_THROWS_AS(writeFileDurably("/dev/full/state", "new", 0600), Error);
    CHECK_THROWS_AS(syncFolder(folder / "nowhere"), Error);
}

}  // namespace fd_test
