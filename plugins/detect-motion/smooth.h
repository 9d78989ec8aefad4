/// Takes the sensor's noise out of a picture before it is judged.
#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

namespace porchlight::motion {

/// Binomial 3 x 3 filter (1 2 1, both ways; sum 16, rounded), edges mirrored without repeating them: to the
/// last bit what cv::GaussianBlur(in, out, {3, 3}, 0) gives, in one pass and without its set-up, which cost
/// more than the filter here.
/// **Owns** one row of scratch. **Thread**: thread-bound.
class Smoother {
  public:
    /// `in`: CV_8U, at least 2 x 2 px. `out` is allocated when its size differs. -> mean level of `out`,
    /// 0..255
    double smooth(const cv::Mat& in, cv::Mat& out);

  private:
    std::vector<std::uint16_t> sums_;  // of three rows, weighted; mirrored at either end
};

}  // namespace porchlight::motion
