/// The database: cameras, recordings, events, health history, accounts. See db/schema.sql, the annotated
/// schema.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "store/outbox/alert_outbox.h"
#include "store/tables/accounts.h"
#include "store/tables/audit_log.h"
#include "store/tables/clocks.h"
#include "store/tables/coverage.h"
#include "store/tables/event_pages.h"
#include "store/tables/events.h"
#include "store/tables/health.h"
#include "store/tables/meta.h"
#include "store/tables/recordings.h"
#include "store/tables/removals.h"
#include "store/tables/rows.h"
#include "store/tables/wear.h"

namespace porchlight::store {

/// One connection to the database, and what may be asked of it by subject. **Owns** the connection.
/// **Thread**: thread-bound; open one per thread that needs it (WAL lets readers and one writer work side by
/// side). Statements are short; a busy database is waited for 2 s at most. All functions throw Error:
/// Unavailable (busy, I/O), Exhausted (disk full), Internal.
class Store {
  public:
    /// Opens, creates or upgrades the database; before an upgrade a backup is written beside it. Throws
    /// Error(Misconfigured) when the file was written by a newer version or is no database (what to do is in
    /// the text). One that was not closed properly is opened like all others and remembered as unproven, see
    /// soundness.h.
    explicit Store(const std::filesystem::path& file);
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    /// All that `work` writes, or nothing of it when it throws; within `work` it joins.
    void atomically(const std::function<void()>& work);

    /// Rows of cameras are made on first use by name and never deleted while anything refers to them.
    void ensureCamera(const std::string& name, const std::string& title);
    /// What happened before: health, incidents, recovery attempts, ledger, audit, failed logins. Events and
    /// recordings go by rules of their own.
    void forgetBefore(WallTime before);
    /// Problems found by quick_check, foreign keys and invariants; empty when clean. Throws Cancelled.
    std::vector<std::string> check(const base::Cancel& cancel = {});
    /// Whether the database was left open by a process that is no more, and nobody has looked at it since.
    bool isUnproven();
    void setProven();
    /// Checkpoints and truncates the write-ahead log; at idle and at the end.
    void tidy();

  private:
    // First: those below hold a reference to it.
    std::unique_ptr<Connection> connection_;
    bool marks_clean_close_ = false;  ///< this connection wrote `in_use` and removes it

  public:
    // --- the tables, one class for each group
    Recordings recordings;
    Removals removals;
    Events events;
    EventPages event_pages;
    Clocks clocks;
    Wear wear;
    Health health;
    Incidents incidents;
    Coverage coverage;
    Accounts accounts;
    AuditLog audit;
    Meta meta;
    Switches switches;
    AlertOutbox alerts;
};

}  // namespace porchlight::store
