/// Rows against files: what `porchlight check [--repair]` finds.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "store/store.h"

namespace porchlight::record {

struct Finding {
    std::string path;         ///< of the recording, or "event ID", "ledger of CAMERA", "database"
    std::string problem;      ///< one sentence
    bool is_repaired = false;
};

/// Every existing row has its file with that size, every file that ends in .mp4 its row, finished files have no torn
/// end, the coverage ledger agrees with the rows, and the database is sound. Recordings being written are left alone. With `repair`: files are adopted or cut,
/// rows are corrected or marked gone ("lost"). `cameras`: those configured, beside those that have a folder.
/// Reads the boxes of a file only where its size differs. Throws Error.
std::vector<Finding> check(store::Store& store, const std::filesystem::path& recordings_dir,
                           const std::vector<std::string>& cameras, bool repair);

}  // namespace porchlight::record
