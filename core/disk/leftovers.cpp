#include "disk/leftovers.h"

#include <unistd.h>

#include <cerrno>

#include "base/fd.h"
#include "base/log.h"

namespace porchlight::disk {
namespace {

constexpr seconds kToldAfter{10};

}  // namespace

bool Leftovers::remove(const std::filesystem::path& file) {
    if (::unlink(file.c_str()) == 0) return true;
    if (isGone(file)) return false;
    base::logWarning("storage", why_ + "; it is tried again");
    if (files_.size() < kMax) files_.insert(file);
    return false;
}

/// After an unlink that failed.
bool Leftovers::isGone(const std::filesystem::path& file) {
    if (errno == ENOENT || errno == ENOTDIR) return true;
    why_ = base::errnoError("delete " + file.string(), errno).what();
    return false;
}

void Leftovers::retry(Monotonic::time_point now) {
    std::erase_if(files_, [this](const auto& file) { return ::unlink(file.c_str()) == 0 || isGone(file); });
    problem_.clear();
    if (files_.empty()) return since_.reset();
    since_ = since_.value_or(now);
    if (now - *since_ < kToldAfter) return;
    problem_ = std::to_string(files_.size()) + " files that are to go cannot be deleted, the last: " + why_;
}

}  // namespace porchlight::disk
