/// What the files of Store share: the connection, and cameras by name.
#pragma once

#include <map>

#include "store/database.h"
#include "store/store.h"

namespace porchlight::store {

/// No clip is longer: the longest event (2 h), pre-roll and post-roll, and room for a clock that was set
/// meanwhile.
inline constexpr std::int64_t kMaxClipUs = 6LL * 3600 * 1'000'000;

struct Store::Impl {
    explicit Impl(const std::filesystem::path& path) : file(path), database(path) {}

    /// The camera's id; its row is made when there is none.
    std::int64_t needCamera(const std::string& name);
    /// The camera's id; nothing when it was never heard of.
    std::optional<std::int64_t> findCamera(const std::string& name);
    std::string cameraName(std::int64_t id);

    std::filesystem::path file;
    Database database;
    bool marks_clean_close = false;  ///< this connection wrote `in_use` and removes it
    std::map<std::string, std::int64_t> camera_ids;
    std::map<std::int64_t, std::string> camera_names;
};

/// The enum value whose name is `name`. Throws Error(Internal): the database holds what its CHECK forbids.
template <class Enum>
Enum enumOf(const std::string& name, std::initializer_list<Enum> values) {
    for (const Enum value : values)
        if (name == nameOf(value)) return value;
    throw Error(ErrorKind::Internal, "database: unknown value '" + name + "'");
}

}  // namespace porchlight::store
