/// The certificate: made, kept, renewed, and never in the way of a start.
#include <sys/stat.h>

#include <fstream>

#include "fixture.h"
#include "support/catch.h"
#include "support/folder.h"
#include "tls/certificate.h"

namespace tls_test {

using namespace porchlight;
using namespace porchlight::web;
using namespace porchlight::tls;
using namespace porchlight::web::testing;
using namespace std::chrono_literals;

TEST_CASE("TLS with a certificate of our own") {
    Site site(config::TlsMode::Auto);
    CHECK(site.request("GET", "/healthz").status == 200);
    REQUIRE(site.login("ada") == 204);
    CHECK(site.request("GET", "/api/v1/cameras").status == 200);
    const Answer answer =
        site.request("POST", "/api/v1/login", R"({"username":"ada","password":"correct horse battery"})");
    CHECK(answer.header("Set-Cookie").find("; Secure") != std::string::npos);
    CHECK(site.server->url().starts_with("https://"));
    RawClient plain(site.server->port());
    plain.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const std::string told = plain.readToEnd(5s);
    CHECK(told.find(" 308 ") != std::string::npos);
    CHECK(told.find("\r\nLocation: https://localhost/healthz\r\n") != std::string::npos);
    CHECK(told.find("\"ok\"") == std::string::npos);
}

TEST_CASE("the certificate is kept until it nears its end; the key is private") {
    Site site;
    const auto folder = site.folder / "tls";
    const auto now = base::SystemClock().wallNow();
    const auto files = tls::ensureCertificate(folder, now);
    const auto made = std::filesystem::last_write_time(files.certificate);
    CHECK(static_cast<unsigned>(std::filesystem::status(files.key).permissions()) == 0600U);
    tls::ensureCertificate(folder, WallTime(std::chrono::hours(1)));  // a board without a clock, just started
    CHECK(std::filesystem::last_write_time(files.certificate) == made);
    tls::ensureCertificate(folder, now + std::chrono::hours(24 * 700));
    CHECK(std::filesystem::last_write_time(files.certificate) == made);
    tls::ensureCertificate(folder, now + std::chrono::hours(24 * 800));
    CHECK(std::filesystem::last_write_time(files.certificate) != made);
}

TEST_CASE("a torn pair of our own is made anew; what others made is left alone and never stops us") {
    Site site;
    const auto folder = site.folder / "tls";
    const auto now = base::SystemClock().wallNow();
    const auto files = tls::ensureCertificate(folder, now);
    std::filesystem::remove(files.certificate);  // the power went between the two files
    CHECK(tls::ensureCertificate(folder, now).key == files.key);
    CHECK(tls::examineCertificate(files, now).fault.empty());
    CHECK(tls::examineCertificate(files, now).is_own);

    std::ofstream(files.key) << "-----BEGIN ENCRYPTED PRIVATE KEY-----\nnot ours\n";
    const std::string key = test::readAll(files.key);
    const std::string certificate = test::readAll(files.certificate);
    const auto beside = tls::ensureCertificate(folder, now + std::chrono::hours(24 * 800));
    CHECK(beside.key != files.key);
    CHECK(tls::examineCertificate(beside, now + std::chrono::hours(24 * 801)).fault.empty());
    CHECK(test::readAll(files.key) == key);
    CHECK(test::readAll(files.certificate) == certificate);
    CHECK_FALSE(tls::examineCertificate(files, now).is_own);
    CHECK(tls::examineCertificate(files, now).fault.find("key.pem") != std::string::npos);
}

}  // namespace tls_test
