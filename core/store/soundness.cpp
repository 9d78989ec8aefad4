#include "store/soundness.h"

#include <sqlite3.h>

#include <cstdlib>
#include <string_view>

#include "base/log.h"
#include "store/sql/database.h"

namespace porchlight::store {
namespace {

/// What quick_check says of a page that it could not read: no damage. "... unable to get the page. error
/// code=266"
bool isReadError(const std::string& finding) {
    constexpr std::string_view kCode = "error code=";
    const auto at = finding.find(kCode);
    return at != std::string::npos &&
           (std::strtol(finding.c_str() + at + kCode.size(), nullptr, 10) & 0xff) == SQLITE_IOERR;
}

std::string quickCheck(const std::filesystem::path& file, const base::Cancel& cancel) {
    Database database(file);
    const Interruptible interruptible(database, cancel);
    Statement rows = database.query("PRAGMA quick_check(5)");
    const std::string first = rows.step() ? rows.text(0) : "no answer";
    cancel.check();
    if (isReadError(first)) throw Error(ErrorKind::Unavailable, "look through the database: " + first);
    return first == "ok" ? std::string() : first;
}

}  // namespace

SoundnessCheck::SoundnessCheck(const std::filesystem::path& file)
    : file_(file), thread_("db-check", [this] { run(); }) {}

SoundnessCheck::~SoundnessCheck() {
    is_stopping_ = true;
}

std::optional<std::string> SoundnessCheck::verdict() const {
    if (!is_done_) return std::nullopt;
    return problem_;
}

void SoundnessCheck::run() noexcept {
    try {
        problem_ = quickCheck(file_, base::Cancel(is_stopping_));
        is_done_ = true;
    } catch (const base::Cancelled&) {
        // It is still unproven: the next start looks again.
    } catch (const Error& error) {
        // Damage says itself; a database that only cannot be read now is looked at again by the next start.
        problem_ = error.kind() == ErrorKind::Misconfigured ? error.what() : "";
        is_done_ = error.kind() == ErrorKind::Misconfigured;
        base::logError("store", std::string("look through the database: ") + error.what());
    } catch (const std::exception& error) {
        base::logError("store", std::string("look through the database: ") + error.what());
    }
}

}  // namespace porchlight::store
