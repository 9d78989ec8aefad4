/// Store: run-time switches of cameras that say other than the configuration.
#include "store/store_impl.h"

namespace porchlight::store {

void Store::setCameraSwitch(const SwitchRow& row) {
    impl_->database.run(
        "INSERT OR REPLACE INTO camera_switch (camera, key, value, configured, user, at_us) VALUES (?, ?, ?, "
        "?, ?, ?)",
        row.camera, row.key, row.value, row.configured, row.by, row.at);
}

void Store::removeCameraSwitch(const std::string& camera, const std::string& key) {
    impl_->database.run("DELETE FROM camera_switch WHERE camera = ? AND key = ?", camera, key);
}

std::vector<SwitchRow> Store::cameraSwitches() {
    std::vector<SwitchRow> out;
    Statement rows = impl_->database.query(
        "SELECT camera, key, value, configured, user, at_us FROM camera_switch ORDER BY camera, key");
    while (rows.step())
        out.push_back({rows.text(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4), rows.time(5)});
    return out;
}

}  // namespace porchlight::store
