#include "disk/recover/adoption.h"

#include <utility>

#include "base/log.h"
#include "store/sql/database.h"

namespace porchlight::disk {
namespace {

constexpr std::size_t kMaxAdopted = 200;  // in one transaction

}  // namespace

Adoption::Adoption(store::Store& store, RecoveryReport& report, Found found)
    : store_(store), report_(report), found_(std::move(found)) {}

void Adoption::adopt(store::RecordingRow row) {
    if (adopted_.size() >= kMaxAdopted) flush();
    adopted_.push_back(std::move(row));
}

/// All or none of them. False: one says what no row may say.
bool Adoption::isTaken(const std::vector<store::RecordingRow>& rows) {
    try {
        store_.recordings.adopt(rows);
    } catch (const store::RefusedRow& error) {
        base::logError("recorder", error.what());
        return false;
    }
    report_.adopted_files += rows.size();
    to_tell_.insert(to_tell_.end(), rows.begin(), rows.end());
    return true;
}

void Adoption::flush() {
    if (!adopted_.empty() && isTaken(adopted_)) adopted_.clear();
    for (; !adopted_.empty(); adopted_.pop_back())
        if (!isTaken({adopted_.back()})) report_.noteForeign(adopted_.back().path);
    for (; !to_tell_.empty(); to_tell_.pop_front())
        if (found_) found_(to_tell_.front().camera, to_tell_.front().started_at, *to_tell_.front().ended_at);
}

}  // namespace porchlight::disk
