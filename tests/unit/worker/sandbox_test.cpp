// What the sandbox of a worker that decodes lets it do.
#include <fcntl.h>
#include <netdb.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cstring>
#include <thread>

#include "base/fd.h"
#include "clip.h"
#include "confined.h"
#include "worker/analyse/decoder.h"
#include "worker/picture/jpeg.h"

namespace sandbox_test {

using namespace porchlight;
using namespace porchlight::test;
using namespace porchlight::worker;

TEST_CASE("who tries to leave the decoding sandbox is ended, and the call is known", "[sandbox]") {
    if (kHasSanitizer) return tellSkipped(kToolsCall);
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
    if (kHasSanitizer) return tellSkipped(kToolsCall);
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
    if (kHasSanitizer) return tellSkipped(kToolsCall);
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
    if (kHasSanitizer) return tellSkipped(kToolsCall);
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
    if (kHasSanitizer) return tellSkipped(kToolsCall);
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

TEST_CASE("a number that is no confinement is the strictest, and so is a setup that says nothing",
          "[sandbox]") {
    CHECK(ipc::Setup{}.confinement == Confinement::Decoding);
    if (kHasSanitizer) return tellSkipped(kToolsCall);
    for (const std::uint32_t number : {0U, 4U, 0xffffffffU})
        CHECK(wentWell(tryUnder(static_cast<Confinement>(number),
                                [] { return refusedWith(::open("/dev/null", O_RDWR), EACCES); })));
}

}  // namespace sandbox_test
