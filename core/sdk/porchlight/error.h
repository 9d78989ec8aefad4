/// The one exception type of Porchlight; its kind says what the catcher does next.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

/// Types that cross the border between host and plugin keep default visibility, so that exceptions and
/// virtual tables are recognised on both sides.
#define PORCHLIGHT_EXPORT __attribute__((visibility("default")))

namespace porchlight {

/// What the catcher of an Error does next.
enum class ErrorKind : std::uint8_t {
    Unavailable = 1,  ///< Not there now: retry, climb the recovery ladder.
    Misconfigured,    ///< Only the owner can fix it (wrong URL, refused password): tell, rest.
    NotSupported,     ///< Will never work here: tell, rest.
    BadData,          ///< Drop it and count it.
    Exhausted,        ///< Out of memory, disk, descriptors: shed load.
    Internal,         ///< A bug: the process exits and is restarted.
};

/// The kind's name as it stands in logs, JSON and SQL ("unavailable", "misconfigured", ...).
constexpr const char* nameOf(ErrorKind kind) noexcept {
    switch (kind) {
        case ErrorKind::Unavailable:
            return "unavailable";
        case ErrorKind::Misconfigured:
            return "misconfigured";
        case ErrorKind::NotSupported:
            return "not_supported";
        case ErrorKind::BadData:
            return "bad_data";
        case ErrorKind::Exhausted:
            return "exhausted";
        case ErrorKind::Internal:
            return "internal";
    }
    return "internal";
}

/// A failure. The text says what was tried, on what, and why: `open /dev/video0: busy (held by pid 812)`.
/// Secrets never stand in it.
class PORCHLIGHT_EXPORT Error : public std::runtime_error {
  public:
    Error(ErrorKind kind, const std::string& text) : std::runtime_error(text), kind_(kind) {}
    ErrorKind kind() const noexcept { return kind_; }

  private:
    ErrorKind kind_;
};

}  // namespace porchlight
