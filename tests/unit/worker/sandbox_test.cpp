// What the sandbox lets a worker do, tried by children that try it.
#include <fcntl.h>
#include <linux/seccomp.h>
#include <netdb.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <functional>
#include <thread>

#include "base/fd.h"
#include "clip.h"
#include "support/catch.h"
#include "worker/analyse/decoder.h"
#include "worker/confine/call_filter.h"
#include "worker/confine/sandbox.h"
#include "worker/picture/jpeg.h"

namespace sandbox_test {

using namespace porchlight;
using namespace porchlight::test;
using namespace porchlight::worker;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kHasSanitizer = true;
#else
constexpr bool kHasSanitizer = false;
#endif

struct Outcome {
    int status = 0;
    int call = -1;  ///< for which it was ended
};

/// Runs `body` in a child that `limit` confined; its result is the exit code.
Outcome tryConfined(const std::function<void()>& limit, const std::function<int()>& body) {
    auto* place = static_cast<std::atomic<int>*>(
        ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    REQUIRE(place != MAP_FAILED);
    *place = 0;
    const pid_t pid = ::fork();
    if (pid == 0) {
        std::signal(SIGABRT, SIG_DFL);  // not the test framework's report
        limitProcess();
        reportViolationsTo(place);
        limit();
        int code = 99;
        try {
            code = body();
        } catch (...) {
            code = 98;
        }
        ::_exit(code);
    }
    Outcome outcome;
    REQUIRE(::waitpid(pid, &outcome.status, 0) == pid);
    outcome.call = *place - 1;
    ::munmap(place, 4096);
    return outcome;
}

Outcome tryUnder(Confinement level, const std::function<int()>& body) {
    return tryConfined([level] { filterCalls(level, false); }, body);
}

bool wasKilledFor(const Outcome& outcome, long call) {
    return WIFSIGNALED(outcome.status) && WTERMSIG(outcome.status) == SIGSYS && outcome.call == call;
}
bool wentWell(const Outcome& outcome) {
    return WIFEXITED(outcome.status) && WEXITSTATUS(outcome.status) == 0;
}

/// 0 when the call is refused with that errno.
int refusedWith(long result, int error) {
    return result == -1 && errno == error ? 0 : 1;
}

}  // namespace

TEST_CASE("who tries to leave the decoding sandbox is ended, and the call is known", "[sandbox]") {
    if (kHasSanitizer) return;  // the tools make calls of their own
    const auto decoding = Confinement::Decoding;
    char* const words[] = {const_cast<char*>("/bin/true"), nullptr};
    CHECK(
        wasKilledFor(tryUnder(decoding, [&] { return ::execve("/bin/true", words, environ); }), SYS_execve));
    CHECK(wasKilledFor(
        tryUnder(decoding,
                 [] { return static_cast<int>(::ptrace(PTRACE_ATTACH, ::getppid(), nullptr, nullptr)); }),
        SYS_ptrace));
    CHECK(wasKilledFor(tryUnder(decoding, [] { return ::kill(::getppid(), SIGTERM); }), SYS_kill));
    CHECK(wasKilledFor(tryUnder(decoding,
                                [] {
                                    return static_cast<int>(
                                        ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
                                }),
                       SYS_clone));
    CHECK(wasKilledFor(
        tryUnder(decoding,
                 [] { return static_cast<int>(::syscall(SYS_tgkill, ::getppid(), ::getppid(), SIGTERM)); }),
        SYS_tgkill));
    CHECK(wasKilledFor(tryUnder(decoding, [] { return static_cast<int>(::syscall(SYS_unshare, 0)); }),
                       SYS_unshare));
    CHECK(wasKilledFor(tryUnder(decoding, [] { return static_cast<int>(::syscall(SYS_bpf, 0, nullptr, 0)); }),
                       SYS_bpf));
    // Also from another thread than the one that put the filter up.
    CHECK(wasKilledFor(tryUnder(decoding,
                                [&] {
                                    std::thread([&] { ::execve("/bin/true", words, environ); }).join();
                                    return 0;
                                }),
                       SYS_execve));
}

TEST_CASE("what the decoding sandbox refuses is answered with an error", "[sandbox]") {
    if (kHasSanitizer) return;
    const auto refused = [](int error, const std::function<long()>& call) {
        return wentWell(tryUnder(Confinement::Decoding, [&] { return refusedWith(call(), error); }));
    };
    CHECK(
        refused(EACCES, [] { return ::open("/tmp/porchlight-must-not-be-made", O_WRONLY | O_CREAT, 0600); }));
    CHECK(refused(EACCES, [] { return ::open("/dev/null", O_RDWR); }));
    CHECK(refused(EAFNOSUPPORT, [] { return ::socket(AF_UNIX, SOCK_STREAM, 0); }));
    CHECK(refused(EAFNOSUPPORT, [] { return ::socket(17 /* AF_PACKET */, SOCK_RAW, 0); }));
    CHECK(refused(ENOSYS, [] { return ::unlink("/tmp/porchlight-nothing"); }));
    CHECK(refused(ENOSYS, [] { return ::mkdir("/tmp/porchlight-must-not-be-made", 0700); }));
    CHECK(refused(EPERM, [] {
        const rlimit limit{4096, 4096};
        return static_cast<long>(::setrlimit(RLIMIT_NOFILE, &limit));
    }));
    CHECK_FALSE(::access("/tmp/porchlight-must-not-be-made", F_OK) == 0);
}

TEST_CASE("who only reads what it was given opens no file and no socket, and starts nothing", "[sandbox]") {
    if (kHasSanitizer) return;
    const auto refused = [](const std::function<long()>& call) {
        return wentWell(tryConfined([] { refuseOutside(); }, [&] { return refusedWith(call(), EACCES); }));
    };
    CHECK(refused([] { return ::open("/etc/hostname", O_RDONLY); }));
    CHECK(refused([] { return ::socket(AF_INET, SOCK_STREAM, 0); }));
    CHECK(refused([] { return ::syscall(SYS_clone, 0, 0, 0, 0, 0); }));
    const base::Fd given(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    const auto outcome = tryConfined([] { refuseOutside(); },
                                     [&] {
                                         char block[16];
                                         return ::read(given.get(), block, sizeof block) == 16 ? 0 : 1;
                                     });
    CHECK(wentWell(outcome));
}

TEST_CASE("an address that only mentions .local could ask the core over a unix socket", "[sandbox]") {
    if (kHasSanitizer) return;
    // Names that end in .local are asked of avahi, over a unix socket.
    const auto hasUnixSockets = [](const std::string& url, const std::string& sub) {
        ipc::Setup setup;
        setup.confinement = Confinement::Decoding;
        setup.source.set("url", url);
        if (!sub.empty()) setup.sub.set("url", sub);
        const auto outcome = tryConfined([&] { confine(setup); },
                                         [] {
                                             if (::socket(AF_UNIX, SOCK_STREAM, 0) >= 0) return 0;
                                             return errno == EAFNOSUPPORT ? 1 : 2;
                                         });
        REQUIRE(WIFEXITED(outcome.status));
        REQUIRE(WEXITSTATUS(outcome.status) < 2);
        return WEXITSTATUS(outcome.status) == 0;
    };
    const struct {
        const char* url;
        const char* sub;
        bool is_asked_of_avahi;
    } rows[] = {
        {"rtsp://cam.local/main", "", true},
        {"rtsp://CAM.Local.:554/main", "", true},
        {"http://u:p@cam.local?x=1", "", true},
        {"rtsp://192.0.2.5/main", "rtsp://cam.local/sub", true},
        {"rtsp://cam.localdomain/main", "", false},
        {"rtsp://cam.locally.example/main", "", false},
        {"rtsp://cam.local.example/main", "", false},
        {"rtsp://u:p.local@192.0.2.5/main", "", false},
        {"rtsp://u:p/w.local@192.0.2.5/main", "", false},
        {"http://192.0.2.5/x.local", "", false},
        {"http://192.0.2.5/?name=x.local", "", false},
        {"rtsp://local/main", "", false},
    };
    for (const auto& row : rows) {
        INFO(row.url << " " << row.sub);
        CHECK(hasUnixSockets(row.url, row.sub) == row.is_asked_of_avahi);
    }
}

TEST_CASE("decoding, encoding, threads, names, sockets and reading files go on in the sandbox", "[sandbox]") {
    if (kHasSanitizer) return;
    const Clip clip = makeClip(320, 240, 30, 10);
    CHECK(wentWell(tryUnder(Confinement::Decoding, [&] {
        Decoder decoder(clip.format);
        int pictures = 0;
        for (const Packet& packet : clip.packets) decoder.decode(packet, [&](Picture&&) { ++pictures; });
        return pictures == 30 ? 0 : 1;
    })));
    CHECK(wentWell(tryUnder(Confinement::Decoding, [] {
        std::size_t packets = 0;
        std::thread([&] { packets = makeClip(320, 240, 10, 5).packets.size(); }).join();
        JpegEncoder jpeg;
        JpegDecoder back;
        const auto bytes = jpeg.encode(makePicture(640, 480, 1), 320, 80);
        return packets == 10 && back.decodePicture(bytes).width_px == 320 ? 0 : 1;
    })));
    CHECK(wentWell(tryUnder(Confinement::Decoding, [] {
        addrinfo* found = nullptr;
        if (::getaddrinfo("localhost", "80", nullptr, &found) != 0) return 1;
        ::freeaddrinfo(found);
        const int file = ::open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        return file >= 0 && fd >= 0 ? 0 : 2;
    })));
}

TEST_CASE("a device sandbox refuses what no camera needs and nothing else", "[sandbox]") {
    if (kHasSanitizer) return;
    const auto device = Confinement::Device;
    CHECK(wentWell(tryUnder(
        device, [] { return refusedWith(::ptrace(PTRACE_ATTACH, ::getppid(), nullptr, nullptr), EPERM); })));
    CHECK(wentWell(tryUnder(device, [] { return refusedWith(::syscall(SYS_unshare, 0), EPERM); })));
    CHECK(wentWell(tryUnder(device, [] {
        return ::open("/dev/null", O_RDWR) >= 0 && ::socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ? 0 : 1;
    })));
    CHECK(wentWell(tryUnder(device, [] { return refusedWith(::fork(), EPERM); })));
    CHECK(wentWell(tryUnder(device, [] {
        char name[] = "/bin/true";
        char* const words[] = {name, nullptr};
        return refusedWith(::execv(name, words), EPERM);
    })));
    CHECK(wentWell(tryUnder(device, [] {
        int ran = 0;
        std::thread([&] { ran = 1; }).join();
        return ran == 1 ? 0 : 1;
    })));
    CHECK(wentWell(tryUnder(Confinement::DeviceWithPrograms,
                            [] { return refusedWith(::syscall(SYS_unshare, 0), EPERM); })));
    CHECK(wentWell(tryUnder(Confinement::DeviceWithPrograms, [] {
        const pid_t pid = ::fork();  // libcamera's isolated modules
        if (pid == 0) ::_exit(0);
        return ::waitpid(pid, nullptr, 0) == pid ? 0 : 1;
    })));
}

TEST_CASE("a worker could read the memory of other workers", "[sandbox]") {
    if (kHasSanitizer) return;
    int limited[2];
    REQUIRE(::pipe(limited) == 0);
    const pid_t other = ::fork();
    if (other == 0) {
        limitProcess();
        (void)!::write(limited[1], "x", 1);
        for (;;) ::pause();
    }
    char told = 0;
    REQUIRE(::read(limited[0], &told, 1) == 1);
    for (const int end : limited) ::close(end);
    const std::string memory = "/proc/" + std::to_string(other) + "/mem";
    const auto isReadable = [&] { return ::open(memory.c_str(), O_RDONLY | O_CLOEXEC) >= 0; };
    const pid_t reader = ::fork();
    if (reader == 0) {
        limitProcess();
        ::_exit(isReadable() ? 1 : 0);
    }
    int status = 0;
    REQUIRE(::waitpid(reader, &status, 0) == reader);
    ::kill(other, SIGKILL);
    ::waitpid(other, nullptr, 0);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("memory and descriptors of a worker end at its limits", "[sandbox]") {
    if (kHasSanitizer) return;
    const pid_t pid = ::fork();
    if (pid == 0) {
        limitProcess();
        ipc::Setup setup;
        setup.confinement = Confinement::Decoding;
        setup.memory_max_bytes = 300U << 20U;
        confine(setup);
        int code = 0;
        int opened = 0;
        while (opened < 1'000 && ::open("/dev/null", O_RDONLY) >= 0) ++opened;
        if (opened > 64 || opened < 20 || errno != EMFILE) code |= 1;
        std::size_t got = 0;
        while (got < (1U << 30U) && ::mmap(nullptr, 16U << 20U, PROT_READ | PROT_WRITE,
                                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
            got += 16U << 20U;
        if (got > (300U << 20U) || got < (100U << 20U)) code |= 2;
        rlimit core{};
        ::getrlimit(RLIMIT_CORE, &core);
        if (core.rlim_cur != 0) code |= 4;
        ::_exit(code);
    }
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a worker that may start programs cannot start ever more of them", "[sandbox]") {
    const pid_t pid = ::fork();
    if (pid == 0) {
        constexpr uid_t kNobody = 65534;
        if (::getuid() == 0 && ::setresuid(kNobody, kNobody, kNobody) != 0)
            ::_exit(8);  // root is not held to it
        ipc::Setup setup;
        setup.confinement = Confinement::DeviceWithPrograms;
        confine(setup);
        int code = 0;
        int started = 0;
        std::array<pid_t, 1'000> children{};
        while (started < 1'000) {
            const pid_t child = ::fork();
            if (child == 0) ::_exit(::pause());
            if (child < 0) break;
            children[static_cast<std::size_t>(started++)] = child;
        }
        if (errno != EAGAIN) code |= 1;
        if (started < 100 || started > 300)
            code |= 2;  // others of the user come and go; a thread of TSan in each child
        for (int at = 0; at < started; ++at) ::kill(children[static_cast<std::size_t>(at)], SIGKILL);
        while (::waitpid(-1, nullptr, 0) > 0) {
        }
        ::_exit(code);
    }
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a number that is no confinement is the strictest, and so is a setup that says nothing",
          "[sandbox]") {
    CHECK(ipc::Setup{}.confinement == Confinement::Decoding);
    if (kHasSanitizer) return;
    for (const std::uint32_t number : {0U, 4U, 0xffffffffU})
        CHECK(wentWell(tryUnder(static_cast<Confinement>(number),
                                [] { return refusedWith(::open("/dev/null", O_RDWR), EACCES); })));
}

}  // namespace sandbox_test
