/// What the tables share: the connection, and cameras by name.
#pragma once

#include <functional>
#include <map>

#include "store/sql/database.h"
#include "store/tables/rows.h"

namespace porchlight::store {

/// No clip is longer: the longest event (2 h), pre-roll and post-roll, and room for a clock that was set
/// meanwhile.
inline constexpr std::int64_t kMaxClipUs = 6LL * 3600 * 1'000'000;

/// The end of what has none.
inline constexpr std::int64_t kForeverUs = INT64_MAX;

/// One connection with the cameras it knows by name. **Owns** the database handle. **Thread**: thread-bound.
class Connection {
  public:
    explicit Connection(const std::filesystem::path& file) : database(file) {}

    /// The camera's id; its row is made when there is none.
    std::int64_t needCamera(const std::string& name);
    /// The camera's id; nothing when it was never heard of.
    std::optional<std::int64_t> findCamera(const std::string& name);
    std::string cameraName(std::int64_t id);

    /// All that `work` writes, or nothing of it when it throws; within `work` it joins.
    void atomically(const std::function<void()>& work);

    Database database;

  private:
    std::map<std::string, std::int64_t> camera_ids_;
    std::map<std::int64_t, std::string> camera_names_;
};

/// The enum value whose name is `name`. Throws Error(Internal): the database holds what its CHECK forbids.
template <class Enum>
Enum enumOf(const std::string& name, std::initializer_list<Enum> values) {
    for (const Enum value : values)
        if (name == nameOf(value)) return value;
    throw Error(ErrorKind::Internal, "database: unknown value '" + name + "'");
}

}  // namespace porchlight::store
