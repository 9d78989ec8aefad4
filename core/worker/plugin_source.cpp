#include "worker/plugin_source.h"

namespace porchlight::worker {

std::shared_ptr<const plugin::Module> ModulePlugins::load(const ipc::Setup& setup, PluginKind kind,
                                                          const std::string& name) {
    const LockGuard lock(mutex_);
    auto& module = kind == PluginKind::Capture ? capture_ : detect_;
    if (!module) {
        if (!catalogue_) catalogue_.emplace(setup.plugin_folder);
        module = catalogue_->load(kind, name);
    }
    return module;
}

std::unique_ptr<CaptureSource> ModulePlugins::makeSource(const ipc::Setup& setup) {
    return load(setup, PluginKind::Capture, setup.source_plugin)->create<CaptureSource>();
}

std::unique_ptr<Detector> ModulePlugins::makeDetector(const ipc::Setup& setup) {
    return load(setup, PluginKind::Detect, setup.detect_plugin)->create<Detector>();
}

}  // namespace porchlight::worker
