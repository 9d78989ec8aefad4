/// The doctor before real parts that are ill: certificates, full and read-only disks, brokers, addresses.
#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include <fstream>

#include "app/doctor/doctor.h"
#include "base/clock.h"
#include "base/fd.h"
#include "contract/alert/broker.h"
#include "support/catch.h"
#include "tls/certificate.h"
#include "unit/disk/small_disk.h"

namespace doctor_parts_test {

using namespace porchlight;
using namespace porchlight::app;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// Of that subject; there must be one.
Finding of(const Findings& findings, const std::string& subject) {
    for (const Finding& finding : findings) {
        INFO(finding.subject << ": " << finding.text);
        CHECK((finding.verdict == Verdict::Good) == finding.advice.empty());
        if (finding.subject == subject) return finding;
    }
    FAIL("no finding of " + subject);
    return {};
}

Finding certificateOf(const config::Config& config) {
    Findings findings;
    examineCertificate(config, findings);
    return of(findings, "certificate");
}

/// A pair in `folder` as an authority would sign it for the time from now on, in days.
tls::CertificateFiles certificateFor(const fs::path& folder, int from_days, int to_days) {
    const tls::CertificateFiles files = tls::ensureCertificate(folder, base::SystemClock().wallNow());
    std::FILE* file = std::fopen(files.key.c_str(), "r");
    EVP_PKEY* const key = ::PEM_read_PrivateKey(file, nullptr, nullptr, nullptr);
    file = std::freopen(files.certificate.c_str(), "r", file);
    X509* const certificate = ::PEM_read_X509(file, nullptr, nullptr, nullptr);
    REQUIRE(key != nullptr);
    REQUIRE(certificate != nullptr);
    ::X509_gmtime_adj(X509_getm_notBefore(certificate), from_days * 86'400L);
    ::X509_gmtime_adj(X509_getm_notAfter(certificate), to_days * 86'400L);
    ::X509_sign(certificate, key, ::EVP_sha256());
    file = std::freopen(files.certificate.c_str(), "w", file);
    ::PEM_write_X509(file, certificate);
    std::fclose(file);
    ::X509_free(certificate);
    ::EVP_PKEY_free(key);
    return files;
}

/// Nothing more fits, not even what is reserved for root.
void fillTo(const small_disk::Disk& disk) {
    disk.fillUp(0);
    std::ofstream film(disk.path() / "somebody-elses-film", std::ios::binary | std::ios::app);
    for (const std::string block(1024, 'x'); film.write(block.data(), 1024).flush();) {
    }
}

/// What the appliance would be told by a broker on loopback.
struct BrokerCase {
    test::Broker broker{"porchlight", "right"};
    plugin::Catalogue catalogue{fs::path(PORCHLIGHT_PLUGIN_DIR)};
    Finding ask(const std::string& password) {
        config::Config config;
        const auto* listing = catalogue.find(PluginKind::Alert, "mqtt");
        config.alerts.push_back({{"mqtt", {}}, ""});
        Settings& settings = config.alerts.front().settings;
        for (const SettingSpec& spec : listing->settings) settings.set(spec.name, spec.default_value);
        settings.set("port", std::to_string(broker.port()));
        settings.set("username", "porchlight");
        settings.set("password", password);
        Findings findings;
        examineBroker(config, catalogue, findings);
        return of(findings, "broker");
    }
};

/// A socket that listens at an address of this machine. Its port; 0 where there is no such address.
class Listener {
  public:
    explicit Listener(const char* address) : socket_(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in6 at{};
        at.sin6_family = AF_INET6;
        ::inet_pton(AF_INET6, address, &at.sin6_addr);
        socklen_t size = sizeof at;
        if (!socket_ || ::bind(socket_.get(), reinterpret_cast<sockaddr*>(&at), size) != 0 ||
            ::listen(socket_.get(), 8) != 0 ||
            ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&at), &size) != 0)
            return;
        port_ = ntohs(at.sin6_port);
    }
    std::uint16_t port() const { return port_; }

  private:
    base::Fd socket_;
    std::uint16_t port_ = 0;
};

Finding sourceAt(const std::string& url) {
    config::Config config;
    config.cameras.emplace_back();
    config.cameras.back().name = "porch";
    config.cameras.back().source.settings.set("url", url);
    Findings findings;
    examineSources(config, findings);
    return of(findings, "camera porch");
}

}  // namespace

TEST_CASE("doctor: a certificate that ended, ends soon, or is of another key is told; a good one is good") {
    const test::Folder folder;
    config::Config config;
    config.data_dir = folder / "data";
    const auto use = [&](const char* name, int from_days, int to_days) {
        const tls::CertificateFiles files = certificateFor(folder / name, from_days, to_days);
        config.web.certificate = files.certificate;
        config.web.key = files.key;
    };
    use("good", -1, 90);
    CHECK(certificateOf(config).verdict == Verdict::Good);
    use("soon", -80, 10);
    CHECK(certificateOf(config).verdict == Verdict::Doubtful);
    CHECK(has(certificateOf(config).text, " ends on "));
    use("ended", -90, -1);
    const Finding ended = certificateOf(config);
    CHECK(ended.verdict == Verdict::Doubtful);
    CHECK(has(ended.text, " ended on "));
    CHECK(has(ended.text, (folder / "ended").string()));
    CHECK(has(ended.text, "browsers refuse it"));
    config.web.certificate = folder / "good/certificate.pem";  // beside the key of "ended"
    const Finding torn = certificateOf(config);
    CHECK(torn.verdict == Verdict::Doubtful);
    CHECK(has(torn.text, "Porchlight's own certificate is served instead"));
    config.web.certificate = folder / "none.pem";
    CHECK(has(certificateOf(config).text, "none.pem"));
    std::ofstream(folder / "none.pem") << "no certificate\n";
    CHECK(has(certificateOf(config).text, "none.pem"));
}

TEST_CASE("doctor: the daemon's own certificate is its own matter, and without TLS there is none") {
    const test::Folder folder;
    config::Config config;
    config.data_dir = folder / "data";
    CHECK(certificateOf(config).verdict == Verdict::Good);  // made at the first start
    certificateFor(config.data_dir / "tls", -830, -10);     // as long as it makes them
    CHECK(certificateOf(config).verdict == Verdict::Good);  // renewed at the next
    config.web.tls = config::TlsMode::Off;
    Findings findings;
    examineCertificate(config, findings);
    CHECK(findings.empty());
}

TEST_CASE("doctor: a data folder on a full disk, a read-only one, or one without room for files is bad") {
    const test::Folder folder;
    small_disk::Disk disk(folder, "disk", 8, "data");
    NEED_SMALL_DISK(disk);
    config::Config config;
    config.data_dir = folder / "data";
    config.storage.min_free_bytes = 0;
    config.storage.max_bytes = 1U << 20U;
    const auto found = [&](const char* subject) {
        Findings findings;
        examineDataFolder(config, findings);
        return of(findings, subject);
    };
    CHECK(found("data folder").verdict == Verdict::Good);
    CHECK(found("disk").verdict == Verdict::Good);
    CHECK(has(found("disk").text, "MiB free"));

    fillTo(disk);
    const Finding full = found("data folder");
    CHECK(full.verdict == Verdict::Bad);
    CHECK(has(full.text, "No space left on device"));
    CHECK(has(full.advice, "make room"));
    fs::remove(disk.path() / "somebody-elses-film");

    REQUIRE(disk.remount(true));
    const Finding read_only = found("data folder");
    CHECK(read_only.verdict == Verdict::Bad);
    CHECK(has(read_only.text, "Read-only file system"));
    REQUIRE(disk.remount(false));

    CHECK(found("data folder").verdict == Verdict::Good);
    fs::create_directory(disk.path() / "many");
    for (int i = 0; i < 1200; ++i) std::ofstream(disk.path() / "many" / std::to_string(i));
    Findings findings;
    examineDataFolder(config, findings);
    const auto& last = findings.back();
    INFO(last.text);
    CHECK(last.verdict == Verdict::Bad);
    CHECK(has(last.text, "more files fit"));
}

TEST_CASE(
    "doctor: recordings on a disk of their own are judged there: its room, and whether it takes files") {
    const test::Folder folder;
    small_disk::Disk disk(folder, "disk", 8, "data/recordings");
    NEED_SMALL_DISK(disk);
    config::Config config;
    config.data_dir = folder / "data";
    config.storage.min_free_bytes = 7U << 20U;
    config.storage.max_bytes = 0;
    REQUIRE(config.recordingsDir() == disk.path());
    const auto all = [&] {
        Findings findings;
        examineDataFolder(config, findings);
        return findings;
    };
    CHECK(of(all(), "data folder").verdict == Verdict::Good);
    CHECK(of(all(), "disk").verdict == Verdict::Bad);  // of 8 MiB never 7 are free
    config.storage.min_free_bytes = 0;
    CHECK(of(all(), "disk").verdict == Verdict::Good);
    CHECK(of(all(), "recordings").verdict == Verdict::Good);
    REQUIRE(disk.remount(true));
    CHECK(of(all(), "data folder").verdict == Verdict::Good);
    const Finding refused = of(all(), "recordings");
    CHECK(refused.verdict == Verdict::Bad);
    CHECK(has(refused.text, "Read-only file system"));
    REQUIRE(disk.remount(false));
    fillTo(disk);
    CHECK(of(all(), "recordings").verdict == Verdict::Bad);
    for (const auto& entry : fs::directory_iterator(disk.path()))
        CHECK_FALSE(entry.path().filename().string().starts_with("doctor-"));
}

TEST_CASE(
    "doctor: a broker that lets us in is good, one that refuses the password is bad and says what to do") {
    BrokerCase with;
    with.broker.start();
    const Finding good = with.ask("right");
    CHECK(good.verdict == Verdict::Good);
    CHECK(has(good.text, "lets us in and takes messages"));
    const Finding bad = with.ask("wrong-password");
    CHECK(bad.verdict == Verdict::Bad);
    CHECK(has(bad.text, "127.0.0.1:" + std::to_string(with.broker.port())));
    CHECK(has(bad.advice, "correct the section mqtt"));
    CHECK_FALSE(has(bad.text + bad.advice, "wrong-password"));
}

TEST_CASE("doctor: an address in brackets is asked, and each scheme has its port") {
    const Listener six("::1");
    if (six.port() == 0) return test::tellSkipped("no IPv6 here");
    CHECK(sourceAt("rtsp://[::1]:" + std::to_string(six.port()) + "/main").verdict == Verdict::Good);
    std::string why;
    CHECK(canConnect("::1", six.port(), why));
    config::Config config;
    config.web.port = six.port();
    for (const char* bind : {"::1", "::"}) {
        INFO(bind);
        config.web.bind = bind;
        Findings findings;
        examinePort(config, false, findings);
        CHECK(of(findings, "port").verdict == Verdict::Bad);
        CHECK(has(of(findings, "port").text, std::string(bind) + " port " + std::to_string(six.port())));
    }
    for (const auto& [scheme, port] : {std::pair{"rtsp", "554"}, {"rtsps", "322"}, {"rtmp", "1935"}}) {
        const Finding finding = sourceAt(std::string(scheme) + "://127.0.0.1/live");
        INFO(finding.text);
        CHECK(has(finding.text, std::string("127.0.0.1:") + port));
    }
}

TEST_CASE("doctor: a file is a source, whichever way it is written") {
    const test::Folder folder;
    std::ofstream(folder / "clip.mp4") << "x";
    CHECK(sourceAt("file://" + (folder / "clip.mp4").string()).verdict == Verdict::Good);
    CHECK(sourceAt((folder / "clip.mp4").string()).verdict == Verdict::Good);
    const Finding gone = sourceAt((folder / "gone.mp4").string());
    CHECK(gone.verdict == Verdict::Bad);
    CHECK(gone.advice == "correct source.url");
    CHECK(sourceAt("rtsp://").verdict == Verdict::Bad);
}

TEST_CASE(
    "doctor: memory that cannot suffice is bad; clock, power and memory of this machine get one verdict") {
    config::Config config;
    const auto memoryOf = [&] {
        Findings findings;
        examineMemory(config, findings);
        return of(findings, "memory");
    };
    CHECK(memoryOf().verdict == Verdict::Good);
    CHECK(has(memoryOf().text, " available now"));
    config.cameras.resize(5000);
    CHECK(memoryOf().verdict == Verdict::Bad);
    CHECK(has(memoryOf().advice, "check-config"));
    Findings clock;
    examineClock(clock);
    REQUIRE(clock.size() == 1);
    CHECK(of(clock, "clock").text.substr(0, 2) == "20");
    Findings power;
    examinePower(power);
    if (!fs::exists("/sys/devices/platform/soc/soc:firmware/get_throttled")) CHECK(power.empty());
}

TEST_CASE("doctor: a found camera that is configured is named by its configuration") {
    plugin::Discovery search;
    search.sources.push_back({"v4l2", {}});
    search.sources[0].camera.id = "usb-1";
    search.sources[0].camera.title = "Webcam";
    search.sources[0].camera.offers = "MJPEG 1280x720 30";
    search.sources[0].camera.problem = "is in use";
    search.sources[0].camera.settings = {{"device", "/dev/video0"}};
    config::Config config;
    config.cameras_dir = "/etc/porchlight/cameras.d";
    Findings findings;
    examineFound(search, config, findings);
    CHECK(has(of(findings, "found").advice, "/etc/porchlight/cameras.d/webcam.yaml: source: {plugin: v4l2"));
    config.cameras.emplace_back();
    config.cameras[0].name = "porch";
    config.cameras[0].source.plugin = "v4l2";
    config.cameras[0].source.settings.set("device", "/dev/video0");
    findings.clear();
    examineFound(search, config, findings);
    REQUIRE(findings.size() == 1);
    CHECK(of(findings, "camera porch").verdict == Verdict::Good);
    CHECK(has(findings[0].text, "offers MJPEG 1280x720 30; is in use"));
    CHECK(std::string(nameOf(Verdict::Bad)) == "bad");
}

}  // namespace doctor_parts_test
