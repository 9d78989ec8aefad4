/// Alerts that outlive everything: order, ids and memory, whatever sink and disk do.
#include <unistd.h>

#include <map>
#include <set>

#include "alert/alert_hub.h"
#include "alert/durable_outbox.h"
#include "support/catch.h"

namespace durable_test {

using namespace porchlight;
using namespace porchlight::alert;

namespace {

/// A disk whose answers come when the test says so.
class TestJournal final : public Journal {
  public:
    bool keep(std::shared_ptr<const Alert> alert, Kept done) override {
        if (!is_taking) return false;
        const LockGuard lock(mutex);
        const bool is_new = std::none_of(rows.begin(), rows.end(),
                                         [&](const StoredAlert& row) { return row.alert.id == alert->id; });
        if (is_writable && is_new) rows.push_back({++last_place, *alert, false});
        answers.emplace_back([done, is_kept = is_writable] { done(is_kept); });
        return true;
    }
    bool load(const std::string&, std::size_t limit, Loaded done) override {
        const LockGuard lock(mutex);
        ++loads;
        Waiting found;
        for (const StoredAlert& row : rows)
            if (!dead.contains(row.alert.id)) {
                ++found.all;
                if (found.first.size() < limit) found.first.push_back(row);
            }
        most_loaded = std::max(most_loaded, found.first.size());
        answers.emplace_back(
            [done, found = is_readable ? std::optional(found) : std::nullopt] { done(found); });
        return true;
    }
    bool settle(const std::string&, std::vector<Outcome> outcomes, Settled done) override {
        const LockGuard lock(mutex);
        ++settles;
        for (const Outcome& outcome : outcomes) {
            if (!outcome.dead_reason.empty())
                dead[outcome.alert_id] = outcome.dead_reason;
            else
                std::erase_if(rows, [&](const StoredAlert& row) { return row.alert.id == outcome.alert_id; });
        }
        answers.emplace_back([done] { done(true); });
        return true;
    }
    std::vector<std::uint8_t> picture(const Alert&) override { return {0xff, 0xd8}; }

    void answer() {
        std::deque<std::function<void()>> now;
        {
            const LockGuard lock(mutex);
            now.swap(answers);
        }
        for (auto& call : now) call();
    }

    Mutex mutex;
    std::deque<StoredAlert> rows;
    std::map<std::string, std::string> dead;
    std::deque<std::function<void()>> answers;
    std::int64_t last_place = 0;
    bool is_taking = true;
    bool is_writable = true;
    bool is_readable = true;
    int loads = 0;
    int settles = 0;
    std::size_t most_loaded = 0;
};

std::shared_ptr<const Alert> alertOf(const std::string& id, const std::string& camera = "porch") {
    Alert alert;
    alert.kind = id.ends_with("-end") ? AlertKind::EventEnd : AlertKind::EventStart;
    alert.id = id;
    alert.camera = camera;
    return std::make_shared<const Alert>(std::move(alert));
}

struct Bench {
    TestJournal journal;
    std::shared_ptr<DurableOutbox> outbox = std::make_shared<DurableOutbox>("mqtt", journal);
    Monotonic::time_point now = Monotonic::now();

    void happen(const std::string& id, const std::string& camera = "porch") {
        outbox->push(alertOf(id, camera));
        journal.answer();
    }
    void tend() {
        outbox->tend(now);
        journal.answer();
    }
    /// Delivers all there is; -> ids in order.
    std::vector<std::string> drain() {
        std::vector<std::string> told;
        for (int i = 0; i < 3; ++i) {
            tend();
            while (const auto next = outbox->front()) {
                told.push_back(next->id);
                outbox->finish("", now);
                tend();
            }
        }
        return told;
    }
};

}  // namespace

TEST_CASE("two thousand alerts of an outage are told in order, with a few in memory at a time") {
    Bench bench;
    std::vector<std::string> happened;
    for (int i = 0; i < 2000; ++i) {
        happened.push_back(std::to_string(i) + "-start");
        bench.happen(happened.back());
        bench.tend();
    }
    CHECK(bench.outbox->waiting() == 2000);
    CHECK(bench.outbox->bytes() < 100'000);
    CHECK(bench.drain() == happened);
    CHECK(bench.journal.most_loaded <= DurableOutbox::kWindow + 2 * DurableOutbox::kBatch);
    CHECK(bench.journal.settles <= 2000 / static_cast<int>(DurableOutbox::kBatch) + 1);
    CHECK(bench.outbox->waiting() == 0);
    bench.now += DurableOutbox::kPatience;
    bench.tend();
    CHECK(bench.journal.rows.empty());
}

TEST_CASE(
    "after a crash what was not written down is told again with the same ids, and nothing is left out") {
    TestJournal disk;
    std::vector<std::string> seen;
    std::set<std::string> ids;
    for (int life = 0; life < 20; ++life) {
        Bench bench;
        std::swap(bench.journal.rows, disk.rows);
        bench.journal.last_place = disk.last_place;
        for (int i = 0; i < 5; ++i) bench.happen(std::to_string(life * 5 + i) + "-start");
        for (int i = 0; i < 7 && life < 19; ++i) {
            bench.tend();
            if (!bench.outbox->front()) continue;
            if (ids.insert(bench.outbox->front()->id).second) seen.push_back(bench.outbox->front()->id);
            bench.outbox->finish("", bench.now);
        }
        if (life % 3 == 0) {  // else the crash comes before it is written down
            bench.now += DurableOutbox::kPatience;
            bench.tend();
        }
        if (life == 19)
            for (const std::string& id : bench.drain())
                if (ids.insert(id).second) seen.push_back(id);
        std::swap(bench.journal.rows, disk.rows);
        disk.last_place = bench.journal.last_place;
    }
    REQUIRE(seen.size() == 100);
    for (int i = 0; i < 100; ++i) CHECK(seen[static_cast<std::size_t>(i)] == std::to_string(i) + "-start");
}

TEST_CASE(
    "what the disk does not take is told from memory, behind what is there, and not twice when it takes it") {
    Bench bench;
    bench.happen("1-start");
    bench.journal.is_writable = false;
    bench.happen("1-end");
    bench.journal.is_taking = false;
    bench.happen("2-start");
    CHECK(bench.outbox->waiting() == 3);
    CHECK(bench.drain() == std::vector<std::string>{"1-start", "1-end", "2-start"});
    bench.journal.is_taking = bench.journal.is_writable = true;
    bench.journal.rows.push_back({99, *alertOf("2-start"), false});  // the row followed
    bench.happen("3-start");
    CHECK(bench.drain() == std::vector<std::string>{"3-start"});
    bench.now += DurableOutbox::kPatience;
    bench.tend();
    CHECK(bench.journal.rows.empty());
}

TEST_CASE("a disk that cannot be read does not hold up what is in memory") {
    Bench bench;
    bench.journal.is_readable = bench.journal.is_writable = false;
    bench.happen("1-start");
    CHECK(bench.drain() == std::vector<std::string>{"1-start"});
}

TEST_CASE("an alert that is told late says nothing of the present when a newer one of its camera waits") {
    Bench bench;
    bench.happen("1-start");
    bench.tend();
    REQUIRE(bench.outbox->front());
    CHECK_FALSE(bench.outbox->front()->is_stale);
    CHECK(bench.outbox->front() == bench.outbox->front());  // one object: sinks know an alert by it
    bench.happen("1-end");
    bench.happen("7-start", "garage");
    CHECK(bench.outbox->front()->is_stale);
    bench.outbox->finish("", bench.now);
    bench.tend();
    CHECK(bench.outbox->front()->id == "1-end");
    CHECK_FALSE(bench.outbox->front()->is_stale);
}

TEST_CASE("what is refused is dead at once, with its reason; what the owner drops meanwhile is not told") {
    Bench bench;
    for (const char* id : {"1-start", "2-start", "3-start"}) bench.happen(id);
    bench.tend();
    REQUIRE(bench.outbox->front());
    bench.outbox->finish("400 Bad Request", bench.now);
    bench.tend();
    CHECK(bench.journal.dead.at("1-start") == "400 Bad Request");
    CHECK(bench.outbox->dropped() == 1);
    std::erase_if(bench.journal.rows, [](const StoredAlert& row) { return row.alert.id == "2-start"; });
    bench.outbox->reload();
    CHECK(bench.drain() == std::vector<std::string>{"3-start"});
}

TEST_CASE("an answer that never comes is asked for again") {
    Bench bench;
    bench.happen("1-start");
    bench.outbox->tend(bench.now);
    bench.journal.answers.clear();
    bench.tend();
    CHECK_FALSE(bench.outbox->front());
    bench.now += DurableOutbox::kAnswerBudget;
    CHECK(bench.drain() == std::vector<std::string>{"1-start"});
}

}  // namespace durable_test
