#include "disk/recover/check.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>

#include "base/text.h"
#include "disk/begun_file.h"
#include "disk/places.h"
#include "disk/recording_walk.h"
#include "disk/recover/disk_memory.h"
#include "disk/recover/known_rows.h"
#include "disk/recover/missing_rows.h"
#include "disk/recover/recovery.h"
#include "ledger/check_ledger.h"

namespace porchlight::disk {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kCheckPage = 200;
constexpr std::size_t kMaxNotes = 20;

struct Missing {
    std::uint64_t found = 0;
    std::vector<std::int64_t> unreachable;
    std::vector<std::int64_t> ids;
};

/// A recording has its file a moment before its row, and a file being written grows every second.
bool isFresh(const fs::path& file) {
    std::error_code error;
    const auto written_at = fs::last_write_time(file, error);
    return !error && fs::file_time_type::clock::now() - written_at < seconds(10);
}

/// EVENT.jpg, or what is left of one that was being written.
bool isThumbnailName(const fs::path& file) {
    const std::string name = file.filename().string();
    const std::string id = name.substr(0, std::min<std::size_t>(16, name.size()));
    const bool is_id = id.size() == 16 && id.find_first_not_of("0123456789abcdef") == std::string::npos;
    return is_id && (name.substr(16) == ".jpg" || name.substr(16) == ".jpg.new");
}

/// NAME, or NAME.1, NAME.2, ...: what was set aside earlier stays.
fs::path freeName(const fs::path& wanted) {
    fs::path name = wanted;
    for (int i = 1; fs::symlink_status(name).type() != fs::file_type::not_found; ++i)
        name = wanted.string() + "." + std::to_string(i);
    return name;
}

class Check {
  public:
    Check(store::Store& store, const fs::path& dir, const fs::path& thumbnails_dir, bool repair,
          const CheckControl& control)
        : store_(store),
          dir_(dir),
          thumbnails_dir_(thumbnails_dir),
          repair_(repair),
          control_(control),
          disks_(store, dir),
          known_rows_(store, "") {}

    std::vector<Finding> run(const std::vector<std::string>& cameras) {
        begin("database", 0);
        for (const std::string& problem : store_.check(control_.cancel))
            out_.push_back({"database", problem, false, false});
        std::set<std::string> names(cameras.begin(), cameras.end());
        std::uint64_t rows = 0;
        for (const auto& [camera, total] : store_.recordings.totals()) {
            names.insert(camera);
            rows += total.files;
        }
        begin("rows", rows);
        checkRows();
        begin("files", 0);
        auto files = listAll(dir_, true, control_.cancel);
        std::sort(files.begin(), files.end());
        begin("files", files.size());
        checkFiles(files);
        begin("ledger", names.size());
        for (const std::string& camera : names) {
            goOn();
            for (const std::string& problem : ledger::ledgerProblems(
                     store_, camera, repair_, ledger::GapCause::WriteError, control_.cancel))
                add("ledger of " + camera, problem);
        }
        if (!thumbnails_dir_.empty()) {
            begin("thumbnails", 0);
            checkThumbnails();
            begin("events", 0);
            checkEvents();
        }
        for (const std::string& problem : store_.recordings.checkTotals(repair_)) add("database", problem);
        return std::move(out_);
    }

  private:
    void add(const std::string& path, const std::string& problem) {
        out_.push_back({path, problem, repair_, false});
    }

    /// The repair is that the file goes.
    void addRemoved(const std::string& path, const fs::path& file, const std::string& problem) {
        const bool is_gone = repair_ && (::unlink(file.c_str()) == 0 || errno == ENOENT);
        const std::string why =
            repair_ && !is_gone ? std::string(", and cannot be deleted: ") + std::strerror(errno) : "";
        out_.push_back({path, problem + why, is_gone, false});
    }

    void begin(const char* step, std::uint64_t total) {
        step_ = step;
        total_ = total;
        done_ = 0;
        if (control_.on_progress) control_.on_progress(step_, 0, total_);
    }

    /// Once for each row, file, ...
    void goOn() {
        control_.cancel.check();
        ++done_;
        if (control_.on_progress && done_ % 64 == 0) control_.on_progress(step_, done_, total_);
    }

    void checkRows() {
        std::int64_t after = 0;
        for (auto page = store_.recordings.existingAfter(after, kCheckPage); !page.empty();
             page = store_.recordings.existingAfter(after, kCheckPage))
            for (const auto& row : page) {
                goOn();
                checkRow(row);
                after = row.id;
            }
        const bool is_bare = isBare();
        for (const auto& [camera, rows] : missing_) judgeMissing(camera, rows, is_bare);
        if (control_.accepts_loss && repair_) disks_.forget();
    }

    /// What was only begun is no news to its owner, what is somebody's is none of ours.
    void checkFiles(const std::vector<std::string>& files) {
        for (const std::string& path : files) {
            goOn();
            const std::size_t notes = foreign_;
            checkFile(path);
            if (foreign_ > notes && foreign_ <= kMaxNotes)
                note(path, "no recording of Porchlight, or it cannot be read: left alone");
        }
        if (foreign_ > kMaxNotes)
            note(dir_.string(), std::to_string(foreign_ - kMaxNotes) + " more files like these: left alone");
    }

    void note(const std::string& path, const std::string& text) { out_.push_back({path, text, false, true}); }

    void checkRow(const store::RecordingRow& row) {
        Missing& missing = missing_[isSpooled(row.path) ? std::string(kSpoolPrefix) : row.camera];
        switch (presenceOf(dir_, row.path)) {
            case Presence::There:
                ++missing.found;
                break;
            case Presence::Missing:
                missing.ids.push_back(row.id);
                return;
            case Presence::OutOfReach:
                missing.unreachable.push_back(row.id);
                return;
        }
        const fs::path file = fileOf(dir_, row.path);
        std::error_code error;
        const std::uint64_t size = fs::file_size(file, error);
        if (error) return;  // it went a moment ago
        if (row.ended_at ? size == row.bytes : isFresh(file)) return;
        const auto facts = inspectFile(file, repair_);
        if (!facts) return setAside(row);
        if (repair_) store_.recordings.finish(row.id, row.started_at + facts->duration, facts->size_bytes);
        if (!row.ended_at) return add(row.path, "its row is open although nothing writes it");
        const std::string torn = facts->torn_bytes > 0 ? ", of them " + base::formatSize(facts->torn_bytes) +
                                                             " after the last whole fragment"
                                                       : "";
        add(row.path, "the file has " + std::to_string(size) + " bytes, its row says " +
                          std::to_string(row.bytes) + torn);
    }

    bool isBare() const {
        for (const auto& [camera, rows] : missing_)
            if (camera != kSpoolPrefix && rows.found > 0) return false;
        std::error_code ignored;
        return !fs::exists(dir_ / kVolumeMarker, ignored) && listAll(dir_, true, control_.cancel).empty();
    }

    void judgeMissing(const std::string& camera, const Missing& missing, bool is_bare) {
        bool is_away = mayLieElsewhere(disks_, camera, missing.found, is_bare);
        if (control_.accepts_loss) {
            lose(missing.unreachable);
            is_away = false;
        }
        const std::size_t away =
            (control_.accepts_loss ? 0 : missing.unreachable.size()) + (is_away ? missing.ids.size() : 0);
        if (away > 0)
            out_.push_back({(dir_ / camera).string(),
                            std::to_string(away) +
                                " recordings are out of reach: its disk is not mounted, or a link leads "
                                "nowhere. They are left alone; if that disk will not be back: porchlight "
                                "check --repair --accept-loss",
                            false, false});
        if (!is_away) lose(missing.ids);
    }

    void lose(const std::vector<std::int64_t>& ids) {
        for (const std::int64_t id : ids) {
            control_.cancel.check();
            const auto row = store_.recordings.byId(id);
            if (!row || !row->gone_reason.empty() || presenceOf(dir_, row->path) == Presence::There) continue;
            const bool was_removed = repair_ && store_.removals.lose({*row}).empty();
            add(row->path,
                was_removed ? "the file was deleted, and its row did not say so yet" : "the file is missing");
        }
    }

    /// What cannot be read is kept for a look, under a name that nobody takes for a recording.
    void setAside(const store::RecordingRow& row) {
        if (repair_) {
            const fs::path file = fileOf(dir_, row.path);
            fs::rename(file, freeName(file.string() + ".bad"));
            store_.atomically([&] {
                store_.recordings.finish(row.id, row.ended_at.value_or(row.started_at), 0);
                store_.recordings.markGone(row.id, "unreadable");
                store_.events.markFootageGone(row.camera, row.started_at,
                                              row.ended_at.value_or(row.started_at), "unreadable");
            });
        }
        add(row.path, "the file holds no footage that could be read");
    }

    void checkFile(const std::string& path) {
        const fs::path file = fileOf(dir_, path);
        const auto seen = known_rows_.find(path);
        if ((seen && seen->gone_reason.empty()) || isFresh(file)) return;
        const auto known = store_.recordings.at(path);  // a daemon may have entered it since
        if (known && known->gone_reason.empty()) return;
        const auto row = adoptable(dir_, path, repair_);
        if (!row && !known && holdsNothing(dir_, path)) {
            return addRemoved(path, file, "the file was begun and holds no picture");
        }
        if (!row) {
            ++foreign_;
            return;
        }
        if (repair_ && known) {
            store_.atomically([&] {
                store_.recordings.revive(known->id);
                store_.recordings.finish(known->id, known->started_at + (*row->ended_at - row->started_at),
                                         row->bytes);
            });
        } else if (repair_) {
            store_.recordings.adopt({*row});
        }
        add(path, known ? "the file was thought gone (" + known->gone_reason + ") and is there"
                        : "the file has no row");
    }

    void checkThumbnails() {
        std::error_code error;
        std::vector<fs::path> orphans;
        for (fs::recursive_directory_iterator it(thumbnails_dir_, error), end; !error && it != end;
             it.increment(error)) {
            goOn();
            if (!it->is_regular_file(error) || !isThumbnailName(it->path()) || isFresh(it->path())) continue;
            const bool is_whole = it->path().extension() == ".jpg";
            if (is_whole && store_.events.byId(it->path().stem().string())) continue;
            orphans.push_back(it->path());
        }
        if (isFaultOfDisk(error.value()))
            out_.push_back(
                {thumbnails_dir_.string(), "cannot be looked through: " + error.message(), false, false});
        for (const auto& file : orphans) {
            addRemoved(file.lexically_relative(thumbnails_dir_).string(), file, "the thumbnail has no event");
        }
    }

    void checkEvents() {
        store::EventFilter filter;
        filter.limit = 500;
        do {
            const auto page = store_.event_pages.page(filter);
            for (auto event : page.events) {
                goOn();
                if (!event.has_thumbnail || !isAbsent(thumbnails_dir_ / event.camera / (event.id + ".jpg")))
                    continue;
                event.has_thumbnail = false;
                if (repair_) store_.events.update(event);
                add("event " + event.id, "its thumbnail is missing");
            }
            filter.cursor = page.next_cursor;
        } while (!filter.cursor.empty());
    }

    store::Store& store_;
    const fs::path& dir_;
    const fs::path& thumbnails_dir_;
    const bool repair_;
    const CheckControl& control_;
    DiskMemory disks_;
    KnownRows known_rows_;
    std::map<std::string, Missing> missing_;  ///< by camera; of the spool under its prefix
    std::size_t foreign_ = 0;
    const char* step_ = "";
    std::uint64_t done_ = 0;
    std::uint64_t total_ = 0;
    std::vector<Finding> out_;
};

}  // namespace

std::vector<Finding> check(store::Store& store, const fs::path& recordings_dir,
                           const std::vector<std::string>& cameras, bool repair,
                           const fs::path& thumbnails_dir, const CheckControl& control) {
    return Check(store, recordings_dir, thumbnails_dir, repair, control).run(cameras);
}

}  // namespace porchlight::disk
