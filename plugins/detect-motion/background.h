/// What the picture looks like when nothing happens, pixel by pixel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <opencv2/core.hpp>

namespace porchlight::motion {

/// How a pixel is judged and learnt. Rates are shifts: each picture brings the model 1/2^shift nearer.
struct LearnStep {
    int threshold = 0;        ///< levels by which a quiet pixel must differ
    int noise_factor = 4;     ///< threshold += noise_factor * mean deviation
    int quiet_shift = 5;      ///< pixels that look like the background
    int changed_shift = 8;    ///< pixels that differ: a visitor who stands still is absorbed slowly
    int noise_shift = 5;      ///< the deviation, four times slower where the pixel differs
    int recent_shift = 2;     ///< the mean of the last moments, against which movement is told
    bool does_decay = false;  ///< let the memory of flicker fade by one step
};

/// Running mean, mean absolute deviation and flicker memory of every pixel.
///
/// The deviation raises the threshold where the picture is noisy, the flicker memory where pixels keep going
/// to and fro (leaves, rain on a lens, a running clock): one passage adds a step, time takes it away. Fixed
/// point with 7 fractional bits in 16-bit lanes, one pass.
/// **Owns** its planes. **Thread**: thread-bound.
class Background {
  public:
    bool isEmpty() const noexcept { return mean_.empty(); }
    void clear() noexcept;

    /// Starts again from one picture.
    void start(const cv::Mat& picture);

    /// Takes over the whole picture at once (the light was switched); flicker and noise are kept.
    void adopt(const cv::Mat& picture);

    /// Follows a change of exposure: mean = mean * gain.
    void scale(double gain);

    /// Judges and learns one picture; afterwards mask() and moving() describe it.
    void step(const cv::Mat& picture, const LearnStep& how);

    const cv::Mat& mask() const noexcept { return mask_; }      ///< 1: differs from the background
    const cv::Mat& moving() const noexcept { return moving_; }  ///< 1: and also differs from the last moments
    cv::Mat mean() const;                                       ///< the background as 8-bit picture
    const cv::Mat& meanFixed() const noexcept { return mean_; }  ///< with 7 fractional bits
    const cv::Mat& deviation() const noexcept { return deviation_; }

  private:
    cv::Mat mean_;       // CV_16S, level << 7
    cv::Mat deviation_;  // CV_16S, level << 7
    cv::Mat flicker_;    // CV_16S, steps << 4
    cv::Mat recent_;     // CV_16S, level << 7: mean of the last moments
    cv::Mat mask_;       // CV_8U
    cv::Mat moving_;     // CV_8U
};

}  // namespace porchlight::motion
