/// After a crash: what was being written is ended, and rows and files are made to agree again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "disk/file_facts.h"
#include "disk/leftovers.h"
#include "disk/recording_walk.h"
#include "store/store.h"

namespace porchlight::disk {

struct RecoveryReport {
    std::size_t closed_recordings = 0;
    std::size_t truncated_files = 0;
    std::size_t adopted_files = 0;
    std::size_t revived_files = 0;  ///< were thought gone, and are there
    std::size_t removed_files = 0;  ///< were begun and hold no picture, or were left by a move from the spool
    std::size_t foreign_files = 0;  ///< *.mp4 that are not ours, or cannot be read: left alone
    /// And folders, and what cannot be deleted, now: as they are until they are tried again.
    std::size_t unreadable_files = 0;
    std::string unreadable_sample;  ///< one of them, and why
    std::size_t closed_events = 0;
    std::map<std::string, std::uint64_t> lost;  ///< by camera: rows whose files are not there any more
    /// By camera: rows whose files cannot be looked for; not changed.
    std::map<std::string, std::uint64_t> out_of_reach;

    void noteUnreadable(const std::string& what);  ///< and says so in the log
    void noteForeign(const std::string& path);     ///< as above, of the first few
};

/// What is left alone.
struct RecoveryScope {
    bool has_volume = true;             ///< false: only the spool and the events can be looked at now
    std::set<std::string> in_use = {};  ///< paths (as in rows) of files being written
};

/// What a start does before anything records, in a time that does not depend on how much is stored: ends open
/// recordings at their last whole fragment (those not reached by `deadline` are left to Reconciliation) and
/// closes the events that ran.
/// -> events that wait for footage of which no row tells yet: closeEvents() once rows were tried. Throws
/// Error of the database.
std::vector<std::string> closeUnfinished(store::Store& store, const std::filesystem::path& recordings_dir,
                                         const RecoveryScope& scope, Deadline deadline,
                                         RecoveryReport& report);

/// Closes those that are not closed yet, with what footage there is. Throws Error of the database.
void closeEvents(store::Store& store, const std::vector<std::string>& ids, RecoveryReport& report);

/// Ends one open row. False when its file cannot be read now: the row stays open. Throws Error of the
/// database.
bool endOpenRow(store::Store& store, const std::filesystem::path& recordings_dir,
                const store::RecordingRow& row, RecoveryReport& report,
                Deadline deadline = base::Cancel::never());

/// All of it at once, with Reconciliation: for tools and tests. Throws Error.
RecoveryReport recover(store::Store& store, const std::filesystem::path& recordings_dir,
                       const RecoveryScope& scope = {});

/// Of unfinished events: deletes thumbnails whose writing was cut short (ID.jpg.new) -> how many (those that
/// cannot be deleted now become `leftovers`), and notes in the rows that theirs did not come to be. Not of
/// `running_events`. Throws Error of the database.
std::size_t mendThumbnails(store::Store& store, const std::filesystem::path& thumbnails_dir,
                           Leftovers& leftovers, const std::set<std::string>& running_events = {});

/// Whether a file of that name (relative to the recordings folder) may be a recording: CAMERA/DAY/TIME-*.mp4.
bool isRecordingName(const std::filesystem::path& relative);

/// The row of a file that has none; nothing when its name or content is no recording's. Only files whose name
/// is exactly ours are cut (when `may_cut`).
std::optional<store::RecordingRow> adoptable(const std::filesystem::path& recordings_dir,
                                             const std::string& row_path, bool may_cut);

/// The row of a file whose name startOf() understands.
store::RecordingRow rowOfFile(const std::string& row_path, const FileFacts& facts);

}  // namespace porchlight::disk
