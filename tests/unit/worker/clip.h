/// Pictures and encoded clips made on the spot: a bright square that wanders over noise.
#pragma once

#include <vector>

extern "C" {
#include <libavutil/log.h>
}

#include "worker/encode/x264_encoder.h"

namespace porchlight::test {

/// I420; picture `index` of the scene. `seed` changes the noise.
inline Picture makePicture(int width, int height, int index, double rate_hz = 15) {
    auto bytes =
        std::make_shared<std::vector<std::uint8_t>>(static_cast<std::size_t>(width * height * 3 / 2), 128);
    std::uint32_t noise = 12345U + static_cast<std::uint32_t>(index) * 7919U;
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            noise = noise * 1664525U + 1013904223U;
            const bool is_square =
                (x - index * 4 % width) * (x - index * 4 % width) < 400 && y > height / 3 && y < height / 2;
            (*bytes)[static_cast<std::size_t>(y * width + x)] = static_cast<std::uint8_t>(
                is_square ? 220 : 60 + x * 60 / width + static_cast<int>(noise >> 29U));
        }
    Picture picture;
    picture.format = PixelFormat::I420;
    picture.width_px = width;
    picture.height_px = height;
    const std::uint8_t* data = bytes->data();
    picture.planes = {data, data + width * height, data + width * height * 5 / 4};
    picture.strides_bytes = {width, width / 2, width / 2};
    picture.owner = bytes;
    picture.pts_us = static_cast<std::int64_t>(index * 1e6 / rate_hz);
    picture.arrived_at = Monotonic::now();
    return picture;
}

struct Clip {
    StreamFormat format;
    std::vector<Packet> packets;
};

/// H.264, a keyframe every `gop` pictures.
inline Clip makeClip(int width, int height, int pictures, int gop, double rate_hz = 15) {
    av_log_set_level(AV_LOG_FATAL);  // x264 has much to say
    worker::X264Encoder encoder({width, height, rate_hz, 0, false});
    Clip clip;
    clip.format = encoder.format();
    for (int i = 0; i < pictures; ++i)
        encoder.encode(makePicture(width, height, i, rate_hz), i % gop == 0,
                       [&clip](Packet&& packet) { clip.packets.push_back(std::move(packet)); });
    return clip;
}

/// The same with parameter sets in the keyframes and none in the format, as cameras send it.
inline Clip withoutExtradata(Clip clip) {
    for (Packet& packet : clip.packets) {
        if (!packet.is_key) continue;
        auto bytes = std::make_shared<std::vector<std::uint8_t>>(clip.format.extradata);
        bytes->insert(bytes->end(), packet.data.begin(), packet.data.end());
        packet.data = *bytes;
        packet.owner = bytes;
    }
    clip.format.extradata.clear();
    clip.format.width_px = clip.format.height_px = 0;
    return clip;
}

}  // namespace porchlight::test
