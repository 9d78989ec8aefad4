/// libav's C headers and the owners of its objects, in one place.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/dict.h>
}

#include <memory>
#include <string>

namespace porchlight::ffmpeg {

struct FreeInput {
    void operator()(AVFormatContext* context) const noexcept { avformat_close_input(&context); }
};
struct FreePacket {
    void operator()(AVPacket* packet) const noexcept { av_packet_free(&packet); }
};

using InputPtr = std::unique_ptr<AVFormatContext, FreeInput>;
using PacketPtr = std::unique_ptr<AVPacket, FreePacket>;

/// Owns an option dictionary; what is left in it after an open was not understood.
class Options {
  public:
    Options() = default;
    Options(const Options&) = delete;
    Options& operator=(const Options&) = delete;
    ~Options() { av_dict_free(&dictionary_); }

    void set(const char* name, const char* value) noexcept { av_dict_set(&dictionary_, name, value, 0); }
    void set(const char* name, long long value) noexcept { av_dict_set_int(&dictionary_, name, value, 0); }
    AVDictionary** inOut() noexcept { return &dictionary_; }

    /// The names left, separated by commas; empty when all were taken.
    std::string names() const {
        std::string out;
        const AVDictionaryEntry* entry = nullptr;
        while ((entry = av_dict_get(dictionary_, "", entry, AV_DICT_IGNORE_SUFFIX)) != nullptr)
            out += (out.empty() ? "" : ", ") + std::string(entry->key);
        return out;
    }

  private:
    AVDictionary* dictionary_ = nullptr;
};

}  // namespace porchlight::ffmpeg
