/// Whether deleting helps, and what cannot be deleted.
#include "disk/retain/oldest_first.h"
#include "disk/retain/passed_over.h"
#include "disk/retain/space_debt.h"
#include "shelf.h"
#include "support/fake_clock.h"

namespace debt_test {

using namespace shelf;
using Answer = SpaceDebt::Answer;

namespace {

constexpr std::uint64_t kMiB = 1U << 20U;
constexpr Monotonic::time_point kNow{1000s};

store::RecordingRow rowOf(std::int64_t id, const std::string& camera, std::uint64_t bytes) {
    store::RecordingRow row;
    row.id = id;
    row.camera = camera;
    row.bytes = bytes;
    return row;
}

}  // namespace

TEST_CASE(
    "no more goes than is short until some of it was seen free; then it is paid, whatever becomes of it") {
    SpaceDebt debt;
    CHECK(debt.ask(10 * kMiB, kNow) == Answer::May);
    debt.add(8 * kMiB, 100 * kMiB, kNow);
    CHECK(debt.ask(10 * kMiB, kNow) == Answer::May);
    debt.add(8 * kMiB, 100 * kMiB, kNow);
    CHECK(debt.ask(10 * kMiB, kNow) == Answer::Wait);
    debt.look(103 * kMiB, kNow + 30s);
    CHECK(debt.ask(10 * kMiB, kNow + 30s) == Answer::Wait);
    debt.look(104 * kMiB, kNow + 30s);  // a quarter of it
    CHECK(debt.ask(10 * kMiB, kNow + 30s) == Answer::May);
}

TEST_CASE("space that we took ourselves meanwhile counts as having become free") {
    SpaceDebt debt;
    debt.setWritten(50 * kMiB);
    debt.add(8 * kMiB, 100 * kMiB, kNow);
    debt.setWritten(60 * kMiB);
    debt.look(92 * kMiB, kNow + 1s);
    CHECK(debt.ask(8 * kMiB, kNow + 1s) == Answer::May);
}

TEST_CASE(
    "what does not become free in a minute ends deleting for an hour, and never more than 256 MiB is owed") {
    SpaceDebt debt;
    debt.add(SpaceDebt::kMaxBytes, 0, kNow);
    CHECK(debt.ask(1000 * kMiB, kNow + 59s) == Answer::Wait);
    CHECK(debt.ask(1000 * kMiB, kNow + 60s) == Answer::Useless);
    debt.look(0, kNow + 59min);
    CHECK(debt.ask(1000 * kMiB, kNow + 59min) == Answer::Useless);
    debt.look(0, kNow + 1h);
    CHECK(debt.ask(1000 * kMiB, kNow + 1h) == Answer::May);
}

TEST_CASE("what cannot go is news once a round, takes no space if it is not there, and is met again") {
    PassedOver over;
    CHECK(over.noteUndeletable(rowOf(1, "porch", 10), "EPERM"));
    CHECK_FALSE(over.noteUndeletable(rowOf(2, "porch", 10), "EACCES"));
    over.noteAbsent(rowOf(3, "yard", 7));
    CHECK(over.has(1));
    CHECK(over.has(3));
    CHECK_FALSE(over.has(4));
    CHECK(over.undeletable() == 2);
    CHECK(over.whyUndeletable() == "EACCES");
    CHECK(over.absentBytes("yard") == 7);
    CHECK(over.absentBytes("") == 7);
    CHECK(over.absentBytes("porch") == 0);
    CHECK(over.hasMetAbsent());
    CHECK_FALSE(over.hasMetAbsent());
    over.forget();
    CHECK_FALSE(over.has(1));
    CHECK_FALSE(over.noteUndeletable(rowOf(1, "porch", 10), "EPERM"));  // still so: no news
    over.forget();
    over.forget();  // a round without any
    CHECK(over.noteUndeletable(rowOf(1, "porch", 10), "EPERM"));
}

TEST_CASE("what may not go is looked at once until it may have changed") {
    Shelf shelf;
    shelf.fill(3);
    test::FakeClock clock;
    const Volume volume{Volume::Options{shelf.dir, "node", false, false}, clock};
    int looks = 0;
    std::set<WallTime> kept{kStart, kStart + 1min};
    OldestFirst oldest(shelf.store, volume, [&](const store::RetentionCandidate& candidate) {
        ++looks;
        return !kept.contains(candidate.row.started_at);
    });
    const auto find = [&] { return oldest.find({"", std::nullopt}, Deadline::in(1s)); };
    CHECK(find()->started_at == kStart + 2min);
    CHECK(looks == 3);
    CHECK(find()->started_at == kStart + 2min);
    CHECK(looks == 4);
    kept.clear();
    CHECK(find()->started_at == kStart + 2min);
    oldest.forget();
    CHECK(find()->started_at == kStart);
    oldest.setKnownUntil(kStart);
    CHECK_FALSE(find());
    CHECK_FALSE(oldest.isSearching());
}

}  // namespace debt_test
