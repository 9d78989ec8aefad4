#include "store/store.h"

#include <unistd.h>

#include <fstream>
#include <sstream>

#include "base/log.h"
#include "store/schema.h"
#include "store/store_impl.h"

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

const char* nameOf(EventState state) noexcept {
    switch (state) {
        case EventState::Active:
            return "active";
        case EventState::Closing:
            return "closing";
        case EventState::Closed:
            return "closed";
    }
    return "closed";
}

const char* nameOf(Role role) noexcept {
    return role == Role::Admin ? "admin" : "viewer";
}

std::int64_t Store::Impl::needCamera(const std::string& name) {
    if (const auto id = findCamera(name)) return *id;
    database.run("INSERT INTO camera (name, title) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", name, name);
    return findCamera(name).value();
}

std::optional<std::int64_t> Store::Impl::findCamera(const std::string& name) {
    const auto known = camera_ids.find(name);
    if (known != camera_ids.end()) return known->second;
    const auto id = database.single("SELECT id FROM camera WHERE name = ?", name);
    // Only what is committed is remembered: a row made in a transaction may be rolled back.
    if (id && !database.isInTransaction()) {
        camera_ids[name] = *id;
        camera_names[*id] = name;
    }
    return id;
}

std::string Store::Impl::cameraName(std::int64_t id) {
    const auto known = camera_names.find(id);
    if (known != camera_names.end()) return known->second;
    Statement row = database.query("SELECT name FROM camera WHERE id = ?", id);
    if (!row.step()) throw Error(ErrorKind::Internal, "database: no camera " + std::to_string(id));
    return row.text(0);
}

Store::Store(const std::filesystem::path& file) : impl_(std::make_unique<Impl>(file)) {
    prepareSchema(impl_->database, file);
    // A mark of a process that is no more: it did not close the database. A live one: another connection has
    // it.
    const auto in_use = meta("in_use");
    if (in_use && isAlive(*in_use)) return;
    if (in_use) setMeta(kUnproven, "1");
    setMeta("in_use", markOf(std::to_string(::getpid())));
    impl_->marks_clean_close = true;
}

Store::~Store() {
    if (!impl_ || !impl_->marks_clean_close) return;
    try {
        impl_->database.run("DELETE FROM meta WHERE key = 'in_use'");
    } catch (const std::exception& error) {
        base::logWarning("store", std::string("close the database: ") + error.what());
    }
}

Store::Store(Store&&) noexcept = default;

void Store::atomically(const std::function<void()>& work) {
    Transaction transaction(impl_->database);
    work();
    transaction.commit();
}

void Store::ensureCamera(const std::string& name, const std::string& title) {
    impl_->database.run(
        "INSERT INTO camera (name, title) VALUES (?1, ?2)"
        " ON CONFLICT (name) DO UPDATE SET title = ?2 WHERE title <> ?2",
        name, title);
}

std::optional<std::string> Store::meta(const std::string& key) {
    Statement row = impl_->database.query("SELECT value FROM meta WHERE key = ?", key);
    if (!row.step()) return std::nullopt;
    return row.text(0);
}

void Store::setMeta(const std::string& key, const std::string& value) {
    impl_->database.run(
        "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2", key,
        value);
}

void Store::removeMeta(const std::string& key) {
    impl_->database.run("DELETE FROM meta WHERE key = ?", key);
}

bool Store::isUnproven() {
    return meta(kUnproven).has_value();
}

void Store::setProven() {
    removeMeta(kUnproven);
}

std::vector<std::string> Store::check(const base::Cancel& cancel) {
    Database& database = impl_->database;
    const Interruptible interruptible(database, cancel);
    std::vector<std::string> problems = linesOf(database.query("PRAGMA quick_check(20)"));
    cancel.check();
    if (problems.size() == 1 && problems[0] == "ok") problems.clear();
    const auto add = [&](const char* sql) {
        for (std::string& line : linesOf(database.query(sql))) problems.push_back(std::move(line));
    };
    add("SELECT 'table ' || \"table\" || ' row ' || coalesce(rowid, '?') || ': refers to a missing ' || "
        "parent"
        " FROM pragma_foreign_key_check LIMIT 20");
    add("SELECT 'camera ' || name || ': ' || count(*) || ' recordings are being written at once' FROM "
        "recording"
        " JOIN camera ON camera.id = camera_id WHERE gone_reason = '' AND ended_at_us IS NULL"
        " GROUP BY camera_id HAVING count(*) > 1 LIMIT 20");
    add("SELECT 'event ' || id || ': its clip is final but it still runs' FROM event"
        " WHERE clip_ended_at_us IS NOT NULL AND ended_at_us IS NULL LIMIT 20");
    add("SELECT 'coverage of ' || name || ': a hole or an overlap at ' || here.started_at_us FROM coverage "
        "AS here"
        " JOIN camera ON camera.id = here.camera_id"
        " JOIN coverage AS earlier ON earlier.camera_id = here.camera_id AND earlier.started_at_us ="
        " (SELECT max(started_at_us) FROM coverage WHERE camera_id = here.camera_id AND started_at_us < "
        "here.started_at_us)"
        " WHERE earlier.ended_at_us IS NOT here.started_at_us LIMIT 20");
    return problems;
}

void Store::tidy() {
    impl_->database.run("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace porchlight::store
