// The filter beside OpenCV's: the same to the last bit, whatever the size.
#include "detect-motion/smooth.h"

#include <opencv2/imgproc.hpp>

#include "support/catch.h"

namespace smooth_test {

using namespace porchlight::motion;

TEST_CASE("smoothing gives what a Gaussian blur of 3 x 3 gives, and its mean level") {
    Smoother smoother;
    cv::RNG random(7);
    cv::Mat out;
    for (const cv::Size size :
         {cv::Size(16, 16), cv::Size(320, 180), cv::Size(35, 19), cv::Size(2, 2), cv::Size(17, 3)}) {
        INFO(size.width << " x " << size.height);
        cv::Mat in(size, CV_8U);
        random.fill(in, cv::RNG::UNIFORM, 0, 256);
        cv::Mat expected;
        cv::GaussianBlur(in, expected, cv::Size(3, 3), 0);
        const double level = smoother.smooth(in, out);
        CHECK(cv::countNonZero(out != expected) == 0);
        CHECK(level == Approx(cv::mean(expected)[0]));
    }
}

TEST_CASE("a picture of one level stays as it is, also the brightest") {
    Smoother smoother;
    cv::Mat out;
    for (const int level : {0, 1, 128, 255}) {
        CHECK(smoother.smooth(cv::Mat(20, 33, CV_8U, cv::Scalar(level)), out) == level);
        CHECK(cv::countNonZero(out != level) == 0);
    }
}

}  // namespace smooth_test
