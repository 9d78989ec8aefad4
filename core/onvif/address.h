/// Addresses of web services and streams: as people write them, and as cameras tell them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "porchlight/challenge.h"

namespace porchlight::onvif {

/// Plain data.
struct ServiceAddress {
    bool is_secure = false;
    std::string host;  ///< without the brackets of IPv6
    int port = 80;
    std::string path = "/onvif/device_service";

    std::string hostAndPort() const;  ///< "192.0.2.10:80", "[2001:db8::1]:80"
    std::string text() const;         ///< "http://192.0.2.10:80/onvif/device_service"

    bool operator==(const ServiceAddress&) const = default;
};

/// "192.0.2.10", "cam:8080", "2001:db8::1", "http://192.0.2.10/onvif/device_service"; what is missing is as
/// ONVIF has it. Throws Error(Misconfigured): also for user and password, which have no place in arguments.
ServiceAddress parseServiceAddress(std::string_view written);

/// Where to ask a service of the camera that was reached at `reached`, by what it tells of itself (several
/// addresses, separated by spaces): always that host, since a camera behind a router tells one that means
/// nothing here, and a stranger's answer sends our login nowhere else. Its port counts where it names that
/// host, too; TLS stays. Pure.
ServiceAddress serviceAt(const ServiceAddress& reached, std::string_view told);

/// A stream or picture as its camera tells it, without user, password and values of credentials ("***"), and
/// with the host that the camera was reached at. Empty where it is no such address. Pure.
std::string shownStream(std::string_view told, const std::string& host, std::string_view password);

/// The same to be opened: whole, with the host that was reached and this login in it (without one, with what
/// the camera put in). Holds secrets: never shown. Empty where it is no such address. Pure.
std::string openedStream(std::string_view told, const std::string& host, const std::optional<Login>& login);

/// The user put in front of the host, percent-encoded, and PASSWORD behind it.
std::string withUser(const std::string& stream, std::string_view user);

}  // namespace porchlight::onvif
