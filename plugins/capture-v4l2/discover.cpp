#include "discover.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "capabilities.h"

namespace porchlight::v4l2 {
namespace fs = std::filesystem;
namespace {

/// /dev/video0, /dev/video1, ... in the order of their numbers.
std::vector<std::string> nodesHere() {
    std::vector<std::pair<int, std::string>> nodes;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator("/dev", none)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("video") && name.size() > 5 &&
            name.find_first_not_of("0123456789", 5) == std::string::npos && name.size() < 10)
            nodes.emplace_back(std::stoi(name.substr(5)), entry.path().string());
    }
    std::sort(nodes.begin(), nodes.end());
    std::vector<std::string> out;
    for (auto& [number, path] : nodes) out.push_back(std::move(path));
    return out;
}

/// Nothing when the node is no camera (metadata, codecs, outputs).
bool examine(const std::string& node, FoundCamera& camera) {
    camera.id = lastingNameOf(node);
    camera.title = node;
    camera.settings = {{"device", camera.id}};
    try {
        const Device device(node);
        if (!device.canCapture() || device.isPartOfPipeline()) return false;
        camera.title = device.card();
        const auto offers = offersOf(device);
        if (!choose(offers, {})) return false;
        camera.offers = describe(offers);
        checkInput(device);
    } catch (const Error& error) {
        camera.problem = error.what();
    }
    return true;
}

}  // namespace

std::string lastingNameOf(const std::string& node) {
    std::error_code none;
    for (const char* folder : {"/dev/v4l/by-id", "/dev/v4l/by-path"}) {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(folder, none))
            if (fs::weakly_canonical(entry.path(), none) == node) names.push_back(entry.path().string());
        if (!names.empty()) return *std::min_element(names.begin(), names.end());
    }
    return node;
}

void discover(const FoundSink& found, Deadline deadline) {
    for (const std::string& node : nodesHere()) {
        if (deadline.isPast()) return;
        FoundCamera camera;
        if (examine(node, camera)) found(camera);
    }
}

}  // namespace porchlight::v4l2
