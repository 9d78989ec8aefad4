#include "worker/analyse/picture_judge.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace porchlight::worker {
namespace {

/// Keyframes come as rarely as every 20 s, of which one may be damaged.
constexpr std::int64_t kFarApartUs = 45'000'000;

constexpr double kBlackMean = 32;
constexpr double kBlackDeviation = 3;
constexpr float kCodedChange = 0.5F;
constexpr int kSampledRows = 90;

std::uint64_t mix(std::uint64_t hash, const std::uint8_t* data, std::size_t size) noexcept {
    for (; size >= 8; data += 8, size -= 8) {
        std::uint64_t word;
        std::memcpy(&word, data, 8);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
        hash ^= hash >> 32U;
    }
    for (; size > 0; ++data, --size) hash = (hash ^ *data) * 0x100000001b3ULL;
    return hash;
}

const std::uint8_t* rowOf(const LumaPicture& luma, int y) noexcept {
    return luma.data + static_cast<std::ptrdiff_t>(y) * luma.stride_bytes;
}

std::uint64_t hashOf(const LumaPicture& luma) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    // Every picture of a live camera differs somewhere in every few rows: noise is everywhere.
    const int step = std::max(1, luma.height_px / kSampledRows);
    for (int y = 0; y < luma.height_px; y += step)
        hash = mix(hash, rowOf(luma, y), static_cast<std::size_t>(luma.width_px));
    return hash;
}

}  // namespace

LumaStatistics statisticsOf(const LumaPicture& luma) noexcept {
    std::uint64_t sum = 0;
    std::uint64_t squares = 0;
    std::uint64_t count = 0;
    const int step = std::max(1, luma.height_px / kSampledRows);
    for (int y = 0; y < luma.height_px; y += step) {
        const std::uint8_t* row = rowOf(luma, y);
        std::uint32_t row_sum = 0;
        std::uint64_t row_squares = 0;
        for (int x = 0; x < luma.width_px; ++x) {
            row_sum += row[x];
            row_squares += static_cast<std::uint32_t>(row[x]) * row[x];
        }
        sum += row_sum;
        squares += row_squares;
        count += static_cast<std::uint64_t>(luma.width_px);
    }
    LumaStatistics out;
    if (count == 0) return out;
    out.mean = static_cast<double>(sum) / static_cast<double>(count);
    out.deviation = std::sqrt(
        std::max(0.0, static_cast<double>(squares) / static_cast<double>(count) - out.mean * out.mean));
    return out;
}

bool isBlack(const LumaStatistics& statistics) noexcept {
    return statistics.mean < kBlackMean && statistics.deviation < kBlackDeviation;
}

PictureJudge::Blocks PictureJudge::blocksOf(const LumaPicture& luma) noexcept {
    Blocks blocks{};
    for (int row = 0; row < kRows; ++row) {
        const int y_begin = luma.height_px * row / kRows;
        const int y_end = std::max(y_begin + 1, luma.height_px * (row + 1) / kRows);
        for (int column = 0; column < kColumns; ++column) {
            const int x_begin = luma.width_px * column / kColumns;
            const int x_end = std::max(x_begin + 1, luma.width_px * (column + 1) / kColumns);
            std::uint64_t sum = 0;
            for (int y = y_begin; y < std::min(y_end, luma.height_px); ++y)
                for (int x = x_begin; x < std::min(x_end, luma.width_px); ++x) sum += rowOf(luma, y)[x];
            blocks[static_cast<std::size_t>(row * kColumns + column)] =
                static_cast<float>(sum) / static_cast<float>((y_end - y_begin) * (x_end - x_begin));
        }
    }
    return blocks;
}

bool PictureJudge::isDistinct(const LumaPicture& luma, bool is_coded) noexcept {
    const bool is_first = !has_reference_ || was_coded_ != is_coded;
    has_reference_ = true;
    was_coded_ = is_coded;
    if (!is_coded) {
        const std::uint64_t before = std::exchange(hash_, hashOf(luma));
        return is_first || before != hash_;
    }
    const Blocks blocks = blocksOf(luma);
    float most = 0;
    for (std::size_t i = 0; i < blocks.size(); ++i)
        most = std::max(most, std::abs(blocks[i] - reference_[i]));
    if (!is_first && most <= kCodedChange) return false;
    reference_ = blocks;
    return true;
}

bool PictureJudge::judge(const LumaPicture& luma, bool is_coded) noexcept {
    const std::int64_t now_us = monotonicUs(Monotonic::now());
    const std::int64_t before_us = progress_.last_judged_us.exchange(now_us);
    const bool is_distinct = isDistinct(luma, is_coded);
    // What nobody looked at between two far looks may have moved and come back: the same proves nothing then.
    if (is_distinct || now_us - before_us > kFarApartUs) progress_.last_distinct_us = now_us;
    const bool is_dark = isBlack(statisticsOf(luma));
    if (!is_dark)
        progress_.black_since_us = 0;
    else if (progress_.black_since_us == 0)
        progress_.black_since_us = now_us;
    return is_distinct && !is_dark;
}

}  // namespace porchlight::worker
