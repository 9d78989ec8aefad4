/// Addresses that people write into a configuration: what the appliance listens on, and hosts it connects to.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace porchlight::config {

/// The address to listen on: as written when it is one (a zone such as fe80::1%eth0 included), 127.0.0.1 for
/// localhost, nothing for anything else: a name may mean another address at every start.
std::optional<std::string> listenAddress(const std::string& text);

/// True for 127.0.0.0/8 and ::1.
bool isLoopback(const std::string& address) noexcept;

/// Why the text is no host name or address; empty when it is one.
std::string whyNoHost(const std::string& text);

/// Why the text, an address of a camera or the path of a file, cannot mean what its writer meant: "has a /
/// before its last @: write %2F"; empty when it is sound. `schemes`: those that its plugin knows,
/// "rtsp|http|file"; empty: any. Never with a piece of the text, which may be a password.
std::string whyNoSource(std::string_view text, std::string_view schemes);

/// Why the text is no address of a web page (scheme, host, port, path); empty when it is one.
std::string whyNoWebAddress(const std::string& text);

}  // namespace porchlight::config
