#include "record/upkeep/storage_news.h"

#include <utility>

#include "base/log.h"

namespace porchlight::record {

void StorageNews::note(const std::string& kind, const std::string& state, const std::string& detail) {
    const auto known = told_.find(kind);
    if (known == told_.end() && detail.empty()) return;
    if (known != told_.end() && !detail.empty() && known->second.state == state) {
        known->second.detail = detail;
        return;
    }
    const StorageIssue issue{clock_.wallNow(), kind, state, detail, {}};
    if (detail.empty()) {
        told_.erase(known);
        base::logInfo("storage", kind + " is well again");
    } else {
        told_[kind] = issue;
        base::logError("storage", "STORAGE_ISSUE " + kind + " " + state + ": " + detail);
    }
    untold_.push_back(issue);
}

std::vector<std::string> StorageNews::problems() const {
    std::vector<std::string> out;
    for (const auto& [kind, issue] : told_)
        out.push_back(kind == "volume" && issue.state != "ok"
                          ? "recordings storage is " + issue.state + ": " + issue.detail
                          : issue.detail);
    return out;
}

std::string StorageNews::detailOf(const std::string& kind) const {
    const auto known = told_.find(kind);
    return known == told_.end() ? "" : known->second.detail;
}

std::vector<StorageIssue> StorageNews::takeUntold() {
    auto out = std::exchange(untold_, {});
    for (auto& issue : out) issue.problems = problems();
    return out;
}

}  // namespace porchlight::record
