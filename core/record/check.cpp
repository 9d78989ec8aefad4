#include "record/check.h"

#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "record/begun_file.h"
#include "record/check_ledger.h"
#include "record/places.h"
#include "record/recovery.h"

namespace porchlight::record {
namespace fs = std::filesystem;
namespace {

constexpr WallTime kBeginning{microseconds{0}};
constexpr WallTime kEnd{microseconds{4'102'444'800'000'000}};  // 2100

/// A recording has its file a moment before its row, and a file being written grows every second.
bool isFresh(const fs::path& file) {
    std::error_code error;
    const auto written_at = fs::last_write_time(file, error);
    return !error && fs::file_time_type::clock::now() - written_at < seconds(10);
}

class Check {
  public:
    Check(store::Store& store, const fs::path& dir, const fs::path& thumbnails_dir, bool repair)
        : store_(store), dir_(dir), thumbnails_dir_(thumbnails_dir), repair_(repair) {}

    std::vector<Finding> run(const std::vector<std::string>& cameras) {
        for (const std::string& problem : store_.check()) out_.push_back({"database", problem, false});
        const auto files = listAll(dir_);
        std::set<std::string> names(cameras.begin(), cameras.end());
        for (const auto& [camera, total] : store_.recordedTotals()) names.insert(camera);
        for (const std::string& camera : names)
            for (const auto& row : store_.recordings(camera, kBeginning, kEnd)) checkRow(row);
        for (const std::string& path : files) checkFile(path);
        for (const std::string& camera : names)
            for (const std::string& problem : ledgerProblems(store_, camera, repair_)) add("ledger of " + camera, problem);
        if (!thumbnails_dir_.empty()) {
            checkThumbnails();
            checkEvents();
        }
        for (const std::string& problem : store_.checkRecorded(repair_)) add("database", problem);
        return std::move(out_);
    }

  private:
    void add(const std::string& path, const std::string& problem) { out_.push_back({path, problem, repair_}); }

    void checkRow(const store::RecordingRow& row) {
        const fs::path file = fileOf(dir_, row.path);
        std::error_code error;
        const std::uint64_t size = fs::file_size(file, error);
        if (error) return missing(row);
        if (row.ended_at ? size == row.bytes : isFresh(file)) return;
        const auto facts = inspectFile(file, repair_);
        if (!facts) return setAside(row.path, &row);
        if (repair_) store_.finishRecording(row.id, row.started_at + facts->duration, facts->whole_bytes);
        if (!row.ended_at) return add(row.path, "its row is open although nothing writes it");
        const std::string torn = facts->torn_bytes > 0 ? ", of them " + base::formatSize(facts->torn_bytes) + " after the last whole fragment" : "";
        add(row.path, "the file has " + std::to_string(size) + " bytes, its row says " + std::to_string(row.bytes) + torn);
    }

    void missing(const store::RecordingRow& row) {
        if (repair_) {
            if (!row.ended_at) store_.finishRecording(row.id, row.started_at, 0);
            store_.markRecordingGone(row.id, "lost");
            store_.markFootageGone(row.camera, row.started_at, row.ended_at.value_or(row.started_at), "lost");
        }
        add(row.path, "the file is missing");
    }

    /// What cannot be read is kept for a look, under a name that nobody takes for a recording.
    void setAside(const std::string& path, const store::RecordingRow* row) {
        if (repair_) {
            const fs::path file = fileOf(dir_, path);
            fs::rename(file, file.string() + ".bad");
            if (row) {
                store_.finishRecording(row->id, row->ended_at.value_or(row->started_at), 0);
                store_.markRecordingGone(row->id, "unreadable");
                store_.markFootageGone(row->camera, row->started_at, row->ended_at.value_or(row->started_at), "unreadable");
            }
        }
        add(path, row ? "the file holds no footage that could be read" : "the file has no row and no footage");
    }

    void checkFile(const std::string& path) {
        const auto known = store_.recordingAt(path);
        const fs::path file = fileOf(dir_, path);
        if ((known && known->gone_reason.empty()) || isFresh(file)) return;
        if (known && known->gone_reason != "lost") {
            if (repair_) ::unlink(file.c_str());
            return add(path, "the file was to be deleted (" + known->gone_reason + ")");
        }
        const auto row = adoptable(dir_, path, repair_);
        if (!row && holdsNothing(dir_, path)) {
            if (repair_) ::unlink(file.c_str());
            return add(path, "the file was begun and holds no picture");
        }
        if (!row) return setAside(path, nullptr);
        if (repair_ && known) {
            store_.reviveRecording(known->id);
            store_.finishRecording(known->id, known->started_at + (*row->ended_at - row->started_at), row->bytes);
        } else if (repair_) {
            adopt(store_, *row);
        }
        add(path, known ? "the file was thought lost and is there" : "the file has no row");
    }

    void checkThumbnails() {
        std::error_code error;
        std::vector<fs::path> orphans;
        for (fs::recursive_directory_iterator it(thumbnails_dir_, error), end; !error && it != end; it.increment(error)) {
            if (!it->is_regular_file() || isFresh(it->path())) continue;
            const bool is_whole = it->path().extension() == ".jpg";
            if (is_whole && store_.event(it->path().stem().string())) continue;
            orphans.push_back(it->path());
        }
        for (const auto& file : orphans) {
            if (repair_) fs::remove(file, error);
            add(file.lexically_relative(thumbnails_dir_).string(), "the thumbnail has no event");
        }
    }

    void checkEvents() {
        store::EventFilter filter;
        filter.limit = 500;
        do {
            const auto page = store_.events(filter);
            for (auto event : page.events) {
                std::error_code error;
                if (!event.has_thumbnail || fs::exists(thumbnails_dir_ / event.camera / (event.id + ".jpg"), error)) continue;
                event.has_thumbnail = false;
                if (repair_) store_.updateEvent(event);
                add("event " + event.id, "its thumbnail is missing");
            }
            filter.cursor = page.next_cursor;
        } while (!filter.cursor.empty());
    }

    store::Store& store_;
    const fs::path& dir_;
    const fs::path& thumbnails_dir_;
    const bool repair_;
    std::vector<Finding> out_;
};

}  // namespace

std::vector<Finding> check(store::Store& store, const fs::path& recordings_dir, const std::vector<std::string>& cameras, bool repair,
                           const fs::path& thumbnails_dir) {
    return Check(store, recordings_dir, thumbnails_dir, repair).run(cameras);
}

}  // namespace porchlight::record
