/// After a crash: rows and files are made to agree again.
#pragma once

#include <filesystem>

#include "store/store.h"

namespace porchlight::record {

struct RecoveryReport {
    std::size_t closed_recordings = 0;
    std::size_t truncated_files = 0;
    std::size_t adopted_files = 0;
    std::size_t removed_files = 0;   ///< not even an initialisation segment in them
    std::size_t lost_files = 0;
    std::size_t closed_events = 0;
};

/// Ends open recordings at their last whole fragment, adopts files without a row, marks rows without a file as gone
/// ("lost"), and closes events that ran. Finished files are listed, not read. When no file at all is found while rows
/// exist, the volume is missing rather than the files, and nothing is marked. Before anything records. Throws Error.
RecoveryReport recover(store::Store& store, const std::filesystem::path& recordings_dir, WallTime now);

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

/// The row of a file that has none; nothing when its name or content is no recording's.
std::optional<store::RecordingRow> adoptable(const std::filesystem::path& recordings_dir, const std::filesystem::path& relative,
                                             bool may_write);

}  // namespace porchlight::record
