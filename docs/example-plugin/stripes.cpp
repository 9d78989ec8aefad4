// A whole capture plugin: grey stripes that wander, 10 pictures a second. docs/plugins.md says what each rule
// is for.
#include <memory>
#include <vector>

#include "porchlight/interrupt.h"
#include "porchlight/plugin.h"

namespace {

using namespace porchlight;

constexpr SettingSpec kSettings[] = {
    {"width", SettingType::Integer, 0, "", 64, 1920, "320", "", "Width of the picture in pixels, even."},
};

class Stripes final : public CaptureSource {
  public:
    SourceInfo open(const Settings& settings, Deadline) override {
        width_px_ = static_cast<int>(settings.integer("width")) / 2 * 2;
        started_at_ = Monotonic::now();
        return {format(), "stripes " + std::to_string(width_px_) + "x240"};
    }

    ReadStatus read(Sample& sample, Deadline deadline) override {
        const auto due = started_at_ + milliseconds(100) * number_;
        if (!interrupt_.sleepUntil(due, deadline)) return ReadStatus::Timeout;
        sample = picture();
        ++number_;
        return ReadStatus::Sample;
    }

    StreamFormat format() const override {
        StreamFormat out;
        out.width_px = width_px_;
        out.height_px = kHeightPx;
        out.rate_hz = 10;
        return out;
    }

    void interrupt() noexcept override { interrupt_.raise(); }

  private:
    static constexpr int kHeightPx = 240;

    Picture picture() const {
        const auto luma = static_cast<std::size_t>(width_px_) * kHeightPx;
        auto bytes = std::make_shared<std::vector<std::uint8_t>>(luma * 3 / 2, std::uint8_t{128});
        for (std::size_t i = 0; i < luma; ++i)
            (*bytes)[i] =
                static_cast<std::uint8_t>((i % static_cast<std::size_t>(width_px_) + number_ * 4) & 0xffU);
        Picture out;
        out.width_px = width_px_;
        out.height_px = kHeightPx;
        out.planes = {bytes->data(), bytes->data() + luma, bytes->data() + luma * 5 / 4};
        out.strides_bytes = {width_px_, width_px_ / 2, width_px_ / 2};
        out.owner = bytes;
        out.pts_us = static_cast<std::int64_t>(number_) * 100'000;
        out.arrived_at = Monotonic::now();
        return out;
    }

    int width_px_ = 0;
    std::uint64_t number_ = 0;
    Monotonic::time_point started_at_{};
    Interrupt interrupt_;
};

}  // namespace

PORCHLIGHT_CAPTURE_PLUGIN("stripes", "1.0", "Grey stripes that wander", "nothing", kSettings, Stripes,
                          .delivers = kDeliversPictures)
