/// Rows against files: what `porchlight check [--repair]` finds.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "store/store.h"

namespace porchlight::record {

struct Finding {
    std::string path;         ///< of the recording (as its row has it) or thumbnail, "event ID", "ledger of CAMERA", "database"
    std::string problem;      ///< one sentence
    bool is_repaired = false;
};

/// Finds, and with `repair` puts right:
///
/// | found | repair |
/// | --- | --- |
/// | a row without its file | gone: "lost", also on its events |
/// | a file and its row disagree about its size | cut to the last whole fragment; the row says what is there |
/// | a row that is open although nothing writes its file | ended at the last whole fragment |
/// | a file without a row | adopted |
/// | a file whose row says that it was deleted | deleted; taken back when it was thought lost |
/// | a file that cannot be read as a recording | set aside as NAME.mp4.bad; its row is gone: "unreadable" |
/// | a thumbnail without an event, an event without its thumbnail | deleted; the event says so |
/// | the byte ledger is wrong | added up again |
/// | the coverage ledger disagrees with the rows | painted anew, see check_ledger.h |
/// | the database is not sound, a running daemon's files | left alone |
///
/// Run twice, the second time finds nothing. What was written in the last ten seconds is left alone: a daemon may run.
/// Reads the boxes of a file only where something disagrees. `cameras`: those configured, beside those with a folder.
/// Without `thumbnails_dir` thumbnails are not looked at. Throws Error.
std::vector<Finding> check(store::Store& store, const std::filesystem::path& recordings_dir, const std::vector<std::string>& cameras,
                           bool repair, const std::filesystem::path& thumbnails_dir = {});

}  // namespace porchlight::record
