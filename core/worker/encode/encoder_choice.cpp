#include "worker/encode/encoder_choice.h"

#include "base/log.h"
#include "porchlight/error.h"
#include "worker/encode/hardware_encoder.h"
#include "worker/encode/x264_encoder.h"

namespace porchlight::worker {
namespace {

constexpr seconds kTrial{4};

EncoderChoice::Hardware hardwareHere() {
    return {[] { return nodesThatMayEncode(); },
            [](const std::string& node) { return std::make_unique<M2mNode>(node); }};
}

}  // namespace

EncoderChoice::EncoderChoice(std::string why_no_hardware)
    : hardware_(hardwareHere()),
      why_none_(std::move(why_no_hardware)),
      is_software_only_(!why_none_.empty()) {}

EncoderChoice::EncoderChoice(Hardware hardware) : hardware_(std::move(hardware)) {}

void EncoderChoice::tell(std::string text) {
    if (text == told_) return;
    told_ = std::move(text);
    base::logInfo("record", "pictures are encoded by " + told_);
}

std::unique_ptr<Encoder> EncoderChoice::tryNode(const std::string& node, const EncoderWish& wish) {
    const auto began_at = Monotonic::now();
    {
        HardwareEncoder trial(hardware_.open(node), wish);
        tryEncoder(trial, wish, Deadline::in(kTrial));
    }
    const auto took = std::chrono::duration_cast<milliseconds>(Monotonic::now() - began_at).count();
    auto encoder = std::make_unique<HardwareEncoder>(hardware_.open(node), wish);
    base::logInfo("record",
                  encoder->name() + ": test pictures came back right in " + std::to_string(took) + " ms");
    return encoder;
}

std::unique_ptr<Encoder> EncoderChoice::makeHardware(const EncoderWish& wish) {
    if (is_software_only_) return nullptr;
    if (wish.width_px != width_px_ || wish.height_px != height_px_) {
        node_.clear();
        why_none_.clear();
        width_px_ = wish.width_px;
        height_px_ = wish.height_px;
    }
    if (!node_.empty()) {
        try {
            return std::make_unique<HardwareEncoder>(hardware_.open(node_), wish);
        } catch (const Error& error) {
            why_none_ = node_ + ": " + error.what();
            node_.clear();
        }
    }
    if (!why_none_.empty()) return nullptr;
    for (const std::string& node : hardware_.nodes()) {
        try {
            auto encoder = tryNode(node, wish);
            node_ = node;
            why_none_.clear();
            return encoder;
        } catch (const Error& error) {
            if (std::string_view(error.what()) != M2mCodec::kNoEncoder)
                why_none_ += (why_none_.empty() ? "" : "; ") + node + ": " + error.what();
        }
    }
    if (why_none_.empty()) why_none_ = "no hardware encoder here";
    return nullptr;
}

std::unique_ptr<Encoder> EncoderChoice::make(const EncoderWish& wish) {
    if (auto encoder = makeHardware(wish)) {
        tell(encoder->name());
        return encoder;
    }
    auto encoder = std::make_unique<X264Encoder>(wish);
    tell(encoder->name() + " (" + why_none_ + ")");
    return encoder;
}

void EncoderChoice::giveUp(const std::string& why) {
    is_software_only_ = true;
    why_none_ = "given up: " + why;
    base::logWarning("record", "the hardware encoder failed: " + why);
}

}  // namespace porchlight::worker
