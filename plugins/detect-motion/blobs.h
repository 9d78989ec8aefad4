/// Connected changed areas on a grid of cells, and how long each has been there.
#pragma once

#include <cstdint>
#include <deque>
#include <opencv2/core.hpp>
#include <vector>

namespace porchlight::motion {

inline constexpr int kCellPx = 4;

/// A box of cells, ends excluded.
struct Box {
    int left = 0;
    int top = 0;
    int right = 0;
    int bottom = 0;
};

struct Blob {
    Box box;                 ///< in cells
    std::vector<int> cells;  ///< indices, row by row
    int changed_px = 0;
    int moving_px = 0;
};

/// Counts of changed pixels in cells of 4 x 4 pixels; the last column and row may be cut.
/// **Thread**: thread-bound.
class CellGrid {
  public:
    void resize(int width_px, int height_px);
    int columns() const noexcept { return columns_; }
    int rows() const noexcept { return rows_; }
    std::size_t size() const noexcept { return changed_.size(); }

    /// Counts mask pixels; cells for which `is_watched` is 0 stay empty.
    void count(const cv::Mat& changed, const cv::Mat& moving, const std::vector<std::uint8_t>& is_watched);

    /// Cells with at least kMinCellPx changed pixels, joined over all eight neighbours, of at least `min_px`;
    /// largest first.
    std::vector<Blob> blobs(int min_px);

    int activeCells() const noexcept { return active_cells_; }

  private:
    Blob grow(int seed);

    int columns_ = 0;
    int rows_ = 0;
    int active_cells_ = 0;
    std::vector<std::uint8_t> changed_;
    std::vector<std::uint8_t> moving_;
    std::vector<std::uint8_t> is_open_;
    std::vector<std::uint8_t> sums_;  // of a row of cells, column by column of pixels; the last are padding
    std::vector<int> stack_;
};

/// A blob followed from picture to picture.
struct Track {
    Box box;
    std::uint32_t history = 0;  ///< bit n: it was there and moved n pictures ago
    int age = 0;                ///< pictures since it was first seen
    bool is_matched = false;
};

}  // namespace porchlight::motion
