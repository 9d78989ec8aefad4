/// RTSP through HTTP, for cameras behind what lets nothing else pass.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "porchlight/time.h"
#include "reach/wire.h"
#include "rtsp_login.h"

namespace porchlight::ffmpeg {

/// How a tunnel comes to its connections. -> an averror, or 0
using ConnectWire = std::function<int(std::unique_ptr<Wire>& opened)>;

/// Opens one: a GET whose answer never ends brings what the camera says, a POST that never ends carries what
/// we say in base64; a cookie tells that they belong together (QuickTime's way, which cameras and
/// libavformat know). Each has a connection of its own.
///
/// `place`: host and port, and `path`: with its slash, as the requests tell them. `login`: for HTTP alone;
/// RTSP may ask again within the tunnel. `patience`: the longest that an answer may take, of three where the
/// camera asks for a login. -> an averror, or 0; refusals have those that libavformat gives them. Throws
/// std::bad_alloc and Error(Exhausted).
int openTunnel(const ConnectWire& connect, const std::string& place, const std::string& path,
               RtspLogin& login, Monotonic::duration patience, std::unique_ptr<Wire>& opened);

}  // namespace porchlight::ffmpeg
