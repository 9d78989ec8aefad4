/// An answer that is an error, thrown by handlers and written once by the router.
#pragma once

#include <stdexcept>
#include <string>

namespace porchlight::http {

/// `status` as in HTTP; `code` is for programs, the text for people; `field` names what was wrong in the
/// request.
struct HttpError : std::runtime_error {
    HttpError(int status_, std::string code_, const std::string& message, std::string field_ = {},
              int retry_after = 0)
        : std::runtime_error(message),
          status(status_),
          code(std::move(code_)),
          field(std::move(field_)),
          retry_after_s(retry_after) {}
    int status;
    std::string code;
    std::string field;
    int retry_after_s;  ///< 0: no Retry-After
};

/// The client went away or was too slow: nothing more can be sent; the connection ends.
struct ClientGone : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace porchlight::http
