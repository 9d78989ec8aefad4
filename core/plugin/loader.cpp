#include "plugin/loader.h"

#include <dlfcn.h>

#include <algorithm>

#include "base/text.h"
#include "plugin/stamp_reader.h"

namespace porchlight::plugin {
namespace {

Listing inspect(const std::filesystem::path& file) {
    Listing listing;
    listing.file = file;
    listing.name = file.filename().string();
    try {
        const PluginStamp stamp = readStamp(file);
        listing.refusal = judgeStamp(stamp);
        if (!listing.refusal.empty()) return listing;
        listing.kind = stamp.kind;
        listing.name = stamp.name;
        listing.version = stamp.version;
        listing.summary = stamp.summary;
        listing.built_with = stamp.built_with;
        listing.capture = stamp.capture;
        listing.settings.assign(stamp.settings, stamp.settings + stamp.setting_count);
    } catch (const Error& error) {
        listing.refusal = error.what();
    }
    return listing;
}

std::shared_ptr<const Module> open(const Listing& listing) {
    // A damaged plugin must show here, not at its first call: RTLD_NOW. Its symbols stay its own: RTLD_LOCAL.
    void* handle = ::dlopen(listing.file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle == nullptr) {
        const char* why = ::dlerror();
        throw Error(ErrorKind::NotSupported,
                    "plugin " + listing.name + " does not load: " + (why ? why : "unknown reason"));
    }
    return std::make_shared<const Module>(listing.kind, listing.name, handle);
}

}  // namespace

Module::Module(PluginKind kind, std::string name, void* handle)
    : kind_(kind),
      name_(std::move(name)),
      handle_(handle),
      create_(reinterpret_cast<PluginCreate>(::dlsym(handle, kCreateSymbol))) {
    if (create_ == nullptr)
        throw Error(ErrorKind::NotSupported, "plugin " + name_ + " lacks " + kCreateSymbol);
}

void* Module::createRaw() const {
    void* object = create_();
    if (object == nullptr)
        throw Error(ErrorKind::Exhausted, "plugin " + name_ + " could not make its object");
    return object;
}

std::string Module::runtimeVersions() const {
    const auto function = reinterpret_cast<PluginRuntimeVersions>(::dlsym(handle_, kRuntimeVersionsSymbol));
    if (function == nullptr) return "";
    char text[256] = "";
    function(text, sizeof text);
    text[sizeof text - 1] = 0;
    return text;
}

std::unique_ptr<CameraCompanion> Module::createCompanion() const {
    const auto create = reinterpret_cast<CompanionCreate>(::dlsym(handle_, kCreateCompanionSymbol));
    if (create == nullptr)
        throw Error(ErrorKind::NotSupported, "plugin " + name_ + " lacks " + kCreateCompanionSymbol);
    std::unique_ptr<CameraCompanion> companion(static_cast<CameraCompanion*>(create()));
    if (!companion) throw Error(ErrorKind::Exhausted, "plugin " + name_ + " could not make its companion");
    return companion;
}

void Module::discover(const FoundSink& found, Deadline deadline) const {
    const auto function = reinterpret_cast<PluginDiscover>(::dlsym(handle_, kDiscoverSymbol));
    if (function == nullptr)
        throw Error(ErrorKind::NotSupported,
                    "plugin " + name_ + " says that it finds cameras, but lacks " + kDiscoverSymbol);
    function(found, deadline);
}

Catalogue::Catalogue(const std::filesystem::path& folder) {
    std::error_code failure;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder, failure))
        if (entry.path().extension() == ".so") files.push_back(entry.path());
    if (failure)
        throw Error(ErrorKind::Misconfigured,
                    "read plugin folder " + folder.string() + ": " + failure.message());
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        Listing listing = inspect(file);
        if (listing.refusal.empty() && find(listing.kind, listing.name) != nullptr)
            listing.refusal = "a plugin of this kind and name is there already: " +
                              find(listing.kind, listing.name)->file.filename().string();
        listings_.push_back(std::move(listing));
    }
}

const Listing* Catalogue::find(PluginKind kind, std::string_view name) const noexcept {
    for (const Listing& listing : listings_)
        if (listing.refusal.empty() && listing.kind == kind && listing.name == name) return &listing;
    return nullptr;
}

std::vector<std::string> Catalogue::names(PluginKind kind) const {
    std::vector<std::string> out;
    for (const Listing& listing : listings_)
        if (listing.refusal.empty() && listing.kind == kind) out.push_back(listing.name);
    return out;
}

const Listing* Catalogue::findForScheme(std::string_view scheme) const {
    const auto takesIt = [&](const SettingSpec& spec) {
        const auto schemes = base::split(spec.choices, '|');
        return spec.type == SettingType::Url &&
               std::find(schemes.begin(), schemes.end(), scheme) != schemes.end();
    };
    for (const Listing& listing : listings_)
        if (listing.refusal.empty() && listing.kind == PluginKind::Capture &&
            std::any_of(listing.settings.begin(), listing.settings.end(), takesIt))
            return &listing;
    return nullptr;
}

std::shared_ptr<const Module> Catalogue::load(PluginKind kind, std::string_view name) const {
    if (const Listing* listing = find(kind, name)) return open(*listing);
    const std::string what = std::string(nameOf(kind)) + " plugin '" + std::string(name) + "'";
    for (const Listing& listing : listings_)
        if (!listing.refusal.empty() &&
            listing.file.stem().string().ends_with(std::string(nameOf(kind)) + "-" + std::string(name)))
            throw Error(ErrorKind::NotSupported,
                        what + " is refused: " + listing.file.filename().string() + " " + listing.refusal);
    throw Error(ErrorKind::NotSupported, what + " is not installed");
}

std::vector<Listing> probe(const Catalogue& catalogue) {
    std::vector<Listing> out = catalogue.all();
    for (Listing& listing : out) {
        if (!listing.refusal.empty()) continue;
        try {
            listing.runtime = open(listing)->runtimeVersions();
        } catch (const Error& error) {
            listing.refusal = error.what();
        }
    }
    return out;
}

}  // namespace porchlight::plugin
