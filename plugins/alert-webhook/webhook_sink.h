/// Alerts as HTTP requests.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "message.h"
#include "sender.h"

namespace porchlight::webhook {

/// See AlertSink. Delivered: the other side answered 2xx. 408, 429 and 5xx are tried again (429 when it
/// says), 401, 403, 404 and a redirect until the owner puts it right, other refusals are for good. A picture
/// that is not taken is left out; an alert that was taken five times without an answer in time is given up:
/// it was told. Starts of events are told, and what is wrong with the appliance; ends and states of cameras
/// where the owner wants them.
/// **Owns** the connection. **Thread**: as AlertSink says; interrupt() from any.
class WebhookSink final : public AlertSink {
  public:
    void configure(const Settings& settings, const AlertAppliance& appliance) override;
    void service(Deadline deadline) override;
    bool deliver(const Alert& alert, Deadline deadline) override;
    std::string status() const override { return status_; }
    std::vector<std::string> tryOut(Deadline deadline) override;
    void stop(Deadline) noexcept override { status_ = "stopped"; }
    void interrupt() noexcept override { wake_.notify(); }

  private:
    bool isWanted(const Alert& alert) const;
    Answer send(const Alert& alert, Deadline deadline);
    Answer ask(const Alert& alert, Deadline deadline);
    Answer sendWithoutPicture(Alert alert, Deadline deadline);
    void noteUnanswered(const Alert& alert);
    [[noreturn]] void fail(ErrorKind kind, const std::string& why);

    Target target_;
    std::string host_;  ///< "https://ntfy.sh": all of the address that may be shown
    bool tells_ends_ = false;
    bool tells_states_ = false;
    Wake wake_;
    std::unique_ptr<Sender> sender_;
    Monotonic::time_point rest_until_{};  ///< the other side asked for it
    bool did_tell_problems_ = false;
    std::string unanswered_;  ///< id of the alert that the other side took without an answer in time
    int unanswered_times_ = 0;
    std::string status_ = "connected";  ///< until something else is known
};

}  // namespace porchlight::webhook
