// tryEncoder: test pictures through an encoder and back.
#include <array>
#include <cstdlib>
#include <vector>

#include "porchlight/error.h"
#include "worker/analyse/decoder.h"
#include "worker/encode/encoder_choice.h"

namespace porchlight::worker {
namespace {

constexpr int kPictures = 12;
constexpr int kKeyAt = 6;
/// Mean difference of a sample that a usable encoder stays below by far: these pictures are smooth.
constexpr double kMostDifference = 12;

[[noreturn]] void refuse(const std::string& why) {
    throw Error(ErrorKind::NotSupported, why);
}

/// A slope of grey that moves, with colours that differ between the planes and over time.
Picture testPicture(const EncoderWish& wish, int number) {
    const int width = wish.width_px & ~1;
    const int height = wish.height_px & ~1;
    const auto luma = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    auto bytes = std::make_shared<std::vector<std::uint8_t>>(luma * 3 / 2);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            (*bytes)[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                     static_cast<std::size_t>(x)] =
                static_cast<std::uint8_t>(40 + 150 * ((x + y + number * 8) % width) / width);
    for (std::size_t i = 0; i < luma / 4; ++i) {
        (*bytes)[luma + i] = static_cast<std::uint8_t>(80 + 6 * number);
        (*bytes)[luma + luma / 4 + i] = static_cast<std::uint8_t>(180 - 4 * number);
    }
    Picture picture;
    picture.format = PixelFormat::I420;
    picture.width_px = width;
    picture.height_px = height;
    picture.planes = {bytes->data(), bytes->data() + luma, bytes->data() + luma * 5 / 4};
    picture.strides_bytes = {width, width / 2, width / 2};
    picture.pts_us = number * static_cast<std::int64_t>(1e6 / rateOf(wish));
    picture.arrived_at = Monotonic::now();
    picture.owner = bytes;
    return picture;
}

/// The mean difference of the samples of one plane, on a grid.
double difference(const Picture& a, const Picture& b, std::size_t plane) {
    const int shift = plane == 0 ? 0 : 1;
    std::int64_t sum = 0;
    int count = 0;
    for (int y = 0; y < a.height_px >> shift; y += 3)
        for (int x = 0; x < a.width_px >> shift; x += 5, ++count)
            sum += std::abs(a.planes[plane][static_cast<std::ptrdiff_t>(y) * a.strides_bytes[plane] + x] -
                            b.planes[plane][static_cast<std::ptrdiff_t>(y) * b.strides_bytes[plane] + x]);
    return static_cast<double>(sum) / count;
}

void judge(const EncoderWish& wish, const std::vector<Packet>& packets,
           const std::vector<Picture>& pictures) {
    if (packets.size() != kPictures)
        refuse("gave " + std::to_string(packets.size()) + " of " + std::to_string(kPictures) +
               " test pictures");
    for (int i = 0; i < kPictures; ++i) {
        const bool must_be_key = i == 0 || i == kKeyAt;
        if (packets[static_cast<std::size_t>(i)].is_key != must_be_key)
            refuse(must_be_key ? "makes no keyframe on request" : "makes keyframes that nobody asked for");
    }
    if (pictures.size() != kPictures)
        refuse("what it makes cannot be decoded: " + std::to_string(pictures.size()) + " of " +
               std::to_string(kPictures) + " pictures");
    for (int i = 0; i < kPictures; ++i) {
        const Picture wanted = testPicture(wish, i);
        const Picture& got = pictures[static_cast<std::size_t>(i)];
        if (got.width_px != wanted.width_px || got.height_px != wanted.height_px)
            refuse("makes pictures of " + std::to_string(got.width_px) + "x" + std::to_string(got.height_px));
        if (got.pts_us != wanted.pts_us) refuse("mixes up the times of pictures");
        if (got.format != PixelFormat::I420) refuse("makes pictures of another kind than 4:2:0");
        for (std::size_t plane = 0; plane < 3; ++plane)
            if (difference(wanted, got, plane) > kMostDifference)
                refuse("what it makes does not look like what it was given");
    }
}

}  // namespace

void tryEncoder(Encoder& encoder, const EncoderWish& wish, Deadline deadline) {
    std::vector<Packet> packets;
    const auto keep = [&](Packet&& packet) { packets.push_back(std::move(packet)); };
    for (int i = 0; i < kPictures; ++i) {
        encoder.encode(testPicture(wish, i), i == kKeyAt, keep);
        if (deadline.isPast()) throw Error(ErrorKind::Unavailable, "too slow for its test pictures");
    }
    encoder.finish(keep);
    std::vector<Picture> pictures;
    Decoder decoder(encoder.format());
    const auto show = [&](Picture&& picture) { pictures.push_back(std::move(picture)); };
    for (const Packet& packet : packets) decoder.decode(packet, show);
    decoder.drain(show);
    judge(wish, packets, pictures);
}

}  // namespace porchlight::worker
