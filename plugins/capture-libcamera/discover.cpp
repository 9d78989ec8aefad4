#include "discover.h"

#include <cctype>
#include <string_view>

#include "manager.h"
#include "pictures.h"

namespace porchlight::libcamera_source {
namespace {

using libcamera::StreamRole;

constexpr std::size_t kUsbNumbers = 9;  // "046d:082d"

/// "NV12, YUV420 up to 4608x2592"; empty when the camera proposes nothing.
std::string formatsOf(libcamera::Camera& camera) {
    auto proposal = camera.generateConfiguration({StreamRole::VideoRecording});
    if (!proposal || proposal->empty()) proposal = camera.generateConfiguration({StreamRole::Viewfinder});
    if (!proposal || proposal->empty()) return {};
    const libcamera::StreamFormats& formats = proposal->at(0).formats();
    std::string text;
    libcamera::Size largest;
    for (const auto& format : formats.pixelformats()) {
        if (!isKnown(format)) continue;
        text += (text.empty() ? "" : ", ") + format.toString();
        const libcamera::Size size = formats.range(format).max;
        if (largest < size) largest = size;
    }
    if (text.empty()) return {};
    return largest.isNull() ? text : text + " up to " + largest.toString();
}

/// What the owner may set beyond the sizes: "frame rate, exposure, autofocus".
std::string abilitiesOf(const libcamera::Camera& camera) {
    constexpr struct {
        const char* control;
        const char* words;
    } known[] = {{"FrameDurationLimits", "frame rate"},
                 {"ExposureTime", "exposure"},
                 {"AnalogueGain", "gain"},
                 {"AfMode", "autofocus"},
                 {"HdrMode", "HDR"},
                 {"Brightness", "brightness"},
                 {"Contrast", "contrast"},
                 {"Saturation", "saturation"},
                 {"Sharpness", "sharpness"}};
    std::string text;
    for (const auto& [control, words] : known)
        for (const auto& [id, info] : camera.controls())
            if (id->name() == control) text += (text.empty() ? "" : ", ") + std::string(words);
    return text;
}

FoundCamera describe(libcamera::Camera& camera) {
    FoundCamera found;
    found.id = camera.id();
    const std::string model = modelOf(camera);
    found.title = model.empty() ? camera.id() : model;
    found.offers = formatsOf(camera);
    if (found.offers.empty()) found.problem = "delivers no format that is understood";
    if (const std::string abilities = abilitiesOf(camera); !abilities.empty())
        found.offers += "; " + abilities;
    found.settings = {{"camera", camera.id()}};
    // Ids contain numbers of buses that change with kernels; the model does not.
    if (!model.empty()) found.settings.emplace_back("model", model);
    return found;
}

}  // namespace

bool isUsbId(const std::string& id) {
    if (id.size() <= kUsbNumbers || id[id.size() - kUsbNumbers - 1] != '-') return false;
    const std::string_view numbers = std::string_view(id).substr(id.size() - kUsbNumbers);
    for (std::size_t i = 0; i < kUsbNumbers; ++i)
        if (i == 4 ? numbers[i] != ':' : std::isxdigit(static_cast<unsigned char>(numbers[i])) == 0)
            return false;
    return true;
}

void discover(const FoundSink& found, Deadline deadline) {
    const Manager manager;
    for (const auto& camera : manager.cameras()) {
        if (deadline.isPast()) return;
        if (!isUsbId(camera->id())) found(describe(*camera));
    }
}

}  // namespace porchlight::libcamera_source
