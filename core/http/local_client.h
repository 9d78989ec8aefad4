/// The command line's side of the control socket.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "porchlight/time.h"

namespace porchlight::http {

/// What the daemon answered; `body` is JSON or raw bytes.
struct LocalAnswer {
    int status = 0;
    std::string body;
};

/// One request a call over `data_dir/control.sock`. **Thread**: any; each call has its own connection and
/// blocks until its deadline at most. Throws Error(Unavailable): "the daemon is not running (...)", that it
/// did not answer, or that its answer was cut short, is none or has more than 64 MiB.
class LocalClient {
  public:
    explicit LocalClient(std::filesystem::path socket, milliseconds timeout = milliseconds{15'000})
        : socket_(std::move(socket)), timeout_(timeout) {}

    LocalAnswer get(const std::string& path) { return request("GET", path, ""); }
    LocalAnswer post(const std::string& path, const std::string& json) { return request("POST", path, json); }
    LocalAnswer put(const std::string& path, const std::string& json) { return request("PUT", path, json); }
    LocalAnswer patch(const std::string& path, const std::string& json) {
        return request("PATCH", path, json);
    }

    /// Gives the bytes of an answer of status 200 to `sink` as they come, with the size of the whole; other
    /// answers are returned with their body. Each piece may take the timeout. Throws Error(Unavailable)
    /// also when the answer does not tell its length.
    using Sink = std::function<void(std::string_view bytes, std::uint64_t total_bytes)>;
    LocalAnswer download(const std::string& path, const Sink& sink);

    /// For calls that take long by their nature (stills of several cameras).
    void setTimeout(milliseconds timeout) { timeout_ = timeout; }

  private:
    LocalAnswer request(const std::string& method, const std::string& path, const std::string& json);

    std::filesystem::path socket_;
    milliseconds timeout_;
};

}  // namespace porchlight::http
