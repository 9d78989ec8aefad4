/// The wire: limits, framing, slow clients, static files, headers.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "fixture.h"
#include "http/connection_table.h"
#include "support/catch.h"

namespace http_test {

using namespace porchlight;
using namespace porchlight::web;
using namespace porchlight::http;
using namespace porchlight::web::testing;
using namespace std::chrono_literals;

namespace {

std::string get(const std::string& path, const std::string& more = "") {
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n";
}

int countOf(const std::string& text, const std::string& part) {
    int count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

}  // namespace

TEST_CASE("the dashboard's files come from a fixed table") {
    Site site;
    const Answer index = site.request("GET", "/");
    CHECK(index.status == 200);
    CHECK(index.header("Content-Type") == "text/html; charset=utf-8");
    CHECK(index.body.find("Porchlight") != std::string::npos);
    const Answer script = site.request("GET", "/parts/app.js");
    CHECK(script.header("Content-Type") == "text/javascript; charset=utf-8");
    CHECK(site.request("GET", "/parts/app.js", "", {{"If-None-Match", script.header("ETag")}}).status == 304);
    CHECK(site.request("HEAD", "/parts/app.js").body.empty());
    for (const char* path :
         {"/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/parts/../../secret.txt",
          "/parts//app.js", "//etc/passwd", "/.hidden.js", "/parts", "/secret.txt%00.js", "/index.html%00"}) {
        INFO(path);
        RawClient client(site.server->port());
        client.send(get(path, "Connection: close\r\n"));
        CHECK(client.readToEnd(3s).find(" 404 Not Found\r\n") != std::string::npos);
    }
}

TEST_CASE("every answer carries the security headers") {
    Site site;
    for (const char* path : {"/", "/healthz", "/api/v1/cameras", "/nothing", "/api/v1/login"}) {
        INFO(path);
        const Answer answer = site.request("GET", path);
        CHECK(answer.header("Content-Security-Policy")
                  .find("default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:") == 0);
        CHECK(answer.header("Content-Security-Policy").find("frame-ancestors 'none'") != std::string::npos);
        CHECK(answer.header("X-Content-Type-Options") == "nosniff");
        CHECK(answer.header("Referrer-Policy") == "no-referrer");
        CHECK(answer.header("Strict-Transport-Security").empty());
    }
    RawClient broken(site.server->port());
    broken.send("GET\r\n\r\n");
    CHECK(broken.readToEnd(3s).find("nosniff") != std::string::npos);
}

TEST_CASE("what is no request is answered with an error and the end of the connection") {
    Site site;
    struct Case {
        const char* what;
        std::string text;
        const char* answer;
    };
    const Case cases[] = {
        {"two lengths",
         "POST /api/v1/login HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 4\r\n\r\n{}",
         " 400 "},
        {"length and chunks",
         "POST /api/v1/login HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: "
         "chunked\r\n\r\n{}",
         " 400 "},
        {"other encoding",
         "POST /api/v1/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", " 501 "},
        {"negative length", "POST /api/v1/login HTTP/1.1\r\nHost: a\r\nContent-Length: -2\r\n\r\n{}",
         " 400 "},
        {"hex length", "POST /api/v1/login HTTP/1.1\r\nHost: a\r\nContent-Length: 0x10\r\n\r\n{}", " 400 "},
        {"absolute path", "GET http://evil.example/ HTTP/1.1\r\nHost: a\r\n\r\n", " 400 "},
        {"too many headers",
         get("/",
             [] {
                 std::string s;
                 for (int i = 0; i < 200; ++i) s += "X-" + std::to_string(i) + ": 1\r\n";
                 return s;
             }()),
         " 400 "},
        {"too large", "POST /api/v1/login HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n", " 413 "},
        {"too large in chunks",
         "POST /api/v1/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n20000\r\n" +
             std::string(0x20000, 'x') + "\r\n0\r\n\r\n",
         " 413 "},
        {"noise", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15), " 400 "},
        {"space before the colon",
         "POST /api/v1/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n" +
             get("/healthz"),
         " 400 "},
        {"no Host", "GET /healthz HTTP/1.1\r\n\r\n", " 400 "},
        {"two Hosts", "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", " 400 "},
        {"odd Host", "GET /healthz HTTP/1.1\r\nHost: a/b@c\r\n\r\n", " 400 "},
        {"NUL in a header", get("/healthz", std::string("X-A: 1\0", 7) + "2\r\n"), " 400 "},
        {"no colon", get("/healthz", "X-A\r\n"), " 400 "},
        {"empty name", get("/healthz", ": 1\r\n"), " 400 "},
        {"folded line", get("/healthz", "X-A: 1\r\n 2\r\n"), " 400 "},
        {"bare line feed", "GET /healthz HTTP/1.1\nHost: a\n\n", " 400 "},
        {"carriage return in a value", get("/healthz", "X-A: 1\r2\r\n"), " 400 "},
        {"odd version", "GET /healthz HTTP/9.9\r\nHost: a\r\n\r\n", " 400 "},
        {"no version", "GET /healthz\r\n\r\n", " 400 "},
        {"two spaces", "GET  /healthz HTTP/1.1\r\nHost: a\r\n\r\n", " 400 "},
        {"chunks in HTTP/1.0",
         "POST /api/v1/login HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", " 400 "},
        {"a chunk longer than it said",
         "POST /api/v1/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n0\r\n\r\n",
         " 400 "},
        {"a chunk of no size",
         "POST /api/v1/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n", " 400 "},
        {"a chunk of all sizes",
         "POST /api/v1/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
         "chunked\r\n\r\nffffffffffffffff\r\n\r\n",
         " 413 "},
        {"other method", "TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", " 405 "},
    };
    for (const Case& one : cases) {
        INFO(one.what);
        RawClient client(site.server->port());
        client.send(one.text);
        const std::string answer = client.readToEnd(3s);
        CHECK(answer.substr(0, 16).find(one.answer) != std::string::npos);
        CHECK(client.isAtEnd());
        CHECK(countOf(answer, "HTTP/1.") == 1);
    }
    CHECK(site.request("GET", "/healthz").status == 200);
}

TEST_CASE("regression: a body behind a refused request is never read as the next request") {
    Site site;
    RawClient client(site.server->port());
    const std::string smuggled = get("/healthz");
    client.send(
        "POST /api/v1/snapshots HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(smuggled.size()) +
        "\r\n\r\n" + smuggled + get("/api/v1/me", "Connection: close\r\n"));
    const std::string answer = client.readToEnd(3s);
    CHECK(countOf(answer, "HTTP/1.1 401") == 2);
    CHECK(answer.find("\"ok\"") == std::string::npos);
}

TEST_CASE("a connection serves several requests, pipelined too") {
    Site site;
    RawClient client(site.server->port());
    client.send(get("/healthz") + get("/healthz") + get("/healthz", "Connection: close\r\n"));
    CHECK(countOf(client.readToEnd(3s), R"({"status":"ok"})") == 3);
}

TEST_CASE("clients that send a header line now and then are cut off, and others are served meanwhile") {
    ServerLimits limits;
    limits.request_budget = milliseconds{1'500};
    Site site(config::TlsMode::Off, limits);
    std::vector<std::unique_ptr<RawClient>> slow;
    for (int i = 0; i < 10; ++i) {
        slow.push_back(std::make_unique<RawClient>(site.server->port()));
        slow.back()->send("GET / HTTP/1.1\r\n");
    }
    const auto started = Monotonic::now();
    bool are_all_gone = false;
    while (!are_all_gone && Monotonic::now() - started < 6s) {
        are_all_gone = true;
        for (auto& client : slow) {
            client->send("X-Slow: 1\r\n");
            client->readUntil("nothing", 20ms);
            are_all_gone = are_all_gone && client->isAtEnd();
        }
        CHECK(site.request("GET", "/healthz").status == 200);
    }
    CHECK(are_all_gone);
}

TEST_CASE("of too many strangers of one address the oldest goes, and never who logged in") {
    ServerLimits limits;
    limits.max_per_address = 3;
    Site site(config::TlsMode::Off, limits);
    REQUIRE(site.login("ada") == 204);
    RawClient owner(site.server->port());
    owner.send(get("/api/v1/me", site.cookieHeader()));
    CHECK(owner.readUntil("ada", 3s).find("200") != std::string::npos);
    std::vector<std::unique_ptr<RawClient>> strangers;
    for (int i = 0; i < 5; ++i) {
        strangers.push_back(std::make_unique<RawClient>(site.server->port()));
        strangers.back()->send(get("/healthz"));
        CHECK(strangers.back()->readUntil("ok", 3s).find("200") != std::string::npos);
        std::this_thread::sleep_for(50ms);  // who is still being answered is not the first to go
    }
    for (std::size_t i = 0; i < strangers.size(); ++i) {
        INFO(i);
        strangers[i]->readUntil("nothing", i < 2 ? 3000ms : 50ms);
        CHECK(strangers[i]->isAtEnd() == (i < 2));
    }
    owner.send(get("/api/v1/me", site.cookieHeader() + "Connection: close\r\n"));
    CHECK(countOf(owner.readToEnd(3s), "HTTP/1.1 200") == 2);
    CHECK(site.request("GET", "/api/v1/system").body.find("without a login were closed") !=
          std::string::npos);
}

TEST_CASE("regression: hundreds who say nothing hold no thread: others are answered meanwhile") {
    Site site;
    REQUIRE(site.login("ada") == 204);
    std::vector<std::unique_ptr<RawClient>> silent;
    for (int i = 0; i < 300; ++i) {
        silent.push_back(std::make_unique<RawClient>(site.server->port()));
        if (i % 2 == 0) silent.back()->send("GET / HTTP/1.1\r\nHost: a\r\n");
    }
    const auto started = Monotonic::now();
    for (int i = 0; i < 20; ++i) CHECK(site.request("GET", "/api/v1/cameras").status == 200);
    CHECK(Monotonic::now() - started < 8s);  // a thread for each took ten seconds for the first
}

TEST_CASE("regression: strangers who do not take their answers give their threads to others") {
    Site site;
    REQUIRE(site.login("ada") == 204);
    std::ofstream(site.folder / "webroot/parts/app.js") << std::string(3U << 20U, ' ');
    std::vector<std::unique_ptr<RawClient>> greedy;
    for (int i = 0; i < 40; ++i) {
        greedy.push_back(std::make_unique<RawClient>(site.server->port(), 4096));
        greedy.back()->send(get("/parts/app.js"));
    }
    std::this_thread::sleep_for(500ms);
    const auto started = Monotonic::now();
    for (int i = 0; i < 5; ++i) CHECK(site.request("GET", "/api/v1/cameras").status == 200);
    CHECK(Monotonic::now() - started < 5s);
}

TEST_CASE("strangers who are refused and do not hang up hold no thread: a login gets through") {
    Site site;
    std::vector<std::unique_ptr<RawClient>> refused;
    for (int i = 0; i < 250; ++i) {
        refused.push_back(std::make_unique<RawClient>(site.server->port()));
        refused.back()->send("nonsense\r\n\r\n");
    }
    const auto started = Monotonic::now();
    CHECK(site.login("ada") == 204);
    CHECK(Monotonic::now() - started < 3s);  // a second for each, forty at a time
    CHECK(refused.back()->readToEnd(5s).starts_with("HTTP/1.1 400"));
}

TEST_CASE("a login that was let in is not cut to make room, whatever it takes") {
    http::ConnectionTable table({});
    const auto pairOf = [] {
        int ends[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
        return std::pair(base::Fd(ends[0]), base::Fd(ends[1]));
    };
    const auto [login, login_peer] = pairOf();
    const auto [other, other_peer] = pairOf();
    http::ConnectionTable::Entry hashing(table, login.get(), "192.0.2.1");
    http::ConnectionTable::Entry slow(table, other.get(), "192.0.2.1");
    for (http::ConnectionTable::Entry* entry : {&hashing, &slow}) entry->setServed(true);
    hashing.mayTakeTime();
    std::this_thread::sleep_for(300ms);
    table.relieve();
    const auto isCut = [](const base::Fd& peer) {
        char byte = 0;
        return ::recv(peer.get(), &byte, 1, MSG_DONTWAIT) == 0;
    };
    CHECK(isCut(other_peer));
    CHECK_FALSE(isCut(login_peer));
}

TEST_CASE("regression: clips whose disk does not answer keep no database connection from others") {
    Site site;
    REQUIRE(site.login("vic") == 204);
    const auto event = site.addEvent("00000000000000c3");
    porchlight::store::RecordingRow row;
    row.camera = event.camera;
    row.path = "stuck.mp4";
    row.started_at = event.clip_started_at;
    row.video = Codec::H264;
    site.store->recordings.finish(site.store->recordings.insert(row), *event.clip_ended_at, 1000);
    const auto file = site.config.recordingsDir() / row.path;
    REQUIRE(::mkfifo(file.c_str(), 0600) == 0);  // opening it blocks until somebody writes
    std::vector<std::unique_ptr<RawClient>> viewers;
    for (int i = 0; i < 4; ++i) {
        viewers.push_back(std::make_unique<RawClient>(site.server->port()));
        viewers.back()->send(get("/api/v1/events/" + event.id + "/clip.mp4", site.cookieHeader()));
    }
    std::this_thread::sleep_for(300ms);
    CHECK(site.request("GET", "/api/v1/events").status == 200);
    base::Fd disk(::open(file.c_str(), O_RDWR | O_CLOEXEC));
    for (auto& viewer : viewers) CHECK(viewer->readUntil("\r\n\r\n", 5s).find("503") != std::string::npos);
}

}  // namespace http_test
