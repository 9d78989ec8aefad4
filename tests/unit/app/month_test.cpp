/// What a month of one camera's history costs: samples, incidents, ledger. The numbers stand in
/// docs/ledger.md.
#include <filesystem>

#include "app/camera_watch.h"
#include "base/wall_times.h"
#include "ledger/coverage_ledger.h"
#include "support/catch.h"
#include "support/fake_clock.h"
#include "support/folder.h"

namespace month_test {

using namespace porchlight;

namespace {

/// **Owns** a database, and what writes health and ledger of the camera "porch" to it.
struct Month {
    Month() {
        store = std::make_unique<store::Store>(folder / "porchlight.db");
        store->ensureCamera("porch", "Porch");
        store->tidy();
        empty_bytes = bytes();
        ledger = std::make_unique<ledger::CoverageLedger>(*store, clock, "boot");
        ledger->open();
        ledger->addCamera("porch", config::RecordMode::Motion);
        status.name = "porch";
        status.is_detect_on = true;
        status.worker_starts = 1;
    }
    std::uintmax_t bytes() const { return std::filesystem::file_size(folder / "porchlight.db"); }
    /// History since the start, in bytes of the file.
    std::uintmax_t grown() {
        store->tidy();
        return bytes() - empty_bytes;
    }
    void pass(seconds span) {
        clock.advance(span);
        watch.see(status);
        ledger->tick();
    }
    void set(camera::State state, int failures, const std::string& kind) {
        status.state = state;
        status.consecutive_failures = static_cast<std::uint32_t>(failures);
        status.score = std::max(0, 100 - 10 * failures);
        status.kind = kind;
        status.reason = kind.empty() ? "" : "no picture for 12 s: connection to 192.0.2.10 timed out";
    }
    /// What is written meanwhile is committed at once: a month of single commits costs half a minute.
    void asOne(const std::function<void()>& work) const { store->atomically(work); }
    void event() {
        ledger->setWriter("porch", {true, true, std::nullopt});
        const WallTime start = clock.wallNow() - seconds(5);
        pass(seconds(20));
        ledger->noteWritten("porch", start, clock.wallNow());
        ledger->noteSynced("porch");
        pass(seconds(1));
        ledger->setWriter("porch", {false, false, std::nullopt});
        pass(seconds(39));
    }

    test::FakeClock clock;
    test::Folder folder;
    std::unique_ptr<store::Store> store;
    std::unique_ptr<ledger::CoverageLedger> ledger;
    std::uintmax_t empty_bytes = 0;
    camera::Status status;
    app::CameraWatch watch{clock,
                           {[this](const std::string& camera, const ledger::CameraCondition& condition) {
                                ledger->setCondition(camera, condition);
                            },
                            [this](app::CameraWatch::Statements statements) {
                                statements(*store);
                                return true;
                            }}};
};

#ifdef PORCHLIGHT_SANITIZED
constexpr int kDays = 3;  ///< sanitizers look for errors, which the rest of the month would only repeat
#else
constexpr int kDays = 30;
#endif

}  // namespace

TEST_CASE("a month of a well camera with fifty events a day stays under half a megabyte") {
    Month month;
    month.set(camera::State::Running, 0, "");
    for (int day = 0; day < kDays; ++day)
        month.asOne([&] {
            for (int event = 0; event < 50; ++event) {
                month.event();
                for (int minute = 0; minute < 28; ++minute) month.pass(seconds(60));
            }
        });
    const auto bytes = month.grown();
    WARN("a well month: " << bytes << " bytes, "
                          << month.store->coverage.between("porch", WallTime{}, kEndOfTime).size()
                          << " intervals, "
                          << month.store->health.between("porch", WallTime{}, kEndOfTime, 100'000).size()
                          << " samples");
    CHECK(bytes < 500'000);
    CHECK(month.store->incidents.between("porch", WallTime{}, kEndOfTime, 10).empty());
    CHECK(month.store->check().empty());
}

TEST_CASE("a month of a camera that comes and goes every twenty seconds stays under six megabytes") {
    Month month;
    constexpr int kStatesADay = 86'400 / 20;
    const auto pass = [&](int i) {
        if (i % 2 == 0)
            month.set(camera::State::Running, 0, "");
        else
            month.set(camera::State::Degraded, 1 + i / 2 % 3,
                      i % 4 == 1 ? "connection_error" : "frame_timeout");
        month.pass(seconds(20));
    };
    for (int day = 0; day < kDays; ++day)
        month.asOne([&] {
            for (int i = 0; i < kStatesADay; ++i) pass(i);
        });
    const auto bytes = month.grown();
    WARN("a flapping month: "
         << bytes << " bytes, " << month.store->coverage.between("porch", WallTime{}, kEndOfTime).size()
         << " intervals, " << month.store->health.between("porch", WallTime{}, kEndOfTime, 100'000).size()
         << " samples, " << month.store->incidents.between("porch", WallTime{}, kEndOfTime, 100'000).size()
         << " incidents");
    CHECK(bytes < 6'000'000);
    CHECK(month.store->check().empty());
}

TEST_CASE("a month of a camera that is gone costs what a well one costs") {
    Month month;
    month.set(camera::State::Offline, 10, "connection_error");
    for (int day = 0; day < kDays; ++day)
        month.asOne([&] {
            for (int minute = 0; minute < 1440; ++minute) month.pass(seconds(60));
        });
    CHECK(month.grown() < 400'000);
    CHECK(month.store->coverage.between("porch", WallTime{}, kEndOfTime).size() <= 3);
    const auto incidents = month.store->incidents.between("porch", WallTime{}, kEndOfTime, 10);
    REQUIRE(incidents.size() == 1);
    CHECK_FALSE(incidents[0].ended_at.has_value());
    CHECK(incidents[0].issue == "connection_error");
    month.set(camera::State::Running, 0, "");
    month.pass(seconds(1));
    CHECK(month.store->incidents.between("porch", WallTime{}, kEndOfTime, 10)[0].ended_at.has_value());
}

}  // namespace month_test
