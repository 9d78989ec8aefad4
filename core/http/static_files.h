/// The dashboard's files, read into a fixed table at start: a path that is not in the table does not exist.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "http/exchange.h"

namespace porchlight::http {

/// Holds names, sizes and tags; contents stay on disk (they are small and in the page cache). Immutable, any
/// thread.
class StaticFiles {
  public:
    /// A missing folder gives an empty table: the API works without the dashboard.
    explicit StaticFiles(const std::filesystem::path& folder);

    /// False when there is no such file. Throws ClientGone, Error(Unavailable).
    bool send(Exchange& exchange) const;
    std::size_t size() const noexcept { return files_.size(); }

  private:
    struct File {
        std::filesystem::path path;
        std::string type;
        std::string etag;
    };
    void add(const std::filesystem::path& folder, const std::filesystem::path& file);

    std::map<std::string, File> files_;  ///< by URL path
};

/// The whole of a small file. Throws Error(Unavailable) when it cannot be read, Error(Exhausted) above
/// `max_bytes`.
std::string readSmallFile(const std::filesystem::path& path, std::size_t max_bytes);

}  // namespace porchlight::http
