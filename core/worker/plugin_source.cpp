#include "worker/plugin_source.h"

namespace porchlight::worker {

std::unique_ptr<CameraCompanion> PluginSource::makeCompanion(const ipc::Setup& setup) {
    throw Error(ErrorKind::NotSupported, "plugin " + setup.source_plugin + " has no companion");
}

const plugin::Catalogue& ModulePlugins::catalogue(const ipc::Setup& setup) {
    if (!catalogue_) catalogue_.emplace(setup.plugin_folder);
    return *catalogue_;
}

std::shared_ptr<const plugin::Module> ModulePlugins::load(const ipc::Setup& setup, PluginKind kind,
                                                          const std::string& name) {
    const LockGuard lock(mutex_);
    auto& module = kind == PluginKind::Capture ? capture_ : detect_;
    if (!module) module = catalogue(setup).load(kind, name);
    return module;
}

std::unique_ptr<CaptureSource> ModulePlugins::makeSource(const ipc::Setup& setup) {
    return load(setup, PluginKind::Capture, setup.source_plugin)->create<CaptureSource>();
}

std::unique_ptr<Detector> ModulePlugins::makeDetector(const ipc::Setup& setup) {
    return load(setup, PluginKind::Detect, setup.detect_plugin)->create<Detector>();
}

const plugin::Listing* ModulePlugins::sourceOf(const ipc::Setup& setup) {
    return catalogue(setup).find(PluginKind::Capture, setup.source_plugin);
}

std::vector<std::string> ModulePlugins::secretsOf(const ipc::Setup& setup) {
    const LockGuard lock(mutex_);
    std::vector<std::string> secrets;
    if (const plugin::Listing* listing = sourceOf(setup))
        for (const SettingSpec& spec : listing->settings)
            if (spec.type == SettingType::Secret && setup.source.has(spec.name))
                secrets.emplace_back(setup.source.text(spec.name));
    return secrets;
}

bool ModulePlugins::hasCompanion(const ipc::Setup& setup) {
    const LockGuard lock(mutex_);
    const plugin::Listing* listing = sourceOf(setup);
    return listing != nullptr && listing->capture.has_companion != 0;
}

std::unique_ptr<CameraCompanion> ModulePlugins::makeCompanion(const ipc::Setup& setup) {
    return load(setup, PluginKind::Capture, setup.source_plugin)->createCompanion();
}

}  // namespace porchlight::worker
