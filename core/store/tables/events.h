/// What happened: one row an event.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "store/tables/rows.h"

namespace porchlight::store {

class Connection;

/// What happened: one row an event. **Thread** and errors: as Store.
class Events {
  public:
    explicit Events(Connection& connection) : connection_(connection) {}

    /// Looks at the `limit` oldest events that started between `after` and `before` and deletes those that
    /// are closed and not kept.
    ForgottenEvents forget(WallTime after, WallTime before, std::size_t limit);
    /// Durable when it returns; `beside` writes what belongs to it in the same transaction.
    void insert(const EventRow& row, const std::function<void()>& beside = {});
    /// All fields but id, camera and the owner's marks (is_kept, is_reviewed, note: setMarks);
    /// footage_gone_reason only where none is set (markFootageGone): the engine cannot undo what others set
    /// while its event runs.
    void update(const EventRow& row);
    std::optional<EventRow> byId(const std::string& id);  ///< also one that was removed and can be restored
    /// Events that began before `at` and had not ended then, oldest first; of all cameras, the last `limit`
    /// at most.
    std::vector<EventRow> reaching(WallTime at, std::size_t limit);
    std::vector<EventRow> unfinished();  ///< not closed, or clip not final
    void setMarks(const std::string& id, std::optional<bool> is_kept, std::optional<bool> is_reviewed,
                  const std::optional<std::string>& note);
    /// One transaction.
    EventChanges change(const std::vector<std::string>& ids, const EventChange& change);
    /// The clock was set by `shift`: those that were deleted by it in from..to can be restored for as long as
    /// was said.
    void moveRemoved(WallTime from, WallTime to, microseconds shift);
    /// Of those deleted before then `limit` at most go for good. -> what went
    std::vector<EventRow> forgetRemoved(WallTime before, std::size_t limit);
    void markFootageGone(const std::string& camera, WallTime from, WallTime to, const std::string& reason);

  private:
    void erase(const std::string& id);

    Connection& connection_;
};

}  // namespace porchlight::store
