/// Heads of AAC in MPEG-TS, and the configuration that an MP4 has of the same sound.
#include "capture-ffmpeg/stream/adts.h"

#include <cstdint>
#include <vector>

#include "support/catch.h"

namespace adts_test {

using porchlight::ffmpeg::AdtsHead;
using porchlight::ffmpeg::adtsHead;
using Bytes = std::vector<std::uint8_t>;

namespace {

struct Row {
    const char* what;
    Bytes packet;
    std::size_t size_bytes;
    int sample_rate_hz;
    int channels;
    std::array<std::uint8_t, 2> config;
};

const Row kHeads[] = {
    {"16 kHz, mono", {0xFF, 0xF1, 0x60, 0x40, 0x1B, 0x1F, 0xFC, 0xDE}, 7, 16'000, 1, {0x14, 0x08}},
    {"48 kHz, stereo", {0xFF, 0xF1, 0x4C, 0x80, 0x2E, 0x7F, 0xFC, 0xDE}, 7, 48'000, 2, {0x11, 0x90}},
    {"44.1 kHz, stereo, MPEG-2",
     {0xFF, 0xF9, 0x50, 0x80, 0x2E, 0x7F, 0xFC, 0xDE},
     7,
     44'100,
     2,
     {0x12, 0x10}},
    {"8 kHz, mono, a checksum",
     {0xFF, 0xF0, 0x6C, 0x40, 0x2E, 0x7F, 0xFC, 1, 2, 0xDE},
     9,
     8'000,
     1,
     {0x15, 0x88}},
    {"48 kHz, seven and one", {0xFF, 0xF1, 0x4D, 0xC0, 0x2E, 0x7F, 0xFC, 0xDE}, 7, 48'000, 8, {0x11, 0xB8}},
};

}  // namespace

TEST_CASE("the head of an AAC frame says rate, channels, and what an MP4 is told of them") {
    for (const Row& row : kHeads) {
        INFO(row.what);
        const auto head = adtsHead(row.packet);
        REQUIRE(head);
        CHECK(head->size_bytes == row.size_bytes);
        CHECK(head->sample_rate_hz == row.sample_rate_hz);
        CHECK(head->channels == row.channels);
        CHECK(head->config == row.config);
    }
}

TEST_CASE("what is no head, or leaves something open, is none") {
    const Bytes good = kHeads[0].packet;
    const auto with = [&](std::size_t at, std::uint8_t byte) {
        Bytes changed = good;
        changed[at] = byte;
        return changed;
    };
    CHECK_FALSE(adtsHead({}));
    CHECK_FALSE(adtsHead(Bytes(good.begin(), good.begin() + 7)));  // no frame behind it
    CHECK_FALSE(adtsHead(with(0, 0xFE)));
    CHECK_FALSE(adtsHead(with(1, 0xF3)));  // another layer: MP3
    CHECK_FALSE(adtsHead(with(2, 0x74)));  // a rate that there is not
    CHECK_FALSE(adtsHead(with(3, 0x00)));  // the channels stand in the frame
    CHECK_FALSE(adtsHead(with(6, 0xFD)));  // two frames behind one head
    CHECK_FALSE(adtsHead(Bytes{0xFF, 0xF0, 0x6C, 0x40, 0x2E, 0x7F, 0xFC, 1, 2}));  // a checksum of nothing
}

}  // namespace adts_test
