#include "arrival_tape.h"

extern "C" {
#include <libavutil/mem.h>
}

#include <cerrno>
#include <new>
#include <utility>

#include "porchlight/error.h"

namespace porchlight::ffmpeg {
namespace {

constexpr int kReadBytes = 32 << 10;

}  // namespace

void ArrivalMarks::note(std::int64_t bytes, Monotonic::time_point at) {
    end_ += bytes;
    marks_.push_back({end_, at});
    if (marks_.size() > kMost) marks_.pop_front();
}

std::optional<Monotonic::time_point> ArrivalMarks::at(std::int64_t position) {
    if (position < 0) return std::nullopt;
    while (!marks_.empty() && marks_.front().end <= position) marks_.pop_front();
    return marks_.empty() ? std::nullopt : std::optional(marks_.front().at);
}

ArrivalTape::ArrivalTape(IoPtr answer) : answer_(std::move(answer)) {
    auto* buffer = static_cast<std::uint8_t*>(av_malloc(kReadBytes));
    if (buffer != nullptr)
        io_ = avio_alloc_context(buffer, kReadBytes, 0, this, &ArrivalTape::read, nullptr, nullptr);
    if (io_ != nullptr) return;
    av_free(buffer);
    throw Error(ErrorKind::Exhausted, "open a stream over HTTP: out of memory");
}

ArrivalTape::~ArrivalTape() {
    av_freep(&io_->buffer);  // libav may have exchanged it
    avio_context_free(&io_);
}

int ArrivalTape::read(void* self, std::uint8_t* to, int size) noexcept {
    ArrivalTape& tape = *static_cast<ArrivalTape*>(self);
    const int result = avio_read_partial(tape.answer_.get(), to, size);
    if (result <= 0) return result == 0 ? AVERROR_EOF : result;
    try {
        tape.marks_.note(result, Monotonic::now());
    } catch (const std::bad_alloc&) {
        return AVERROR(ENOMEM);
    }
    return result;
}

}  // namespace porchlight::ffmpeg
