/// Reads fragments back with libavformat, from memory.
#pragma once

extern "C" {
#include <libavformat/avformat.h>
}

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/bytes.h"
#include "worker/stream/libav.h"

namespace porchlight::test {

struct ReadPacket {
    int stream = 0;
    double dts_s = 0;
    double duration_s = 0;
    bool is_key = false;
    base::Bytes data;
};

struct ReadFile {
    int streams = 0;
    int width = 0;
    int height = 0;
    std::uint32_t tag = 0;
    std::vector<ReadPacket> packets;
};

struct MemoryFile {
    const base::Bytes* bytes;
    std::size_t at;
};

inline int readMemory(void* opaque, std::uint8_t* to, int size) {
    auto* file = static_cast<MemoryFile*>(opaque);
    const auto n = std::min<std::size_t>(static_cast<std::size_t>(size), file->bytes->size() - file->at);
    if (n == 0) return AVERROR_EOF;
    std::memcpy(to, file->bytes->data() + file->at, n);
    file->at += n;
    return static_cast<int>(n);
}

inline ReadFile readMp4(const base::Bytes& bytes) {
    MemoryFile memory{&bytes, 0};
    AVFormatContext* context = avformat_alloc_context();
    auto* buffer = static_cast<unsigned char*>(av_malloc(4096));
    context->pb = avio_alloc_context(buffer, 4096, 0, &memory, &readMemory, nullptr, nullptr);
    AVIOContext* io = context->pb;
    ReadFile file;
    if (avformat_open_input(&context, nullptr, av_find_input_format("mp4"), nullptr) >= 0) {
        file.streams = static_cast<int>(context->nb_streams);
        if (file.streams > 0) {
            file.width = context->streams[0]->codecpar->width;
            file.height = context->streams[0]->codecpar->height;
            file.tag = context->streams[0]->codecpar->codec_tag;
        }
        const worker::AvPacket packet(av_packet_alloc());
        while (av_read_frame(context, packet.get()) >= 0) {
            const double base = av_q2d(context->streams[packet->stream_index]->time_base);
            file.packets.push_back({packet->stream_index, static_cast<double>(packet->dts) * base,
                                    static_cast<double>(packet->duration) * base,
                                    (packet->flags & AV_PKT_FLAG_KEY) != 0,
                                    base::Bytes(packet->data, packet->data + packet->size)});
            av_packet_unref(packet.get());
        }
        avformat_close_input(&context);
    }
    av_freep(&io->buffer);
    avio_context_free(&io);
    return file;
}

/// The NAL units of a packet with start codes (Annex B) or with 4-byte lengths (MP4); parameter sets left
/// out.
inline std::vector<base::Bytes> nalUnits(std::span<const std::uint8_t> data, bool is_mp4) {
    std::vector<base::Bytes> units;
    const auto add = [&units](std::span<const std::uint8_t> unit) {
        const int type = unit.empty() ? 0 : unit[0] & 0x1f;
        if (type != 0 && type != 7 && type != 8 && type != 6) units.emplace_back(unit.begin(), unit.end());
    };
    if (is_mp4) {
        for (std::size_t at = 0; at + 4 <= data.size();) {
            const std::size_t size = static_cast<std::size_t>(data[at]) << 24U | data[at + 1] << 16U |
                                     data[at + 2] << 8U | data[at + 3];
            add(data.subspan(at + 4, std::min(size, data.size() - at - 4)));
            at += 4 + size;
        }
        return units;
    }
    std::size_t begin = data.size();
    for (std::size_t at = 0; at + 3 <= data.size(); ++at) {
        if (data[at] != 0 || data[at + 1] != 0 || data[at + 2] != 1) continue;
        if (begin < at) add(data.subspan(begin, at - begin - (at > begin && data[at - 1] == 0 ? 1 : 0)));
        begin = at + 3;
        at += 2;
    }
    if (begin < data.size()) add(data.subspan(begin));
    return units;
}

}  // namespace porchlight::test
