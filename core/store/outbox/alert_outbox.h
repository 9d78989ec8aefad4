/// What waits to be told to alert targets, on disk: nothing of it is lost in a crash, all of it is bounded.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/tables/rows.h"

namespace porchlight::store {

class Connection;

/// One alert of one target.
struct AlertRow {
    std::int64_t id = 0;  ///< its place in the order; of an alert that is gone it may be given anew
    std::string target;
    std::string alert_id;  ///< EVENT-start or EVENT-end: the same over every retry and restart
    std::string camera;
    std::string event_id;
    bool is_end = false;
    WallTime at{};  ///< when it happened
    WallTime started_at{};
    std::optional<WallTime> ended_at;  ///< of an end
    double score = 0;
    std::string zone;
    bool has_thumbnail = false;
    WallTime expires_at{};
    std::string dead_reason;  ///< why it is tried no more; empty while it waits
};

/// A target and what it holds.
struct AlertTargetRow {
    std::string name;
    std::int64_t waiting = 0;
    std::int64_t dead = 0;
    std::int64_t dropped = 0;  ///< went for want of room, since the target is known
};

/// What a target was told, or will never take.
struct AlertOutcome {
    std::int64_t id = 0;
    std::string alert_id;
    std::string dead_reason;  ///< empty: it was delivered
};

/// Who is named by what the owner does; all that is empty is not asked for.
struct AlertChoice {
    std::string target;
    std::vector<std::string> alert_ids;
    bool is_dead_only = false;
};

/// Alerts that wait for their targets. Of each target at most kMaxWaiting wait; beyond it the oldest ends go,
/// then the oldest starts, but of no camera the newest alert. Of dead ones the newest kMaxDead stay. A row
/// holds 600 bytes at most: 1.3 MB a target. **Thread** and errors: as Store.
class AlertOutbox {
  public:
    static constexpr std::int64_t kMaxWaiting = 2000;
    static constexpr std::int64_t kMaxDead = 200;
    static constexpr std::int64_t kTrimBy = 32;  ///< room made at a time
    static constexpr seconds kLifetime{7 * 86400};

    explicit AlertOutbox(Connection& connection) : connection_(connection) {}

    /// Who is told from now on; what waits for others goes. -> how many alerts went
    std::int64_t setTargets(const std::vector<std::string>& names);

    /// A row for each target that has none of this alert yet; within the transaction of the event's row.
    void add(const EventRow& event, bool is_end);

    /// The first that wait for a target, in order. What has expired is dead from now on.
    std::vector<AlertRow> waiting(const std::string& target, std::size_t limit, WallTime now);

    /// Each outcome at once: what was delivered goes, the rest is dead.
    void settle(const std::string& target, const std::vector<AlertOutcome>& outcomes);

    std::vector<AlertTargetRow> targets();
    /// In order, those of all targets; `is_dead_only`: only what is tried no more.
    std::vector<AlertRow> list(const std::string& target, bool is_dead_only, std::size_t limit);

    /// Dead ones wait again, behind the others, with their own times. -> how many
    std::int64_t retry(const AlertChoice& choice, WallTime now);
    /// -> how many went
    std::int64_t drop(const AlertChoice& choice);

  private:
    void trim();
    void trim(const std::string& target);

    Connection& connection_;
};

}  // namespace porchlight::store
