#include "worker/proof/proof.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include "base/fd.h"
#include "base/text.h"
#include "worker/stream/libav.h"

namespace porchlight::worker {
namespace {

constexpr int kProofBlockBytes = 64 * 1024;
constexpr AVRational kProofMicroseconds{1, 1'000'000};
constexpr microseconds kDurationSlack{500'000};
constexpr int kPaddingPx = 63;      ///< of a coded picture without cropping
constexpr int kDurationShare = 50;  ///< a fiftieth, 2 %

/// What does not play, and why.
struct Unplayable {
    std::string why;
};

struct File {
    int fd;
    int error = 0;  ///< errno of a read that failed
};

int readBlock(void* opaque, std::uint8_t* data, int size) noexcept {
    File& file = *static_cast<File*>(opaque);
    for (;;) {
        const ssize_t n = ::read(file.fd, data, static_cast<std::size_t>(size));
        if (n > 0) return static_cast<int>(n);
        if (n == 0) return AVERROR_EOF;
        if (errno == EINTR) continue;
        file.error = errno;
        return AVERROR(errno);
    }
}

std::int64_t seekTo(void* opaque, std::int64_t offset, int whence) noexcept {
    const int fd = static_cast<File*>(opaque)->fd;
    if ((whence & AVSEEK_SIZE) == 0) return ::lseek(fd, offset, whence & ~AVSEEK_FORCE);
    const off_t at = ::lseek(fd, 0, SEEK_CUR);
    const off_t size = ::lseek(fd, 0, SEEK_END);
    ::lseek(fd, at, SEEK_SET);
    return size;
}

/// Not by AV_FRAME_FLAG_CORRUPT: a picture that is refreshed bit by bit has it until it is whole.
bool isDamaged(const AVFrame& frame) noexcept {
    return frame.decode_error_flags != 0;
}

[[noreturn]] void fail(int result, const std::string& what) {
    if (result == AVERROR(ENOMEM)) throw Error(ErrorKind::Exhausted, what + ": out of memory");
    throw Unplayable{what + ": " + libavText(result)};
}

/// One file under another reader. **Owns** what libav allocates for it.
class Reader {
  public:
    Reader(int fd, const ProofWish& wish) : file_{fd}, wish_(wish) {}
    ~Reader() {
        avformat_close_input(&format_);
        if (io_) av_freep(&io_->buffer);
        avio_context_free(&io_);
    }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    Proof run() {
        try {
            open();
            openDecoder();
            while (readOne()) {
            }
            endGroup();
            judge();
        } catch (const Unplayable& unplayable) {
            out_.problem = unplayable.why;
        }
        if (file_.error != 0) out_.problem = base::errnoError("it cannot be read", file_.error).what();
        return out_;
    }

  private:
    void open() {
        ::lseek(file_.fd, 0, SEEK_SET);
        auto* buffer = static_cast<std::uint8_t*>(av_malloc(kProofBlockBytes));
        io_ = avio_alloc_context(needMemory(buffer, "file buffer"), kProofBlockBytes, 0, &file_, readBlock,
                                 nullptr, seekTo);
        format_ = needMemory(avformat_alloc_context(), "file");
        format_->pb = needMemory(io_, "file");
        const AVInputFormat* mp4 = av_find_input_format("mov");
        const int result = avformat_open_input(&format_, "", mp4, nullptr);
        if (result < 0) fail(result, "it cannot be opened");
        stream_ = av_find_best_stream(format_, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
        if (stream_ < 0) throw Unplayable{"there is no video in it"};
        out_.has_audio = av_find_best_stream(format_, AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0) >= 0;
    }

    void openDecoder() {
        const AVCodecParameters* parameters = format_->streams[stream_]->codecpar;
        out_.video = avcodec_get_name(parameters->codec_id);
        const AVCodec* codec = avcodec_find_decoder(parameters->codec_id);
        if (codec == nullptr)
            throw Error(ErrorKind::NotSupported, "libavcodec has no decoder for " + out_.video + " here");
        decoder_.reset(needMemory(avcodec_alloc_context3(codec), "decoder"));
        avcodec_parameters_to_context(decoder_.get(), parameters);
        decoder_->thread_count = 1;
        decoder_->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT;
        const int result = avcodec_open2(decoder_.get(), codec, nullptr);
        if (result < 0) fail(result, "its description is unusable");
        frame_.reset(needMemory(av_frame_alloc(), "picture"));
        packet_.reset(needMemory(av_packet_alloc(), "packet"));
    }

    bool readOne() {
        av_packet_unref(packet_.get());
        const int result = av_read_frame(format_, packet_.get());
        if (result == AVERROR_EOF) return false;
        if (result < 0) fail(result, "it breaks off after " + place());
        if (packet_->stream_index == stream_) takePicture();
        return true;
    }

    void takePicture() {
        const bool is_key = (packet_->flags & AV_PKT_FLAG_KEY) != 0;
        if (out_.pictures == 0 && !is_key) throw Unplayable{"it does not begin with a keyframe"};
        if (wish_.is_whole && is_key && out_.pictures > 0) {
            endGroup();
            avcodec_flush_buffers(decoder_.get());
            has_clean_ = false;
        }
        keepTime();
        ++out_.pictures;
        if (!has_clean_) decode(packet_.get());
    }

    /// What the decoder still holds is of this group.
    void endGroup() {
        if (!has_clean_ && out_.pictures > 0) decode(nullptr);
        ++groups_;
        if (!has_clean_) ++out_.damaged_groups;
    }

    void keepTime() {
        const AVRational base = format_->streams[stream_]->time_base;
        const auto at = [base](std::int64_t ticks) { return av_rescale_q(ticks, base, kProofMicroseconds); };
        const std::int64_t dts_us = at(packet_->dts);
        if (out_.pictures == 0)
            first_us_ = dts_us;
        else if (dts_us <= last_dts_us_)
            throw Unplayable{"time does not go on after " + place()};
        last_dts_us_ = dts_us;
        // libavformat guesses how long a packet lasts from the announced rate; where the track ends it reads.
        const std::int64_t end_us = at(format_->streams[stream_]->duration);
        out_.duration = microseconds((end_us > dts_us ? end_us : dts_us + at(packet_->duration)) - first_us_);
    }

    /// `packet` null: to the end.
    void decode(const AVPacket* packet) {
        const int sent = avcodec_send_packet(decoder_.get(), packet);
        if (sent == AVERROR(ENOMEM)) fail(sent, "decode");
        if (sent < 0 && sent != AVERROR_EOF) last_error_ = libavText(sent);
        while (avcodec_receive_frame(decoder_.get(), frame_.get()) == 0) {
            if (isDamaged(*frame_))
                last_error_ = "damaged";
            else
                takeClean();
            av_frame_unref(frame_.get());
        }
    }

    void takeClean() {
        has_clean_ = true;
        const AVCodecParameters* told = format_->streams[stream_]->codecpar;
        out_.width_px = frame_->width;
        out_.height_px = frame_->height;
        if (isNear(told->width, frame_->width) && isNear(told->height, frame_->height)) return;
        throw Unplayable{"it says " + sizeText(told->width, told->height) + " and its pictures are " +
                         sizeText(frame_->width, frame_->height)};
    }

    void judge() const {
        if (out_.pictures == 0) throw Unplayable{"there is no picture in it"};
        if (out_.damaged_groups == groups_)
            throw Unplayable{"not one picture could be decoded" +
                             (last_error_.empty() ? "" : ": " + last_error_)};
        if (out_.damaged_groups * 2 > groups_)
            throw Unplayable{std::to_string(out_.damaged_groups) + " of " + std::to_string(groups_) +
                             " groups of pictures could not be decoded"};
        if (!wish_.duration) return;
        const microseconds off(std::abs((out_.duration - *wish_.duration).count()));
        if (off > kDurationSlack + *wish_.duration / kDurationShare)
            throw Unplayable{"it lasts " + base::formatDuration(out_.duration) + " where " +
                             base::formatDuration(*wish_.duration) + " passed"};
    }

    static bool isNear(int told_px, int decoded_px) {
        return decoded_px >= told_px && decoded_px <= told_px + kPaddingPx;
    }
    static std::string sizeText(int width_px, int height_px) {
        return std::to_string(width_px) + "x" + std::to_string(height_px);
    }
    std::string place() const { return base::formatDuration(out_.duration); }

    File file_;
    const ProofWish wish_;
    AVFormatContext* format_ = nullptr;
    AVIOContext* io_ = nullptr;
    AvCodecContext decoder_;
    AvFrame frame_;
    AvPacket packet_;
    int stream_ = -1;
    std::int64_t first_us_ = 0;
    std::int64_t last_dts_us_ = 0;
    bool has_clean_ = false;  ///< a picture of this group decoded without damage; the rest is not looked at
    std::uint64_t groups_ = 0;
    std::string last_error_;
    Proof out_;
};

}  // namespace

Proof prove(int fd, const ProofWish& wish) {
    return Reader(fd, wish).run();
}

}  // namespace porchlight::worker
