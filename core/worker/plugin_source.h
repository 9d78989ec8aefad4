/// Where a worker gets its plugin objects from: modules on disk, or objects of a test.
#pragma once

#include <memory>
#include <optional>

#include "ipc/message.h"
#include "plugin/loader.h"
#include "porchlight/capture.h"
#include "porchlight/companion.h"
#include "porchlight/detect.h"
#include "porchlight/mutex.h"

namespace porchlight::worker {

/// Any thread. Throws Error(NotSupported, Misconfigured) when there is no such plugin.
class PluginSource {
  public:
    virtual ~PluginSource() = default;
    virtual std::unique_ptr<CaptureSource> makeSource(const ipc::Setup& setup) = 0;
    virtual std::unique_ptr<Detector> makeDetector(const ipc::Setup& setup) = 0;

    /// Whether the source plugin has companions, by its stamp: no code of it runs.
    virtual bool hasCompanion(const ipc::Setup&) { return false; }
    virtual std::unique_ptr<CameraCompanion> makeCompanion(const ipc::Setup& setup);

    /// What its settings hold that must not be shown, beside what addresses give away.
    virtual std::vector<std::string> secretsOf(const ipc::Setup&) { return {}; }
};

/// Loads modules from setup.plugin_folder; each once.
class ModulePlugins final : public PluginSource {
  public:
    std::unique_ptr<CaptureSource> makeSource(const ipc::Setup& setup) override;
    std::unique_ptr<Detector> makeDetector(const ipc::Setup& setup) override;
    bool hasCompanion(const ipc::Setup& setup) override;
    std::unique_ptr<CameraCompanion> makeCompanion(const ipc::Setup& setup) override;
    std::vector<std::string> secretsOf(const ipc::Setup& setup) override;

  private:
    std::shared_ptr<const plugin::Module> load(const ipc::Setup& setup, PluginKind kind,
                                               const std::string& name);

    const plugin::Listing* sourceOf(const ipc::Setup& setup) PORCHLIGHT_REQUIRES(mutex_);
    const plugin::Catalogue& catalogue(const ipc::Setup& setup) PORCHLIGHT_REQUIRES(mutex_);

    Mutex mutex_;
    std::optional<plugin::Catalogue> catalogue_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::shared_ptr<const plugin::Module> capture_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::shared_ptr<const plugin::Module> detect_ PORCHLIGHT_GUARDED_BY(mutex_);
};

}  // namespace porchlight::worker
