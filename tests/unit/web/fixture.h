/// A real server on a free port with a real database, a camera control for tests, and small HTTP clients.
#pragma once

#include <Poco/Net/HTTPResponse.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "store/store.h"
#include "support/fake_clock.h"
#include "support/folder.h"
#include "web/server.h"

namespace porchlight::web::testing {

/// Cameras as the tests set them.
class TestControl final : public camera::Control {
  public:
    explicit TestControl(const std::vector<std::string>& names);
    void add(const std::string& name);
    std::vector<camera::Status> statuses() const override;
    std::optional<camera::Status> status(const std::string& camera) const override;
    camera::LiveHub& live() override { return hub_; }
    std::vector<camera::StillResult> stills(const std::vector<std::string>& cameras,
                                            Deadline deadline) override;
    bool askStill(const std::string& camera, std::function<void(camera::StillResult)> answer) override;
    bool command(const std::string& camera, const CameraCommand& command,
                 std::function<void(camera::CommandResult)> answer) override;
    std::optional<camera::RecoveryReport> recover(const std::string& camera, camera::Rung rung,
                                                  Deadline deadline) override;
    bool restartStream(const std::string& camera) override;
    bool setDetect(const std::string& camera, bool is_on, const std::string&) override;
    bool setEnabled(const std::string& camera, bool is_on, const std::string& by) override;
    bool setRecordMode(const std::string& camera, config::RecordMode mode, const std::string&) override;

    /// Replaces the status of the camera of that name.
    void setStatus(const camera::Status& status);

    std::string still_error;
    std::size_t still_bytes = 4;
    std::atomic<int> recoveries{0};
    camera::CommandResult command_result;
    std::vector<CameraCommand> commands;  ///< as they came

  private:
    mutable std::mutex mutex_;
    std::vector<camera::Status> statuses_;
    camera::LiveHub hub_;
};

struct Answer {
    int status = 0;
    std::multimap<std::string, std::string> headers;
    std::string body;
    std::string header(const std::string& name) const;
};

/// The cookies that it sets, with their attributes.
std::vector<std::string> cookiesOf(const Answer& answer);
inline std::string cookieName(const std::string& cookie) {
    return cookie.substr(0, cookie.find('='));
}

/// A socket to the server, for requests that no proper client would send. Loopback or the control socket,
/// plain.
class RawClient {
  public:
    explicit RawClient(std::uint16_t port, int receive_buffer_bytes = 0);
    explicit RawClient(const std::filesystem::path& control_socket);
    void send(const std::string& text);
    /// Reads until `text` was seen, the end, or `timeout`; gives what was read so far.
    std::string readUntil(const std::string& text, milliseconds timeout);
    std::string readToEnd(milliseconds timeout) { return readUntil("", timeout); }
    bool isAtEnd() const noexcept { return is_at_end_; }
    int fd() const noexcept { return socket_.get(); }

  private:
    base::Fd socket_;
    std::string seen_;
    bool is_at_end_ = false;
};

/// Sets everything up in a folder of its own, with users "ada" (admin) and "vic" (viewer), password
/// kPassword.
class Site {
  public:
    static constexpr const char* kPassword = "correct horse battery";

    explicit Site(config::TlsMode tls = config::TlsMode::Off, const ServerLimits& limits = {},
                  std::uint32_t max_viewers = 4, const std::function<void(config::WebConfig&)>& adjust = {});
    ~Site();

    Answer request(const std::string& method, const std::string& path, const std::string& body = "",
                   const std::map<std::string, std::string>& headers = {});
    /// Logs in; the cookie goes with the following requests. Gives the status.
    int login(const std::string& name, const std::string& password = kPassword);
    std::string cookieHeader() const { return cookie.empty() ? "" : "Cookie: " + cookie + "\r\n"; }
    porchlight::store::EventRow addEvent(
        const std::string& id, porchlight::store::EventState state = porchlight::store::EventState::Closed);

    test::Folder folder;
    test::FakeClock clock;
    base::ChangeFeed changes;
    TestControl cameras{{"porch", "yard"}};
    config::Config config;
    std::unique_ptr<porchlight::store::Store> store;
    std::unique_ptr<Server> server;
    std::string cookie;
    SystemInfo system;
    plugin::Discovery found;
    std::function<std::string(const OnvifQuestion&)> onvif;  ///< what a camera is asked by; empty: says {}
};

/// Open sockets of this process.
std::size_t countSockets();

}  // namespace porchlight::web::testing
