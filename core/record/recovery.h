/// After a crash: rows and files are made to agree again.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "store/store.h"

namespace porchlight::record {

struct RecoveryReport {
    std::size_t closed_recordings = 0;
    std::size_t truncated_files = 0;
    std::size_t adopted_files = 0;
    std::size_t revived_files = 0;   ///< were lost, and are there again
    std::size_t removed_files = 0;   ///< their deletion was cut short, or they were begun and hold no picture
    std::size_t lost_files = 0;
    std::size_t closed_events = 0;
};

/// What recover() leaves alone.
struct RecoveryScope {
    bool has_volume = true;              ///< false: only the spool and the events can be looked at now
    bool with_events = true;             ///< false: events run already
    std::set<std::string> in_use;        ///< paths (as in rows) of files being written
};

/// Ends open recordings at their last whole fragment, adopts files without a row, takes back rows whose file was lost and
/// is there again, completes deletions, marks rows without a file as gone ("lost"), and closes events that ran. Finished
/// files are listed, not read. When no file and no marker is found while rows exist, the volume is missing rather than
/// the files, and nothing is marked. Before anything records, and again when a missing volume is back. Throws Error.
RecoveryReport recover(store::Store& store, const std::filesystem::path& recordings_dir, const RecoveryScope& scope = {});

/// Deletes thumbnails whose writing was cut short (ID.jpg.new) -> how many; notes in the rows of unfinished events that theirs
/// did not come to be. Before recover(), which finishes them, and before anything writes one. Throws Error of the database.
std::size_t mendThumbnails(store::Store& store, const std::filesystem::path& thumbnails_dir);

/// Scans one file: cuts a torn tail off (when `may_write`) and tells what is in it. Nothing when it holds no footage.
struct FileFacts {
    microseconds duration{0};
    std::uint64_t whole_bytes = 0;
    std::uint64_t torn_bytes = 0;
    Codec video = Codec::None;
    int width_px = 0;
    int height_px = 0;
    bool has_audio = false;
};
std::optional<FileFacts> inspectFile(const std::filesystem::path& file, bool may_write);

/// All *.mp4 below the folder, relative to it; the folders of its first level are cameras.
std::vector<std::filesystem::path> listRecordings(const std::filesystem::path& recordings_dir);

/// All files that rows may name, as rows name them: those of the recordings folder (if `has_volume`) and of the spool.
std::vector<std::string> listAll(const std::filesystem::path& recordings_dir, bool has_volume = true);

/// The row of a file that has none; nothing when its name or content is no recording's.
std::optional<store::RecordingRow> adoptable(const std::filesystem::path& recordings_dir, const std::string& row_path, bool may_write);

/// Inserts it, ended. Throws Error.
void adopt(store::Store& store, const store::RecordingRow& row);

}  // namespace porchlight::record
