/// What holds the recorder's thread is told in the log.
#include "base/log.h"
#include "rig.h"

namespace held_test {

using namespace rig;

TEST_CASE("a command that holds the recorder's thread for more than a second is named in the log") {
    Rig rig;
    rig.start(config::RecordMode::Off);
    rig.settle();
    std::promise<std::string> told;
    base::setLogSink([&](base::LogLevel, std::string_view component, std::string_view text) {
        const std::string line = std::string(component) + " " + std::string(text);
        if (line.starts_with("recorder rows: held")) told.set_value(line);
    });
    REQUIRE(rig.recorder->post([&](store::Store&) { rig.clock.advance(1500ms); }));
    auto line = told.get_future();
    REQUIRE(line.wait_for(5s) == std::future_status::ready);
    rig.settle();
    base::setLogSink({});
    CHECK(line.get() == "recorder rows: held for 1500 ms");
}

}  // namespace held_test
