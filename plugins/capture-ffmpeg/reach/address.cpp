#include "address.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "porchlight/head.h"
#include "porchlight/percent.h"
#include "porchlight/source_error.h"

namespace porchlight::ffmpeg {
namespace {

std::string hostOf(std::string_view authority) {
    if (!authority.empty() && authority.front() == '[')
        return std::string(authority.substr(1, authority.find(']') - 1));
    return std::string(authority.substr(0, authority.find(':')));
}

/// The port behind the host, or the scheme's own; 0 for neither.
int portOf(std::string_view authority, std::string_view scheme) noexcept {
    const std::size_t end_of_host = authority.starts_with('[') ? authority.find(']') : 0;
    const std::size_t colon =
        end_of_host == std::string_view::npos ? end_of_host : authority.find(':', end_of_host);
    int port = 0;
    if (colon != std::string_view::npos) {
        std::from_chars(authority.data() + colon + 1, authority.data() + authority.size(), port);
        return port >= 1 && port <= 65535 ? port : 0;
    }
    for (const auto& [name, own] : {std::pair{"rtsp", 554}, {"rtsps", 322}, {"http", 80}, {"https", 443}})
        if (scheme == name) port = own;
    return port;
}

/// Whether host and port look like such: what stands behind a colon and is no number may be a password that
/// lost its @.
bool isPlace(std::string_view place) noexcept {
    const std::size_t colon = place.rfind(':');
    return place.starts_with('[') || colon == std::string_view::npos ||
           place.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
}

Address::Kind kindOf(std::string_view scheme) noexcept {
    if (scheme == "rtsp" || scheme == "rtsps") return Address::Kind::Rtsp;
    if (scheme == "http" || scheme == "https") return Address::Kind::Http;
    return Address::Kind::OtherNetwork;
}

/// What follows the ://; all of it where there is none.
std::string_view behindScheme(std::string_view url) noexcept {
    const std::size_t colon = url.find("://");
    return colon == std::string_view::npos ? url : url.substr(colon + 3);
}

std::size_t authoritySize(std::string_view behind) noexcept {
    return std::min(behind.find_first_of("/?#"), behind.size());
}

/// Up to the last @ of `text`, which `behind` begins with; `behind` becomes what follows it.
std::optional<std::string_view> takeCredentials(std::string_view text, std::string_view& behind) noexcept {
    const std::size_t at = text.rfind('@');
    if (at == std::string_view::npos) return std::nullopt;
    const std::string_view credentials = behind.substr(0, at);
    behind.remove_prefix(at + 1);
    return credentials;
}

}  // namespace

std::optional<Login> loginOf(std::string_view url) {
    std::string_view behind = behindScheme(url);
    const auto credentials = takeCredentials(behind.substr(0, authoritySize(behind)), behind);
    if (!credentials) return std::nullopt;
    const std::size_t colon = std::min(credentials->find(':'), credentials->size());
    return Login{percentDecoded(credentials->substr(0, colon)),
                 percentDecoded(credentials->substr(std::min(colon + 1, credentials->size())))};
}

std::string withoutLogin(std::string_view url) {
    std::string_view behind = behindScheme(url);
    const std::string scheme(url.substr(0, url.size() - behind.size()));
    takeCredentials(behind.substr(0, authoritySize(behind)), behind);
    return scheme + std::string(behind);
}

Address parseAddress(std::string_view url) {
    if (url.empty())
        throw Error(ErrorKind::Misconfigured, "setting url is empty: give a file, rtsp:// or http:// URL");
    Address address;
    const std::size_t colon = url.find("://");
    address.scheme = colon == std::string_view::npos ? "file" : lower(url.substr(0, colon));
    if (address.scheme == "file") {
        address.url = std::string(colon == std::string_view::npos ? url : url.substr(7));
        address.shown = address.url;
        return address;
    }
    address.kind = kindOf(address.scheme);
    std::string_view behind = behindScheme(url);
    const auto credentials =
        takeCredentials(behind, behind);  // a password with a / in it is no host and path
    const std::string_view place = behind.substr(0, authoritySize(behind));
    address.url =
        address.scheme + std::string(url.substr(colon));  // libav knows schemes in small letters only
    address.host = hostOf(place);
    address.port = portOf(place, address.scheme);
    // Never the path: cameras take credentials there ("/user=..&password=..", "/aB3dE6gH9jK2").
    address.shown = address.scheme + "://" + (isPlace(place) ? std::string(place) : "***");
    if (credentials && credentials->find_first_of("/?#") != std::string_view::npos)
        throw Error(ErrorKind::Misconfigured,
                    "open " + address.shown +
                        ": a / ? or # in user or password must be written %2F, %3F, %23 in the URL");
    if (address.host.empty())
        throw Error(ErrorKind::Misconfigured, "open " + address.shown + ": the URL names no host");
    return address;
}

void checkFile(const Address& address) {
    struct stat status {};
    const std::string what = "open " + address.shown + ": ";
    if (::stat(address.url.c_str(), &status) != 0) {
        const int error = errno;
        if (error == ENOENT || error == ENOTDIR)
            throw SourceError(SourceFault::NotFound, what + "no such file");
        if (error == EACCES) throw Error(ErrorKind::Misconfigured, what + "no permission to read it");
        throw Error(ErrorKind::Unavailable, what + std::strerror(error));
    }
    if (S_ISDIR(status.st_mode))
        throw Error(ErrorKind::Misconfigured, what + "is a directory, name a video file in it");
    if (::access(address.url.c_str(), R_OK) != 0)
        throw Error(ErrorKind::Misconfigured, what + "no permission to read it");
    if (S_ISREG(status.st_mode) && status.st_size == 0)
        throw Error(ErrorKind::Misconfigured, what + "the file is empty (0 bytes)");
}

}  // namespace porchlight::ffmpeg
