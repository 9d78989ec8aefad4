/// Events as they are browsed: filtered, in pages, counted.
#pragma once

#include <string>
#include <vector>

#include "base/cancel.h"
#include "store/tables/rows.h"

namespace porchlight::store {

class Connection;

/// Events as they are browsed: filtered, in pages, counted. **Thread** and errors: as Store.
class EventPages {
  public:
    explicit EventPages(Connection& connection) : connection_(connection) {}

    EventPage page(const EventFilter& filter);  ///< Error(BadData) for a cursor that is none
    /// How SQLite finds that page, a plan for each list merged.
    std::vector<std::string> explain(const EventFilter& filter);
    std::string cursorOf(const EventRow& row);  ///< for a page that begins behind that event
    /// Events that start in [from, to), counted by kind and by spans of `bucket`. Empty `cameras`: all.
    std::vector<EventCount> count(const std::vector<std::string>& cameras, WallTime from, WallTime to,
                                  microseconds bucket, const base::Cancel& cancel);

  private:
    Connection& connection_;
};

}  // namespace porchlight::store
