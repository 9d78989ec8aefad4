#include "blobs.h"

#include <algorithm>
#include <cstring>

namespace porchlight::motion {
namespace {

/// Of 16: less is a speck.
constexpr int kMinCellPx = 6;

/// Sums of each column over the rows of a row of cells: at most kCellPx.
void sumRows(const cv::Mat& mask, int top, std::uint8_t* __restrict sums) {
    const int height = std::min(kCellPx, mask.rows - top);
    std::copy_n(mask.ptr<std::uint8_t>(top), mask.cols, sums);
    for (int y = top + 1; y < top + height; ++y) {
        const std::uint8_t* __restrict pixel = mask.ptr<std::uint8_t>(y);
        for (int x = 0; x < mask.cols; ++x) sums[x] = static_cast<std::uint8_t>(sums[x] + pixel[x]);
    }
}

/// Adds the columns of each cell; `sums` is padded with zeros to whole cells.
void sumColumns(const std::uint8_t* __restrict sums, std::uint8_t* __restrict out, int columns) {
    static_assert(kCellPx == 4, "a cell is one 32-bit word wide");
    for (int column = 0; column < columns; ++column) {
        std::uint32_t four;
        std::memcpy(&four, sums + column * kCellPx, sizeof four);
        out[column] = static_cast<std::uint8_t>((four * 0x01010101U) >> 24U);  // the sum of its bytes
    }
}

}  // namespace

void CellGrid::resize(int width_px, int height_px) {
    columns_ = (width_px + kCellPx - 1) / kCellPx;
    rows_ = (height_px + kCellPx - 1) / kCellPx;
    const auto cells = static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_);
    changed_.assign(cells, 0);
    moving_.assign(cells, 0);
    is_open_.assign(cells, 0);
    sums_.assign(static_cast<std::size_t>(columns_) * kCellPx, 0);
}

void CellGrid::count(const cv::Mat& changed, const cv::Mat& moving,
                     const std::vector<std::uint8_t>& is_watched) {
    active_cells_ = 0;
    for (int row = 0; row < rows_; ++row) {
        const auto start = static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_);
        sumRows(changed, row * kCellPx, sums_.data());
        sumColumns(sums_.data(), &changed_[start], columns_);
        sumRows(moving, row * kCellPx, sums_.data());
        sumColumns(sums_.data(), &moving_[start], columns_);
    }
    for (std::size_t cell = 0; cell < changed_.size(); ++cell) {
        is_open_[cell] = changed_[cell] >= kMinCellPx && is_watched[cell] != 0 ? 1 : 0;
        active_cells_ += is_open_[cell];
    }
}

Blob CellGrid::grow(int seed) {
    Blob blob;
    blob.box = {columns_, rows_, 0, 0};
    stack_.assign(1, seed);
    is_open_[static_cast<std::size_t>(seed)] = 0;
    while (!stack_.empty()) {
        const int cell = stack_.back();
        stack_.pop_back();
        const int x = cell % columns_;
        const int y = cell / columns_;
        blob.cells.push_back(cell);
        blob.changed_px += changed_[static_cast<std::size_t>(cell)];
        blob.moving_px += moving_[static_cast<std::size_t>(cell)];
        blob.box = {std::min(blob.box.left, x), std::min(blob.box.top, y), std::max(blob.box.right, x + 1),
                    std::max(blob.box.bottom, y + 1)};
        for (int ny = std::max(y - 1, 0); ny <= std::min(y + 1, rows_ - 1); ++ny)
            for (int nx = std::max(x - 1, 0); nx <= std::min(x + 1, columns_ - 1); ++nx) {
                const int next = ny * columns_ + nx;
                if (is_open_[static_cast<std::size_t>(next)] == 0) continue;
                is_open_[static_cast<std::size_t>(next)] = 0;
                stack_.push_back(next);
            }
    }
    return blob;
}

std::vector<Blob> CellGrid::blobs(int min_px) {
    std::vector<Blob> found;
    for (std::size_t cell = 0; active_cells_ > 0 && cell < is_open_.size(); ++cell) {
        if (is_open_[cell] == 0) continue;
        Blob blob = grow(static_cast<int>(cell));
        if (blob.changed_px >= min_px) found.push_back(std::move(blob));
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const Blob& a, const Blob& b) { return a.changed_px > b.changed_px; });
    return found;
}

}  // namespace porchlight::motion
