/// Remembers which folders of recordings lie on disks of their own, so that one that is not mounted is not
/// taken for lost.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include "store/store.h"

namespace porchlight::disk {

/// A folder lies elsewhere when it is on another file system than the folder above it: a mount point, or a
/// link to another disk. If it did and does not now, its disk is away. Kept in `meta`. **Thread**:
/// thread-bound (that of the Store). Throws Error of the database.
class DiskMemory {
  public:
    DiskMemory(store::Store& store, std::filesystem::path recordings_dir);

    /// False: this appliance never remembered anything yet.
    bool isKnown() const noexcept { return elsewhere_.has_value(); }

    /// Whether the disk of this camera's folder, or of all recordings, was mounted once and is not now.
    bool isAway(const std::string& camera) const;

    /// Remembers how it is now. `kept`: cameras some of whose recordings are out of reach; what is known of
    /// them stays.
    void remember(const std::set<std::string>& cameras, const std::set<std::string>& kept);

    /// The owner says that what is out of reach is gone for good.
    void forget();

  private:
    std::optional<bool> isElsewhere(const std::string& camera) const;  ///< nothing: its disk does not answer

    store::Store& store_;
    const std::filesystem::path dir_;
    std::optional<std::set<std::string>> elsewhere_;  ///< cameras; "" is the recordings folder itself
};

}  // namespace porchlight::disk
