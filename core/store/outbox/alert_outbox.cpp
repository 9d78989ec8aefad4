#include "store/outbox/alert_outbox.h"

#include <algorithm>
#include <set>

#include "base/wall_times.h"
#include "store/tables/connection.h"

namespace porchlight::store {

namespace {

#define PORCHLIGHT_ALERT_COLUMNS                                                                       \
    "id, target, alert_id, camera, event_id, is_end, at_us, started_at_us, ended_at_us, score, zone, " \
    "has_thumbnail, expires_at_us, dead_reason"

std::vector<AlertRow> readAlerts(Statement rows) {
    std::vector<AlertRow> out;
    while (rows.step()) {
        AlertRow row;
        row.id = rows.integer(0);
        row.target = rows.text(1);
        row.alert_id = rows.text(2);
        row.camera = rows.text(3);
        row.event_id = rows.text(4);
        row.is_end = rows.boolean(5);
        row.at = rows.time(6);
        row.started_at = rows.time(7);
        row.ended_at = rows.timeOrNothing(8);
        row.score = rows.number(9);
        row.zone = rows.text(10);
        row.has_thumbnail = rows.boolean(11);
        row.expires_at = rows.time(12);
        row.dead_reason = rows.text(13);
        out.push_back(std::move(row));
    }
    return out;
}

std::vector<std::string> namesOf(Database& database) {
    std::vector<std::string> out;
    Statement rows = database.query("SELECT name FROM alert_target ORDER BY name");
    while (rows.step()) out.push_back(rows.text(0));
    return out;
}

}  // namespace

std::int64_t AlertOutbox::setTargets(const std::vector<std::string>& names) {
    Database& database = connection_.database;
    const auto before = namesOf(database);
    std::int64_t gone = 0;
    Transaction transaction(database);
    for (const std::string& name : before) {
        if (std::find(names.begin(), names.end(), name) != names.end()) continue;
        gone += database.run("DELETE FROM alert_outbox WHERE target = ?", name);
        database.run("DELETE FROM alert_target WHERE name = ?", name);
    }
    for (const std::string& name : names)
        if (std::find(before.begin(), before.end(), name) == before.end())
            database.run("INSERT INTO alert_target (name) VALUES (?)", name);
    transaction.commit();
    return gone;
}

void AlertOutbox::add(const EventRow& event, bool is_end) {
    Database& database = connection_.database;
    const std::string alert_id = event.id + (is_end ? "-end" : "-start");
    const WallTime at = is_end ? event.ended_at.value_or(event.started_at) : event.started_at;
    // A clock that was not set yet says nothing about how old an alert is.
    const WallTime expires_at = at < kPlausibleSince ? WallTime::max() : at + kLifetime;
    std::set<std::string> done;
    {
        // Walks over all that waits: once, however many targets there are.
        Statement rows = database.query("SELECT target FROM alert_outbox WHERE alert_id = ?1", alert_id);
        while (rows.step()) done.insert(rows.text(0));
    }
    bool is_added = false;
    for (const std::string& target : namesOf(database)) {
        if (done.contains(target)) continue;
        is_added = true;
        database.run(
            "INSERT INTO alert_outbox (target, alert_id, camera, event_id, is_end, at_us, started_at_us,"
            " ended_at_us, score, zone, has_thumbnail, expires_at_us)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, substr(?10, 1, 100), ?11, ?12)",
            target, alert_id, event.camera, event.id, is_end, at, event.started_at,
            is_end ? event.ended_at : std::optional<WallTime>(), event.score, event.zone,
            event.has_thumbnail && !is_end, expires_at);
    }
    if (is_added) trim();
}

/// Some at a time: each look walks over all that waits. Of no camera the newest goes: it says how things are.
void AlertOutbox::trim() {
    Database& database = connection_.database;
    std::vector<std::string> full;
    {
        Statement rows = database.query(
            "SELECT target FROM alert_outbox WHERE dead_reason = '' GROUP BY target HAVING count(*) > ?1",
            kMaxWaiting);
        while (rows.step()) full.push_back(rows.text(0));
    }
    for (const std::string& target : full) trim(target);
}

void AlertOutbox::trim(const std::string& target) {
    Database& database = connection_.database;
    const int gone = database.run(
        "DELETE FROM alert_outbox WHERE id IN (SELECT id FROM alert_outbox WHERE target = ?1"
        " AND dead_reason = '' AND id NOT IN (SELECT max(id) FROM alert_outbox WHERE target = ?1"
        " AND dead_reason = '' GROUP BY camera) ORDER BY is_end DESC, id LIMIT ?2)",
        target, kTrimBy);
    database.run("UPDATE alert_target SET dropped = dropped + ?2 WHERE name = ?1", target, gone);
}

std::vector<AlertRow> AlertOutbox::waiting(const std::string& target, std::size_t limit, WallTime now) {
    Database& database = connection_.database;
    if (database.single("SELECT 1 FROM alert_outbox WHERE target = ?1 AND dead_reason = ''"
                        " AND expires_at_us < ?2 LIMIT 1",
                        target, now)) {
        Transaction transaction(database);
        database.run(
            "UPDATE alert_outbox SET dead_reason = 'expired: it waited for a week'"
            " WHERE target = ?1 AND dead_reason = '' AND expires_at_us < ?2",
            target, now);
        settle(target, {});
        transaction.commit();
    }
    return readAlerts(database.query("SELECT " PORCHLIGHT_ALERT_COLUMNS " FROM alert_outbox"
                                     " WHERE target = ?1 AND dead_reason = '' AND expires_at_us >= ?3"
                                     " ORDER BY id LIMIT ?2",
                                     target, static_cast<std::int64_t>(limit), now));
}

void AlertOutbox::settle(const std::string& target, const std::vector<AlertOutcome>& outcomes) {
    Database& database = connection_.database;
    Transaction transaction(database);
    for (const AlertOutcome& outcome : outcomes) {
        if (outcome.dead_reason.empty())
            database.run("DELETE FROM alert_outbox WHERE id = ?1 AND target = ?2 AND alert_id = ?3",
                         outcome.id, target, outcome.alert_id);
        else
            database.run(
                "UPDATE alert_outbox SET dead_reason = substr(?4, 1, 200)"
                " WHERE id = ?1 AND target = ?2 AND alert_id = ?3",
                outcome.id, target, outcome.alert_id, outcome.dead_reason);
    }
    const int gone = database.run(
        "DELETE FROM alert_outbox WHERE id IN (SELECT id FROM alert_outbox WHERE target = ?1"
        " AND dead_reason <> '' ORDER BY id DESC LIMIT -1 OFFSET ?2)",
        target, kMaxDead);
    if (gone > 0)
        database.run("UPDATE alert_target SET dropped = dropped + ?2 WHERE name = ?1", target, gone);
    transaction.commit();
}

std::vector<AlertTargetRow> AlertOutbox::targets() {
    std::vector<AlertTargetRow> out;
    Statement rows = connection_.database.query(
        "SELECT name, (SELECT count(*) FROM alert_outbox WHERE target = name AND dead_reason = ''),"
        " (SELECT count(*) FROM alert_outbox WHERE target = name AND dead_reason <> ''), dropped"
        " FROM alert_target ORDER BY name");
    while (rows.step()) out.push_back({rows.text(0), rows.integer(1), rows.integer(2), rows.integer(3)});
    return out;
}

std::vector<AlertRow> AlertOutbox::list(const std::string& target, bool is_dead_only, std::size_t limit) {
    return readAlerts(connection_.database.query("SELECT " PORCHLIGHT_ALERT_COLUMNS
                                                 " FROM alert_outbox WHERE (?1 = '' OR target = ?1)"
                                                 " AND (?2 = 0 OR dead_reason <> '') ORDER BY id LIMIT ?3",
                                                 target, is_dead_only, static_cast<std::int64_t>(limit)));
}

/// One by one, each behind all others: so they keep their order.
std::int64_t AlertOutbox::retry(const AlertChoice& choice, WallTime now) {
    Database& database = connection_.database;
    const auto is_chosen = [&](const AlertRow& row) {
        const auto& ids = choice.alert_ids;
        return ids.empty() || std::find(ids.begin(), ids.end(), row.alert_id) != ids.end();
    };
    std::int64_t changed = 0;
    Transaction transaction(database);
    for (const AlertRow& row : list(choice.target, true, SIZE_MAX / 2))
        if (is_chosen(row))
            changed += database.run(
                "UPDATE alert_outbox SET dead_reason = '', expires_at_us = ?2,"
                " id = (SELECT max(id) + 1 FROM alert_outbox) WHERE id = ?1",
                row.id, now + kLifetime);
    transaction.commit();
    return changed;
}

std::int64_t AlertOutbox::drop(const AlertChoice& choice) {
    constexpr const char* kDrop =
        "DELETE FROM alert_outbox WHERE (?1 = '' OR target = ?1) AND (?2 = '' OR alert_id = ?2)"
        " AND (?3 = 0 OR dead_reason <> '')";
    Database& database = connection_.database;
    Transaction transaction(database);
    std::int64_t changed = 0;
    if (choice.alert_ids.empty())
        changed = database.run(kDrop, choice.target, std::string_view(), choice.is_dead_only);
    for (const std::string& id : choice.alert_ids)
        changed += database.run(kDrop, choice.target, id, choice.is_dead_only);
    transaction.commit();
    return changed;
}

}  // namespace porchlight::store
