#include "config/loader.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/secret/secrets.h"
#include "base/text.h"
#include "config/camera_file.h"
#include "config/host_check.h"
#include "config/main_file.h"
#include "config/trust.h"

namespace porchlight::config {
namespace {

/// A camera without a usable name is listed all the same; its name must be fit for topics, paths and rows.
std::string nameFrom(const std::filesystem::path& file) {
    std::string name = file.stem().string().substr(0, 40);
    for (char& c : name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        if (!isCameraName(std::string(1, c))) c = '-';
    }
    return name.empty() ? "camera" : name;
}

/// Files of cameras.d that hold cameras: *.yaml and *.yml, but nothing that begins with a dot
/// ("._porch.yaml", ".#porch.yaml").
std::vector<std::filesystem::path> cameraFiles(const std::filesystem::path& folder, Problems& problems) {
    std::vector<std::filesystem::path> files;
    std::error_code failure;
    std::filesystem::directory_iterator entries(folder, failure);
    for (; !failure && entries != std::filesystem::directory_iterator(); entries.increment(failure)) {
        std::string extension = entries->path().extension().string();
        for (char& letter : extension)
            letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
        const bool is_hidden = entries->path().filename().string().starts_with('.');
        if ((extension == ".yaml" || extension == ".yml") && !is_hidden) files.push_back(entries->path());
    }
    if (failure && failure != std::errc::no_such_file_or_directory)
        problems.push_back({folder, 0, 0, "the folder of the cameras cannot be read: " + failure.message()});
    std::sort(files.begin(), files.end());
    return files;
}

/// Whoever may write one of these decides what the camera is.
std::set<std::filesystem::path> judgedFiles(const CameraConfig& camera) {
    auto files = camera.secret_files;
    files.insert(camera.file);
    return files;
}

CameraConfig readCamera(const std::filesystem::path& file, uid_t self, const plugin::Catalogue& plugins,
                        Problems& problems, Places& places) {
    CameraConfig camera;
    camera.file = file;
    try {
        std::error_code failure;
        if (!std::filesystem::is_regular_file(file, failure))
            throw Error(ErrorKind::Misconfigured, "is no file" + (failure ? ": " + failure.message() : ""));
        camera = parseCamera(readText(file), file, plugins, problems, &places);
        places.emplace("name", Place{1, 1});  // the file's own name counts
        for (const auto& path : judgedFiles(camera))
            if (const std::string why = whyUntrusted(path, self); !why.empty())
                problems.push_back({file, 0, 0, why});
    } catch (const Error& error) {
        problems.push_back({file, 0, 0, base::printable(error.what())});
    }
    return camera;
}

/// A name that is not taken yet, for a camera that cannot have its own.
std::string freeName(const std::string& wish, const std::set<std::string>& taken) {
    std::string name = wish;
    for (int number = 2; taken.contains(name); ++number)
        name = wish.substr(0, 36) + "-" + std::to_string(number);
    return name;
}

/// Cameras that are fit to run keep their names, whatever stands in other files.
void loadCameras(const plugin::Catalogue& plugins, uid_t self, LoadResult& result) {
    std::map<std::string, std::filesystem::path> names;
    std::set<std::string> taken;
    std::vector<Problems> problems;
    for (const auto& file : cameraFiles(result.config.cameras_dir, result.problems)) {
        Places places;
        CameraConfig camera = readCamera(file, self, plugins, problems.emplace_back(), places);
        const auto [twin, is_new] =
            isCameraName(camera.name) ? names.emplace(camera.name, file) : std::pair(names.end(), true);
        if (!is_new)
            problems.back().push_back({file, places["name"].line, places["name"].column,
                                       "camera name '" + camera.name + "' is used by " +
                                           base::printable(twin->second.filename().string()) + " already"});
        if (twin == names.end() || !is_new) camera.name.clear();
        taken.insert(camera.name);
        result.config.cameras.push_back(std::move(camera));
    }
    for (std::size_t i = 0; i < problems.size(); ++i) {
        CameraConfig& camera = result.config.cameras[i];
        if (camera.name.empty()) taken.insert(camera.name = freeName(nameFrom(camera.file), taken));
        if (camera.title.empty()) camera.title = camera.name;
        if (!problems[i].empty()) camera.problem = problems[i].front().format();
        result.camera_problems.insert(result.camera_problems.end(), problems[i].begin(), problems[i].end());
    }
}

}  // namespace

LoadResult load(const std::filesystem::path& file, const plugin::Catalogue& plugins,
                std::optional<uid_t> self) {
    LoadResult result;
    base::keepSecretsOfEnvironment();
    result.config = parseMain(readText(file), file, plugins, result.problems, &result.places);
    loadCameras(plugins, self ? *self : userOf(result.config), result);
    // Only now all secrets are known, also of what was read after the mistake.
    for (Problems* problems : {&result.problems, &result.camera_problems})
        for (Problem& problem : *problems) problem.text = base::hideSecrets(problem.text);
    for (CameraConfig& camera : result.config.cameras) camera.problem = base::hideSecrets(camera.problem);
    return result;
}

}  // namespace porchlight::config
