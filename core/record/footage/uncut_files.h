/// Files that could not be cut to their durable bytes because their disk was gone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace porchlight::record {

/// Bounded; what is dropped is cut by the next start. **Thread**: thread-bound (recorder).
class UncutFiles {
  public:
    static constexpr std::size_t kMax = 1000;

    void add(const std::string& row_path, std::uint64_t durable_bytes);

    /// Their disk is back: each that is longer is cut, once. Failures are logged.
    void cutAll(const std::filesystem::path& recordings_dir);

    std::size_t size() const noexcept { return files_.size(); }

  private:
    struct File {
        std::string row_path;
        std::uint64_t durable_bytes = 0;
    };
    std::vector<File> files_;
};

}  // namespace porchlight::record
