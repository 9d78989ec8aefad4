// What every record plugin must do. Runs against each fit plugin of the build.
#include <sys/mount.h>
#include <unistd.h>

#include "plugin/loader.h"
#include "support/catch.h"
#include "support/skip.h"
#include "unit/media/footage.h"

namespace record_contract_test {

using namespace porchlight;
namespace fs = std::filesystem;

namespace {

const plugin::Catalogue& catalogue() {
    static const plugin::Catalogue all{fs::path(PORCHLIGHT_PLUGIN_DIR)};
    return all;
}

std::unique_ptr<RecordSink> makeSink(const std::string& name) {
    auto sink = catalogue().load(PluginKind::Record, name)->create<RecordSink>();
    Settings settings;
    settings.set("sync_interval", "1000000");
    sink->configure(settings);
    return sink;
}

std::size_t openDescriptors() {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator{}));
}

}  // namespace

TEST_CASE(
    "record plugins: appended fragments play without a finish, sizes are true, nothing is overwritten or "
    "leaked") {
    const footage::Folder folder;
    const auto stream = footage::split(footage::make(folder, "source.mp4"), WallTime{});
    REQUIRE_FALSE(catalogue().names(PluginKind::Record).empty());
    for (const std::string& name : catalogue().names(PluginKind::Record)) {
        CAPTURE(name);
        const auto sink = makeSink(name);
        const fs::path file = folder / name / "new" / "folders" / "one.mp4";
        auto recording = sink->begin(file, *stream.init);
        CHECK(recording->sizeBytes() == stream.init->bytes.size());
        for (const auto& fragment : stream.fragments) recording->append(*fragment);
        recording->sync();
        CHECK(recording->sizeBytes() == fs::file_size(file));
        recording.reset();
        CHECK(footage::decodeErrors(file) == "");
        CHECK(footage::picturesOf(file) == 150);
        const auto size = fs::file_size(file);
        CHECK_THROWS_AS(sink->begin(file, *stream.init), Error);
        CHECK(fs::file_size(file) == size);

        const std::size_t before = openDescriptors();
        for (int i = 0; i < 50; ++i)
            sink->begin(folder / name / (std::to_string(i) + ".mp4"), *stream.init)
                ->append(*stream.fragments[0]);
        CHECK(openDescriptors() == before);
    }
}

TEST_CASE("record plugins: a full disk is Exhausted, and what is there plays") {
    const footage::Folder folder;
    footage::Options options;
    options.size_px = 640;
    const auto stream = footage::split(footage::make(folder, "source.mp4", options), WallTime{});
    const fs::path disk = folder / "disk";
    fs::create_directory(disk);
    if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=256k") != 0) {
        porchlight::test::tellSkipped("mounting a small disk needs root");
        return;
    }
    for (const std::string& name : catalogue().names(PluginKind::Record)) {
        CAPTURE(name);
        const fs::path file = disk / (name + ".mp4");
        auto recording = makeSink(name)->begin(file, *stream.init);
        bool is_full = false;
        try {
            for (const auto& fragment : stream.fragments) recording->append(*fragment);
        } catch (const Error& error) {
            is_full = error.kind() == ErrorKind::Exhausted;
        }
        CHECK(is_full);
        CHECK(recording->sizeBytes() == fs::file_size(file));
        recording.reset();
        CHECK(footage::decodeErrors(file) == "");
        fs::remove(file);
    }
    CHECK(::umount(disk.c_str()) == 0);
}

}  // namespace record_contract_test
