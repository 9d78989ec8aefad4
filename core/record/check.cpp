#include "record/check.h"

#include <set>

#include "base/text.h"
#include "record/check_ledger.h"
#include "record/recovery.h"

namespace porchlight::record {
namespace {

constexpr WallTime kBeginning{microseconds{0}};
constexpr WallTime kEnd{microseconds{4'102'444'800'000'000}};  // 2100

Finding missing(store::Store& store, const store::RecordingRow& row, bool repair) {
    if (repair) {
        if (!row.ended_at) store.finishRecording(row.id, row.started_at, 0);
        store.markRecordingGone(row.id, "lost");
        store.markFootageGone(row.camera, row.started_at, row.ended_at.value_or(row.started_at), "lost");
    }
    return {row.path, "the file is missing", repair};
}

Finding wrongSize(store::Store& store, const std::filesystem::path& file, const store::RecordingRow& row, std::uint64_t size, bool repair) {
    const auto facts = inspectFile(file, repair);
    if (!facts) return {row.path, "the file holds no footage that could be read", false};
    const std::string torn = facts->torn_bytes > 0 ? ", of them " + base::formatSize(facts->torn_bytes) + " after the last whole fragment" : "";
    if (repair) store.finishRecording(row.id, row.started_at + facts->duration, facts->whole_bytes);
    return {row.path, "the file has " + std::to_string(size) + " bytes, its row says " + std::to_string(row.bytes) + torn, repair};
}

/// A recording has its file a moment before its row.
bool isFresh(const std::filesystem::path& file) {
    std::error_code error;
    const auto written_at = std::filesystem::last_write_time(file, error);
    return error || std::filesystem::file_time_type::clock::now() - written_at < seconds(10);
}

}  // namespace

std::vector<Finding> check(store::Store& store, const std::filesystem::path& recordings_dir,
                           const std::vector<std::string>& cameras, bool repair) {
    std::vector<Finding> out;
    for (const std::string& problem : store.check()) out.push_back({"database", problem, false});
    std::set<std::string> names(cameras.begin(), cameras.end());
    const auto files = listRecordings(recordings_dir);
    for (const auto& file : files) names.insert(file.begin()->string());
    for (const std::string& camera : names)
        for (const auto& row : store.recordings(camera, kBeginning, kEnd)) {
            const auto file = recordings_dir / row.path;
            std::error_code error;
            const std::uint64_t size = std::filesystem::file_size(file, error);
            if (error) out.push_back(missing(store, row, repair));
            else if (row.ended_at && size != row.bytes) out.push_back(wrongSize(store, file, row, size, repair));
        }
    for (const auto& relative : files) {
        if (store.knowsRecording(relative.string())) continue;
        if (isFresh(recordings_dir / relative)) continue;
        const auto row = adoptable(recordings_dir, relative, repair);
        if (row && repair) {
            store.ensureCamera(row->camera, row->camera);
            store.finishRecording(store.insertRecording(*row), *row->ended_at, row->bytes);
        }
        out.push_back({relative.string(), row ? "the file has no row" : "the file has no row and no footage", row && repair});
    }
    for (const std::string& camera : names)
        for (const std::string& problem : ledgerProblems(store, camera, repair)) out.push_back({"ledger of " + camera, problem, repair});
    return out;
}

}  // namespace porchlight::record
