/// What the camera's own detections are good for, as its file says.
#include <algorithm>

#include "reading.h"
#include "support/catch.h"

namespace camera_word_test {

using namespace porchlight;
using namespace porchlight::config;
using event::CameraWord;

namespace {

plugin::Listing listing(PluginKind kind, const char* name, std::uint32_t has_companion = 0) {
    plugin::Listing out;
    out.kind = kind;
    out.name = name;
    out.capture.has_companion = has_companion;
    return out;
}

const plugin::Catalogue& some() {
    static const plugin::Catalogue catalogue({listing(PluginKind::Capture, "mute"),
                                              listing(PluginKind::Capture, "talks", 1),
                                              listing(PluginKind::Detect, "motion")});
    return catalogue;
}

struct Read {
    CameraConfig camera;
    std::string problems;
};

Read read(const std::string& source, const std::string& detect) {
    Problems problems;
    Read out;
    out.camera = parseCamera("source: {plugin: " + source + "}\n" + detect, "porch.yaml", some(), problems);
    for (const auto& problem : problems) out.problems += problem.format() + "\n";
    return out;
}

const std::vector<std::string> kUsual{"person", "vehicle", "animal", "face", "package", "line", "motion"};

}  // namespace

TEST_CASE("a camera that detects by itself names what motion found, unless the file says otherwise") {
    struct Row {
        const char* source;
        const char* detect;
        CameraWord word;
        const char* detector;
    };
    const Row rows[] = {
        {"mute", "", CameraWord::Ignored, "motion"},
        {"talks", "", CameraWord::Labels, "motion"},
        {"talks", "detect: {camera: label}", CameraWord::Labels, "motion"},
        {"talks", "detect: {camera: veto, fps: 5}", CameraWord::Vetoes, "motion"},
        {"talks", "detect: {camera: off}", CameraWord::Ignored, "motion"},
        {"mute", "detect: {camera: off}", CameraWord::Ignored, "motion"},
        {"talks", "detect: {plugin: camera}", CameraWord::Opens, ""},
        {"talks", "detect: {plugin: camera, enabled: false}", CameraWord::Opens, ""},
    };
    for (const Row& row : rows) {
        INFO(row.source << " " << row.detect);
        const Read found = read(row.source, row.detect);
        CHECK(found.problems.empty());
        CHECK(found.camera.detect.camera_word == row.word);
        CHECK(found.camera.detect.detector.plugin == row.detector);
        CHECK(found.camera.detect.labels ==
              (row.word == CameraWord::Ignored ? std::vector<std::string>{} : kUsual));
    }
}

TEST_CASE("which of its labels count can be said, each once") {
    const Read found =
        read("talks", "detect: {plugin: camera, labels: [sound, person, person], event_gap: 9s}");
    CHECK(found.problems.empty());
    CHECK(found.camera.detect.labels == std::vector<std::string>{"sound", "person"});
    CHECK(found.camera.detect.event_gap == seconds(9));
}

TEST_CASE("what cannot be is told with what to do") {
    struct Row {
        const char* source;
        const char* detect;
        const char* says;
    };
    const Row rows[] = {
        {"mute", "detect: {plugin: camera}", "or plugin: motion"},
        {"mute", "detect: {camera: veto}", "or camera: off"},
        {"talks", "detect: {camera: sometimes}", "off"},
        {"talks", "detect: {plugin: camera, labels: []}", "a list of some of person, vehicle"},
        {"talks", "detect: {plugin: camera, labels: person}", "a list of some of person, vehicle"},
        {"talks", "detect: {plugin: camera, labels: [persn]}", "'persn' is no label of a camera"},
        {"talks", "detect: {plugin: camera, labels: [[person]]}", "a label"},
        {"talks", "detect: {plugin: camera, fps: 5}", "fps"},
        {"talks", "detect: {plugin: camera, camera: veto}", "camera"},
        {"talks", "detect: {plugin: [camera]}", "plugin"},
        {"talks", "detect: {plugin: Camera}", "installed: motion"},
    };
    for (const Row& row : rows) {
        INFO(row.source << " " << row.detect);
        const Read found = read(row.source, row.detect);
        INFO(found.problems);
        CHECK(found.problems.find(row.says) != std::string::npos);
        CHECK(std::count(found.problems.begin(), found.problems.end(), '\n') == 1);
    }
}

}  // namespace camera_word_test
