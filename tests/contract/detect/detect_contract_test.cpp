// What every detect plugin has to keep, run on all of them that were built.
#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <functional>

#include "plugin/loader.h"
#include "scene.h"
#include "support/catch.h"

namespace detect_contract_test {

using namespace porchlight;
using porchlight::test::Scene;

namespace {

constexpr int kSettle = 80;

/// Defaults in canonical form. Durations in defaults are whole seconds written "30s".
Settings defaultsOf(const plugin::Listing& listing) {
    Settings settings;
    for (const SettingSpec& spec : listing.settings) {
        std::string value = spec.default_value;
        if (spec.type == SettingType::Duration) value = std::to_string(std::stoll(value) * 1'000'000);
        settings.set(spec.name, value);
    }
    return settings;
}

void forEachDetector(const std::function<void(const plugin::Listing&, const plugin::Module&)>& check) {
    const plugin::Catalogue catalogue{std::filesystem::path(PORCHLIGHT_PLUGIN_DIR)};
    const auto names = catalogue.names(PluginKind::Detect);
    REQUIRE_FALSE(names.empty());
    for (const std::string& name : names) {
        INFO(name);
        check(*catalogue.find(PluginKind::Detect, name), *catalogue.load(PluginKind::Detect, name));
    }
}

std::unique_ptr<Detector> make(const plugin::Listing& listing, const plugin::Module& module,
                               const char* zones = "", const char* masks = "") {
    auto detector = module.create<Detector>();
    Settings settings = defaultsOf(listing);
    settings.set("zones", zones);
    settings.set("masks", masks);
    detector->configure(settings);
    return detector;
}

int quiet(Detector& detector, Scene& scene, int pictures) {
    int motion = 0;
    for (int i = 0; i < pictures; ++i) motion += detector.analyse(scene.next()).is_motion ? 1 : 0;
    return motion;
}

/// A block walks from left to right at height y; returns the detections.
std::vector<Detection> walk(Detector& detector, Scene& scene, double y = 0.4, double from = 0.0,
                            double to = 0.8) {
    std::vector<Detection> seen;
    for (int i = 0; i < 20; ++i)
        seen.push_back(detector.analyse(scene.next(from + (to - from) * i / 20.0, y, 0.12)));
    return seen;
}

int motionIn(const std::vector<Detection>& seen) {
    return static_cast<int>(
        std::count_if(seen.begin(), seen.end(), [](const Detection& d) { return d.is_motion; }));
}

bool isSame(const Detection& a, const Detection& b) {
    bool is_same = a.pts_us == b.pts_us && a.is_motion == b.is_motion &&
                   a.is_global_change == b.is_global_change && a.score == b.score &&
                   a.area_percent == b.area_percent && a.brightness == b.brightness && a.zone == b.zone &&
                   a.regions.size() == b.regions.size();
    for (std::size_t i = 0; is_same && i < a.regions.size(); ++i)
        is_same = a.regions[i].x == b.regions[i].x && a.regions[i].y == b.regions[i].y &&
                  a.regions[i].width == b.regions[i].width && a.regions[i].height == b.regions[i].height;
    return is_same;
}

}  // namespace

TEST_CASE("a still scene with noise is no motion, a walking block is, at odd sizes and strides too") {
    struct Size {
        int width, height, stride;
    };
    for (const Size size : {Size{320, 180, 320}, Size{320, 180, 384}, Size{321, 179, 321},
                            Size{333, 251, 347}, Size{640, 480, 640}}) {
        INFO(size.width << "x" << size.height << " stride " << size.stride);
        forEachDetector([&](const auto& listing, const auto& module) {
            const auto detector = make(listing, module);
            Scene scene(size.width, size.height, size.stride);
            CHECK(quiet(*detector, scene, kSettle) == 0);
            const auto seen = walk(*detector, scene);
            CHECK(motionIn(seen) >= 14);
            const auto first =
                std::find_if(seen.begin(), seen.end(), [](const Detection& d) { return d.is_motion; });
            CHECK(first - seen.begin() <= 3);  // at most 0.3 s after it appeared
            for (const Detection& detection : seen) {
                CHECK(detection.score >= 0);
                CHECK(detection.score <= 1);
                CHECK(detection.regions.size() <= 16);
                CHECK(detection.is_motion == !detection.regions.empty());
                for (const Region& region : detection.regions) {
                    CHECK(region.x >= 0);
                    CHECK(region.y >= 0);
                    CHECK(region.x + region.width <= 1.0001F);
                    CHECK(region.y + region.height <= 1.0001F);
                }
            }
        });
    }
}

TEST_CASE("regions lie where the block is") {
    forEachDetector([](const auto& listing, const auto& module) {
        const auto detector = make(listing, module);
        Scene scene(320, 180);
        quiet(*detector, scene, kSettle);
        const auto seen = walk(*detector, scene, 0.4, 0.0, 0.8);
        REQUIRE(seen.back().is_motion);
        const Region& region = seen.back().regions.front();
        const double middle = region.x + region.width / 2;
        CHECK(middle > 0.65);
        CHECK(region.y < 0.55);
        CHECK(region.y + region.height > 0.5);
    });
}

TEST_CASE("brightness steps are no motion") {
    for (const double gain : {1.5, 0.6, 1.15, 0.85}) {
        INFO(gain);
        forEachDetector([&](const auto& listing, const auto& module) {
            const auto detector = make(listing, module);
            Scene scene(320, 180);
            quiet(*detector, scene, kSettle);
            scene.gain = gain;
            CHECK(quiet(*detector, scene, 40) == 0);
            CHECK(motionIn(walk(*detector, scene)) >= 14);  // and it sees as before
        });
    }
}

TEST_CASE("reset forgets the scene") {
    forEachDetector([](const auto& listing, const auto& module) {
        const auto detector = make(listing, module);
        Scene scene(320, 180);
        quiet(*detector, scene, kSettle);
        detector->reset();
        // A block that stands there from the first picture on is background.
        int motion = 0;
        for (int i = 0; i < kSettle; ++i)
            motion += detector->analyse(scene.next(0.4, 0.4, 0.2)).is_motion ? 1 : 0;
        CHECK(motion == 0);
    });
}

TEST_CASE("the picture may change its size at any time") {
    forEachDetector([](const auto& listing, const auto& module) {
        const auto detector = make(listing, module, "all:0,0 1,0 1,1 0,1");
        for (const int width : {320, 640, 160, 321, 64, 320}) {
            Scene scene(width, width * 9 / 16);
            CHECK(quiet(*detector, scene, 12) == 0);
        }
        Scene scene(320, 180);
        quiet(*detector, scene, kSettle);
        CHECK(motionIn(walk(*detector, scene)) >= 14);
    });
}

TEST_CASE("the same pictures give the same results") {
    forEachDetector([](const auto& listing, const auto& module) {
        const auto one = make(listing, module);
        const auto two = make(listing, module);
        Scene scene_one(320, 180, 320);
        Scene scene_two(320, 180, 400);
        for (int i = 0; i < 140; ++i) {
            const double side = i > 90 ? 0.12 : 0;
            const Detection a = one->analyse(scene_one.next((i - 90) * 0.015, 0.3, side));
            const Detection b = two->analyse(scene_two.next((i - 90) * 0.015, 0.3, side));
            REQUIRE(isSame(a, b));
        }
    });
}

TEST_CASE("motion counts only inside zones and never inside masks") {
    constexpr char kZones[] = "lower:0,0.5 1,0.5 1,1 0,1;upper:0,0 1,0 1,0.25 0,0.25";
    forEachDetector([&](const auto& listing, const auto& module) {
        struct Row {
            const char* zones;
            const char* masks;
            double y;
            bool is_motion;
            const char* zone;
        };
        const Row rows[] = {{kZones, "", 0.7, true, "lower"},
                            {kZones, "", 0.01, true, "upper"},
                            {"lower:0,0.6 1,0.6 1,1 0,1", "", 0.1, false, ""},
                            {"", "tree:0,0 1,0 1,0.5 0,0.5", 0.1, false, ""},
                            {"", "tree:0,0 1,0 1,0.5 0,0.5", 0.7, true, ""},
                            {kZones, "all:0,0 1,0 1,1 0,1", 0.7, false, ""}};
        for (const Row& row : rows) {
            INFO(row.zones << " / " << row.masks << " / " << row.y);
            const auto detector = make(listing, module, row.zones, row.masks);
            Scene scene(320, 180);
            quiet(*detector, scene, kSettle);
            const auto seen = walk(*detector, scene, row.y);
            CHECK((motionIn(seen) > 0) == row.is_motion);
            for (const Detection& detection : seen)
                if (detection.is_motion) CHECK(detection.zone == row.zone);
        }
    });
}

TEST_CASE("wrong settings and wrong pictures are refused by their kind") {
    const auto kindOf = [](const std::function<void()>& call) {
        try {
            call();
        } catch (const Error& error) {
            return error.kind();
        }
        return ErrorKind::Internal;
    };
    forEachDetector([&](const auto& listing, const auto& module) {
        for (const char* zones :
             {"no-colon", "a:0,0 1,1", "a:0,0 1,0 2,1", "a:0,0 1,0 x,1", ":0,0 1,0 1,1"}) {
            INFO(zones);
            CHECK(kindOf([&] { make(listing, module, zones); }) == ErrorKind::Misconfigured);
        }
        const auto detector = make(listing, module);
        CHECK(kindOf([&] { detector->analyse(LumaPicture{}); }) == ErrorKind::BadData);
        Scene scene(320, 180);
        LumaPicture narrow = scene.next();
        narrow.stride_bytes = 100;
        CHECK(kindOf([&] { detector->analyse(narrow); }) == ErrorKind::BadData);
        CHECK(quiet(*detector, scene, 12) == 0);
        CHECK(detector->preferredWidthPx() > 0);
    });
}

TEST_CASE("time stamps may jump") {
    forEachDetector([](const auto& listing, const auto& module) {
        const auto detector = make(listing, module);
        Scene scene(320, 180);
        quiet(*detector, scene, kSettle);
        for (const std::int64_t pts_us :
             {std::int64_t{0}, std::int64_t{1} << 60, std::int64_t{5}, std::int64_t{5}}) {
            LumaPicture picture = scene.next();
            picture.pts_us = pts_us;
            CHECK_FALSE(detector->analyse(picture).is_motion);
        }
    });
}

TEST_CASE("a detector prints nothing and leaks nothing") {
    forEachDetector([](const auto& listing, const auto& module) {
        const auto cycle = [&] {
            const auto detector = make(listing, module);
            Scene scene(160, 90);
            quiet(*detector, scene, 15);
            walk(*detector, scene);
        };
        std::FILE* capture = std::tmpfile();
        REQUIRE(capture);
        std::fflush(stdout);
        std::fflush(stderr);
        const int out = ::dup(1);
        const int err = ::dup(2);
        ::dup2(::fileno(capture), 1);
        ::dup2(::fileno(capture), 2);
        for (int i = 0; i < 5; ++i) cycle();
        const auto before = ::mallinfo2().uordblks;
        for (int i = 0; i < 50; ++i) cycle();
        const auto after = ::mallinfo2().uordblks;
        std::fflush(stdout);
        std::fflush(stderr);
        ::dup2(out, 1);
        ::dup2(err, 2);
        ::close(out);
        ::close(err);
        CHECK(std::fseek(capture, 0, SEEK_END) == 0);
        CHECK(std::ftell(capture) == 0);
        std::fclose(capture);
        CHECK(after <= before + 16 * 1024);
    });
}

}  // namespace detect_contract_test
