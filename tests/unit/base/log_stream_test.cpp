// The log on standard error: whoever does not read it holds up nobody.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

#include "base/fd.h"
#include "base/log/log_stream.h"
#include "support/catch.h"

namespace log_stream_test {

using namespace porchlight;
using namespace porchlight::base;

namespace {

/// A pipe that is full from the start, so that the first line already finds no room.
struct FullPipe {
    FullPipe() {
        int ends[2];
        REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
        out.reset(ends[0]);
        in.reset(ends[1]);
        ::fcntl(in.get(), F_SETFL, O_NONBLOCK);
        const std::string page(4096, '#');
        while (::write(in.get(), page.data(), page.size()) > 0) {
        }
        ::fcntl(in.get(), F_SETFL, 0);  // a writer that waits, as standard error is one
    }
    std::string readFor(milliseconds span) const {
        std::string text;
        std::string buffer(65536, '\0');
        for (const auto deadline = Deadline::in(span); !deadline.isPast();) {
            if (waitFor(out.get(), POLLIN, deadline) == 0) break;
            const ssize_t size = ::read(out.get(), buffer.data(), buffer.size());
            if (size <= 0) break;
            text.append(buffer, 0, static_cast<std::size_t>(size));
        }
        return text;
    }
    Fd out;
    Fd in;
};

/// Standard error of this process, for as long as it lives.
class StandardError {
  public:
    explicit StandardError(int fd) : before_(::dup(STDERR_FILENO)) { ::dup2(fd, STDERR_FILENO); }
    ~StandardError() { ::dup2(before_.get(), STDERR_FILENO); }
    StandardError(const StandardError&) = delete;
    StandardError& operator=(const StandardError&) = delete;

  private:
    Fd before_;
};

std::size_t countOf(const std::string& text, const std::string& word) {
    std::size_t count = 0;
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
    return count;
}

}  // namespace

TEST_CASE("a log that nobody reads: threads that log do not wait, what is lost is counted and told") {
    const FullPipe pipe;
    const bool has_stream = GENERATE(true, false);  // the core, and what runs without a thread for it
    CAPTURE(has_stream);
    const StandardError stalled(pipe.in.get());
    const auto began_at = Monotonic::now();
    {
        std::optional<LogStream> stream;
        if (has_stream) stream.emplace(STDERR_FILENO);
        std::thread others[2];
        for (auto& other : others)
            other = std::thread([] {
                for (int i = 0; i < 5000; ++i)
                    logInfo("test", "a line of some length, number " + std::to_string(i));
            });
        for (auto& other : others) other.join();
        CHECK(Monotonic::now() - began_at < seconds(5));
        if (has_stream) CHECK(stream->dropped() > 1000);
        const std::string text = pipe.readFor(milliseconds(300));
        if (has_stream) CHECK(countOf(text, "a line of some length") > 1000);  // what waited in its queue
        logInfo("test", "it goes on");
        drainLog();
        const std::string after = text + pipe.readFor(milliseconds(300));
        CHECK(countOf(after, "it goes on\n") == 1);
        CHECK(countOf(after, "line(s) were lost") >= 1);
    }
    CHECK(Monotonic::now() - began_at < seconds(10));
}

TEST_CASE("the end of the log's stream waits a second at most for a reader") {
    const FullPipe pipe;
    const auto began_at = Monotonic::now();
    {
        const LogStream stream(pipe.in.get());
        logInfo("test", "nobody will read this");
    }
    CHECK(Monotonic::now() - began_at < seconds(4));
}

TEST_CASE("lines come whole, in order and to the last one") {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const Fd out(ends[0]);
    std::string text;
    std::thread reader([&] {
        std::string buffer(4096, '\0');
        while (true) {
            const ssize_t size = ::read(out.get(), buffer.data(), buffer.size());
            if (size <= 0) return;
            text.append(buffer, 0, static_cast<std::size_t>(size));
        }
    });
    {
        const Fd in(ends[1]);
        const LogStream stream(in.get());
        for (int i = 0; i < 1000; ++i)
            logInfo("test", std::to_string(i) + std::string(i == 500 ? 10'000 : 20, 'x'));
    }
    reader.join();
    CHECK(countOf(text, "\n") == 1000);
    std::size_t at = 0;
    for (int i = 0; i < 1000 && at != std::string::npos; ++i)
        at = text.find(" info test " + std::to_string(i) + "x", at);
    CHECK(at != std::string::npos);
}

}  // namespace log_stream_test
