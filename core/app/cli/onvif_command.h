/// sources --onvif: one network camera, asked for its streams.
#pragma once

#include <optional>
#include <string>

namespace porchlight::app {

/// Prints device, clock, streams and what to configure. `user`: its password is read here; nothing: the
/// camera is asked without a login. `has_picture`: with a still of the first stream that is proposed, in
/// JSON.
/// -> exit code. Throws onvif::OnvifError, which with `is_json` is printed, too.
int printOnvifCamera(const std::string& address, const std::optional<std::string>& user, bool is_json,
                     bool has_picture = false);

}  // namespace porchlight::app
