// One small detect plugin; macros break it in one way each.
#include "porchlight/plugin.h"

#ifdef WRONG_SYMBOL
extern "C" int porchlight_function_that_nobody_has();
#endif

namespace {

class Nothing final : public porchlight::Detector {
  public:
    void configure(const porchlight::Settings&) override {}
    int preferredWidthPx() const noexcept override { return 320; }
    porchlight::Detection analyse(const porchlight::LumaPicture&) override {
#ifdef WRONG_SYMBOL
        porchlight_function_that_nobody_has();
#endif
        return {};
    }
    void reset() noexcept override {}
};

constexpr porchlight::SettingSpec kSettings[] = {
    {"level", porchlight::SettingType::Integer, 0, "", 1, 9, "5", "", "A number."}};

#ifdef WRONG_CRASH
struct Crash {
    Crash() { __builtin_trap(); }
} crash;
#endif

constexpr porchlight::PluginStamp stamp() {
    auto out = porchlight::makeStamp(porchlight::PluginKind::Detect, "nothing", "1.0", "Detects nothing",
                                     "nothing 1.0", kSettings);
#ifdef WRONG_ABI
    out.abi = porchlight::kPluginAbi + 6;
#endif
#ifdef OLD_ABI
    out.abi = porchlight::kPluginAbi - 1;
    out.stamp_size_bytes = 512;
#endif
#ifdef WRONG_TRAITS
    out.capture.confinement = porchlight::Confinement::DeviceWithPrograms;
#endif
#ifdef WRONG_SIZES
    out.sizes_digest ^= 1;
#endif
    return out;
}

}  // namespace

extern "C" PORCHLIGHT_EXPORT constinit const porchlight::PluginStamp porchlight_plugin_stamp = stamp();
extern "C" PORCHLIGHT_EXPORT void* porchlight_plugin_create() noexcept {
    return static_cast<porchlight::Detector*>(new Nothing());
}
