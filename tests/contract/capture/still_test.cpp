/// What only the still plugin does: asks again and again, and takes no for an answer only when it is one.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>

#include "contract/capture/fixture.h"
#include "porchlight/jpeg.h"
#include "porchlight/source_error.h"
#include "support/catch.h"
#include "support/folder.h"
#include "support/loopback_port.h"

namespace still_test {

using namespace porchlight;
using namespace porchlight::contract;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

const std::string kUser = "viewer:s%20cr%2Fet";

CameraServer newServer(int port = 0) {
    return CameraServer(
        {"--port", std::to_string(port), "--user", "viewer:s cr/et", clip("still.jpg"), clip("other.jpg")},
        "still_server.py");
}

const CameraServer& server() {
    static const CameraServer running = newServer();
    return running;
}

std::unique_ptr<CaptureSource> opened(const std::string& url, Monotonic::duration limit = 5s) {
    auto source = make("still");
    source->open(settingsOf("still", {{"url", url}, {"interval", "100000"}}), Deadline::in(limit));
    return source;
}

/// Of open(), with the name of the fault.
struct Refusal {
    ErrorKind kind = ErrorKind::Internal;
    std::optional<SourceFault> fault;
    std::string text;
};

Refusal refusalOf(const std::string& url, Monotonic::duration limit = 5s) {
    try {
        opened(url, limit);
    } catch (const SourceError& error) {
        return {error.kind(), error.fault(), error.what()};
    } catch (const Error& error) {
        return {error.kind(), std::nullopt, error.what()};
    }
    return {ErrorKind::Internal, std::nullopt, "opened"};
}

/// What read() did in turn, until `enough` or for 5 s: "new", "same" (is_unchanged), "damage", "format".
std::vector<std::string> told(CaptureSource& source, std::size_t enough) {
    std::vector<std::string> out;
    const Deadline limit = Deadline::in(5s);
    while (out.size() < enough && !limit.isPast()) {
        Sample sample;
        try {
            const ReadStatus status = source.read(sample, Deadline::in(1s));
            if (status == ReadStatus::FormatChanged) out.emplace_back("format");
            if (status != ReadStatus::Sample) continue;
            const Packet& packet = std::get<Packet>(sample);
            CHECK(judgeJpeg(packet.data, 0, 0).fault == nullptr);
            CHECK(packet.is_key);
            out.emplace_back(packet.is_unchanged ? "same" : "new");
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::BadData) throw;
            out.emplace_back("damage");
        }
    }
    return out;
}

using Words = std::vector<std::string>;

void write(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace

TEST_CASE("what is no picture is told at open, with the words that help", "[still]") {
    const struct {
        const char* path;
        ErrorKind kind;
        std::optional<SourceFault> fault;
        const char* text;
    } rows[] = {
        {"page", ErrorKind::Misconfigured, {}, "answers with text/html, not with a JPEG"},
        {"stream", ErrorKind::Misconfigured, {}, "a stream, for the plugin ffmpeg"},
        {"large", ErrorKind::Misconfigured, {}, "answers with more than 8 MiB"},
        {"endless", ErrorKind::Misconfigured, {}, "answers with more than 8 MiB"},
        {"vast.jpg", ErrorKind::Misconfigured, {}, "6000x4000"},
        {"half", ErrorKind::Unavailable, {}, "is cut off"},
        {"broken", ErrorKind::Unavailable, {}, "is cut off"},
        {"status/503", ErrorKind::Unavailable, {}, "answers with status 503"},
        {"status/304", ErrorKind::Unavailable, {}, "answers with status 304"},
        {"status/404", ErrorKind::Misconfigured, SourceFault::NotFound, "no such picture (404)"},
        {"status/403", ErrorKind::Misconfigured, SourceFault::AuthRefused, "(403)"},
        {"loop", ErrorKind::Misconfigured, {}, "sends from one address to the next"},
        {"away", ErrorKind::Misconfigured, {}, "sends to http://127.0.0.2:"},
        {"down", ErrorKind::Misconfigured, {}, "sends to file://"},
    };
    for (const auto& row : rows) {
        const Refusal refusal = refusalOf(server().http(row.path, kUser));
        INFO(row.path << ": " << refusal.text);
        CHECK(refusal.kind == row.kind);
        CHECK(refusal.fault == row.fault);
        CHECK(refusal.text.find(row.text) != std::string::npos);
        CHECK(refusal.text.find("cr") == std::string::npos);
    }
    CHECK(told(*opened(server().http("moved")), 1) == Words{"new"});
    CHECK(refusalOf("http://127.0.0.1:1/still.jpg").text == "ask http://127.0.0.1:1: Connection refused");
}

TEST_CASE("user and password were told to another service of the same host", "[still]") {
    const CameraServer other = newServer();
    const std::string next = "next/" + std::to_string(other.httpPort()) + "/";
    CHECK(told(*opened(server().http(next + "new.jpg", kUser)), 1) ==
          Words{"new"});  // who asks for none is asked
    const Refusal refusal = refusalOf(server().http(next + "basic/new.jpg", kUser));
    INFO(refusal.text);
    CHECK(refusal.fault == SourceFault::AuthRefused);
}

TEST_CASE("a server that falls silent costs the time that was given", "[still]") {
    const test::LoopbackPort mute;
    for (const std::string& url : {server().http("hang"), server().http("drip"),
                                   "http://127.0.0.1:" + std::to_string(mute.number()) + "/still.jpg"}) {
        const auto before = Monotonic::now();
        const Refusal refusal = refusalOf(url, 600ms);
        INFO(url << ": " << refusal.text);
        CHECK(refusal.kind == ErrorKind::Unavailable);
        CHECK(Monotonic::now() - before < 1'600ms);
    }
}

TEST_CASE("user and password are told to whom they are for, as safely as is asked for", "[still]") {
    for (const std::string way : {"basic", "md5", "sha256"}) {
        INFO(way);
        const std::string path = way + "/new.jpg";
        CHECK(told(*opened(server().http(path, kUser)), 2) == Words{"new", "new"});
        for (const std::string& user : {std::string(), std::string("viewer:wrong")}) {
            const Refusal refusal = refusalOf(server().http(path, user));
            CHECK(refusal.fault == SourceFault::AuthRefused);
            CHECK(refusal.text.find("user or password refused (401)") != std::string::npos);
        }
    }
}

TEST_CASE("a server that says that nothing is new vouches for the picture; the same bytes do not",
          "[still]") {
    CHECK(told(*opened(server().http("same.jpg")), 4) == Words{"new", "same", "same", "same"});
    CHECK(told(*opened(server().http("dated.jpg")), 3) == Words{"new", "same", "same"});
    CHECK(told(*opened(server().http("unmarked.jpg")), 4) == Words{"new", "new", "new", "new"});
    CHECK(told(*opened(server().http("new.jpg")), 3) == Words{"new", "new", "new"});
}

TEST_CASE("between two questions the picture is told again", "[still]") {
    const auto source = make("still");
    source->open(settingsOf("still", {{"url", server().http("new.jpg")}, {"interval", "2500000"}}),
                 Deadline::in(5s));
    const auto before = Monotonic::now();
    CHECK(told(*source, 1) == Words{"new"});
    CHECK(Monotonic::now() - before < 2s);  // not only when it is asked for again
    CHECK(told(*source, 3) == Words{"same", "same", "new"});
    CHECK(Monotonic::now() - before > 2s);
}

TEST_CASE("damaged pictures are counted and never delivered", "[still]") {
    Words words = told(*opened(server().http("turns"), 5s), 6);
    CHECK(std::count(words.begin(), words.end(), "damage") >= 2);
    CHECK(std::count(words.begin(), words.end(), "new") >= 2);
    // Its mark must not be sent back: the server would say that nothing is new.
    words = told(*opened(server().http("marked-turns")), 6);
    CHECK(std::count(words.begin(), words.end(), "damage") >= 2);
    CHECK(std::count(words.begin(), words.end(), "same") == 0);
}

TEST_CASE("of a camera that gives pictures no longer the last one is not told on", "[still]") {
    CHECK(told(*opened(server().http("fails")), 4) == Words{"new", "damage", "damage", "damage"});
    const std::string whole = test::readAll(clip("still.jpg"));
    const std::string file = fileWith("fails.jpg", whole);
    const auto source = opened(file);
    CHECK(told(*source, 1) == Words{"new"});
    fs::remove(file);
    CHECK(told(*source, 5) == Words{"damage", "damage", "damage", "damage", "damage"});
}

TEST_CASE("a server that went away is told at once, and opened again when it is back", "[still]") {
    std::optional<CameraServer> running;
    running.emplace(std::vector<std::string>{clip("still.jpg"), clip("other.jpg")}, "still_server.py");
    const int port = running->httpPort();
    const std::string url = running->http("new.jpg");
    const auto source = opened(url);
    CHECK(told(*source, 2) == Words{"new", "new"});
    running.reset();
    CHECK_THROWS_AS(told(*source, 9), Error);
    CHECK(refusalOf(url).kind == ErrorKind::Unavailable);
    running.emplace(std::vector<std::string>{"--port", std::to_string(port), clip("still.jpg")},
                    "still_server.py");
    CHECK(told(*opened(url), 1) == Words{"new"});
}

TEST_CASE("a file that is half written is waited for; one that nobody writes vouches for nothing",
          "[still]") {
    const std::string whole = test::readAll(clip("still.jpg"));
    const std::string file = fileWith("written.jpg", whole);
    const auto source = opened(file);
    CHECK(told(*source, 3) == Words{"new", "new", "new"});
    write(file, whole.substr(0, whole.size() / 2));
    CHECK(told(*source, 2) == Words{"damage", "damage"});
    write(file + ".next", test::readAll(clip("small.jpg")));
    fs::rename(file + ".next", file);
    CHECK(told(*source, 3) == Words{"format", "new", "new"});
    CHECK(source->format().width_px == 160);
    fs::remove(file);
    CHECK(told(*source, 1) == Words{"damage"});
    CHECK(refusalOf("file://" + file).fault == SourceFault::NotFound);
}

TEST_CASE("pipes, folders and files of any size hold nobody up", "[still]") {
    const std::string pipe = clip("still.jpg") + ".pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    CHECK(refusalOf(pipe).kind == ErrorKind::Misconfigured);
    CHECK(refusalOf(fs::path(pipe).parent_path().string()).kind == ErrorKind::Misconfigured);
    const std::string large = fileWith("large.jpg", "x");
    fs::resize_file(large, 9U << 20U);
    CHECK(refusalOf(large).text.find("more than 8 MiB") != std::string::npos);
    CHECK(refusalOf(fileWith("text.jpg", "no picture at all")).text.find("does not begin like a JPEG") !=
          std::string::npos);
}

}  // namespace still_test
