/// Fuzzer of the reading of HTTP requests: what anybody in the network can send.
///
/// First byte: the size of the pieces in which the rest comes (0: at once). However it is cut, the same
/// requests must come out, and each accepted head must read the same when it is written again in its plainest
/// form.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "fuzz/requests.h"

namespace {

namespace http = porchlight::http;

void checkPlainForm(const http::RequestHead& head) {
    std::string text = head.method + " " + head.target + " " + head.version + "\r\n";
    for (const auto& [name, value] : head.fields) text += name + ":" + value + "\r\n";
    const http::RequestHead again = http::parseHead(text + "\r\n");
    if (again.fields != head.fields || again.target != head.target || again.method != head.method)
        std::abort();
}

void checkRequest(const http::Request& request) {
    checkPlainForm(request.head);
    if (request.body.size() > http::RequestReader::kMaxBodyBytes) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2 || size > 4096) return 0;
    const std::string bytes(reinterpret_cast<const char*>(data + 1), size - 1);
    const auto read = [&](std::size_t step) {
        return porchlight::test::readRequests(bytes, step, checkRequest);
    };
    const std::string whole = read(bytes.size());
    if (data[0] != 0 && read(data[0]) != whole) std::abort();
    return 0;
}
