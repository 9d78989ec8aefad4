/// HTTP Digest with SHA-256 (RFC 7616), which libavformat does not answer.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

#include "address.h"
#include "porchlight/time.h"

namespace porchlight::ffmpeg {

/// The header "Authorization: Digest ..." that answers the offers in the head of a 401; empty where none of
/// them is Digest with SHA-256 and `auth`, or where its values would be more than a header. `client_nonce`:
/// not used before. Pure.
std::string sha256Answer(std::string_view head, const Login& login, std::string_view method,
                         std::string_view path, std::string_view client_nonce);

/// Asks an http:// camera without password and makes the header that it wants; empty where libavformat can
/// answer by itself. `hosts`: the camera's addresses as numbers, the only ones that are connected to. Blocks
/// until deadline (2 s more an address that does not answer), ends within 100 ms of `stop`.
std::string sha256Header(const Address& address, const std::vector<std::string>& hosts, Deadline deadline,
                         const std::atomic<bool>& stop);

}  // namespace porchlight::ffmpeg
