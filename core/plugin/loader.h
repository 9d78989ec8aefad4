/// Finds, judges and loads plugins.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "porchlight/discover.h"
#include "porchlight/plugin.h"

namespace porchlight::plugin {

/// A plugin as found on disk: fit to load, or refused with the reason. A value; listing runs no plugin code.
struct Listing {
    std::filesystem::path file;
    PluginKind kind{};
    std::string name;  ///< the file's name when the stamp could not be read
    std::string version;
    std::string summary;
    std::string built_with;
    std::string runtime;    ///< library versions found at run time; filled by probe()
    std::string refusal;    ///< empty: fit; else one line for the owner
    CaptureTraits capture;  ///< of a capture plugin
    std::vector<SettingSpec> settings;
};

/// A loaded plugin. It stays loaded until the process ends (threads, static objects and vtables may point
/// into it). Any thread.
class Module {
  public:
    Module(PluginKind kind, std::string name, void* handle);

    PluginKind kind() const noexcept { return kind_; }
    const std::string& name() const noexcept { return name_; }

    /// "name version, name version" of its libraries as found at run time; empty when the plugin does not
    /// say.
    std::string runtimeVersions() const;

    /// Looks for cameras. Throws Error as the plugin does, and Error(NotSupported) when it cannot.
    void discover(const FoundSink& found, Deadline deadline) const;

    /// Makes the companion of a capture plugin. Throws Error(NotSupported) when it has none,
    /// Error(Exhausted).
    std::unique_ptr<CameraCompanion> createCompanion() const;

    /// Makes one object; T is CaptureSource, Detector, RecordSink or AlertSink as fits kind(). Throws
    /// Error(Exhausted) when the plugin could not make one.
    template <class T>
    std::unique_ptr<T> create() const {
        return std::unique_ptr<T>(static_cast<T*>(createRaw()));
    }

  private:
    void* createRaw() const;

    PluginKind kind_;
    std::string name_;
    void* handle_;
    PluginCreate create_;
};

/// The plugins of one folder. Immutable after construction, any thread.
class Catalogue {
  public:
    /// Reads the stamps of all .so files in `folder`. A file that is no plugin is listed as refused; two fit
    /// plugins of one kind and name: the second is refused. Throws Error(Misconfigured) when the folder
    /// cannot be read.
    explicit Catalogue(const std::filesystem::path& folder);

    /// A catalogue of given listings (tests, fuzzers, the result of probe()).
    explicit Catalogue(std::vector<Listing> listings) : listings_(std::move(listings)) {}

    const std::vector<Listing>& all() const noexcept { return listings_; }

    /// The fit plugin of that kind and name; null when there is none.
    const Listing* find(PluginKind kind, std::string_view name) const noexcept;

    /// Names of all fit plugins of a kind.
    std::vector<std::string> names(PluginKind kind) const;

    /// The first fit capture plugin whose address may begin so ("rtsp"); null when there is none.
    const Listing* findForScheme(std::string_view scheme) const;

    /// Loads it with RTLD_NOW | RTLD_LOCAL. Throws Error(NotSupported) naming what is missing (refused,
    /// unknown, missing symbol, missing library).
    std::shared_ptr<const Module> load(PluginKind kind, std::string_view name) const;

  private:
    std::vector<Listing> listings_;
};

/// Loads each fit plugin of the catalogue in this process and returns the listings with `runtime` and, where
/// loading failed, `refusal` filled in. Call it in a process made for it (`porchlightd probe-plugins`).
std::vector<Listing> probe(const Catalogue& catalogue);

}  // namespace porchlight::plugin
