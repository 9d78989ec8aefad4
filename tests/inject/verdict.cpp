#include "verdict.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "base/wall_times.h"
#include "disk/places.h"
#include "disk/recover/check.h"
#include "disk/recover/recovery.h"
#include "ledger/gap_cause.h"
#include "store/sql/database.h"

namespace inject {
namespace fs = std::filesystem;
namespace {

constexpr WallTime kBeginning{microseconds{0}};
constexpr microseconds kTolerance{600'000};  // the ledger bridges half a second

struct Span {
    WallTime start{};
    WallTime end{};
};

std::string tell(const Span& span) {
    const auto at = [](WallTime time) {
        return std::to_string(static_cast<double>((time - kStart).count()) / 1e6);
    };
    return at(span.start) + ".." + at(span.end);
}

/// What of `span` lies outside all of `there`, which are sorted.
std::vector<Span> outside(Span span, const std::vector<Span>& there) {
    std::vector<Span> out;
    for (const Span& one : there) {
        if (one.end <= span.start || one.start >= span.end) continue;
        if (one.start > span.start) out.push_back({span.start, one.start});
        span.start = std::max(span.start, one.end);
    }
    if (span.start < span.end) out.push_back(span);
    return out;
}

microseconds longest(const std::vector<Span>& spans) {
    microseconds most{0};
    for (const Span& span : spans) most = std::max(most, span.end - span.start);
    return most;
}

microseconds sum(const std::vector<Span>& spans) {
    microseconds all{0};
    for (const Span& span : spans) all += span.end - span.start;
    return all;
}

/// All files of check() were written a moment ago, as the clock of this machine sees it: it would leave them
/// alone.
void makeOld(const fs::path& folder) {
    const auto then = fs::file_time_type::clock::now() - std::chrono::hours(1);
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file()) fs::last_write_time(entry.path(), then);
}

class Judge {
  public:
    Judge(const fs::path& folder, const Expectations& expected, const Record& record)
        : folder_(folder), expected_(expected), record_(record), store_(folder / "porchlight.db") {}

    std::vector<std::string> run() {
        makeOld(folder_);
        for (const auto& finding :
             disk::check(store_, folder_ / "recordings", {}, false, folder_ / "thumbnails"))
            fail("check: " + finding.path + ": " + finding.problem);
        lookForLost();
        lookForLeftovers();
        for (const char* camera : {kAlways, kMoving}) {
            footage_[camera] = playable(camera);
            told_[camera] = footage_[camera];
            for (const auto& [start, end] : store_.recordings.spans(camera, kBeginning, kEndOfTime))
                told_[camera].push_back({start, end});
            std::sort(told_[camera].begin(), told_[camera].end(),
                      [](const Span& a, const Span& b) { return a.start < b.start; });
            lookAtLedger(camera);
        }
        lookForMissing();
        for (const std::string& id : expected_.events) lookAtEvent(id);
        return out_;
    }

    std::vector<Span> playable(const std::string& camera) {
        std::vector<Span> out;
        for (const auto& row : store_.recordings.overlapping(camera, kBeginning, kEndOfTime)) {
            const auto facts = disk::inspectFile(disk::fileOf(folder_ / "recordings", row.path), false);
            if (!facts || facts->torn_bytes > 0) fail(row.path + " does not play to its end");
            if (!facts || !row.ended_at) continue;
            const auto difference = facts->duration - (*row.ended_at - row.started_at);
            if (difference > 2ms || difference < -2ms)
                fail(row.path + ": its row says another length than it has");
            if (!out.empty() && row.started_at < out.back().end - 2ms)
                fail(row.path + " begins before the one before it ends");
            out.push_back({row.started_at, *row.ended_at});
        }
        return out;
    }

  private:
    void fail(const std::string& text) { out_.push_back(text); }

    /// Nothing was ever to be lost; and only retention may delete.
    void lookForLost() {
        store::Database database(folder_ / "porchlight.db");
        auto rows = database.query("SELECT path, gone_reason FROM recording WHERE gone_reason <> ''");
        // A disk that says it is full may be so: the oldest makes room, one for each time that it took
        // something meanwhile.
        int may_make_room = record_.target == Target::Volume && record_.harm == Harm::Enospc ? 2 : 0;
        while (rows.step()) {
            if (rows.text(1) == "free_space" && may_make_room-- > 0) continue;
            if (rows.text(1) == "lost" || !expected_.may_have_deleted)
                fail(rows.text(0) + " is gone: " + rows.text(1));
        }
    }

    void lookForLeftovers() {
        for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
            const auto name = entry.path().filename().string();
            if (name.ends_with(".part") || name.ends_with(".new") || name.ends_with(".bad"))
                fail(name + " is left over");
        }
    }

    bool isFitting(ledger::GapCause cause, const Span& gap) const {
        if (!ledger::isFault(cause) || ledger::isDownTime(cause))
            return true;  // nobody wanted it, or the core did not run
        // While the recorder waits for a lock it hears nothing of what cameras say.
        const microseconds deaf =
            record_.harm == Harm::DbBusy ? record_.ended_at - record_.began_at : microseconds{0};
        if (cause == ledger::GapCause::Starting) return gap.end - gap.start < 3s + deaf;
        if (record_.struck == 0) return false;
        switch (cause) {
            case ledger::GapCause::DiskFull:
                return record_.harm == Harm::Enospc || record_.harm == Harm::DbFull;
            case ledger::GapCause::WriteError:
            case ledger::GapCause::VolumeMissing:
                return true;
            case ledger::GapCause::HostStall:
                return record_.harm == Harm::DbBusy;
            default:
                return false;
        }
    }

    void lookAtLedger(const std::string& camera) {
        for (const auto& row : store_.coverage.between(camera, kBeginning, kEndOfTime)) {
            const Span span{row.started_at, row.ended_at.value_or(std::max(expected_.to, row.started_at))};
            if (row.is_recorded) {
                if (longest(outside(span, told_[camera])) > kTolerance)
                    fail(camera + ": told as recorded, but it is not: " + tell(span));
                continue;
            }
            const auto cause = ledger::gapCauseOf(row.cause);
            if (!cause || !isFitting(*cause, span))
                fail(camera + ": " + row.cause + " is no fitting cause of " + tell(span));
            const auto inside = span.end - span.start - sum(outside(span, footage_[camera]));
            if (inside > kTolerance)
                fail(camera + ": told as " + row.cause + ", but it was recorded: " + tell(span));
        }
    }

    void lookForMissing() {
        const auto missing = outside({expected_.from, expected_.to}, told_[kAlways]);
        if (sum(missing) <= expected_.may_miss) return;
        for (const Span& span : missing) fail("missing of what was handed over: " + tell(span));
    }

    void lookAtEvent(const std::string& id) {
        const auto event = store_.events.byId(id);
        if (!event) return fail("event " + id + " is forgotten");
        if (event->state != store::EventState::Closed || !event->ended_at || !event->clip_ended_at)
            return fail("event " + id + " is not closed");
        if (!event->footage_gone_reason.empty())
            return fail("event " + id + ": footage " + event->footage_gone_reason);
        const auto missing = outside({event->clip_started_at, *event->clip_ended_at}, footage_[kMoving]);
        if (sum(missing) > expected_.may_miss)
            fail("event " + id + ": its clip has holes, the first " + tell(missing.front()));
        const auto late = event->clip_started_at - (event->started_at - 2s);
        if (late > expected_.may_miss) fail("event " + id + ": its clip begins late");
    }

    const fs::path folder_;
    const Expectations expected_;
    const Record record_;
    store::Store store_;
    std::map<std::string, std::vector<Span>> footage_;  ///< that plays
    std::map<std::string, std::vector<Span>> told_;     ///< and what was deleted since: rows remember it
    std::vector<std::string> out_;
};

}  // namespace

std::vector<std::string> judge(const fs::path& folder, const Expectations& expected, const Record& record) {
    try {
        return Judge(folder, expected, record).run();
    } catch (const std::exception& error) {
        return {std::string("cannot be judged: ") + error.what()};
    }
}

double recordedSeconds(const fs::path& folder, const std::string& camera) {
    return static_cast<double>(sum(Judge(folder, {}, {}).playable(camera)).count()) / 1e6;
}

}  // namespace inject
