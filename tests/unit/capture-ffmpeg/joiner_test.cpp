/// Keyframes that come in parts are one picture again; all others pass as they are.
#include <cstring>
#include <initializer_list>
#include <vector>

#include "capture-ffmpeg/stream/picture_joiner.h"
#include "support/catch.h"

namespace joiner_test {

using namespace porchlight;
using namespace porchlight::ffmpeg;

namespace {

using Data = std::vector<std::uint8_t>;

const Data kSets{0, 0, 0, 1, 0x67, 0x42, 0xC0, 0x1E, 0, 0, 0, 1, 0x68, 0xCE, 0x38, 0x80};
const Data kBegin{0, 0, 0, 1, 0x65, 0x88, 1, 2, 3};  // an IDR slice whose first_mb_in_slice is 0
const Data kRest{0, 0, 0, 1, 0x65, 0x05, 4, 5, 6};   // one that begins further down
const Data kNext{0, 0, 0, 1, 0x41, 0x9A, 7, 8, 9};

Data operator+(Data left, const Data& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

PacketPtr packet(const Data& data, bool is_key, std::int64_t pts = AV_NOPTS_VALUE) {
    PacketPtr out(av_packet_alloc());
    REQUIRE(av_new_packet(out.get(), static_cast<int>(data.size())) == 0);
    std::memcpy(out->data, data.data(), data.size());
    out->pts = out->dts = pts;
    if (is_key) out->flags |= AV_PKT_FLAG_KEY;
    return out;
}

Data dataOf(const PacketPtr& packet) {
    return packet ? Data(packet->data, packet->data + packet->size) : Data();
}

}  // namespace

TEST_CASE("the first slice tells whether a picture begins") {
    CHECK(beginsPicture(Codec::H264, kSets + kBegin));
    CHECK_FALSE(beginsPicture(Codec::H264, kSets + kRest));
    CHECK(beginsPicture(Codec::H264, kSets));
    CHECK(beginsPicture(Codec::H265, Data{0, 0, 1, 0x26, 0x01, 0xAF, 0}));
    CHECK_FALSE(beginsPicture(Codec::H265, Data{0, 0, 1, 0x26, 0x01, 0x2F, 0}));
    CHECK(beginsPicture(Codec::H264, {}));
    CHECK(beginsPicture(Codec::H264, Data{0, 0, 1}));
}

TEST_CASE("a keyframe in two parts becomes one packet") {
    PictureJoiner joiner(Codec::H264);
    joiner.push(packet(kSets + kBegin, true), true);
    CHECK_FALSE(joiner.pop());
    joiner.push(packet(kSets + kRest, true, 9000), true);
    CHECK_FALSE(joiner.pop());
    joiner.push(packet(kNext, false, 18000), true);
    const PacketPtr key = joiner.pop();
    CHECK(dataOf(key) == kSets + kBegin + kSets + kRest);
    CHECK(key->pts == 9000);  // libav knows none yet for the very first packet
    CHECK((key->flags & AV_PKT_FLAG_KEY) != 0);
    CHECK(dataOf(joiner.pop()) == kNext);
    CHECK_FALSE(joiner.pop());
}

TEST_CASE("sound passes a keyframe that waits") {
    PictureJoiner joiner(Codec::H264);
    joiner.push(packet(kBegin, true, 0), true);
    joiner.push(packet(kNext, true, 0), false);
    CHECK(dataOf(joiner.pop()) == kNext);
    joiner.flush();
    CHECK(dataOf(joiner.pop()) == kBegin);
}

TEST_CASE("a camera whose keyframes come whole is not waited for any more") {
    PictureJoiner joiner(Codec::H264);
    for (int i = 0; i < 3; ++i) {
        joiner.push(packet(kBegin, true, i), true);
        CHECK_FALSE(joiner.pop());
        joiner.push(packet(kNext, false, i), true);
        CHECK(joiner.pop());
        CHECK(joiner.pop());
    }
    joiner.push(packet(kBegin, true, 4), true);
    CHECK(joiner.pop());
}

TEST_CASE("pictures of other codecs are never held back") {
    PictureJoiner joiner(Codec::Mjpeg);
    joiner.push(packet(kBegin, true, 0), true);
    CHECK(joiner.pop());
}

}  // namespace joiner_test
