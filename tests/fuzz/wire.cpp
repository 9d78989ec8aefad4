/// Fuzzer of the wire between core and worker: what a hostile worker can send.
///
/// First byte 0xff: the rest is header and payload as they are. Else it is the message type, the rest the
/// payload, and a fitting header is put before it, so that the parsers behind the header are reached.
/// Whatever decode() accepts must encode again to the same bytes; whatever it refuses must be Error(BadData).
#include <cstdint>
#include <cstdlib>
#include <span>

#include "ipc/message.h"
#include "porchlight/error.h"

namespace {

using namespace porchlight;

base::Bytes withHeader(std::uint8_t type, std::span<const std::uint8_t> payload) {
    base::ByteWriter out;
    out.put(ipc::kMagic);
    out.put(static_cast<std::uint16_t>(type));
    out.put(static_cast<std::uint32_t>(payload.size()));
    out.put(std::uint64_t{1});
    base::Bytes bytes = out.take();
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return bytes;
}

void parse(std::span<const std::uint8_t> message) {
    const auto header = message.first(ipc::kHeaderBytes);
    if (ipc::payloadLength(header) > ipc::kMaxPayloadBytes) std::abort();
    const base::Bytes again = ipc::encode(ipc::decode(header, message.subspan(ipc::kHeaderBytes)), 7);
    const std::span<const std::uint8_t> bytes(again);
    if (ipc::encode(ipc::decode(bytes.first(ipc::kHeaderBytes), bytes.subspan(ipc::kHeaderBytes)), 7) !=
        again)
        std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::span<const std::uint8_t> rest(data + 1, size - 1);
    if (data[0] == 0xff && rest.size() < ipc::kHeaderBytes) return 0;
    try {
        parse(data[0] == 0xff ? base::Bytes(rest.begin(), rest.end()) : withHeader(data[0], rest));
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::BadData) std::abort();
    }
    return 0;
}
