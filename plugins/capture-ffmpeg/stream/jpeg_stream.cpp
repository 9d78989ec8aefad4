#include "jpeg_stream.h"

extern "C" {
#include <libavutil/mem.h>
#include <libavutil/opt.h>
}

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "porchlight/error.h"
#include "porchlight/head.h"

namespace porchlight::ffmpeg {
namespace {

constexpr int kReadBytes = 32 << 10;
constexpr std::size_t kMaxRubbish = 256U << 10U;  ///< then there are no pictures in it

}  // namespace

std::string contentType(AVIOContext& answer) {
    std::uint8_t* text = nullptr;
    if (av_opt_get(&answer, "mime_type", AV_OPT_SEARCH_CHILDREN, &text) < 0 || text == nullptr) return {};
    std::string type(reinterpret_cast<const char*>(text));
    av_free(text);
    type.resize(std::min(type.size(), type.find_first_of("; \t")));
    return lower(type);
}

bool isJpegStream(const std::string& content_type) noexcept {
    return content_type.starts_with("multipart/") || content_type == "image/jpeg" ||
           content_type == "image/jpg" || content_type == "image/pjpeg";
}

JpegStream::JpegStream(IoPtr answer) : answer_(std::move(answer)) {
    auto* buffer = static_cast<std::uint8_t*>(av_malloc(kReadBytes));
    if (buffer != nullptr)
        io_ = avio_alloc_context(buffer, kReadBytes, 0, this, &JpegStream::read, nullptr, nullptr);
    if (io_ != nullptr) return;
    av_free(buffer);
    throw Error(ErrorKind::Exhausted, "open a stream of JPEGs: out of memory");
}

JpegStream::~JpegStream() {
    av_freep(&io_->buffer);  // libav may have exchanged it
    avio_context_free(&io_);
}

/// The next picture into part_. -> an averror, or 0
int JpegStream::fill() {
    std::uint8_t block[kReadBytes];
    while (true) {
        if (const auto picture = finder_.next()) {
            const std::string head = "--picture\r\nContent-Type: image/jpeg\r\nContent-Length: " +
                                     std::to_string(picture->size()) + "\r\n\r\n";
            part_.assign(head.begin(), head.end());
            part_.insert(part_.end(), picture->begin(), picture->end());
            part_.insert(part_.end(), {'\r', '\n'});
            given_ = 0;
            return 0;
        }
        if (finder_.rubbishBytes() > kMaxRubbish) return AVERROR_INVALIDDATA;
        const int size = avio_read_partial(answer_.get(), block, kReadBytes);
        if (size <= 0) return size == 0 ? AVERROR_EOF : size;
        finder_.push({block, static_cast<std::size_t>(size)});
    }
}

int JpegStream::read(void* self, std::uint8_t* to, int size) noexcept {
    JpegStream& stream = *static_cast<JpegStream*>(self);
    try {
        const bool is_empty = stream.given_ == stream.part_.size();
        if (const int result = is_empty ? stream.fill() : 0; result < 0) return result;
    } catch (const std::bad_alloc&) {
        return AVERROR(ENOMEM);
    }
    const std::size_t count = std::min(static_cast<std::size_t>(size), stream.part_.size() - stream.given_);
    std::memcpy(to, stream.part_.data() + stream.given_, count);
    stream.given_ += count;
    return static_cast<int>(count);
}

}  // namespace porchlight::ffmpeg
