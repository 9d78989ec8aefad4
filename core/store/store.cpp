#include "store/store.h"

#include <unistd.h>

#include <fstream>
#include <sstream>

#include "base/log.h"
#include "store/schema.h"
#include "store/tables/connection.h"

namespace porchlight::store {

namespace {

std::string firstLineOf(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

/// When a process started, in clock ticks since boot; empty when there is no such process.
std::string startOf(const std::string& pid) {
    const std::string stat = firstLineOf("/proc/" + pid + "/stat");
    const auto name_end = stat.rfind(')');
    if (name_end == std::string::npos) return {};
    std::istringstream fields(stat.substr(name_end + 1));
    std::string field;
    for (int i = 0; i < 20; ++i) fields >> field;  // field 22 of proc(5), counted from behind the name
    return field;
}

/// "pid start boot": names one run of one process for good.
std::string markOf(const std::string& pid) {
    return pid + " " + startOf(pid) + " " + firstLineOf("/proc/sys/kernel/random/boot_id");
}

bool isAlive(const std::string& mark) {
    return mark == markOf(mark.substr(0, mark.find(' ')));
}

std::vector<std::string> linesOf(Statement rows) {
    std::vector<std::string> lines;
    while (rows.step()) lines.push_back(rows.text(0));
    return lines;
}

constexpr const char* kUnproven = "unproven";

}  // namespace

const char* nameOf(Role role) noexcept {
    return role == Role::Admin ? "admin" : "viewer";
}

Store::Store(const std::filesystem::path& file)
    : connection_(std::make_unique<Connection>(file)),
      recordings(*connection_),
      removals(*connection_),
      events(*connection_),
      event_pages(*connection_),
      clocks(*connection_),
      wear(*connection_),
      health(*connection_),
      incidents(*connection_),
      coverage(*connection_),
      accounts(*connection_),
      audit(*connection_),
      meta(*connection_),
      switches(*connection_),
      alerts(*connection_) {
    prepareSchema(connection_->database, file);
    // A mark of a process that is no more: it did not close the database. A live one: another connection has
    // it.
    const auto in_use = meta.get("in_use");
    if (in_use && isAlive(*in_use)) return;
    if (in_use) meta.set(kUnproven, "1");
    meta.set("in_use", markOf(std::to_string(::getpid())));
    marks_clean_close_ = true;
}

Store::~Store() {
    if (!marks_clean_close_) return;
    try {
        connection_->database.run("DELETE FROM meta WHERE key = 'in_use'");
    } catch (const std::exception& error) {
        base::logWarning("store", std::string("close the database: ") + error.what());
    }
}

void Store::atomically(const std::function<void()>& work) {
    connection_->atomically(work);
}

void Store::ensureCamera(const std::string& name, const std::string& title) {
    connection_->database.run(
        "INSERT INTO camera (name, title) VALUES (?1, ?2)"
        " ON CONFLICT (name) DO UPDATE SET title = ?2 WHERE title <> ?2",
        name, title);
}

void Store::forgetBefore(WallTime before) {
    Database& database = connection_->database;
    Transaction transaction(database);
    database.run("DELETE FROM health WHERE at_us < ?", before);
    database.run("DELETE FROM recovery WHERE at_us < ?", before);
    database.run("DELETE FROM incident WHERE ended_at_us < ?", before);
    database.run("DELETE FROM audit WHERE at_us < ?", before);
    database.run("DELETE FROM failed_login WHERE last_at_us < ?", before);
    database.run("DELETE FROM coverage WHERE ended_at_us <= ?", before);
    transaction.commit();
}

bool Store::isUnproven() {
    return meta.get(kUnproven).has_value();
}

void Store::setProven() {
    meta.remove(kUnproven);
}

std::vector<std::string> Store::check(const base::Cancel& cancel) {
    Database& database = connection_->database;
    const Interruptible interruptible(database, cancel);
    std::vector<std::string> problems = linesOf(database.query("PRAGMA quick_check(20)"));
    cancel.check();
    if (problems.size() == 1 && problems[0] == "ok") problems.clear();
    const auto add = [&](const char* sql) {
        for (std::string& line : linesOf(database.query(sql))) problems.push_back(std::move(line));
    };
    add("SELECT 'table ' || \"table\" || ' row ' || coalesce(rowid, '?')"
        " || ': refers to a missing ' || parent"
        " FROM pragma_foreign_key_check LIMIT 20");
    add("SELECT 'camera ' || name || ': ' || count(*) || ' recordings are being written at once'"
        " FROM recording"
        " JOIN camera ON camera.id = camera_id WHERE gone_reason = '' AND ended_at_us IS NULL"
        " GROUP BY camera_id HAVING count(*) > 1 LIMIT 20");
    add("SELECT 'event ' || id || ': its clip is final but it still runs' FROM event"
        " WHERE clip_ended_at_us IS NOT NULL AND ended_at_us IS NULL LIMIT 20");
    add("SELECT 'coverage of ' || name || ': a hole or an overlap at ' || here.started_at_us"
        " FROM coverage AS here"
        " JOIN camera ON camera.id = here.camera_id"
        " JOIN coverage AS earlier ON earlier.camera_id = here.camera_id AND earlier.started_at_us ="
        " (SELECT max(started_at_us) FROM coverage"
        " WHERE camera_id = here.camera_id AND started_at_us < here.started_at_us)"
        " WHERE earlier.ended_at_us IS NOT here.started_at_us LIMIT 20");
    return problems;
}

void Store::tidy() {
    connection_->database.run("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace porchlight::store
