#include "app/alerts/alert_journal.h"

#include <fstream>
#include <iterator>

#include "base/log.h"

namespace porchlight::app {
namespace {

constexpr std::uintmax_t kMaxPictureBytes = 256U << 10U;

/// The label is the event's own: it may have grown since.
alert::StoredAlert storedOf(const store::AlertRow& row, store::Store& store) {
    store::EventRow event;
    event.id = row.event_id;
    event.camera = row.camera;
    event.started_at = row.started_at;
    event.ended_at = row.ended_at;
    event.score = row.score;
    event.zone = row.zone;
    if (const auto stored = store.events.byId(row.event_id)) event.label = stored->label;
    alert::StoredAlert out{row.id, alertOf(event, row.is_end), row.has_thumbnail};
    out.alert.id = row.alert_id;
    out.alert.at = row.at;
    return out;
}

store::EventRow eventOf(const Alert& alert) {
    store::EventRow event;
    event.id = alert.event_id;
    event.camera = alert.camera;
    event.started_at = alert.started_at;
    if (alert.kind == AlertKind::EventEnd) event.ended_at = alert.ended_at;
    event.score = alert.score;
    event.zone = alert.zone;
    event.label = alert.label;
    event.has_thumbnail = !alert.thumbnail.empty();
    return event;
}

/// False: the database did not do it; why is in the log, once an error.
bool tried(const char* what, const std::function<void()>& work) {
    try {
        work();
        return true;
    } catch (const Error& error) {
        base::logWarning("alert", std::string(what) + ": " + error.what());
        return false;
    }
}

}  // namespace

std::string alertIdOf(const std::string& event_id, bool is_end) {
    return event_id + (is_end ? "-end" : "-start");
}

Alert alertOf(const store::EventRow& row, bool is_end) {
    Alert alert;
    alert.kind = is_end ? AlertKind::EventEnd : AlertKind::EventStart;
    alert.id = alertIdOf(row.id, is_end);
    alert.camera = row.camera;
    alert.at = row.ended_at.value_or(row.started_at);
    alert.event_id = row.id;
    alert.started_at = row.started_at;
    alert.ended_at = row.ended_at.value_or(WallTime{});
    alert.score = row.score;
    alert.zone = row.zone;
    alert.label = row.label;
    alert.clip_url = "/api/v1/events/" + row.id + "/clip.mp4";
    alert.thumbnail_url = "/api/v1/events/" + row.id + "/thumbnail.jpg";
    return alert;
}

AlertJournal::AlertJournal(std::filesystem::path database_file, std::filesystem::path thumbnails_dir,
                           const base::Clock& clock)
    : database_file_(std::move(database_file)), thumbnails_dir_(std::move(thumbnails_dir)), clock_(clock) {}

AlertJournal::~AlertJournal() = default;

void AlertJournal::setRecorder(record::Recorder& recorder) {
    const LockGuard lock(mutex_);
    recorder_ = &recorder;
}

void AlertJournal::noteStopped() {
    const LockGuard lock(mutex_);
    is_over_ = true;
}

bool AlertJournal::run(std::function<void(store::Store&)> work, std::size_t bytes) {
    {
        const LockGuard lock(mutex_);
        if (!is_over_) return recorder_ != nullptr && recorder_->post(std::move(work), bytes);
    }
    const LockGuard lock(store_mutex_);
    return tried("open the database at the end", [&]() PORCHLIGHT_REQUIRES(store_mutex_) {
        if (!store_) store_ = std::make_unique<store::Store>(database_file_);
        work(*store_);
    });
}

bool AlertJournal::keep(std::shared_ptr<const Alert> alert, Kept done) {
    const std::size_t bytes = record::Recorder::kStatementBytes + alert->thumbnail.size();
    const auto work = [alert = std::move(alert), done = std::move(done)](store::Store& store) {
        // It stands there already, written with the event's row, where that was taken.
        done(tried("keep an alert",
                   [&] { store.alerts.add(eventOf(*alert), alert->kind == AlertKind::EventEnd); }));
    };
    return run(work, bytes);
}

bool AlertJournal::load(const std::string& target, std::size_t limit, Loaded done) {
    const auto work = [target, limit, done = std::move(done), &clock = clock_](store::Store& store) {
        Waiting found;
        const bool is_read = tried("read the alerts that wait", [&] {
            for (const store::AlertRow& row : store.alerts.waiting(target, limit, clock.wallNow()))
                found.first.push_back(storedOf(row, store));
            for (const store::AlertTargetRow& row : store.alerts.targets())
                if (row.name == target) found.all = static_cast<std::size_t>(row.waiting);
        });
        done(is_read ? std::optional(std::move(found)) : std::nullopt);
    };
    return run(work, record::Recorder::kStatementBytes);
}

bool AlertJournal::settle(const std::string& target, std::vector<alert::Outcome> outcomes, Settled done) {
    const auto work = [target, outcomes = std::move(outcomes), done = std::move(done)](store::Store& store) {
        std::vector<store::AlertOutcome> rows;
        rows.reserve(outcomes.size());
        for (const auto& [place, alert_id, dead_reason] : outcomes)
            rows.push_back({place, alert_id, dead_reason});
        done(tried("note which alerts were delivered", [&] { store.alerts.settle(target, rows); }));
    };
    return run(work, record::Recorder::kStatementBytes);
}

std::vector<std::uint8_t> AlertJournal::picture(const Alert& alert) {
    const auto file = thumbnails_dir_ / alert.camera / (alert.event_id + ".jpg");
    std::error_code failure;
    const auto bytes = std::filesystem::file_size(file, failure);
    if (failure || bytes > kMaxPictureBytes) return {};
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace porchlight::app
