/// What was deleted for free space and was not seen to become free yet.
#pragma once

#include <cstdint>
#include <optional>

#include "porchlight/time.h"

namespace porchlight::disk {

/// Deleting has to help: snapshots, or files that somebody holds open, keep their space, and some file
/// systems take a while to free it. Invariant: never more is owed than is short, and at most kMaxBytes; after
/// a minute without any of it free nothing more may go, for an hour. Pure. **Thread**: thread-bound.
class SpaceDebt {
  public:
    static constexpr std::uint64_t kMaxBytes = 256ULL << 20U;

    enum class Answer : std::uint8_t {
        May = 1,  ///< delete more
        Wait,     ///< what was deleted may become free yet
        Useless,  ///< it did not
    };

    /// What we ever wrote to the disk, so that it is not taken for space that did not become free.
    void setWritten(std::uint64_t bytes) noexcept { written_bytes_ = bytes; }

    /// So much is free now. What was deleted is paid once it was seen free, whatever happens to that space
    /// afterwards.
    void look(std::uint64_t free_bytes, Monotonic::time_point now) noexcept;

    /// Whether more may go while `short_bytes` are missing.
    Answer ask(std::uint64_t short_bytes, Monotonic::time_point now) const noexcept;

    /// A file went; `free_bytes` were free before.
    void add(std::uint64_t bytes, std::uint64_t free_bytes, Monotonic::time_point now) noexcept;

    /// There is enough space.
    void forgive() noexcept { owed_.reset(); }

  private:
    struct Owed {
        std::uint64_t free_bytes = 0;     ///< before the first
        std::uint64_t written_bytes = 0;  ///< before the first
        std::uint64_t deleted_bytes = 0;
        Monotonic::time_point since{};  ///< the first
    };
    std::uint64_t written_bytes_ = 0;
    std::optional<Owed> owed_;
};

}  // namespace porchlight::disk
