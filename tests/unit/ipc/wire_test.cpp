/// The worked example of the wire in docs/architecture.md is what goes over it.
#include "ipc/message.h"
#include "support/catch.h"
#include "support/page.h"

namespace wire_test {

using namespace porchlight;

TEST_CASE("the message in docs/architecture.md is, byte for byte, what a worker sends") {
    const ipc::Fault fault{"frame_timeout", ErrorKind::Unavailable, "no picture for 5 s"};
    const auto bytes = ipc::encode(fault, 7);
    INFO(test::hexOf(bytes));
    const auto shown = test::bytesIn(test::blockBelow("docs/architecture.md", "### A message, byte by byte"));
    CHECK(shown == bytes);
    const std::span<const std::uint8_t> all(shown);
    const auto read =
        std::get<ipc::Fault>(ipc::decode(all.first(ipc::kHeaderBytes), all.subspan(ipc::kHeaderBytes)));
    CHECK(read.text == fault.text);
}

}  // namespace wire_test
