/// Small facts of the appliance: node id, ... Run-time switches of cameras that say other than the
/// configuration.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/tables/rows.h"

namespace porchlight::store {

class Connection;

/// Small facts of the appliance: node id, ... **Thread** and errors: as Store.
class Meta {
  public:
    explicit Meta(Connection& connection) : connection_(connection) {}

    std::optional<std::string> get(const std::string& key);
    void set(const std::string& key, const std::string& value);
    void remove(const std::string& key);

  private:
    Connection& connection_;
};

/// Run-time switches of cameras that say other than the configuration. **Thread** and errors: as Store.
class Switches {
  public:
    explicit Switches(Connection& connection) : connection_(connection) {}

    void set(const SwitchRow& row);
    void remove(const std::string& camera, const std::string& key);
    std::vector<SwitchRow> all();

  private:
    Connection& connection_;
};

}  // namespace porchlight::store
