/// What only the test scene does: the same seed the same pictures, visitors on schedule, light and noise.
#include <cmath>
#include <cstring>

#include "contract/capture/fixture.h"
#include "support/catch.h"

namespace testpattern_test {

using namespace porchlight;
using namespace porchlight::contract;
using namespace std::chrono_literals;

namespace {

constexpr int kClockRows = 32;  ///< of 240: the clock shows the real time and is left out of comparisons

struct Shot {
    Picture picture;
    std::int64_t number = 0;
};

std::vector<Shot> shots(const Values& values, std::int64_t count) {
    Values all{{"width", "320"}, {"height", "240"}, {"fps", "50"}};
    all.insert(all.end(), values.begin(), values.end());
    const auto source = make("testpattern");
    source->open(settingsOf("testpattern", all), Deadline::in(10s));
    std::vector<Shot> out;
    while (true) {
        Sample sample;
        if (source->read(sample, Deadline::in(1s)) != ReadStatus::Sample) continue;
        Picture& picture = std::get<Picture>(sample);
        const std::int64_t number = std::lround(static_cast<double>(picture.pts_us) * 50 / 1e6);
        if (number >= count) return out;
        out.push_back({std::move(picture), number});
    }
}

/// Mean difference of the luma below the clock, in grey levels.
double difference(const Picture& a, const Picture& b) {
    double sum = 0;
    for (int y = kClockRows; y < 240; ++y)
        for (int x = 0; x < 320; ++x)
            sum +=
                std::abs(a.planes[0][y * a.strides_bytes[0] + x] - b.planes[0][y * b.strides_bytes[0] + x]);
    return sum / (320.0 * (240 - kClockRows));
}

double brightness(const Picture& picture) {
    double sum = 0;
    for (int i = 0; i < 320 * 240; ++i) sum += picture.planes[0][i];
    return sum / (320.0 * 240);
}

}  // namespace

TEST_CASE("the same seed draws the same pictures, another seed others") {
    const Values visit{{"figure_every", "400000"}, {"figure_for", "300000"}, {"seed", "7"}};
    const auto first = shots(visit, 20);
    const auto second = shots(visit, 20);
    auto other_values = visit;
    other_values.back().second = "8";
    const auto other = shots(other_values, 20);
    int compared = 0;
    for (const Shot& a : first) {
        for (const Shot& b : second)
            if (a.number == b.number) {
                CHECK(difference(a.picture, b.picture) == 0);
                ++compared;
            }
        for (const Shot& b : other)
            if (a.number == b.number) CHECK(difference(a.picture, b.picture) > 0.1);
    }
    CHECK(compared > 5);
}

TEST_CASE("visitors come on schedule and leave nothing behind") {
    // From 0.1 s on somebody is there for 0.2 s of every 0.4 s.
    const auto all = shots({{"figure_every", "400000"}, {"figure_for", "200000"}, {"noise", "0"}}, 40);
    REQUIRE(all.front().number == 0);
    int present = 0;
    int absent = 0;
    for (const Shot& shot : all) {
        const std::int64_t phase = (shot.number * 20 + 300) % 400;
        const double changed = difference(all.front().picture, shot.picture);
        if (shot.number < 5 || phase >= 200) {
            CHECK(changed == 0);
            ++absent;
        } else if (phase >= 60 && phase <= 140) {  // wholly in the picture
            CHECK(changed > 0.3);
            ++present;
        }
    }
    CHECK(present > 4);
    CHECK(absent > 8);
}

TEST_CASE("noise is as strong as told") {
    for (const int noise : {0, 4, 20}) {
        const auto all = shots({{"figure_every", "0"}, {"noise", std::to_string(noise)}}, 3);
        REQUIRE(all.size() >= 2);
        // Two pictures of standard deviation s differ by 1.13 s on average; s is half the strength.
        CHECK(difference(all[0].picture, all[1].picture) == Approx(noise * 0.5 * 1.13).margin(0.25 * noise));
    }
}

TEST_CASE("night is darker, and the switch changes day to night and back") {
    const Values calm{{"figure_every", "0"}, {"noise", "0"}};
    const auto with = [&](const char* light) {
        Values values = calm;
        values.insert(values.end(), {{"light", light}, {"light_period", "2000000"}});
        return values;
    };
    const double day = brightness(shots(with("day"), 2).front().picture);
    const double night = brightness(shots(with("night"), 2).front().picture);
    CHECK(night < day / 2);
    const auto switching = shots(with("switching"), 140);
    for (const Shot& shot : switching) {
        if (shot.number < 50) CHECK(brightness(shot.picture) == Approx(day).margin(1));
        if (shot.number > 76 && shot.number < 100) CHECK(brightness(shot.picture) == Approx(night).margin(1));
        if (shot.number > 126) CHECK(brightness(shot.picture) == Approx(day).margin(1));
    }
}

TEST_CASE("a late reader misses pictures, time stays right") {
    const auto source = make("testpattern");
    source->open(settingsOf("testpattern", {{"width", "320"}, {"height", "240"}, {"fps", "50"}}),
                 Deadline::in(10s));
    Sample sample;
    REQUIRE(source->read(sample, Deadline::in(1s)) == ReadStatus::Sample);
    const Picture first = std::get<Picture>(sample);
    const Deadline pause = Deadline::in(400ms);
    while (!pause.isPast()) {
    }
    REQUIRE(source->read(sample, Deadline::in(1s)) == ReadStatus::Sample);
    CHECK(std::get<Picture>(sample).pts_us - first.pts_us >= 360'000);
}

TEST_CASE("odd sizes are refused by name") {
    const auto source = make("testpattern");
    try {
        source->open(settingsOf("testpattern", {{"width", "321"}}), Deadline::in(1s));
        FAIL("open succeeded");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::Misconfigured);
        CHECK(std::string(error.what()).find("width") != std::string::npos);
    }
}

}  // namespace testpattern_test
