/// Recordings that should go and cannot: retention does not stop at them.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "store/store.h"

namespace porchlight::disk {

/// Their rows stay; those whose files are not there take no space. All of them are tried again after a while
/// (forget()). **Thread**: thread-bound (recorder).
class PassedOver {
  public:
    /// Its file cannot be deleted. True: no other could not be for a while; that is news for the log.
    bool noteUndeletable(const store::RecordingRow& row, const std::string& why);

    /// Its file is not there: it may be on a disk that is not mounted.
    void noteAbsent(const store::RecordingRow& row);

    /// Begins anew: what cannot go is met again.
    void forget();

    bool has(std::int64_t id) const { return undeletable_.contains(id) || absent_.contains(id); }
    std::uint64_t absentBytes(const std::string& camera) const;  ///< "": of all cameras

    std::size_t undeletable() const noexcept { return undeletable_.size(); }
    const std::string& whyUndeletable() const noexcept { return why_; }  ///< of the last one

    /// True once after files were met that are not where their rows say: somebody has to look why.
    bool hasMetAbsent() noexcept { return std::exchange(has_met_absent_, false); }

  private:
    std::set<std::int64_t> undeletable_;  ///< rows
    std::string why_;                     ///< empty after a round without any
    std::set<std::int64_t> absent_;       ///< rows
    std::map<std::string, std::uint64_t> absent_bytes_;
    bool has_met_absent_ = false;
};

}  // namespace porchlight::disk
