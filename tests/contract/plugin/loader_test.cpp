#include "plugin/loader.h"

#include <unistd.h>

#include <fstream>

#include "app/discover/plugin_probe.h"
#include "plugin/stamp_reader.h"
#include "support/catch.h"

namespace loader_test {

using namespace porchlight;
using namespace porchlight::plugin;

namespace {

const std::filesystem::path kWrong = WRONG_PLUGIN_DIR;

std::string refusalOf(const Catalogue& catalogue, const std::string& file) {
    for (const auto& listing : catalogue.all())
        if (listing.file.filename() == file) return listing.refusal;
    return "not listed";
}

}  // namespace

TEST_CASE("plugins built wrong are refused with one clear line, before any code of them runs") {
    // wrong-crash.so traps in a static constructor: reading the catalogue must not run it.
    const Catalogue catalogue(kWrong);
    CHECK(refusalOf(catalogue, "wrong-abi.so").find("plugin ABI " + std::to_string(kPluginAbi + 6)) !=
          std::string::npos);
    CHECK(refusalOf(catalogue, "wrong-abi.so").find("needs a newer Porchlight") != std::string::npos);
    CHECK(refusalOf(catalogue, "wrong-old.so") ==
          "was built for plugin ABI " + std::to_string(kPluginAbi - 1) + ", this Porchlight has ABI " +
              std::to_string(kPluginAbi) +
              ": rebuild it with this version's headers (core/sdk/porchlight; docs/plugins.md says what is "
              "new)");
    CHECK(refusalOf(catalogue, "wrong-traits.so") ==
          "is a detect plugin with the traits of a capture plugin");
    CHECK(refusalOf(catalogue, "wrong-sizes.so").find("other type sizes") != std::string::npos);
    CHECK(refusalOf(catalogue, "wrong-mode.so").find("another C++ library mode") != std::string::npos);
    CHECK(refusalOf(catalogue, "wrong-stampless.so").find("no Porchlight plugin stamp") != std::string::npos);
    for (const auto& listing : catalogue.all()) CHECK(listing.refusal.find('\n') == std::string::npos);
}

TEST_CASE("the rest runs on: a good plugin beside wrong ones loads and works") {
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("plugins-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    std::filesystem::copy_file(kWrong / "wrong-good.so", folder / "good.so",
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::copy_file(kWrong / "wrong-abi.so", folder / "abi.so",
                               std::filesystem::copy_options::overwrite_existing);
    std::ofstream(folder / "text.so")
        << "this is no shared object, but it is long enough to hold an ELF header, is it not?";
    {
        std::ifstream whole(kWrong / "wrong-good.so", std::ios::binary);
        std::vector<char> half(6000);
        whole.read(half.data(), 6000);
        std::ofstream(folder / "half.so", std::ios::binary).write(half.data(), 6000);
    }
    const Catalogue catalogue(folder);
    CHECK(catalogue.all().size() == 4);
    CHECK(refusalOf(catalogue, "text.so") == "is not a shared object");
    CHECK_FALSE(refusalOf(catalogue, "half.so").empty());
    const auto detector = catalogue.load(PluginKind::Detect, "nothing")->create<Detector>();
    CHECK(detector->preferredWidthPx() == 320);
    const auto* listing = catalogue.find(PluginKind::Detect, "nothing");
    REQUIRE(listing->settings.size() == 1);
    CHECK(std::string(listing->settings[0].help) == "A number.");
    std::filesystem::remove_all(folder);
}

TEST_CASE("a missing symbol is told when the plugin is loaded") {
    const Catalogue all(kWrong);
    for (const auto& entry : all.all()) {
        if (entry.file.filename() != "wrong-symbol.so") continue;
        // The twin names (all are called "nothing") make it a refused twin; judge it alone.
        Listing alone = entry;
        alone.refusal = judgeStamp(readStamp(entry.file));
        alone.kind = PluginKind::Detect;
        alone.name = "nothing";
        REQUIRE(alone.refusal.empty());
        const Catalogue catalogue(std::vector<Listing>{alone});
        try {
            (void)catalogue.load(PluginKind::Detect, "nothing");
            FAIL("loaded although a symbol is missing");
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::NotSupported);
            CHECK(std::string(error.what()).find("porchlight_function_that_nobody_has") != std::string::npos);
        }
    }
}

TEST_CASE("an unknown plugin says so") {
    try {
        (void)Catalogue(kWrong).load(PluginKind::Capture, "camera-obscura");
        FAIL("loaded");
    } catch (const Error& error) {
        CHECK(std::string(error.what()) == "capture plugin 'camera-obscura' is not installed");
    }
    CHECK_THROWS_AS(Catalogue("/no/such/folder"), Error);
}

TEST_CASE("a capture plugin that says nothing of itself gets the strictest") {
    const Catalogue catalogue(kWrong);
    const auto* silent = catalogue.find(PluginKind::Capture, "silent");
    REQUIRE(silent != nullptr);
    CHECK(silent->capture.confinement == Confinement::Decoding);
    CHECK(silent->capture.delivers == kDeliversAnything);
    CHECK(silent->capture.finds_cameras == 0);
    CHECK(silent->capture.buffer_bytes == 4U << 20U);
    CHECK(catalogue.findForScheme("gopher") == silent);
    CHECK(catalogue.findForScheme("rtsp") == nullptr);
}

TEST_CASE("a stamp cannot ask for what the core does not know") {
    const auto refused = [](const CaptureTraits& traits) {
        static constexpr SettingSpec kOne[] = {{"a", SettingType::Text, 0, "", 0, 0, "", "", "A."}};
        return judgeStamp(makeStamp(PluginKind::Capture, "x", "1", "", "", kOne, traits));
    };
    CHECK(refused({}).empty());
    for (const auto known : {Confinement::Decoding, Confinement::Device, Confinement::DeviceWithPrograms})
        CHECK(refused({.confinement = known}).empty());
    for (const std::uint32_t number : {0U, 4U, 7U, 0x80000001U, 0xffffffffU})
        CHECK(refused({.confinement = static_cast<Confinement>(number)}) ==
              "asks for a confinement that this Porchlight does not know");
    for (const std::uint32_t number : {0U, 8U, 15U, 0xffffffffU})
        CHECK(refused({.delivers = number}) == "does not say in a known way what it delivers");
    CHECK_FALSE(refused({.finds_cameras = 2}).empty());
    CHECK(refused({.buffer_bytes = kMaxBufferBytes}).empty());
    CHECK(refused({.buffer_bytes = 80U << 20U}) == "asks for 80 MiB of buffers, at most 64 are given");
}

TEST_CASE("the installed plugins are all fit, and say what they need") {
    const Catalogue catalogue(PORCHLIGHT_PLUGIN_DIR);
    for (const auto& listing : catalogue.all()) {
        INFO(listing.file << ": " << listing.refusal);
        CHECK(listing.refusal.empty());
        CHECK_FALSE(listing.summary.empty());
        for (const auto& setting : listing.settings) {
            INFO(setting.name);
            CHECK(setting.help[0] != 0);
        }
    }
    for (const char* name : {"ffmpeg", "testpattern"})
        CHECK(catalogue.find(PluginKind::Capture, name) != nullptr);
    for (const char* name : {"ffmpeg", "testpattern"})
        CHECK(catalogue.find(PluginKind::Capture, name)->capture.confinement == Confinement::Decoding);
    CHECK(catalogue.findForScheme("rtsp") == catalogue.find(PluginKind::Capture, "ffmpeg"));
    CHECK(catalogue.find(PluginKind::Detect, "motion") != nullptr);
    CHECK(catalogue.find(PluginKind::Record, "fmp4") != nullptr);
    CHECK(catalogue.find(PluginKind::Alert, "mqtt") != nullptr);
}

TEST_CASE("a plugin that crashes while it is loaded costs a child process, and is named") {
    // The probe of the real daemon over the real plugins works...
    const auto listings = app::probeInChild(Catalogue(PORCHLIGHT_PLUGIN_DIR), PORCHLIGHTD);
    bool has_runtime = false;
    for (const auto& listing : listings) {
        INFO(listing.name << ": " << listing.refusal);
        CHECK(listing.refusal.empty());
        has_runtime = has_runtime || listing.runtime.find("libavformat") != std::string::npos;
    }
    CHECK(has_runtime);
}

}  // namespace loader_test
