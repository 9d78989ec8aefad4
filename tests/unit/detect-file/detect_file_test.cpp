// `porchlight detect` over clips made by the ffmpeg program: files in, events or clear errors out.
#include "worker/analyse/detect_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

extern "C" {
#include <libavutil/log.h>
}

#include "plugin/loader.h"
#include "support/catch.h"
#include "unit/media/footage.h"

namespace detect_file_test {

using namespace porchlight;
namespace fs = std::filesystem;

extern "C" int porchlight_detect_main(int argc, char** argv) noexcept;

namespace {

/// Twelve seconds of noise at 10 Hz; with a box, something walks through from second 6 to 8.
fs::path makeClip(const footage::Folder& folder, const std::string& name, bool has_box,
                  const std::string& codec = "libx264 -preset ultrafast") {
    const std::string walker =
        has_box ? "overlay=x=20+(t-6)*100:y=90:enable='between(t,6,8)'" : "overlay=x=W";
    const auto file = folder / name;
    footage::run(
        "ffmpeg -v error -y -f lavfi -i testsrc=size=320x240:rate=10:duration=12 -f lavfi -i "
        "color=white:size=36x60:rate=10:duration=12 "
        "-filter_complex \"[0]lutyuv=y=80:u=128:v=128,noise=alls=6:allf=t[scene];[scene][1]" +
        walker + "\" -pix_fmt yuv420p -c:v " + codec + " '" + file.string() + "'");
    return file;
}

std::unique_ptr<Detector> makeDetector() {
    const plugin::Catalogue catalogue{fs::path(PORCHLIGHT_PLUGIN_DIR)};
    Settings settings;
    for (const SettingSpec& spec : catalogue.find(PluginKind::Detect, "motion")->settings) {
        const std::string value = spec.default_value;
        settings.set(spec.name, spec.type == SettingType::Duration
                                    ? std::to_string(std::stoll(value) * 1'000'000)
                                    : value);
    }
    auto detector = catalogue.load(PluginKind::Detect, "motion")->create<Detector>();
    detector->configure(settings);
    return detector;
}

struct Outcome {
    std::vector<worker::FileEvent> events;
    worker::DetectFileResult result;
};

Outcome detect(const fs::path& file, const worker::DetectFileSettings& settings = {}) {
    Outcome out;
    av_log_set_level(AV_LOG_QUIET);  // what it would say of broken files is in the errors
    const auto detector = makeDetector();
    out.result = worker::runDetectFile(file, settings, *detector,
                                       [&](const worker::FileEvent& event) { out.events.push_back(event); });
    return out;
}

struct Printed {
    int status = 0;
    std::string out;
    std::string err;
};

/// The command as `porchlight` calls it, with what it printed.
Printed command(const footage::Folder& folder, std::vector<std::string> words) {
    words.insert(words.begin(), {"porchlight detect", "--plugin-dir", PORCHLIGHT_PLUGIN_DIR});
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    std::fflush(nullptr);
    const int saved[] = {::dup(1), ::dup(2)};
    const fs::path files[] = {folder / "stdout", folder / "stderr"};
    for (int i = 0; i < 2; ++i) {
        const int file = ::open(files[i].c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        ::dup2(file, i + 1);
        ::close(file);
    }
    Printed printed;
    printed.status = porchlight_detect_main(static_cast<int>(arguments.size()), arguments.data());
    std::fflush(nullptr);
    for (int i = 0; i < 2; ++i) {
        ::dup2(saved[i], i + 1);
        ::close(saved[i]);
        const auto bytes = footage::readAll(files[i]);
        (i == 0 ? printed.out : printed.err) = std::string(bytes.begin(), bytes.end());
    }
    return printed;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a walk through the picture is one event at its second, in every codec of cameras",
          "[detect-file]") {
    const footage::Folder folder;
    struct Row {
        const char* name;
        const char* codec;
    };
    for (const Row& row : {Row{"h264.mp4", "libx264 -preset ultrafast"}, Row{"h264-b.mkv", "libx264 -bf 2"},
                           Row{"h265.mp4", "libx265 -preset ultrafast -x265-params log-level=none"},
                           Row{"mjpeg.avi", "mjpeg -q:v 3"}}) {
        INFO(row.name);
        const auto seen = detect(makeClip(folder, row.name, true, row.codec));
        REQUIRE(seen.events.size() == 1);
        const worker::FileEvent& event = seen.events[0];
        CHECK(event.clip == row.name);
        CHECK(event.start_s >= 6.0);
        CHECK(event.start_s <= 6.5);
        CHECK(event.end_s >= 7.5);
        CHECK(event.end_s <= 9.0);
        CHECK(event.score > 0.5);
        CHECK(seen.result.pictures == 120);
        CHECK(seen.result.analysed == 120);
        CHECK(seen.result.bad_packets == 0);
        CHECK(seen.result.duration_s == Approx(11.9).margin(0.11));
        CHECK(seen.result.detector_us > 0);
    }
}

TEST_CASE("noise alone is no event", "[detect-file]") {
    const footage::Folder folder;
    CHECK(detect(makeClip(folder, "still.mp4", false)).events.empty());
}

TEST_CASE("pictures are analysed at the wanted rate", "[detect-file]") {
    const footage::Folder folder;
    const auto clip = makeClip(folder, "walk.mp4", true);
    struct Row {
        double rate_hz;
        std::uint64_t analysed;
    };
    for (const Row& row : {Row{5, 60}, Row{4, 48}, Row{10, 120}, Row{30, 120}}) {
        INFO(row.rate_hz);
        worker::DetectFileSettings settings;
        settings.detect_rate_hz = row.rate_hz;
        const auto seen = detect(clip, settings);
        CHECK(seen.result.analysed == row.analysed);
        CHECK(seen.events.size() == 1);
    }
}

TEST_CASE("a file that is no video is refused with its name and the reason", "[detect-file]") {
    const footage::Folder folder;
    footage::writeAll(folder / "empty.mp4", {});
    const std::string letter = "Dear neighbour, your cat was in our garden again.\n";
    footage::writeAll(folder / "letter.mp4", {letter.begin(), letter.end()});
    footage::run("ffmpeg -v error -f lavfi -i sine=duration=1 -c:a aac " + (folder / "sound.mp4").string());
    footage::run("ffmpeg -v error -f lavfi -i testsrc=duration=1:size=160x120 -c:v mpeg4 " +
                 (folder / "old.mp4").string());
    auto bytes = footage::readAll(makeClip(folder, "whole.mp4", false));
    bytes.resize(bytes.size() / 2);  // the index stands at the end
    footage::writeAll(folder / "half.mp4", bytes);
    struct Row {
        const char* name;
        ErrorKind kind;
        const char* reason;
    };
    for (const Row& row : {Row{"missing.mp4", ErrorKind::Unavailable, "No such file"},
                           Row{"empty.mp4", ErrorKind::BadData, "no video file"},
                           Row{"letter.mp4", ErrorKind::BadData, "no video file"},
                           Row{"half.mp4", ErrorKind::BadData, "no video file"},
                           Row{"sound.mp4", ErrorKind::BadData, "no video in it"},
                           Row{"old.mp4", ErrorKind::NotSupported, "mpeg4"}}) {
        INFO(row.name);
        try {
            detect(folder / row.name);
            FAIL_CHECK("was accepted");
        } catch (const Error& error) {
            INFO(error.what());
            CHECK(error.kind() == row.kind);
            CHECK(has(error.what(), (folder / row.name).string()));
            CHECK(has(error.what(), row.reason));
        }
    }
}

TEST_CASE("the command prints one JSON line an event and goes on after a bad file", "[detect-file]") {
    const footage::Folder folder;
    const auto walk = folder / "walk \"one\".mp4";
    fs::rename(makeClip(folder, "walk.mp4", true), walk);  // a name that JSON has to escape
    const auto printed = command(folder, {"--json", (folder / "missing.mp4").string(), walk.string()});
    CHECK(printed.status == 1);
    CHECK(
        has(printed.err, "porchlight detect: open " + (folder / "missing.mp4").string() + ": No such file"));
    CHECK(printed.out.rfind(R"({"clip":"walk \"one\".mp4","start":6.)", 0) == 0);
    CHECK(std::count(printed.out.begin(), printed.out.end(), '\n') == 1);

    const auto table = command(folder, {walk.string()});
    CHECK(table.status == 0);
    CHECK(table.err.empty());
    CHECK(has(table.out, "120 pictures, 120 analysed"));
    CHECK(command(folder, {"--set", "masks=all:0,0 1,0 1,1 0,1", "--json", walk.string()}).out.empty());
}

TEST_CASE("wrong arguments are refused before any file is read", "[detect-file]") {
    const footage::Folder folder;
    struct Row {
        std::vector<std::string> words;
        const char* reason;
    };
    for (const Row& row : {Row{{}, "no file given"}, Row{{"--fast", "x.mp4"}, "unknown option --fast"},
                           Row{{"x.mp4", "--fps"}, "--fps needs a value"},
                           Row{{"--fps", "ten", "x.mp4"}, "--fps ten: a number"},
                           Row{{"--set", "sensitivty=5", "x.mp4"}, "did you mean sensitivity?"},
                           Row{{"--set", "sensitivity=101", "x.mp4"}, "sensitivity 101"},
                           Row{{"--set", "sensitivity", "x.mp4"}, "NAME=VALUE"},
                           Row{{"--set", "absorb=soon", "x.mp4"}, "duration such as 30s"},
                           Row{{"--set", "absorb=30", "x.mp4"}, "with its unit"},
                           Row{{"--set", "zones=a:1", "x.mp4"}, "setting zones"},
                           Row{{"--plugin", "radar", "x.mp4"}, "radar"}}) {
        INFO(row.reason);
        const auto printed = command(folder, row.words);
        CHECK(printed.status == 64);
        CHECK(printed.out.find('{') == std::string::npos);
        INFO(printed.err);
        CHECK(has(printed.err, row.reason));
    }
}

}  // namespace detect_file_test
