#include "store/tables/meta.h"

#include "store/tables/connection.h"

namespace porchlight::store {

void Switches::set(const SwitchRow& row) {
    connection_.database.run(
        "INSERT OR REPLACE INTO camera_switch (camera, key, value, configured, user, at_us)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        row.camera, row.key, row.value, row.configured, row.by, row.at);
}

void Switches::remove(const std::string& camera, const std::string& key) {
    connection_.database.run("DELETE FROM camera_switch WHERE camera = ? AND key = ?", camera, key);
}

std::vector<SwitchRow> Switches::all() {
    std::vector<SwitchRow> out;
    Statement rows = connection_.database.query(
        "SELECT camera, key, value, configured, user, at_us FROM camera_switch ORDER BY camera, key");
    while (rows.step())
        out.push_back({rows.text(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4), rows.time(5)});
    return out;
}

std::optional<std::string> Meta::get(const std::string& key) {
    Statement row = connection_.database.query("SELECT value FROM meta WHERE key = ?", key);
    if (!row.step()) return std::nullopt;
    return row.text(0);
}

void Meta::set(const std::string& key, const std::string& value) {
    connection_.database.run(
        "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2", key,
        value);
}

void Meta::remove(const std::string& key) {
    connection_.database.run("DELETE FROM meta WHERE key = ?", key);
}

}  // namespace porchlight::store
