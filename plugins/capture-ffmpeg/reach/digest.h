/// The answers to cameras over HTTP that libavformat has none for: Digest with SHA-256 (RFC 7616), and with
/// MD5 where it is written in small letters.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

#include "address.h"
#include "porchlight/time.h"

namespace porchlight::ffmpeg {

/// The header "Authorization: ..." for a GET that answers the strongest offer in the head of a 401; empty
/// where libavformat answers by itself, where none of them can be answered, or where its values would be more
/// than a header. `client_nonce`: not used before. Any thread; never blocks. Throws Error(Exhausted).
std::string ownAnswer(std::string_view head, const Login& login, std::string_view path,
                      std::string_view client_nonce);

/// Asks an http:// or https:// camera without password and makes the header that it wants, as ownAnswer;
/// empty as well where it gives no answer. `hosts`: the camera's addresses as numbers, the only ones that are
/// connected to. Blocks until deadline (2 s more an address that does not answer), ends within 100 ms of
/// `stop`. Any thread. Throws Error(Exhausted).
std::string ownHeader(const Address& address, const std::vector<std::string>& hosts, Deadline deadline,
                      const std::atomic<bool>& stop);

}  // namespace porchlight::ffmpeg
