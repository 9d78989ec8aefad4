/// A source's URL taken apart far enough to choose options, name it in texts and hide its secrets.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "porchlight/challenge.h"
#include "porchlight/error.h"

namespace porchlight::ffmpeg {

/// Plain data without behaviour beyond its construction.
struct Address {
    enum class Kind { File = 1, Rtsp, Http, OtherNetwork };

    Kind kind = Kind::File;
    std::string url;     ///< as libav wants it; a file is a plain path
    std::string shown;   ///< for texts: scheme, host and port only; the path of a file
    std::string scheme;  ///< "file", "rtsp", "http", ...
    std::string host;    ///< empty for files
    int port = 0;        ///< as written, or the scheme's own; 0: none is known

    bool isNetwork() const noexcept { return kind != Kind::File; }
};

using porchlight::Login;

/// What stands in front of the last @ of a network URL's authority (between :// and the next / ? #), decoded;
/// nothing: no user. Pure.
std::optional<Login> loginOf(std::string_view url);

/// The network URL without it. Pure.
std::string withoutLogin(std::string_view url);

/// Any thread; never blocks. Throws Error(Misconfigured) when the URL is empty or has no host, or when an @
/// stands behind its authority: what looks like host and path may be a password with a / in it.
Address parseAddress(std::string_view url);

/// Looks whether there is something to read. Any thread; blocks as long as the disk does. Throws
/// SourceError(NotFound: no such file), Error(Misconfigured: a directory, empty, not readable; Unavailable:
/// anything else).
void checkFile(const Address& address);

}  // namespace porchlight::ffmpeg
