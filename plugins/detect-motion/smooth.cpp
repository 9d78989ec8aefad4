#include "smooth.h"

namespace porchlight::motion {
namespace {

void sumRows(const std::uint8_t* __restrict above, const std::uint8_t* __restrict row,
             const std::uint8_t* __restrict below, std::uint16_t* __restrict sums, int width) {
    for (int x = 0; x < width; ++x) sums[x] = static_cast<std::uint16_t>(above[x] + 2 * row[x] + below[x]);
}

void sumColumns(const std::uint16_t* __restrict sums, std::uint8_t* __restrict out, int width) {
    for (int x = 0; x < width; ++x) {
        const auto sum = static_cast<std::uint16_t>(sums[x - 1] + 2 * sums[x] + sums[x + 1] + 8);
        out[x] = static_cast<std::uint8_t>(sum >> 4);
    }
}

std::uint32_t total(const std::uint8_t* row, int width) {
    std::uint32_t sum = 0;
    for (int x = 0; x < width; ++x) sum += row[x];
    return sum;
}

}  // namespace

double Smoother::smooth(const cv::Mat& in, cv::Mat& out) {
    out.create(in.size(), CV_8U);
    sums_.resize(static_cast<std::size_t>(in.cols) + 2);
    std::uint16_t* const sums = sums_.data() + 1;
    std::uint64_t sum = 0;
    for (int y = 0; y < in.rows; ++y) {
        const int above = y > 0 ? y - 1 : 1;
        const int below = y + 1 < in.rows ? y + 1 : in.rows - 2;
        sumRows(in.ptr<std::uint8_t>(above), in.ptr<std::uint8_t>(y), in.ptr<std::uint8_t>(below), sums,
                in.cols);
        sums[-1] = sums[1];
        sums[in.cols] = sums[in.cols - 2];
        sumColumns(sums, out.ptr<std::uint8_t>(y), in.cols);
        sum += total(out.ptr<std::uint8_t>(y), in.cols);
    }
    return static_cast<double>(sum) / (static_cast<double>(in.rows) * in.cols);
}

}  // namespace porchlight::motion
