/// Rows against files: what `porchlight check [--repair]` finds.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "store/store.h"

namespace porchlight::disk {

struct Finding {
    std::string path;  ///< of the recording (as its row has it) or thumbnail, "event ID", "ledger of CAMERA",
                       ///< "database"
    std::string problem;  ///< one sentence
    bool is_repaired = false;
    bool is_note = false;  ///< nothing is wrong: worth saying, and left alone
};

/// How long a check goes on, who hears of it, and how far it may go.
struct CheckControl {
    base::Cancel cancel;
    /// What is out of reach counts as missing: its owner says that it will not be back.
    bool accepts_loss = false;
    /// `total` 0: not known.
    std::function<void(const std::string& step, std::uint64_t done, std::uint64_t total)> on_progress;
};

/// Finds, and with `repair` puts right:
///
/// | found | repair |
/// | --- | --- |
/// | a row without its file | gone: "lost", also on its events |
/// | rows whose files are out of reach: a link that leads nowhere, a disk not mounted | left alone |
/// | a file and its row disagree about its size | a torn end is cut off; the row says what is there |
/// | a row that is open although nothing writes its file | ended at the last whole fragment |
/// | a file without a row | adopted |
/// | a file whose row says that it is gone | taken back |
/// | a row's file that cannot be read as a recording | becomes NAME.mp4.bad (.bad.1, ...); row "unreadable" |
/// | a file that is no recording and that no row names | left alone, noted |
/// | a thumbnail without an event | deleted, if named as ours are |
/// | an event without its thumbnail | the event says so |
/// | the byte ledger is wrong | added up again |
/// | the coverage ledger disagrees with the rows | painted anew, see check_ledger.h |
/// | the database is not sound, a running daemon's files | left alone |
///
/// Run twice, the second time finds nothing but notes. What was written in the last ten seconds is left
/// alone: a daemon may run. Reads the boxes of a file only where something disagrees. `cameras`: those
/// configured, beside those with a folder. Without `thumbnails_dir` thumbnails are not looked at. Throws
/// Error, and Cancelled: what was repaired until then is whole.
std::vector<Finding> check(store::Store& store, const std::filesystem::path& recordings_dir,
                           const std::vector<std::string>& cameras, bool repair,
                           const std::filesystem::path& thumbnails_dir = {},
                           const CheckControl& control = {});

}  // namespace porchlight::disk
