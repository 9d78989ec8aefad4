/// What the reader of HTTP requests makes of bytes, whatever pieces they come in.
#pragma once

#include <string>

#include "http/request.h"

namespace porchlight::test {

/// Reads `bytes` that come in pieces of `step` and shows each request to `see`. -> "METHOD target body|" for
/// each, or "status|".
template <class See>
std::string readRequests(const std::string& bytes, std::size_t step, See see) {
    http::RequestReader reader;
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        reader.buffer() += bytes.substr(at, step);
        while (reader.look()) {
            try {
                const http::Request request = reader.take();
                see(request);
                out += request.head.method + " " + request.head.target + " " + request.body + "|";
            } catch (const http::HttpError& error) {
                return out + std::to_string(error.status) + "|";
            }
        }
    }
    return out;
}

}  // namespace porchlight::test
