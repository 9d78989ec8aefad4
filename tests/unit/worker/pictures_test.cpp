extern "C" {
#include <libavformat/avformat.h>
}

#include <turbojpeg.h>

#include <fstream>

#include "clip.h"
#include "support/catch.h"
#include "support/folder.h"
#include "worker/analyse/decoder.h"
#include "worker/picture/jpeg.h"
#include "worker/picture/luma_scaler.h"

namespace pictures_test {

using namespace porchlight;
using namespace porchlight::test;

namespace {

/// Mean absolute difference of two lumas of the same size.
double difference(const LumaPicture& a, const LumaPicture& b) {
    double sum = 0;
    for (int y = 0; y < a.height_px; ++y)
        for (int x = 0; x < a.width_px; ++x)
            sum += std::abs(a.data[y * a.stride_bytes + x] - b.data[y * b.stride_bytes + x]);
    return sum / a.width_px / a.height_px;
}

base::Bytes bytesOf(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

int boxMean(const Picture& picture, int divisor, int x, int y, int step) {
    int sum = 0;
    for (int dy = 0; dy < divisor; ++dy)
        for (int dx = 0; dx < divisor; ++dx)
            sum +=
                picture.planes[0][(y * divisor + dy) * picture.strides_bytes[0] + (x * divisor + dx) * step];
    return (sum + divisor * divisor / 2) / (divisor * divisor);
}

}  // namespace

TEST_CASE("the divisor leaves at least the wanted width", "[worker]") {
    CHECK(worker::LumaScaler::divisorFor(1280, 320) == 4);
    CHECK(worker::LumaScaler::divisorFor(1920, 320) == 6);
    CHECK(worker::LumaScaler::divisorFor(640, 320) == 2);
    CHECK(worker::LumaScaler::divisorFor(639, 320) == 1);
    CHECK(worker::LumaScaler::divisorFor(160, 320) == 1);
    CHECK(worker::LumaScaler::divisorFor(640, 0) == 1);
}

TEST_CASE("luma is the mean of its box at every divisor", "[worker]") {
    const int divisor = GENERATE(2, 3, 4, 5, 6, 8);
    const Picture picture = makePicture(322, 246, 3);
    worker::LumaScaler scaler;
    const LumaPicture luma = scaler.scale(picture, divisor);
    CHECK(luma.width_px == 322 / divisor);
    CHECK(luma.height_px == 246 / divisor);
    int worst = 0;
    for (int y = 0; y < luma.height_px; ++y)
        for (int x = 0; x < luma.width_px; ++x)
            worst = std::max(
                worst, std::abs(luma.data[y * luma.stride_bytes + x] - boxMean(picture, divisor, x, y, 1)));
    CHECK(worst <= 1);  // each 2x2 step rounds
}

TEST_CASE("packed pictures give the same luma; divisor 1 of a plane is borrowed", "[worker]") {
    const Picture planar = makePicture(64, 48, 1);
    std::vector<std::uint8_t> packed(64 * 48 * 2, 128);
    for (int i = 0; i < 64 * 48; ++i) packed[static_cast<std::size_t>(2 * i)] = planar.planes[0][i];
    Picture yuyv = planar;
    yuyv.format = PixelFormat::Yuyv;
    yuyv.planes = {packed.data(), nullptr, nullptr};
    yuyv.strides_bytes = {128, 0, 0};
    worker::LumaScaler a;
    worker::LumaScaler b;
    for (const int divisor : {1, 2, 4})
        CHECK(difference(a.scale(planar, divisor), b.scale(yuyv, divisor)) == 0);
    CHECK(a.scale(planar, 1).data == planar.planes[0]);
}

TEST_CASE("decoding gives every picture back in order", "[worker]") {
    const bool is_cheap = GENERATE(false, true);
    const Clip clip = GENERATE(makeClip(320, 240, 30, 10), withoutExtradata(makeClip(320, 240, 30, 10)));
    worker::Decoder decoder(clip.format);
    decoder.setCheap(is_cheap);
    std::vector<std::int64_t> stamps;
    double worst = 0;
    const worker::Decoder::Sink sink = [&](Picture&& picture) {
        const Picture original = makePicture(320, 240, static_cast<int>(stamps.size()));
        worker::LumaScaler a;
        worker::LumaScaler b;
        worst = std::max(worst, difference(a.scale(picture, 1), b.scale(original, 1)));
        stamps.push_back(picture.pts_us);
    };
    for (const Packet& packet : clip.packets) decoder.decode(packet, sink);
    decoder.drain(sink);
    REQUIRE(stamps.size() == 30);
    for (std::size_t i = 0; i < stamps.size(); ++i) CHECK(stamps[i] == clip.packets[i].pts_us);
    CHECK(worst < 6);
    CHECK(decoder.badPackets() == 0);
}

TEST_CASE("pictures of ten bits or with chroma in every pixel decode to what ffmpeg makes of them",
          "[worker]") {
    const char* format = GENERATE("yuv420p10le", "yuv444p", "yuv444p10le", "yuvj444p", "yuv422p10le");
    const Folder folder;
    const std::string file = folder / "clip.mp4";
    const std::string gray = folder / "clip.gray";
    const auto run = [](const std::string& words) {
        return std::system(("ffmpeg -nostdin -v error " + words).c_str());  // NOLINT(cert-env33-c)
    };
    REQUIRE(run("-f lavfi -i testsrc2=s=320x240:r=5:d=2 -c:v libx264 -preset ultrafast -bf 0 -g 5 -pix_fmt " +
                std::string(format) + " " + file) == 0);
    // Depth alone is reduced, not the range: the luma is the same number.
    REQUIRE(run("-i " + file + " -vf extractplanes=y,format=gray -f rawvideo " + gray) == 0);
    const base::Bytes wanted = bytesOf(gray);
    CAPTURE(format);
    REQUIRE(wanted.size() == 10U * 320 * 240);

    AVFormatContext* context = nullptr;
    REQUIRE(avformat_open_input(&context, file.c_str(), nullptr, nullptr) == 0);
    const AVCodecParameters& parameters = *context->streams[0]->codecpar;
    StreamFormat stream;
    stream.video = Codec::H264;
    stream.width_px = parameters.width;
    stream.height_px = parameters.height;
    stream.extradata.assign(parameters.extradata, parameters.extradata + parameters.extradata_size);
    worker::Decoder decoder(stream);
    std::size_t pictures = 0;
    int worst = 0;
    const worker::Decoder::Sink sink = [&](Picture&& picture) {
        CHECK(picture.format == PixelFormat::I420);
        for (int y = 0; y < 240; ++y)
            for (int x = 0; x < 320; ++x) {
                const int is = picture.planes[0][y * picture.strides_bytes[0] + x];
                const int must = wanted[pictures * 320 * 240 + static_cast<std::size_t>(y * 320 + x)];
                worst = std::max(worst, std::abs(is - must));
            }
        ++pictures;
    };
    const worker::AvPacket raw(av_packet_alloc());
    while (av_read_frame(context, raw.get()) >= 0) {
        Packet packet;
        packet.data = {raw->data, static_cast<std::size_t>(raw->size)};
        packet.is_key = (raw->flags & AV_PKT_FLAG_KEY) != 0;
        decoder.decode(packet, sink);
        av_packet_unref(raw.get());
    }
    decoder.drain(sink);
    avformat_close_input(&context);
    CHECK(pictures == 10);
    CHECK(decoder.badPackets() == 0);
    CHECK(worst <= 2);
}

TEST_CASE("a decoder starts at a keyframe and counts garbage instead of throwing", "[worker]") {
    const Clip clip = makeClip(320, 240, 20, 10);
    worker::Decoder decoder(clip.format);
    int pictures = 0;
    const worker::Decoder::Sink sink = [&pictures](Picture&&) { ++pictures; };
    for (std::size_t i = 5; i < 20; ++i) decoder.decode(clip.packets[i], sink);
    CHECK(pictures == 10);
    const std::vector<std::uint8_t> garbage(500, 0x5a);
    Packet bad = clip.packets[0];
    bad.data = garbage;
    decoder.decode(bad, sink);
    CHECK(decoder.badPackets() > 0);
}

TEST_CASE("a JPEG of any chroma is the same picture", "[worker]") {
    const int width = GENERATE(320, 321);
    const int height = GENERATE(240, 241);
    std::vector<unsigned char> rgb;
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            for (const int value : {x * 255 / width, y * 255 / height, 255 - x * 255 / width})
                rgb.push_back(static_cast<unsigned char>(value));
    const tjhandle compressor = tjInitCompress();
    const auto decoded = [&](int subsampling) {
        unsigned char* jpeg = nullptr;
        unsigned long size = 0;
        REQUIRE(tjCompress2(compressor, rgb.data(), width, 0, height, TJPF_RGB, &jpeg, &size, subsampling, 95,
                            0) == 0);
        worker::JpegDecoder decoder;
        Picture picture = decoder.decodePicture({jpeg, size});
        tjFree(jpeg);
        return picture;
    };
    const Picture usual = decoded(TJSAMP_420);
    for (const int subsampling : {TJSAMP_444, TJSAMP_440, TJSAMP_411, TJSAMP_422}) {
        const Picture odd = decoded(subsampling);
        CAPTURE(subsampling, width, height);
        CHECK(odd.format == PixelFormat::I420);
        int worst = 0;
        for (std::size_t i = 0; i < 3; ++i)
            for (int y = 0; y < (i == 0 ? height : (height + 1) / 2); ++y)
                for (int x = 0; x < (i == 0 ? width : (width + 1) / 2); ++x)
                    worst = std::max(worst, std::abs(odd.planes[i][y * odd.strides_bytes[i] + x] -
                                                     usual.planes[i][y * usual.strides_bytes[i] + x]));
        CHECK(worst <= 8);
    }
    tjDestroy(compressor);
}

TEST_CASE("JPEG goes out and comes back, also scaled", "[worker]") {
    const Picture picture = makePicture(640, 480, 2);
    worker::JpegEncoder encoder;
    worker::JpegDecoder decoder;
    const base::Bytes full = encoder.encode(picture, 0, 85);
    CHECK(worker::jpegSize(full).width_px == 640);
    const Picture back = decoder.decodePicture(full);
    worker::LumaScaler a;
    worker::LumaScaler b;
    CHECK(difference(a.scale(back, 1), b.scale(picture, 1)) < 4);

    const base::Bytes small = encoder.encode(picture, 320, 60);
    CHECK(worker::jpegSize(small).width_px == 320);
    CHECK(small.size() < full.size());

    const LumaPicture luma = decoder.decodeLuma(full, 160);
    CHECK(luma.width_px == 160);
    CHECK(difference(luma, b.scale(picture, 4)) < 3);
    CHECK(decoder.decodeLuma(full, 161).width_px == 320);
    CHECK_THROWS_AS(decoder.decodeLuma(base::Bytes(100, 1), 160), Error);
    CHECK(worker::jpegSize(base::Bytes(100, 1)).width_px == 0);
}

TEST_CASE("every picture format becomes a JPEG and H.264 of the same brightness", "[worker]") {
    const PixelFormat format =
        GENERATE(PixelFormat::I420, PixelFormat::Nv12, PixelFormat::Yuyv, PixelFormat::Gray8);
    std::vector<std::uint8_t> bytes(96 * 64 * 2, 90);
    Picture picture;
    picture.format = format;
    picture.width_px = 96;
    picture.height_px = 64;
    picture.planes = {bytes.data(), bytes.data() + 96 * 64, bytes.data() + 96 * 64 * 5 / 4};
    const int stride = format == PixelFormat::Yuyv ? 192 : 96;
    picture.strides_bytes = {stride, format == PixelFormat::Nv12 ? 96 : 48, 48};
    worker::JpegEncoder jpeg;
    worker::JpegDecoder jpeg_decoder;
    const LumaPicture luma = jpeg_decoder.decodeLuma(jpeg.encode(picture, 0, 80), 96);
    CHECK(std::abs(luma.data[1000] - 90) < 3);

    worker::X264Encoder encoder({96, 64, 15, 500, false});
    worker::Decoder decoder(encoder.format());
    int pictures = 0;
    encoder.encode(picture, true, [&](Packet&& packet) {
        CHECK(packet.is_key);
        const worker::Decoder::Sink sink = [&pictures](Picture&& decoded) {
            ++pictures;
            CHECK(std::abs(decoded.planes[0][20 * decoded.strides_bytes[0] + 40] - 90) < 3);
        };
        decoder.decode(packet, sink);
        decoder.drain(sink);
    });
    CHECK(pictures == 1);
}

}  // namespace pictures_test
