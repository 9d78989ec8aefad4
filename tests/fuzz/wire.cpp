/// Fuzzer of the wire between core and worker: what a hostile worker can send.
///
/// Whatever decode() accepts must encode again to the same payload; whatever it refuses must be Error(BadData).
#include <cstdint>
#include <cstdlib>
#include <span>

#include "ipc/message.h"
#include "porchlight/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace porchlight;
    if (size < ipc::kHeaderBytes) return 0;
    const std::span<const std::uint8_t> input(data, size);
    const auto header = input.first(ipc::kHeaderBytes);
    const auto payload = input.subspan(ipc::kHeaderBytes);
    try {
        if (ipc::payloadLength(header) > ipc::kMaxPayloadBytes) std::abort();
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::BadData) std::abort();
    }
    try {
        const ipc::Message message = ipc::decode(header, payload);
        const base::Bytes again = ipc::encode(message, 7);
        const std::span<const std::uint8_t> bytes(again);
        const base::Bytes third = ipc::encode(ipc::decode(bytes.first(ipc::kHeaderBytes), bytes.subspan(ipc::kHeaderBytes)), 7);
        if (third != again) std::abort();
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::BadData) std::abort();
    }
    return 0;
}
