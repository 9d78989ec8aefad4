/// Cameras whose clocks are set, run wrong, or are right behind a bad network: where their pictures are put.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <vector>

#include "capture-ffmpeg/stream/timeline.h"
#include "support/catch.h"

namespace camera_clock_test {

using namespace porchlight;
using namespace porchlight::ffmpeg;

namespace {

/// A camera: when picture `i` was taken, what its clock says then, how long the network takes.
struct Camera {
    double rate_hz = 10;
    int count = 300;
    std::function<double(double)> clock_s = [](double at_s) { return at_s; };
    std::function<double(double)> delay_s = [](double) { return 0.02; };
};

struct Run {
    double least_step_s = 1e9;  ///< between pictures
    double longest_step_s = 0;
    double furthest_s = 0;      ///< from the time that passed, at any picture
    double end_off_s = 0;       ///< the same, at the last one
    double most_changed_s = 0;  ///< stamps against what the camera said
};

/// Steps are those from `from_s` on.
Run runOf(const Camera& camera, double from_s = 0) {
    Timeline line(Timeline::Mode::Live);
    line.setNominal(Track::Video, static_cast<std::int64_t>(1e6 / camera.rate_hz));
    Run run;
    double arrived_s = 0;
    std::int64_t first_us = 0;
    std::int64_t last_us = 0;
    for (int i = 0; i < camera.count; ++i) {
        const double at_s = i / camera.rate_hz;
        arrived_s = std::max(arrived_s + 0.0005, at_s + camera.delay_s(at_s));  // TCP keeps the order
        const auto stamp = static_cast<std::int64_t>(camera.clock_s(at_s) * 1e6);
        const auto arrived_at =
            Monotonic::time_point(microseconds(static_cast<std::int64_t>((arrived_s + 100) * 1e6)));
        const std::int64_t placed = line.map(Track::Video, stamp, stamp, 0, arrived_at).dts_us;
        if (i == 0) first_us = placed;
        const double placed_s = static_cast<double>(placed - first_us) / 1e6;
        const double step_s = static_cast<double>(placed - last_us) / 1e6;
        if (i > 0 && at_s >= from_s) run.least_step_s = std::min(run.least_step_s, step_s);
        if (i > 0 && at_s >= from_s) run.longest_step_s = std::max(run.longest_step_s, step_s);
        run.end_off_s = placed_s - at_s;
        run.furthest_s = std::max(run.furthest_s, std::fabs(run.end_off_s));
        run.most_changed_s =
            std::max(run.most_changed_s, std::fabs(placed_s - (camera.clock_s(at_s) - camera.clock_s(0))));
        last_us = placed;
    }
    return run;
}

double stepAt(double at_s, double by_s) {
    return at_s >= 13 ? at_s + by_s : at_s;
}

/// Late by up to a second, held back for seconds now and then.
std::function<double(double)> badNetwork(unsigned seed) {
    const auto dice = std::make_shared<std::mt19937>(seed);
    return [dice](double at_s) {
        std::uniform_real_distribution<double> some(0, 1);
        const bool is_held = std::fmod(at_s, 9.0) > 6.5;
        return is_held ? 9.0 - std::fmod(at_s, 9.0) : std::pow(some(*dice), 4);
    };
}

}  // namespace

TEST_CASE("stamps of a right clock stay as they are, however late its packets come") {
    for (unsigned seed = 0; seed < 40; ++seed)
        for (const double rate : {7.0, 25.0}) {
            INFO(seed << " at " << rate);
            CHECK(
                runOf({rate, static_cast<int>(60 * rate), [](double at_s) { return at_s; }, badNetwork(seed)})
                    .most_changed_s < 0.001);
        }
    const auto burst = [](double at_s) { return std::max(0.0, 2 - at_s); };  // two seconds at once, then live
    CHECK(runOf({25, 500, [](double at_s) { return at_s; }, burst}).most_changed_s < 0.001);
    const auto pause = [](double at_s) { return at_s < 8 ? at_s : at_s + 4; };  // 4 s without a picture
    CHECK(runOf({10, 200, pause, [](double at_s) { return at_s < 8 ? 0.02 : 4.02; }}).most_changed_s < 0.001);
    const auto drift = [](double at_s) { return at_s * 1.0005; };
    CHECK(runOf({10, 6000, drift, [](double) { return 0.02; }}).most_changed_s < 0.001);
}

TEST_CASE("at a picture a second a bad network moves a stamp by a second at most") {
    for (unsigned seed = 0; seed < 40; ++seed) {
        INFO(seed);
        CHECK(runOf({1, 60, [](double at_s) { return at_s; }, badNetwork(seed)}).most_changed_s < 1.1);
    }
}

TEST_CASE("what a network held back for long, and a crystal that is off all night, cost no stamp") {
    const auto right = [](double at_s) { return at_s; };
    for (const double held_s : {4.0, 6.0, 12.0, 40.0}) {  // TCP: everything arrives, at once
        const auto outage = [held_s](double at_s) {
            return at_s >= 30 && at_s < 30 + held_s ? 30 + held_s - at_s : 0.02;
        };
        INFO(held_s);
        CHECK(runOf({25, 2000, right, outage}).most_changed_s < 0.001);
    }
    for (const double off : {50e-6, -50e-6, 200e-6}) {
        const Run run = runOf(
            {2, 2 * 36'000, [off](double at_s) { return at_s * (1 + off); }, [](double) { return 0.02; }});
        INFO(off);
        CHECK(run.most_changed_s < 0.001);
        CHECK(run.longest_step_s < 0.51);
    }
}

TEST_CASE("a camera that neither sends nor counts for a while goes on where the time is") {
    const auto halted = [](double at_s) { return at_s < 20 ? at_s : at_s - 8; };  // as if 8 s had not been
    const Run run = runOf(
        {10, 500, halted, [](double at_s) { return at_s < 12 || at_s >= 20 ? 0.02 : 20.02 - at_s; }}, 25);
    CHECK(std::fabs(run.end_off_s) < 0.2);
    CHECK(run.least_step_s > 0.05);
    CHECK(run.longest_step_s < 0.2);
}

TEST_CASE("sound and pictures stay together when the camera's clock is set") {
    for (const double by_s : {0.7, -0.7}) {
        Timeline line(Timeline::Mode::Live);
        line.setNominal(Track::Video, 40'000);
        line.setNominal(Track::Audio, 64'000);
        const auto at = [&](Track track, double at_s) {
            const auto stamp = static_cast<std::int64_t>((at_s >= 20 ? at_s + by_s : at_s) * 1e6);
            const auto arrived =
                Monotonic::time_point(microseconds(static_cast<std::int64_t>((at_s + 100.02) * 1e6)));
            return static_cast<double>(line.map(track, stamp, stamp, 0, arrived).dts_us) / 1e6 - at_s;
        };
        double video_s = 0;
        double audio_s = 0;
        for (int tick = 0; tick < 40 * 25; ++tick) {
            video_s = at(Track::Video, tick * 0.04);
            if (tick % 2 == 0) audio_s = at(Track::Audio, tick * 0.04);
        }
        INFO(by_s << ": " << video_s << " " << audio_s);
        CHECK(std::fabs(video_s) < 0.1);
        CHECK(std::fabs(audio_s - video_s) < 0.1);
    }
}

TEST_CASE("a clock that was set by 2 s made a hole that was none, or 20 pictures in 20 ms") {
    for (const double by_s : {2.0, -2.0, 0.8, -0.8, 400.0, -400.0})
        for (const double late_s : {0.0, 0.1, 0.25}) {
            const auto jitter = [late_s](double at_s) { return 0.02 + late_s * std::fmod(at_s * 7.7, 1.0); };
            const Run run = runOf({10, 300, [by_s](double at_s) { return stepAt(at_s, by_s); }, jitter});
            INFO(by_s << " late " << late_s << ": " << run.least_step_s << " " << run.longest_step_s);
            CHECK(run.furthest_s < 0.05 + late_s);
            CHECK(run.longest_step_s < 0.15 + late_s);
            CHECK(run.least_step_s > (late_s > 0.0 ? 0.001 : 0.05));
        }
}

TEST_CASE("a clock that runs to and fro by 0.4 s") {
    const auto wobble = [](double at_s) {
        return at_s >= 13 && static_cast<int>(at_s) % 2 ? at_s + 0.4 : at_s;
    };
    const Run run = runOf({10, 300, wobble, [](double) { return 0.02; }});
    CHECK(run.furthest_s < 0.1);
    CHECK(run.least_step_s > 0.05);
    CHECK(run.longest_step_s < 0.2);
}

TEST_CASE("a clock of a wrong rate: 30 s were recorded as 44, as 21, or as one") {
    for (const double rate : {5.0, 10.0, 25.0})
        for (const double nominal : {1.43, 1.2, 0.7, 0.0111}) {
            const auto jitter = [](double at_s) { return 0.02 + 0.1 * std::fmod(at_s * 7.7, 1.0); };
            const Run run = runOf({rate, static_cast<int>(40 * rate),
                                   [nominal](double at_s) { return at_s * nominal; }, jitter},
                                  12);
            INFO(nominal << " at " << rate << ": " << run.furthest_s << " " << run.end_off_s << " "
                         << run.least_step_s << " " << run.longest_step_s);
            CHECK(run.furthest_s < 1.9);  // further makes another file
            CHECK(std::fabs(run.end_off_s) < 0.7);
            const auto bad = badNetwork(1);
            CHECK(runOf({rate, static_cast<int>(60 * rate), [nominal](double at_s) { return at_s * nominal; },
                         bad})
                      .furthest_s < 5);
            CHECK(run.least_step_s > 0.65 / rate);
            CHECK(run.longest_step_s < 1.35 / rate);
        }
}

}  // namespace camera_clock_test
