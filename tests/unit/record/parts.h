/// What the parts of a recorder stand on, without a recorder and its thread: database, plugin, volume, spool.
#pragma once

#include <map>
#include <utility>

#include "disk/places.h"
#include "record/footage/footage_writer.h"
#include "rig.h"
#include "store/sql/database.h"
#include "support/fake_clock.h"

namespace parts {

using namespace rig;

/// Everything real; the clock stands still unless moved. Where a `disk` is named the recordings lie there and
/// there is a spool, if that is another file system; else there is none.
struct Parts {
    explicit Parts(const fs::path& disk = {}) : spool_max_bytes(disk.empty() ? 0 : 64U << 20U) {
        if (!disk.empty()) {
            other_.emplace(disk);
            fs::create_directory_symlink(other_->path(), folder / "recordings");
        }
        store.ensureCamera("porch", "Porch");
        ledger.open();
        ledger.addCamera("porch", config::RecordMode::Continuous);
        volume.look(true);
    }
    fs::path recordings() const { return folder / "recordings"; }
    /// Whether there can be a spool.
    bool hasOtherDisk() const { return volume.isElsewhere(folder.path()); }

    /// Fragments of about half a second, two from each keyframe on, that begin at the clock's time.
    footage::Stream film(int seconds = 6, const std::string& name = "s.mp4",
                         int fragment_us = 500'000) const {
        static std::map<std::pair<int, int>, std::vector<std::uint8_t>> made;  // making it takes longest
        auto& bytes = made[{seconds, fragment_us}];
        if (bytes.empty()) {
            footage::Options options;
            options.seconds = seconds;
            options.fragment_us = fragment_us;
            bytes = footage::readAll(footage::make(folder, name, options));
        }
        footage::writeAll(folder / name, bytes);
        return footage::split(folder / name, clock.wallNow());
    }
    std::vector<store::RecordingRow> rows(const std::string& camera = "porch") {
        return store.recordings.overlapping(camera, WallTime{}, kStart + 1000h);
    }
    fs::path fileOf(const store::RecordingRow& row) const { return disk::fileOf(recordings(), row.path); }

    const std::uint64_t spool_max_bytes;
    footage::Folder folder;
    test::FakeClock clock;
    store::Store store{folder / "porchlight.db"};
    std::unique_ptr<RecordSink> sink = makeSink();
    Volume volume{volumeOptions(), clock};
    Spool spool{store, volume, spool_max_bytes};
    WriteMeter meter{clock};
    LateRows late_rows;
    CoverageLedger ledger{store, clock, "boot"};
    HeldMemory held{4U << 20U};
    Leftovers leftovers;
    Stamp stamp;
    std::function<bool(const std::string&)> make_room = [](const std::string&) { return false; };
    RecorderContext context{{folder / "recordings", 1s, 3s, 200ms},
                            clock,
                            store,
                            *sink,
                            volume,
                            spool,
                            meter,
                            late_rows,
                            ledger,
                            held,
                            leftovers,
                            [this](WallTime) { return stamp; },
                            [this](const std::string& camera) { return make_room(camera); }};

  private:
    Volume::Options volumeOptions() const {
        Volume::Options out;
        out.folder = folder / "recordings";
        out.node = "porchlight-test";
        return out;
    }
    std::optional<test::Folder> other_;
};

/// The database takes no rows of that table while it lives.
class Refusing {
  public:
    Refusing(const footage::Folder& folder, std::string table)
        : database_(folder / "porchlight.db"), table_(std::move(table)) {
        database_.execute(("ALTER TABLE " + table_ + " RENAME TO elsewhere").c_str());
    }
    ~Refusing() { database_.execute(("ALTER TABLE elsewhere RENAME TO " + table_).c_str()); }
    Refusing(const Refusing&) = delete;
    Refusing& operator=(const Refusing&) = delete;

  private:
    store::Database database_;
    const std::string table_;
};

}  // namespace parts
