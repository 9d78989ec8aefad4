#include "fixture.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/StreamCopier.h>
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <fstream>

#include "support/catch.h"

namespace porchlight::web::testing {
namespace {

namespace net = Poco::Net;
// Cheap on purpose: what is tested is who gets in, not the cost of a hash.
constexpr HashCost kCheapHash{1, 8192 * 4};

void writeFile(const std::filesystem::path& path, const std::string& text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
}

std::unique_ptr<net::HTTPClientSession> makeSession(bool is_tls, std::uint16_t port) {
    if (!is_tls) return std::make_unique<net::HTTPClientSession>("127.0.0.1", port);
    net::Context::Ptr context = new net::Context(net::Context::TLS_CLIENT_USE, "", net::Context::VERIFY_NONE);
    return std::make_unique<net::HTTPSClientSession>("127.0.0.1", port, context);
}

}  // namespace

TestControl::TestControl(const std::vector<std::string>& names) {
    for (const std::string& name : names) add(name);
}

void TestControl::add(const std::string& name) {
    camera::Status status;
    status.name = name;
    status.title = "The " + name;
    status.state = camera::State::Running;
    status.packet_age = microseconds{40'000};
    status.record_mode = "motion";
    const std::lock_guard lock(mutex_);
    statuses_.push_back(status);
}

std::vector<camera::Status> TestControl::statuses() const {
    const std::lock_guard lock(mutex_);
    return statuses_;
}

std::optional<camera::Status> TestControl::status(const std::string& camera) const {
    for (const auto& status : statuses())
        if (status.name == camera) return status;
    return std::nullopt;
}

std::vector<camera::StillResult> TestControl::stills(const std::vector<std::string>& cameras, Deadline) {
    std::vector<camera::StillResult> out;
    for (const std::string& camera : cameras) {
        const bool fails = !still_error.empty() && recoveries == 0;
        out.push_back(
            {camera, fails ? still_error : "", WallTime(microseconds{1'790'000'000'000'000}), {}, 1});
        if (fails) continue;
        out.back().jpeg = {0xff, 0xd8, 0xff, 0xd9};
        out.back().jpeg.resize(still_bytes);
    }
    return out;
}

bool TestControl::askStill(const std::string& camera, std::function<void(camera::StillResult)> answer) {
    answer(stills({camera}, Deadline::in(seconds(1))).front());
    return true;
}

bool TestControl::command(const std::string& camera, const CameraCommand& command,
                          std::function<void(camera::CommandResult)> answer) {
    if (!status(camera)) return false;
    commands.push_back(command);
    answer(command_result);
    return true;
}

std::optional<camera::RecoveryReport> TestControl::recover(const std::string& camera, camera::Rung rung,
                                                           Deadline) {
    ++recoveries;
    if (!status(camera)) return std::nullopt;
    camera::RecoveryReport report{camera, WallTime(microseconds{1'790'000'000'000'000}),
                                  rung,   camera::Origin::Manual,
                                  "",     {},
                                  {},     camera::Outcome::Recovered};
    report.steps = {"worker 7 is killed", "good pictures again"};
    report.duration = milliseconds{1500};
    return report;
}

bool TestControl::restartStream(const std::string& camera) {
    ++recoveries;
    return status(camera).has_value();
}

bool TestControl::setDetect(const std::string& camera, bool is_on, const std::string&) {
    const std::lock_guard lock(mutex_);
    for (auto& status : statuses_)
        if (status.name == camera) {
            status.is_detect_on = is_on;
            return true;
        }
    return false;
}

bool TestControl::setEnabled(const std::string& camera, bool is_on, const std::string& by) {
    const std::lock_guard lock(mutex_);
    for (auto& status : statuses_)
        if (status.name == camera) {
            status.state = is_on ? camera::State::Starting : camera::State::Disabled;
            status.reason = is_on ? "" : "disabled by " + by;
            return true;
        }
    return false;
}

bool TestControl::setRecordMode(const std::string& camera, config::RecordMode mode, const std::string&) {
    const std::lock_guard lock(mutex_);
    for (auto& status : statuses_)
        if (status.name == camera) {
            status.record_mode = config::nameOf(mode);
            return true;
        }
    return false;
}

void TestControl::setStatus(const camera::Status& status) {
    const std::lock_guard lock(mutex_);
    for (auto& one : statuses_)
        if (one.name == status.name) one = status;
}

std::string Answer::header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
}

std::vector<std::string> cookiesOf(const Answer& answer) {
    std::vector<std::string> out;
    for (auto [at, end] = answer.headers.equal_range("Set-Cookie"); at != end; ++at)
        out.push_back(at->second);
    return out;
}

RawClient::RawClient(std::uint16_t port, int receive_buffer_bytes)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer_bytes > 0)
        ::setsockopt(fd(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

RawClient::RawClient(const std::filesystem::path& control_socket)
    : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(control_socket.string().size() < sizeof address.sun_path);
    control_socket.string().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::connect(fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

void RawClient::send(const std::string& text) {
    const ssize_t sent = ::send(fd(), text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0) is_at_end_ = true;
}

std::string RawClient::readUntil(const std::string& text, milliseconds timeout) {
    const Deadline deadline = Deadline::in(timeout);
    char piece[16384];
    while (!is_at_end_ && (text.empty() || seen_.find(text) == std::string::npos)) {
        if (base::waitFor(fd(), POLLIN, deadline) == 0) break;
        const ssize_t n = ::recv(fd(), piece, sizeof piece, 0);
        if (n <= 0)
            is_at_end_ = true;
        else
            seen_.append(piece, static_cast<std::size_t>(n));
    }
    return seen_;
}

Site::Site(config::TlsMode tls, const ServerLimits& limits, std::uint32_t max_viewers,
           const std::function<void(config::WebConfig&)>& adjust) {
    config.data_dir = folder / "data";
    std::filesystem::create_directories(config.thumbnailsDir());
    std::filesystem::create_directories(config.recordingsDir());
    config.web.bind = "127.0.0.1";
    config.web.port = 0;
    config.web.tls = tls;
    config.web.max_viewers = max_viewers;
    if (adjust) adjust(config.web);
    writeFile(folder / "webroot/index.html", "<!doctype html><title>Porchlight</title>");
    writeFile(folder / "webroot/parts/app.js", "export const a = 1;\n");
    writeFile(folder / "webroot/.hidden.js", "secret");
    writeFile(folder / "webroot/evidence/offline.html",
              "<!doctype html><script type=\"application/json\">@DATA@</script>");
    writeFile(folder / "secret.txt", "outside the web root");
    for (const auto& camera : cameras.statuses()) {
        config.cameras.emplace_back();
        config.cameras.back().name = camera.name;
        config.cameras.back().health.open_timeout = milliseconds{200};
    }
    store = std::make_unique<porchlight::store::Store>(config.databaseFile());
    for (const auto& camera : cameras.statuses()) store->ensureCamera(camera.name, camera.title);
    const std::string hash = hashPassword(kPassword, kCheapHash);
    store->accounts.insert({0, "ada", hash, porchlight::store::Role::Admin, clock.wallNow()});
    store->accounts.insert({0, "vic", hash, porchlight::store::Role::Viewer, clock.wallNow()});
    Services services{config,
                      cameras,
                      changes,
                      clock,
                      [] { return std::vector<plugin::Listing>{}; },
                      [this] { return system; },
                      folder / "webroot",
                      "1.2.3",
                      kCheapHash,
                      [this] { return found; },
                      [this](const OnvifQuestion& question) { return onvif ? onvif(question) : "{}"; },
                      "porchlight-" + generateToken().substr(0, 8)};
    cameras.live().setMaxViewers(max_viewers);
    server = std::make_unique<Server>(services, limits);
    server->start();
}

Site::~Site() {
    server.reset();
    store.reset();
}

Answer Site::request(const std::string& method, const std::string& path, const std::string& body,
                     const std::map<std::string, std::string>& headers) {
    const auto session = makeSession(config.web.tls != config::TlsMode::Off, server->port());
    session->setTimeout(Poco::Timespan(20, 0));
    net::HTTPRequest request(method, path, net::HTTPMessage::HTTP_1_1);
    if (!cookie.empty()) request.set("Cookie", cookie);
    for (const auto& [name, value] : headers) request.set(name, value);
    if (!body.empty()) request.setContentLength(static_cast<std::streamsize>(body.size()));
    session->sendRequest(request) << body << std::flush;
    net::HTTPResponse response;
    std::istream& in = session->receiveResponse(response);
    Answer answer;
    Poco::StreamCopier::copyToString(in, answer.body);
    answer.status = response.getStatus();
    for (const auto& [name, value] : response) answer.headers.emplace(name, value);
    return answer;
}

int Site::login(const std::string& name, const std::string& password) {
    const Answer answer =
        request("POST", "/api/v1/login", R"({"username":")" + name + R"(","password":")" + password + "\"}");
    if (answer.status == 204)
        cookie = answer.header("Set-Cookie").substr(0, answer.header("Set-Cookie").find(';'));
    return answer.status;
}

porchlight::store::EventRow Site::addEvent(const std::string& id, porchlight::store::EventState state) {
    porchlight::store::EventRow row;
    row.id = id;
    row.camera = "porch";
    row.state = state;
    row.started_at = clock.wallNow();
    row.clip_started_at = row.started_at - seconds{3};
    row.score = 0.75;
    row.zone = "path";
    if (state == porchlight::store::EventState::Closed) {
        row.ended_at = row.started_at + seconds{4};
        row.clip_ended_at = row.started_at + seconds{9};
        row.close_reason = "quiet";
    }
    store->events.insert(row);
    return row;
}

std::size_t countSockets() {
    std::size_t count = 0;
    std::error_code gone;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
        if (std::filesystem::read_symlink(entry, gone).string().starts_with("socket:")) ++count;
    return count;
}

}  // namespace porchlight::web::testing
