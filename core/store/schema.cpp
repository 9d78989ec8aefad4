#include "store/schema.h"

#include <fcntl.h>

#include "base/fd.h"
#include "base/log.h"

namespace porchlight::store {

namespace {

std::int64_t pragma(Database& database, const char* sql) {
    return database.single(sql).value_or(0);
}

int versionOf(Database& database) {
    return static_cast<int>(pragma(database, "PRAGMA user_version"));
}

void setVersion(Database& database, int version) {
    database.execute("PRAGMA user_version = " + std::to_string(version));
}

/// True when the file held nothing and now holds the schema.
bool createIfEmpty(Database& database, std::string_view schema, int version) {
    Transaction transaction(database);
    if (pragma(database, "SELECT count(*) FROM sqlite_schema") != 0 || versionOf(database) != 0) return false;
    database.execute(schema);
    database.execute("PRAGMA application_id = " + std::to_string(kApplicationId));
    setVersion(database, version);
    transaction.commit();
    return true;
}

void writeBackup(Database& database, const std::filesystem::path& file, int version) {
    const std::filesystem::path backup = file.string() + ".v" + std::to_string(version) + ".backup";
    const std::filesystem::path unfinished = backup.string() + ".part";
    std::error_code ignored;
    std::filesystem::remove(unfinished, ignored);  // left by an attempt that was cut short
    database.run("VACUUM INTO ?", unfinished.string());
    const base::Fd written(::open(unfinished.c_str(), O_RDONLY | O_CLOEXEC));
    if (!written || ::fsync(written.get()) != 0)
        throw base::errnoError("sync the database backup " + unfinished.string(), errno);
    std::filesystem::rename(unfinished, backup);
    base::syncFolder(backup.parent_path().empty() ? "." : backup.parent_path().string());
    base::logInfo("store", "schema version " + std::to_string(version) + " is older; backup written to " +
                               backup.string());
}

void applyStep(Database& database, const Upgrade& step) {
    Transaction transaction(database);
    if (versionOf(database) >= step.version) return;  // another process was faster
    database.execute(step.sql);
    setVersion(database, step.version);
    transaction.commit();
    base::logInfo("store", std::string("database upgraded: ") + step.name);
}

}  // namespace

void prepareSchema(Database& database, const std::filesystem::path& file, std::string_view schema,
                   std::span<const Upgrade> upgrades) {
    const int newest = upgrades.back().version;
    if (createIfEmpty(database, schema, newest)) return;
    if (pragma(database, "PRAGMA application_id") != kApplicationId)
        throw Error(ErrorKind::Misconfigured, "open database " + file.string() +
                                                  ": it belongs to another program; choose another data_dir");
    const int found = versionOf(database);
    if (found > newest)
        throw Error(
            ErrorKind::Misconfigured,
            "open database " + file.string() + ": it was written by a newer Porchlight (schema version " +
                std::to_string(found) + ", this one knows " + std::to_string(newest) +
                "); install that version again, or move the file away to start with an empty history");
    if (found == newest) return;
    writeBackup(database, file, found);
    for (const Upgrade& step : upgrades)
        if (step.version > found) applyStep(database, step);
}

}  // namespace porchlight::store
