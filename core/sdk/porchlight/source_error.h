/// Failures of a source that have a name of their own, because the owner does another thing about each.
#pragma once

#include "porchlight/error.h"

namespace porchlight {

enum class SourceFault : std::uint8_t {
    AuthRefused = 1,  ///< user or password
    NotFound,         ///< the stream, file or host that a setting names
};

/// The fault's name as it stands in status, history and metrics.
constexpr const char* nameOf(SourceFault fault) noexcept {
    return fault == SourceFault::AuthRefused ? "auth_refused" : "not_found";
}

/// An Error(Misconfigured): only the owner can help. Whoever catches it as such loses nothing but the name.
class PORCHLIGHT_EXPORT SourceError : public Error {
  public:
    SourceError(SourceFault fault, const std::string& text)
        : Error(ErrorKind::Misconfigured, text), fault_(fault) {}
    SourceFault fault() const noexcept { return fault_; }

  private:
    SourceFault fault_;
};

}  // namespace porchlight
