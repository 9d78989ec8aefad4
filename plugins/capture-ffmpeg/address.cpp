#include "address.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

namespace porchlight::ffmpeg {
namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

std::string hostOf(std::string_view authority) {
    if (!authority.empty() && authority.front() == '[') return std::string(authority.substr(1, authority.find(']') - 1));
    return std::string(authority.substr(0, authority.find(':')));
}

/// The port behind the host, or the scheme's own; 0 for neither.
int portOf(std::string_view authority, std::string_view scheme) noexcept {
    const std::size_t end_of_host = authority.starts_with('[') ? authority.find(']') : 0;
    const std::size_t colon = end_of_host == std::string_view::npos ? end_of_host : authority.find(':', end_of_host);
    int port = 0;
    if (colon != std::string_view::npos) {
        std::from_chars(authority.data() + colon + 1, authority.data() + authority.size(), port);
        return port >= 1 && port <= 65535 ? port : 0;
    }
    for (const auto& [name, own] : {std::pair{"rtsp", 554}, {"rtsps", 322}, {"http", 80}, {"https", 443}})
        if (scheme == name) port = own;
    return port;
}

Address::Kind kindOf(std::string_view scheme) noexcept {
    if (scheme == "rtsp" || scheme == "rtsps") return Address::Kind::Rtsp;
    if (scheme == "http" || scheme == "https") return Address::Kind::Http;
    return Address::Kind::OtherNetwork;
}

}  // namespace

Address parseAddress(std::string_view url) {
    if (url.empty()) throw Error(ErrorKind::Misconfigured, "setting url is empty: give a file, rtsp:// or http:// URL");
    Address address;
    const std::size_t colon = url.find("://");
    if (colon == std::string_view::npos || url.starts_with("file://")) {
        address.scheme = "file";
        address.url = std::string(colon == std::string_view::npos ? url : url.substr(7));
        address.shown = address.url;
        return address;
    }
    address.scheme = lower(url.substr(0, colon));
    address.kind = kindOf(address.scheme);
    const std::string_view rest = url.substr(colon + 3);
    const std::size_t slash = std::min(rest.find_first_of("/?#"), rest.size());
    const std::string_view authority = rest.substr(0, slash);
    const std::size_t at = authority.rfind('@');
    const bool has_user = at != std::string_view::npos;
    const std::string_view place = has_user ? authority.substr(at + 1) : authority;
    address.url = std::string(url);
    address.host = hostOf(place);
    address.port = portOf(place, address.scheme);
    address.shown = address.scheme + "://" + (has_user ? "***@" : "") + std::string(place);
    // Cameras also take credentials as query values ("?user=..&pwd=.."): a query is never shown.
    const std::string_view path = rest.substr(slash);
    address.shown += std::string(path.substr(0, path.find('?')));
    if (path.find('?') != std::string_view::npos) address.shown += "?***";
    if (address.host.empty()) throw Error(ErrorKind::Misconfigured, "open " + address.shown + ": the URL names no host");
    return address;
}

void checkFile(const Address& address) {
    struct stat status {};
    const std::string what = "open " + address.shown + ": ";
    if (::stat(address.url.c_str(), &status) != 0) {
        const int error = errno;
        if (error == ENOENT || error == ENOTDIR) throw Error(ErrorKind::Misconfigured, what + "no such file");
        if (error == EACCES) throw Error(ErrorKind::Misconfigured, what + "no permission to read it");
        throw Error(ErrorKind::Unavailable, what + std::strerror(error));
    }
    if (S_ISDIR(status.st_mode)) throw Error(ErrorKind::Misconfigured, what + "is a directory, name a video file in it");
    if (::access(address.url.c_str(), R_OK) != 0)
        throw Error(ErrorKind::Misconfigured, what + "no permission to read it");
    if (S_ISREG(status.st_mode) && status.st_size == 0)
        throw Error(ErrorKind::Misconfigured, what + "the file is empty (0 bytes)");
}

}  // namespace porchlight::ffmpeg
