/// One HTTP request at a time, to its end or to a deadline.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "message.h"
#include "porchlight/interrupt.h"

namespace porchlight::webhook {

/// What the other side said.
struct Answer {
    long status = 0;
    std::string text;  ///< the begin of its body, fit for a line
    std::optional<seconds> retry_after;
};

/// Keeps its connection for the next request. TLS is verified, always; redirects are not followed. **Owns**
/// the connection. Thread-bound.
class Sender {
  public:
    /// `ca_file` empty: the system's authorities. `wake` ends a request within 50 ms.
    Sender(std::string ca_file, Wake& wake);
    ~Sender();

    /// Throws Error(Unavailable): nobody answers, or not in time; Misconfigured: the certificate, or an
    /// address that can be none.
    Answer send(const Request& request, Deadline deadline);

    /// Of the last request: the other side was reached, and may have acted on it, whatever came back.
    bool didReach() const noexcept { return did_reach_; }

  private:
    class Curl;
    Answer finish(Deadline deadline);
    void noteReach();

    std::unique_ptr<Curl> curl_;
    const std::string ca_file_;
    Wake& wake_;
    bool did_reach_ = false;
};

}  // namespace porchlight::webhook
