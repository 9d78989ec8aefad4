/// When to connect again, and what to make of connections that do not last.
#pragma once

#include <optional>
#include <string>

#include "connection.h"

namespace porchlight::mqtt {

/// Waits 1 s after the first loss, twice as long after each further one, 60 s at most; what only the owner
/// can mend waits 60 s at once. The wait begins anew only after a connection that lasted over a minute: two
/// clients with one id throw each other out, and would do so for ever. Some brokers say that, in MQTT 5; of
/// others one can only wonder, when three connections in a row were cut young with nothing on their way.
/// Pure: time comes from outside.
class Redial {
  public:
    /// A connection that lasted so long was a good one; longer than the longest wait, or two with one id
    /// begin anew.
    static constexpr seconds kQuiet{75};

    /// How a connection ended, or why none came about.
    struct End {
        Connection::Loss loss;
        std::string reason;
        std::optional<Monotonic::duration> lasted;  ///< online; nothing: it never was
        bool was_idle = false;                      ///< nothing was on its way
    };

    Monotonic::time_point at() const noexcept { return at_; }

    /// The reason in full: with what is suspected. `client_id` is ours.
    std::string lose(const End& end, const std::string& client_id, Monotonic::time_point now);

    /// A connection is online for so long already.
    void last(Monotonic::duration online) noexcept {
        if (online >= kQuiet) rival_.clear();
    }

    /// That another client has our id; empty: nothing speaks for it.
    const std::string& rival() const noexcept { return rival_; }

  private:
    Monotonic::time_point at_{};
    seconds backoff_{1};
    int short_lives_ = 0;  ///< connections in a row that were cut young for no reason we know
    std::string rival_;
};

}  // namespace porchlight::mqtt
