#include "http/static_files.h"

#include <cerrno>
#include <fstream>

#include "base/fd.h"
#include "base/log.h"
#include "base/secret/sha256.h"

namespace porchlight::http {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMaxFileBytes = 4U << 20U;

const std::map<std::string, std::string>& types() {
    static const std::map<std::string, std::string> table{{".html", "text/html; charset=utf-8"},
                                                          {".js", "text/javascript; charset=utf-8"},
                                                          {".mjs", "text/javascript; charset=utf-8"},
                                                          {".css", "text/css; charset=utf-8"},
                                                          {".json", "application/json"},
                                                          {".svg", "image/svg+xml"},
                                                          {".png", "image/png"},
                                                          {".ico", "image/x-icon"},
                                                          {".jpg", "image/jpeg"},
                                                          {".webp", "image/webp"},
                                                          {".woff2", "font/woff2"},
                                                          {".webmanifest", "application/manifest+json"},
                                                          {".txt", "text/plain; charset=utf-8"}};
    return table;
}

}  // namespace

std::string readSmallFile(const fs::path& path, std::size_t max_bytes) {
    std::ifstream in(path, std::ios::binary | std::ios::ate);
    if (!in) throw base::errnoError("open " + path.string(), errno);
    const auto size = static_cast<std::size_t>(std::max<std::streamoff>(in.tellg(), 0));
    if (size > max_bytes) throw Error(ErrorKind::Exhausted, path.string() + " is too large to send");
    std::string content(size, '\0');
    in.seekg(0);
    in.read(content.data(), static_cast<std::streamsize>(size));
    if (static_cast<std::size_t>(in.gcount()) != size)
        throw Error(ErrorKind::Unavailable, "read " + path.string());
    return content;
}

StaticFiles::StaticFiles(const fs::path& folder) {
    std::error_code error;
    fs::recursive_directory_iterator it(folder, fs::directory_options::skip_permission_denied, error);
    if (error) {
        base::logWarning("web", "no dashboard: open folder " + folder.string() + ": " + error.message());
        return;
    }
    for (; it != fs::recursive_directory_iterator(); it.increment(error)) {
        if (error) break;
        if (it->path().filename().string().front() == '.') {
            if (it->is_directory(error)) it.disable_recursion_pending();
            continue;
        }
        if (it->is_regular_file(error)) add(folder, it->path());
    }
    const auto index = files_.find("/index.html");
    if (index != files_.end()) files_["/"] = index->second;
}

void StaticFiles::add(const fs::path& folder, const fs::path& file) {
    const auto type = types().find(file.extension().string());
    if (type == types().end()) return;
    try {
        const std::string content = readSmallFile(file, kMaxFileBytes);
        files_["/" + file.lexically_relative(folder).generic_string()] =
            File{file, type->second, "\"" + base::sha256Hex(content).substr(0, 24) + "\""};
    } catch (const Error& error) {
        base::logWarning("web", std::string("not served: ") + error.what());
    }
}

bool StaticFiles::send(Exchange& exchange) const {
    const auto found = files_.find(exchange.path());
    if (found == files_.end()) return false;
    const File& file = found->second;
    exchange.setHeader("ETag", file.etag);
    exchange.setHeader("Cache-Control", "no-cache");
    if (exchange.header("If-None-Match").find(file.etag) != std::string::npos) {
        exchange.sendEmpty(304);
        return true;
    }
    exchange.sendBytes(200, file.type, bytesOf(readSmallFile(file.path, kMaxFileBytes)));
    return true;
}

}  // namespace porchlight::http
