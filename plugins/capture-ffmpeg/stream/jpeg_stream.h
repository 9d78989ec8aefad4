/// MJPEG over HTTP as libavformat wants it, made of what cameras send.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "jpeg_finder.h"
#include "libav/libav.h"

namespace porchlight::ffmpeg {

struct CloseIo {
    void operator()(AVIOContext* io) const noexcept { avio_close(io); }
};
using IoPtr = std::unique_ptr<AVIOContext, CloseIo>;

/// The content type of an answer without its parameters, in small letters; empty: none is known.
std::string contentType(AVIOContext& answer);

/// Whether such an answer is a stream of pictures, in parts or one after the other. Pure.
bool isJpegStream(const std::string& content_type) noexcept;

/// Reads pictures from an answer and gives each as a part of correct multipart. libav's demuxer for it
/// (mpjpeg) takes no other: a boundary that comes late, another content type or a wrong length would end it.
/// Owns: the answer, and the context that is read from. Thread: thread-bound (reader).
class JpegStream {
  public:
    /// Throws Error(Exhausted).
    explicit JpegStream(IoPtr answer);
    ~JpegStream();
    JpegStream(const JpegStream&) = delete;
    JpegStream& operator=(const JpegStream&) = delete;

    /// For AVFormatContext::pb.
    AVIOContext* io() const noexcept { return io_; }

  private:
    static int read(void* self, std::uint8_t* to, int size) noexcept;
    int fill();

    IoPtr answer_;
    AVIOContext* io_ = nullptr;
    JpegFinder finder_;
    std::vector<std::uint8_t> part_;  ///< being given out
    std::size_t given_ = 0;           ///< of part_
};

}  // namespace porchlight::ffmpeg
