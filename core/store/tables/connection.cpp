#include "store/tables/connection.h"

namespace porchlight::store {

std::int64_t Connection::needCamera(const std::string& name) {
    if (const auto id = findCamera(name)) return *id;
    database.run("INSERT INTO camera (name, title) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", name, name);
    return findCamera(name).value();
}

std::optional<std::int64_t> Connection::findCamera(const std::string& name) {
    const auto known = camera_ids_.find(name);
    if (known != camera_ids_.end()) return known->second;
    const auto id = database.single("SELECT id FROM camera WHERE name = ?", name);
    // Only what is committed is remembered: a row made in a transaction may be rolled back.
    if (id && !database.isInTransaction()) {
        camera_ids_[name] = *id;
        camera_names_[*id] = name;
    }
    return id;
}

std::string Connection::cameraName(std::int64_t id) {
    const auto known = camera_names_.find(id);
    if (known != camera_names_.end()) return known->second;
    Statement row = database.query("SELECT name FROM camera WHERE id = ?", id);
    if (!row.step()) throw Error(ErrorKind::Internal, "database: no camera " + std::to_string(id));
    return row.text(0);
}

void Connection::atomically(const std::function<void()>& work) {
    Transaction transaction(database);
    work();
    transaction.commit();
}

}  // namespace porchlight::store
