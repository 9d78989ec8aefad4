#include "disk/retain/passed_over.h"

namespace porchlight::disk {

bool PassedOver::noteUndeletable(const store::RecordingRow& row, const std::string& why) {
    const bool is_news = undeletable_.empty() && why_.empty();
    undeletable_.insert(row.id);
    why_ = why;
    return is_news;
}

void PassedOver::noteAbsent(const store::RecordingRow& row) {
    absent_.insert(row.id);
    absent_bytes_[row.camera] += row.bytes;
    absent_bytes_[""] += row.bytes;
    has_met_absent_ = true;
}

void PassedOver::forget() {
    if (undeletable_.empty()) why_.clear();  // all is well: told again when it begins again
    undeletable_.clear();
    absent_.clear();
    absent_bytes_.clear();
}

std::uint64_t PassedOver::absentBytes(const std::string& camera) const {
    const auto found = absent_bytes_.find(camera);
    return found == absent_bytes_.end() ? 0 : found->second;
}

}  // namespace porchlight::disk
