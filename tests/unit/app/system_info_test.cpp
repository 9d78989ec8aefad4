/// What the appliance says of itself: everything that is wrong, in words, and nothing that is not.
#include "app/system_info.h"

#include "support/catch.h"

namespace system_info_test {

using namespace porchlight;
using Problems = std::vector<std::string>;

TEST_CASE("a sink is connected only by its own word, and whatever else it says for long is a problem") {
    struct Row {
        const char* status;
        bool is_connected;
        Problems problems;
    };
    const Row rows[] = {
        {"connected", true, {}},
        {"starting", false, {}},
        {"connecting", false, {}},
        {"connected, but home/# is not allowed",
         true,
         {"alerts over mqtt: connected, but home/# is not allowed"}},
        {"offline: connection refused", false, {"alerts over mqtt: offline: connection refused"}},
    };
    for (const Row& row : rows) {
        INFO(row.status);
        web::SystemInfo info;
        app::addAlerts(info, {{"mqtt", row.status, 7, 3, 2, 100, 4, 5}});
        REQUIRE(info.alerts.size() == 1);
        CHECK(info.alerts[0].is_connected == row.is_connected);
        CHECK(info.problems == row.problems);
        CHECK(info.alerts[0].delivered == 7);
        CHECK(info.alerts[0].dropped == 3);
        CHECK(info.alerts[0].waiting == 2);
        CHECK(info.alerts[0].waiting_bytes == 100);
        CHECK(info.alerts[0].dropped_pictures == 4);
        CHECK(info.alerts[0].superseded == 5);
    }
}

TEST_CASE("each library that plugins found is told once, with its version") {
    plugin::Listing ffmpeg;
    ffmpeg.runtime = "libavformat 59.27.100, libavcodec 59.37.100";
    plugin::Listing mp4;
    mp4.runtime = "libavcodec 59.37.100,libcamera 0.4.0";
    plugin::Listing odd;
    odd.runtime = "noversion, , 7";
    using Libraries = std::vector<std::pair<std::string, std::string>>;
    CHECK(app::librariesOf({ffmpeg, mp4, {}, odd}) ==
          Libraries{{"libavformat", "59.27.100"}, {"libavcodec", "59.37.100"}, {"libcamera", "0.4.0"}});
}

TEST_CASE("the volume's problems, and a clock that nobody set, are problems of the appliance") {
    web::SystemInfo info;
    record::StorageStatus storage;
    storage.free_bytes = 17;
    app::addStorage(info, storage);
    CHECK(info.problems.empty());
    CHECK(info.storage.free_bytes == 17);
    storage.problems = {"the disk is full"};
    storage.is_clock_trusted = false;
    app::addStorage(info, storage);
    REQUIRE(info.problems.size() == 2);
    CHECK(info.problems[0] == "the disk is full");
    CHECK(info.problems[1].find("the clock is not set") == 0);
}

TEST_CASE("a camera that cannot be recorded is named, and what recording gave up is counted by camera") {
    web::SystemInfo info;
    record::RecordingStatus well;
    well.dropped_fragments = 2;
    record::RecordingStatus ill;
    ill.error = "no space left on device";
    app::addRecordings(info, {{"porch", well}, {"yard", ill}});
    CHECK(info.problems == Problems{"yard is not recording: no space left on device"});
    using Drops = std::vector<std::pair<std::string, std::uint64_t>>;
    CHECK(info.recorder_drops == Drops{{"porch", 2}, {"yard", 0}});
}

}  // namespace system_info_test
