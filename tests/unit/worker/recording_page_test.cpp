/// The worked example of a recording in docs/storage.md is what the muxer makes.
#include "media/box.h"
#include "support/catch.h"
#include "support/page.h"
#include "worker/stream/mp4_muxer.h"

namespace recording_page_test {

using namespace porchlight;
using worker::Mp4Muxer;
using worker::PlacedPacket;

namespace {

/// Names of the boxes, one a line, children below their parent; those that an MP4 of ours is read by.
void listBoxes(std::span<const std::uint8_t> bytes, const std::string& indent,
               std::vector<std::string>& out) {
    const std::string containers = " moov mvex trak mdia minf stbl ";
    media::BoxReader boxes(bytes);
    while (const auto box = boxes.next()) {
        const std::string name = media::textOf(box->type);
        out.push_back(indent + name);
        if (containers.find(" " + name + " ") != std::string::npos)
            listBoxes(box->payload, indent + "  ", out);
    }
}

/// The first word of each line, with what is before it.
std::vector<std::string> firstWords(const std::vector<std::string>& lines) {
    std::vector<std::string> out;
    for (const std::string& line : lines) {
        const auto begin = line.find_first_not_of(' ');
        out.push_back(line.substr(0, line.find(' ', begin)));
    }
    return out;
}

/// H.264 with parameter sets as cameras send them; nothing plays it.
StreamFormat smallFormat() {
    StreamFormat format;
    format.video = Codec::H264;
    format.width_px = 64;
    format.height_px = 48;
    format.rate_hz = 25;
    format.extradata = {0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x0a, 0x96, 0x61, 0x23, 0x20, 0, 0, 0, 1, 0x68, 0xce};
    return format;
}

Packet packet(bool is_key, base::Bytes data) {
    const auto owner = std::make_shared<const base::Bytes>(std::move(data));
    Packet out;
    out.is_key = is_key;
    out.data = *owner;
    out.owner = owner;
    return out;
}

}  // namespace

TEST_CASE("the beginning of a recording in docs/storage.md has the boxes that the muxer makes") {
    Mp4Muxer muxer(smallFormat());
    std::vector<std::string> made;
    listBoxes(muxer.init(), "", made);
    std::string text;
    for (const auto& line : made) text += line + "\n";
    INFO(text);
    CHECK(firstWords(test::blockBelow("docs/storage.md", "### A recording, box by box")) == made);
}

TEST_CASE("the fragment in docs/storage.md is, byte for byte, what the muxer makes of two pictures") {
    Mp4Muxer muxer(smallFormat());
    const auto first = muxer.write({{packet(true, {0, 0, 0, 1, 0x65, 1, 2, 3}), 0, 0}}, 40'000, {}, 0);
    const auto bytes = muxer.write({{packet(true, {0, 0, 0, 1, 0x65, 4, 5, 6}), 40'000, 40'000},
                                    {packet(false, {0, 0, 0, 1, 0x41, 7}), 80'000, 80'000}},
                                   120'000, {}, 0);
    INFO(test::hexOf(bytes));
    CHECK(test::bytesIn(test::blockBelow("docs/storage.md", "A fragment of two pictures:")) == bytes);
}

}  // namespace recording_page_test
