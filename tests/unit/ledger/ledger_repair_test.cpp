// The ledger is made to agree with recordings that have moved, however many.
#include "ledger/check_ledger.h"
#include "support/catch.h"
#include "support/folder.h"

namespace ledger_repair_test {

using namespace porchlight;
using namespace porchlight::ledger;
using namespace std::chrono_literals;

namespace {

constexpr WallTime kStart{microseconds{1'790'000'000'000'000}};
constexpr int kSpans = 50;

/// Fifty recordings of five seconds, told as recorded ten seconds before each of them.
void makeUntrue(store::Store& store) {
    store.ensureCamera("porch", "Porch");
    store.coverage.paint({"porch", kStart - 1h, std::nullopt, false, "no_motion", {}});
    for (int i = 0; i < kSpans; ++i) {
        const WallTime at = kStart + 1min * i;
        store::RecordingRow row;
        row.camera = "porch";
        row.path = "porch/" + std::to_string(i) + ".mp4";
        row.started_at = at;
        store.recordings.finish(store.recordings.insert(row), at + 5s, 1000);
        store.coverage.paint({"porch", at - 10s, at - 5s, true, {}, {}});
    }
    store.coverage.append("porch", kStart + 2h, false, "disabled", {});
}

}  // namespace

TEST_CASE("all that the ledger says wrongly is repaired, and the first twenty are told") {
    const test::Folder folder;
    store::Store store(folder / "porchlight.db");
    makeUntrue(store);
    CHECK(ledgerProblems(store, "porch", true, GapCause::ClockStep).size() == 20);
    CHECK(ledgerProblems(store, "porch").empty());
    CHECK(store.check().empty());
    CHECK(store.coverage.sums("porch", kStart - 1s, kStart + 1h).at("") == 5s * kSpans);
}

TEST_CASE("a ledger that is repaired a day at a time is the same, and its sums end when they are told to") {
    const test::Folder folder;
    store::Store store(folder / "porchlight.db");
    makeUntrue(store);
    int asked = 0;
    const base::Cancel cancel([&] { return ++asked > 40; });
    CHECK_THROWS_AS(
        ledgerProblems(store, "porch", true, GapCause::ClockStep, cancel, {kStart - 1h, kStart + 23h}),
        base::Cancelled);
    for (WallTime at = kStart - 1h; at < kStart + 3h; at += 10min)
        ledgerProblems(store, "porch", true, GapCause::ClockStep, {}, {at, at + 12min});
    CHECK(ledgerProblems(store, "porch").empty());
    CHECK(store.check().empty());
    CHECK(store.coverage.sums("porch", kStart - 1s, kStart + 1h).at("") == 5s * kSpans);
    for (int i = 0; i < 2000; ++i)
        store.coverage.append("porch", kStart + 3h + 1s * i, i % 2 == 0, i % 2 == 0 ? "" : "no_motion");
    CHECK_THROWS_AS(store.coverage.sums("porch", kStart, kStart + 24h, base::Cancel(Deadline::in(0ms))),
                    base::Cancelled);
    CHECK(store.coverage.sums("porch", kStart, kStart + 24h).at("") > 1000s);
}

}  // namespace ledger_repair_test
