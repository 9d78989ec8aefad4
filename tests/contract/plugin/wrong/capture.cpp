// A capture plugin that says nothing about itself but that it is one.
#include "porchlight/plugin.h"

namespace {

class NoCamera final : public porchlight::CaptureSource {
  public:
    porchlight::SourceInfo open(const porchlight::Settings&, porchlight::Deadline) override { return {}; }
    porchlight::ReadStatus read(porchlight::Sample&, porchlight::Deadline) override {
        return porchlight::ReadStatus::Timeout;
    }
    porchlight::StreamFormat format() const override { return {}; }
    void interrupt() noexcept override {}
};

constexpr porchlight::SettingSpec kSettings[] = {
    {"url", porchlight::SettingType::Url, 1, "", 0, 0, "", "http|gopher", "An address."}};

}  // namespace

PORCHLIGHT_CAPTURE_PLUGIN("silent", "1.0", "Says nothing", "", kSettings, NoCamera)
