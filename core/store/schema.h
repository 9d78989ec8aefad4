/// The database schema, embedded from db/ when this was built, and how an older database is led to it.
#pragma once

#include <filesystem>
#include <span>
#include <string_view>

#include "store/sql/database.h"

namespace porchlight::store {

/// One step from version `version - 1` to `version`.
struct Upgrade {
    int version;
    const char* name;  ///< "0002-coverage"
    std::string_view sql;
};

/// What a new database is made of: the schema after all upgrades.
extern const std::string_view kSchemaSql;
/// All steps, numbered 1, 2, 3, ... without holes.
extern const std::span<const Upgrade> kUpgrades;

/// Marks the file as a database of Porchlight (PRAGMA application_id, "PRLT").
inline constexpr int kApplicationId = 0x50524C54;

/// Makes the schema in an empty database, or applies the missing steps, each in one transaction. Before the
/// first step a backup `FILE.vN.backup` is written (N: the version it has). Two processes may do this at
/// once: the second one finds the work done. Throws Error(Misconfigured) for a newer schema and for a
/// database of something else.
void prepareSchema(Database& database, const std::filesystem::path& file,
                   std::string_view schema = kSchemaSql, std::span<const Upgrade> upgrades = kUpgrades);

}  // namespace porchlight::store
