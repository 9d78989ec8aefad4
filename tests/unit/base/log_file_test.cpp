/// The structured log: fields, sizes, secrets, a disk that takes nothing.
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/log/log_file.h"
#include "support/catch.h"
#include "support/folder.h"

namespace log_file_test {

using namespace porchlight;
using namespace porchlight::base;

namespace {

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a line has its fields: camera from the component, code and kind from an alert") {
    const WallTime at(microseconds(1'790'000'000'123'456));
    CHECK(logLine(at, LogLevel::Warning, "camera/porch", "CAMERA_ISSUE connection_error: \"no\" <route>") ==
          R"({"at":"2026-09-21T14:13:20.123456Z","level":"warning","component":"camera/porch",)"
          R"("camera":"porch","code":"CAMERA_ISSUE",)"
          R"("kind":"connection_error","text":"CAMERA_ISSUE connection_error: \"no\" \u003croute>"})");
    CHECK(has(logLine(at, LogLevel::Info, "camera/porch/capture", "x"),
              R"("camera":"porch","code":"","kind":"")"));
    CHECK(has(logLine(at, LogLevel::Info, "web", "HOST_STALL for 3 s: swapping"),
              R"("camera":"","code":"HOST_STALL","kind":"")"));
    CHECK(has(logLine(at, LogLevel::Info, "alert/mqtt", "x"), R"("camera":"")"));
    CHECK(has(logLine(at, LogLevel::Info, "event/porch", "a\x01\xffz K\u00fcche"),
              "a\\u0001\xef\xbf\xbdz K\u00fcche"));
}

TEST_CASE("a text that is too long for its line is cut between two characters") {
    std::string text(1999, 'x');
    const std::string line = logLine(WallTime{}, LogLevel::Info, "web", text + "\u00fc and on");
    CHECK(has(line, "\"text\":\"" + text + "\"}"));
}

TEST_CASE("what is logged is read again: by time, camera, errors and number; secrets are not in it") {
    const test::Folder folder;
    {
        const LogFile file(folder.path(), 1U << 20U);
        logInfo("camera/porch", "stream rtsp://ada:geheim@198.51.100.7/main");
        logWarning("camera/yard", "CAMERA_ISSUE hung: for 6 s");
        for (int i = 0; i < 10; ++i) logInfo("web", "line " + std::to_string(i));
    }
    logInfo("web", "after its end");
    CHECK(readLog(folder.path(), {}).size() == 12);
    LogQuery query;
    query.camera = "porch";
    REQUIRE(readLog(folder.path(), query).size() == 1);
    CHECK(has(readLog(folder.path(), query)[0], "rtsp://***@198.51.100.7/main"));
    query = {};
    query.has_only_errors = true;
    REQUIRE(readLog(folder.path(), query).size() == 1);
    CHECK(has(readLog(folder.path(), query)[0], R"("code":"CAMERA_ISSUE","kind":"hung")"));
    query = {};
    query.limit = 3;
    REQUIRE(readLog(folder.path(), query).size() == 3);
    CHECK(has(readLog(folder.path(), query)[2], "line 9"));
    query = {};
    query.since = WallTime(microseconds(4'000'000'000'000'000));
    CHECK(readLog(folder.path(), query).empty());
    std::ofstream(folder / "log.jsonl", std::ios::app)
        << R"({"at":"2026-09-21T14:13:20)";  // cut by a power cut
    CHECK(readLog(folder.path(), {}).size() == 12);
    CHECK(readLog(folder / "nowhere", {}).empty());
}

TEST_CASE("two files of bounded size hold the newest lines") {
    const test::Folder folder;
    {
        const LogFile file(folder.path(), 20'000);
        for (int i = 0; i < 1000; ++i) {
            logInfo("web", "line " + std::to_string(i));
            if (i % 100 == 99) std::this_thread::sleep_for(milliseconds(20));  // the queue is bounded, too
        }
    }
    CHECK(std::filesystem::file_size(folder / "log.jsonl") <= 20'000);
    CHECK(std::filesystem::file_size(folder / "log.1.jsonl") <= 20'000);
    CHECK(has(readLog(folder.path(), {}).back(), "line 999"));
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 2);
}

TEST_CASE("a disk that is full loses lines, blocks nobody, and the first line afterwards tells how many") {
    const test::Folder folder;
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    {
        const LogFile file(folder.path(), 1U << 20U);
        logInfo("web", "first");
        std::this_thread::sleep_for(milliseconds(100));
        rlimit full = before;
        full.rlim_cur = 200;  // in the middle of the second line
        ::setrlimit(RLIMIT_FSIZE, &full);
        for (int i = 0; i < 5; ++i) logInfo("web", "lost " + std::to_string(i));
        std::this_thread::sleep_for(milliseconds(200));
        CHECK(file.dropped() == 5);
        ::setrlimit(RLIMIT_FSIZE, &before);
        logInfo("web", "again");
    }
    const auto lines = readLog(folder.path(), {});
    REQUIRE(lines.size() == 3);
    CHECK(has(lines[1], "again"));
    CHECK(has(lines[2], "5 line(s) were lost"));
}

TEST_CASE("a link in the place of the log is not followed") {
    const test::Folder folder;
    std::ofstream(folder / "victim") << "mine\n";
    std::filesystem::create_directories(folder / "log");
    std::filesystem::create_symlink(folder / "victim", folder / "log/log.jsonl");
    {
        const LogFile file(folder / "log", 1U << 20U);
        logInfo("web", "a line");
    }
    std::string text;
    std::getline(std::ifstream(folder / "victim"), text, '\0');
    CHECK(text == "mine\n");
    CHECK(readLog(folder / "log", {}).size() == 1);
}

}  // namespace log_file_test
