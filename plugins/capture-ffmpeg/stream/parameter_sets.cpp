#include "parameter_sets.h"

#include <vector>

#include "bit_reader.h"
#include "porchlight/nal.h"

namespace porchlight::ffmpeg {
namespace {

using Bytes = std::span<const std::uint8_t>;

void skipScalingList(BitReader& in, int size) {
    int last = 8;
    for (int i = 0, next = 8; i < size; ++i) {
        if (next != 0) next = (last + in.se()) & 0xFF;
        if (next != 0) last = next;
    }
}

void skipH264Hrd(BitReader& in) {
    const std::uint32_t count = in.ue() + 1;
    in.skip(8);
    for (std::uint32_t i = 0; i < count && i < 32; ++i) {
        in.ue();
        in.ue();
        in.skip(1);
    }
    in.skip(20);
}

void readH264Vui(BitReader& in, PictureFacts& facts) {
    if (in.flag() && in.bits(8) == 255) in.skip(32);  // sample aspect ratio
    if (in.flag()) in.skip(1);                        // overscan
    if (in.flag()) {                                  // video signal type
        in.skip(4);
        if (in.flag()) in.skip(24);
    }
    if (in.flag()) {  // chroma location
        in.ue();
        in.ue();
    }
    if (in.flag()) {  // timing
        const std::uint32_t units = in.bits(32);
        const std::uint32_t scale = in.bits(32);
        in.skip(1);
        if (units > 0) facts.rate_hz = static_cast<double>(scale) / (2.0 * units);
    }
    const bool has_nal_hrd = in.flag();
    if (has_nal_hrd) skipH264Hrd(in);
    const bool has_vcl_hrd = in.flag();
    if (has_vcl_hrd) skipH264Hrd(in);
    if (has_nal_hrd || has_vcl_hrd) in.skip(1);
    in.skip(1);
    if (!in.flag()) return;  // bitstream restriction
    in.skip(1);
    for (int i = 0; i < 4; ++i) in.ue();
    facts.may_reorder = in.ue() > 0;
    facts.is_order_told = true;
}

bool isHighProfile(std::uint32_t profile) noexcept {
    for (const std::uint32_t high :
         {100U, 110U, 122U, 244U, 44U, 83U, 86U, 118U, 128U, 138U, 139U, 134U, 135U})
        if (profile == high) return true;
    return false;
}

std::uint32_t readH264Chroma(BitReader& in) {
    const std::uint32_t chroma = in.ue();
    if (chroma == 3) in.skip(1);
    in.ue();
    in.ue();
    in.skip(1);
    if (in.flag())
        for (int i = 0; i < (chroma == 3 ? 12 : 8); ++i)
            if (in.flag()) skipScalingList(in, i < 6 ? 16 : 64);
    return chroma;
}

PictureFacts readH264(Bytes sps) {
    const std::vector<std::uint8_t> said = nal::withoutEscapes(sps.subspan(nal::headerBytes(Codec::H264)));
    BitReader in(said);
    PictureFacts facts;
    const std::uint32_t profile = in.bits(8);
    in.skip(16);
    in.ue();
    const std::uint32_t chroma = isHighProfile(profile) ? readH264Chroma(in) : 1;
    in.ue();
    const std::uint32_t order_type = in.ue();
    if (order_type == 0) in.ue();
    if (order_type == 1) {
        in.skip(1);
        in.se();
        in.se();
        for (std::uint32_t i = in.ue(); i > 0; --i) in.se();
    }
    in.ue();
    in.skip(1);
    const std::uint32_t width_mbs = in.ue() + 1;
    const std::uint32_t height_units = in.ue() + 1;
    const bool is_frame_only = in.flag();
    if (!is_frame_only) in.skip(1);
    in.skip(1);
    std::uint32_t crop[4] = {};
    if (in.flag())
        for (std::uint32_t& side : crop) side = in.ue();
    const std::uint32_t field = is_frame_only ? 1 : 2;
    const std::uint32_t unit_x = chroma == 1 || chroma == 2 ? 2 : 1;
    const std::uint32_t unit_y = (chroma == 1 ? 2 : 1) * field;
    facts.width_px = static_cast<int>(width_mbs * 16 - unit_x * (crop[0] + crop[1]));
    facts.height_px = static_cast<int>(height_units * 16 * field - unit_y * (crop[2] + crop[3]));
    // Most cameras that say nothing about reordering do none; order type 2 and Baseline rule it out.
    if (in.flag()) readH264Vui(in, facts);
    if (order_type == 2 || profile == 66) {
        facts.may_reorder = false;
        facts.is_order_told = true;
    }
    return facts;
}

PictureFacts readH265(Bytes sps) {
    const std::vector<std::uint8_t> said = nal::withoutEscapes(sps.subspan(nal::headerBytes(Codec::H265)));
    BitReader in(said);
    PictureFacts facts;
    in.skip(4);
    const std::uint32_t sub_layers = in.bits(3);
    in.skip(1 + 88 + 8);  // nesting flag; general profile, tier and level
    bool has_profile[8] = {};
    bool has_level[8] = {};
    for (std::uint32_t i = 0; i < sub_layers; ++i) {
        has_profile[i] = in.flag();
        has_level[i] = in.flag();
    }
    if (sub_layers > 0) in.skip(2 * (8 - sub_layers));
    for (std::uint32_t i = 0; i < sub_layers; ++i)
        in.skip((has_profile[i] ? 88 : 0) + (has_level[i] ? 8 : 0));
    in.ue();
    const std::uint32_t chroma = in.ue();
    if (chroma == 3) in.skip(1);
    std::uint32_t width = in.ue();
    std::uint32_t height = in.ue();
    if (in.flag()) {
        const std::uint32_t unit_x = chroma == 1 || chroma == 2 ? 2 : 1;
        const std::uint32_t unit_y = chroma == 1 ? 2 : 1;
        width -= unit_x * in.ue();
        width -= unit_x * in.ue();
        height -= unit_y * in.ue();
        height -= unit_y * in.ue();
    }
    facts.width_px = static_cast<int>(width);
    facts.height_px = static_cast<int>(height);
    for (int i = 0; i < 3; ++i) in.ue();  // bit depths, picture order count
    for (std::uint32_t i = in.flag() ? 0 : sub_layers; i <= sub_layers; ++i) {
        in.ue();
        facts.may_reorder = in.ue() > 0;
        in.ue();
    }
    facts.is_order_told = true;
    return facts;
}

std::optional<PictureFacts> readJpeg(Bytes data) {
    for (std::size_t i = 2; i + 9 < data.size() && data[i] == 0xFF;) {
        const std::uint8_t marker = data[i + 1];
        if (marker == 0xFF) {
            ++i;
            continue;
        }
        if (marker >= 0xC0 && marker <= 0xC3)
            return PictureFacts{data[i + 7] * 256 + data[i + 8], data[i + 5] * 256 + data[i + 6], false, true,
                                0};
        i += 2U + data[i + 2] * 256U + data[i + 3];
    }
    return std::nullopt;
}

bool isPlausible(const PictureFacts& facts) noexcept {
    return facts.width_px >= 16 && facts.height_px >= 16 && facts.width_px <= 16384 &&
           facts.height_px <= 16384;
}

}  // namespace

std::optional<PictureFacts> pictureFacts(Codec codec, Bytes data) {
    std::optional<PictureFacts> facts;
    try {
        if (codec == Codec::Mjpeg) facts = readJpeg(data);
        const Bytes sps = codec == Codec::Mjpeg ? Bytes() : nal::firstOf(codec, data, nal::Kind::Sps);
        if (codec == Codec::H264 && sps.size() > 4) facts = readH264(sps);
        if (codec == Codec::H265 && sps.size() > 14) facts = readH265(sps);
    } catch (const Truncated&) {
        return std::nullopt;
    }
    if (facts && !isPlausible(*facts)) return std::nullopt;
    return facts;
}

std::vector<std::uint8_t> parameterSetsIn(Codec codec, Bytes data) {
    std::vector<std::uint8_t> out;
    for (const nal::Kind kind : {nal::Kind::Vps, nal::Kind::Sps, nal::Kind::Pps}) {
        const Bytes set = nal::firstOf(codec, data, kind);
        if (set.empty()) continue;
        out.insert(out.end(), {0, 0, 0, 1});
        out.insert(out.end(), set.begin(), set.end());
    }
    return out;
}

}  // namespace porchlight::ffmpeg
