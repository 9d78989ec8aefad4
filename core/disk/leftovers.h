/// Files that are to go and whose disk did not let them.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include "porchlight/time.h"

namespace porchlight::disk {

/// Deletes files, again and again until they are gone. Forgotten with the process, and beyond kMax: what is
/// left then is found by the next start or by `porchlight check`. **Thread**: thread-bound. Throws nothing
/// but bad_alloc.
class Leftovers {
  public:
    static constexpr std::size_t kMax = 4096;

    /// True when it was there and is gone now.
    bool remove(const std::filesystem::path& file);

    /// Tries all of them once more.
    void retry(Monotonic::time_point now);

    std::size_t size() const noexcept { return files_.size(); }

    /// What the owner should know: their disk does not let them go for more than ten seconds. Empty
    /// otherwise.
    const std::string& problem() const noexcept { return problem_; }

  private:
    bool isGone(const std::filesystem::path& file);

    std::set<std::filesystem::path> files_;
    std::string why_;                             ///< of the last one
    std::optional<Monotonic::time_point> since_;  ///< the first retry that failed
    std::string problem_;
};

}  // namespace porchlight::disk
