/// porchlight-encoder-probe choose WIDTH HEIGHT
///     Which encoder a worker would take for pictures of that size, and why; encodes a hundred with it.
/// porchlight-encoder-probe queue NODE FOURCC WIDTH HEIGHT COUNT CODED_FILE RAW_FILE
///     Drives the queues of one codec of any kind; writes what went in and what came out.
///
/// Both print a JSON object.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#include "base/log.h"
#include "worker/analyse/decoder.h"
#include "worker/encode/encoder_choice.h"
#include "worker/encode/m2m_codec.h"

using namespace porchlight;

namespace {

/// I420: a slope that moves, so that pictures differ and their order can be seen.
Picture pictureOf(int width, int height, int number) {
    const auto luma = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    auto bytes = std::make_shared<std::vector<std::uint8_t>>(luma * 3 / 2);
    for (std::size_t i = 0; i < luma; ++i)
        (*bytes)[i] = static_cast<std::uint8_t>(
            40 + (i % static_cast<std::size_t>(width) + static_cast<std::size_t>(number) * 4) % 160);
    for (std::size_t i = luma; i < bytes->size(); ++i)
        (*bytes)[i] = static_cast<std::uint8_t>(100 + number % 50);
    Picture picture;
    picture.width_px = width;
    picture.height_px = height;
    picture.planes = {bytes->data(), bytes->data() + luma, bytes->data() + luma * 5 / 4};
    picture.strides_bytes = {width, width / 2, width / 2};
    picture.pts_us = number * 66'666;
    picture.arrived_at = Monotonic::now();
    picture.owner = bytes;
    return picture;
}

int choose(int width, int height) {
    base::setLogLevel(base::LogLevel::Info);
    worker::EncoderChoice choice("");
    const auto encoder = choice.make({width, height, 15, 0, false});
    worker::Decoder decoder(encoder->format());
    int packets = 0;
    int keys = 0;
    int decoded = 0;
    const auto sink = [&](Packet&& packet) {
        ++packets;
        keys += packet.is_key ? 1 : 0;
        decoder.decode(packet, [&](Picture&&) { ++decoded; });
    };
    for (int i = 0; i < 100; ++i) encoder->encode(pictureOf(width, height, i), false, sink);
    encoder->finish(sink);
    decoder.drain([&](Picture&&) { ++decoded; });
    std::printf("{\"told\": \"%s\", \"packets\": %d, \"keys\": %d, \"decoded\": %d}\n", choice.told().c_str(),
                packets, keys, decoded);
    return 0;
}

int queue(char** words) {
    const std::string code = words[1];
    std::uint32_t fourcc = 0;
    std::memcpy(&fourcc, code.data(), 4);
    const int width = std::atoi(words[2]);
    const int height = std::atoi(words[3]);
    const int count = std::atoi(words[4]);
    std::ofstream coded_file(words[5], std::ios::binary);
    std::ofstream raw_file(words[6], std::ios::binary);
    worker::M2mCodec codec(std::make_unique<worker::M2mNode>(words[0]), {width, height, 15, 2000, false},
                           fourcc);
    int in = 0;
    int out = 0;
    int keys = 0;
    int out_of_order = 0;
    std::int64_t last_us = -1;
    worker::CodedPicture coded;
    while (out < count) {
        if (in < count) {
            const Picture picture = pictureOf(width, height, in);
            raw_file.write(reinterpret_cast<const char*>(picture.planes[0]), width * height * 3 / 2);
            codec.feed(picture, picture.pts_us, false, Deadline::in(seconds(5)));
            ++in;
        }
        while (codec.take(coded, Deadline::in(in < count ? milliseconds(0) : milliseconds(5000)))) {
            coded_file.write(reinterpret_cast<const char*>(coded.bytes.data()),
                             static_cast<std::streamsize>(coded.bytes.size()));
            out_of_order += coded.pts_us != out * 66'666LL || coded.pts_us <= last_us ? 1 : 0;
            last_us = coded.pts_us;
            keys += coded.is_key ? 1 : 0;
            if (++out == count) break;
        }
        if (in == count && out < count && last_us < 0) break;
    }
    std::printf("{\"name\": \"%s\", \"in\": %d, \"out\": %d, \"keys\": %d, \"out_of_order\": %d}\n",
                codec.name().c_str(), in, out, keys, out_of_order);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc == 4 && std::strcmp(argv[1], "choose") == 0)
            return choose(std::atoi(argv[2]), std::atoi(argv[3]));
        if (argc == 9 && std::strcmp(argv[1], "queue") == 0) return queue(argv + 2);
        std::fputs("usage: see the head of encoder_probe.cpp\n", stderr);
        return 64;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "porchlight-encoder-probe: %s\n", error.what());
        return 1;
    }
}
