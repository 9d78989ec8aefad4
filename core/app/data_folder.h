/// The folder of everything the appliance keeps.
#pragma once

#include <filesystem>

#include "base/fd.h"

namespace porchlight::app {

/// A data folder that this process may use, and no other while it lives.
/// **Owns** the lock in it. **Thread**: thread-bound.
class DataFolder {
  public:
    /// Makes the folder. Throws Error(Misconfigured), which says what the owner can do: it cannot be made or
    /// written, other users may write to it, another process has it, or its disk takes no sockets.
    explicit DataFolder(std::filesystem::path folder);

    /// A full disk must not keep the database from opening: a little space is set aside while there is
    /// plenty, and given up at a start that finds none. Retention then makes room, and a later start sets it
    /// aside again.
    void tendReserve() const noexcept;

  private:
    void lock();

    const std::filesystem::path folder_;
    base::Fd lock_;
};

}  // namespace porchlight::app
