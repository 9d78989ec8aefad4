/// Motion in luma pictures: background difference with memory for noise, flicker and light.
#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

#include "background.h"
#include "blobs.h"
#include "porchlight/detect.h"
#include "smooth.h"
#include "zones.h"

namespace porchlight::motion {

/// What the settings come to.
struct Tuning {
    int threshold = 12;  ///< levels
    int noise_factor = 4;
    double min_area_percent = 0.12;
    double global_percent = 45;
    double absorb_s = 30;
    int confirm_pictures = 3;  ///< of the last four
    int width_px = 320;
};

/// The detector `motion`. Each picture: smooth, follow the exposure, compare with the background, join what
/// differs into blobs, drop blobs that are only light (same texture, other brightness), follow the rest until
/// they were there and moving in confirm_pictures of the last four.
/// **Thread**: thread-bound. **Throws** Error(Misconfigured) from configure, Error(BadData) from analyse.
class PORCHLIGHT_EXPORT MotionDetector final : public Detector {
  public:
    MotionDetector();
    void configure(const Settings& settings) override;
    int preferredWidthPx() const noexcept override { return tuning_.width_px; }
    Detection analyse(const LumaPicture& picture) override;
    void reset() noexcept override;

  private:
    void begin(const LumaPicture& picture);
    void layOutZones();
    double followExposure();
    bool judgeGlobal(Detection& detection);
    LearnStep learnStep(std::int64_t pts_us);
    double structure(const Blob& blob) const;
    bool follow(const Blob& blob);
    void judgeBlobs(Detection& detection);
    std::string zoneOf(const Blob& blob) const;

    Tuning tuning_;
    std::vector<Zone> zones_;
    std::vector<Zone> masks_;
    Background background_;
    CellGrid grid_;
    std::vector<std::uint8_t> is_watched_;  // per cell
    std::vector<std::int8_t> zone_of_cell_;
    std::vector<Track> tracks_;
    Smoother smoother_;
    cv::Mat smooth_;
    std::vector<std::int32_t> is_sums_;   // of the columns of one row of blocks: picture
    std::vector<std::int32_t> was_sums_;  // and background
    int watched_cells_ = 0;
    int seen_ = 0;       // pictures since begin()
    int veto_left_ = 0;  // pictures for which a global change still rules
    double interval_s_ = 0.1;
    std::int64_t last_pts_us_ = 0;
};

}  // namespace porchlight::motion
