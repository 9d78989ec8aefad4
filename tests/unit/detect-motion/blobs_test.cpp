// Cells and blobs, drawn as text: one letter is a cell of 4 x 4 pixels.
#include "detect-motion/blobs.h"

#include <string>

#include "support/catch.h"

namespace blobs_test {

using namespace porchlight::motion;

namespace {

using Drawing = std::vector<std::string>;

/// '#': the whole cell changed, 'm': changed and moving, digit n: n of its pixels changed, '.': nothing.
struct Scene {
    explicit Scene(const Drawing& drawing, int cut_px = 0)
        : changed(cv::Mat::zeros(static_cast<int>(drawing.size()) * kCellPx,
                                 static_cast<int>(drawing[0].size()) * kCellPx - cut_px, CV_8U)),
          moving(cv::Mat::zeros(changed.size(), CV_8U)) {
        for (int y = 0; y < changed.rows; ++y)
            for (int x = 0; x < changed.cols; ++x) {
                const char cell =
                    drawing[static_cast<std::size_t>(y / kCellPx)][static_cast<std::size_t>(x / kCellPx)];
                const int index = y % kCellPx * kCellPx + x % kCellPx;
                const bool is_digit = cell >= '0' && cell <= '9';
                changed.at<std::uint8_t>(y, x) =
                    cell == '#' || cell == 'm' || (is_digit && index < cell - '0') ? 1 : 0;
                moving.at<std::uint8_t>(y, x) = cell == 'm' ? 1 : 0;
            }
        grid.resize(changed.cols, changed.rows);
        watched.assign(grid.size(), 1);
    }

    std::vector<Blob> blobs(int min_px) {
        grid.count(changed, moving, watched);
        return grid.blobs(min_px);
    }

    cv::Mat changed;
    cv::Mat moving;
    CellGrid grid;
    std::vector<std::uint8_t> watched;
};

std::vector<int> sizes(const std::vector<Blob>& blobs) {
    std::vector<int> out;
    for (const Blob& blob : blobs) out.push_back(blob.changed_px);
    return out;
}

}  // namespace

TEST_CASE("cells join over all eight neighbours; blobs come largest first", "[blobs]") {
    struct Row {
        Drawing drawing;
        int min_px;
        std::vector<int> sizes;
    };
    const Row rows[] = {
        {{"....", "....", "...."}, 1, {}},
        {{"#...", "....", "...."}, 1, {16}},
        {{"#...", ".#..", "..#."}, 1, {48}},  // diagonal
        {{"#..#", "#...", "..##"}, 1, {32, 32, 16}},
        {{"#..#", "#...", "..##"}, 17, {32, 32}},  // min_px
        {{"#.##", "#.##", "####"}, 1, {160}},
        {{"#.#.", "....", "#.#."}, 1, {16, 16, 16, 16}},
        {{"5...", "....", "...."}, 1, {}},  // a speck
        {{"6...", "....", "...9"}, 1, {9, 6}},
        {{"#5#.", "....", "...."}, 1, {16, 16}},  // a speck joins nothing
        {{"####", "####", "####"}, 192, {192}},
        {{"####", "####", "####"}, 193, {}},
    };
    for (const Row& row : rows) {
        INFO(row.drawing[0] << "/" << row.drawing[1] << "/" << row.drawing[2] << " min " << row.min_px);
        Scene scene(row.drawing);
        CHECK(sizes(scene.blobs(row.min_px)) == row.sizes);
    }
}

TEST_CASE("a blob knows its box, its cells and how much of it moves", "[blobs]") {
    Scene scene({".....", "..#m.", "..mm.", "....."});
    const auto blobs = scene.blobs(1);
    REQUIRE(blobs.size() == 1);
    const Blob& blob = blobs[0];
    CHECK(blob.box.left == 2);
    CHECK(blob.box.top == 1);
    CHECK(blob.box.right == 4);
    CHECK(blob.box.bottom == 3);
    CHECK(blob.changed_px == 64);
    CHECK(blob.moving_px == 48);
    CHECK(blob.cells.size() == 4);
    CHECK(scene.grid.activeCells() == 4);
}

TEST_CASE("cells outside the watched area stay empty and join nothing", "[blobs]") {
    Scene scene({"#####", "#####"});
    for (const int column : {2, 7}) scene.watched[static_cast<std::size_t>(column)] = 0;  // the middle column
    CHECK(sizes(scene.blobs(1)) == std::vector<int>{64, 64});
    CHECK(scene.grid.activeCells() == 8);
    std::fill(scene.watched.begin(), scene.watched.end(), std::uint8_t{0});
    CHECK(scene.blobs(1).empty());
    CHECK(scene.grid.activeCells() == 0);
}

TEST_CASE("the cells of the last column may be cut", "[blobs]") {
    struct Row {
        int cut_px;
        std::vector<int> sizes;
    };
    for (const Row& row : {Row{1, {12}}, Row{2, {8}}, Row{3, {}}}) {  // 4 pixels are a speck
        INFO(row.cut_px);
        Scene scene({"..#", "..."}, row.cut_px);
        CHECK(scene.grid.columns() == 3);
        CHECK(sizes(scene.blobs(1)) == row.sizes);
    }
}

TEST_CASE("every picture is counted anew", "[blobs]") {
    Scene scene({"##..", "...."});
    CHECK(sizes(scene.blobs(1)) == std::vector<int>{32});
    scene.changed.setTo(0);
    CHECK(scene.blobs(1).empty());
    CHECK(scene.grid.activeCells() == 0);
}

}  // namespace blobs_test
