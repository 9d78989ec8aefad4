// user add|passwd|list|remove: accounts, straight in the database, with or without a running daemon.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "app/cli/daemon_client.h"
#include "app/cli/password_input.h"
#include "base/clock.h"
#include "base/text.h"
#include "porchlight/json.h"
#include "store/store.h"
#include "web/guard/password.h"

namespace porchlight::app {
namespace {

/// What is made meanwhile is nobody else's business, as what porchlightd makes: the database may be new.
class PrivateFiles {
  public:
    PrivateFiles() : before_(::umask(0077)) { ::umask(before_ | 0027U); }
    ~PrivateFiles() { ::umask(before_); }
    PrivateFiles(const PrivateFiles&) = delete;
    PrivateFiles& operator=(const PrivateFiles&) = delete;

  private:
    const mode_t before_;
};

std::string readPassword() {
    std::string password;
    if (::isatty(STDIN_FILENO) != 0) {
        password = askSilently("Password: ");
        if (askSilently("Again: ") != password)
            throw Error(ErrorKind::Misconfigured, "the two passwords differ: nothing was changed");
    } else {
        password = readSecret("");
    }
    if (const std::string problem = web::passwordProblem(password); !problem.empty())
        throw Error(ErrorKind::Misconfigured, "a password " + problem + ": nothing was changed");
    return password;
}

void writeAudit(store::Store& store, const std::string& action, const std::string& name) {
    store.audit.insert({base::SystemClock().wallNow(), "local", "", action, name});
}

int list(store::Store& store, bool is_json) {
    JsonWriter json;
    json.beginObject().key("users").beginArray();
    for (const auto& user : store.accounts.all()) {
        if (!is_json)
            std::printf("%-20s %-7s since %s\n", user.name.c_str(), store::nameOf(user.role),
                        base::formatTime(user.created_at, 0).c_str());
        json.beginObject().field("name", user.name).field("role", store::nameOf(user.role));
        json.field("created_at", user.created_at).endObject();
    }
    if (is_json) std::puts(json.endArray().endObject().text().c_str());
    return 0;
}

int add(store::Store& store, const std::string& name, const std::string& role) {
    if (role != "admin" && role != "viewer") throw UsageError("--role must be admin or viewer");
    if (const std::string problem = web::accountNameProblem(name); !problem.empty())
        throw UsageError("a user's name " + problem);
    if (store.accounts.byName(name))
        throw Error(ErrorKind::Misconfigured, "user " + name + " exists already: use user passwd " + name);
    store::UserRow row;
    row.name = name;
    row.password_hash = web::hashPassword(readPassword());
    row.role = role == "admin" ? store::Role::Admin : store::Role::Viewer;
    row.created_at = base::SystemClock().wallNow();
    store.accounts.insert(row);
    writeAudit(store, "user_add", name);
    std::printf("user %s added (%s)\n", name.c_str(), role.c_str());
    return 0;
}

}  // namespace

int commandUser(const CommandContext& context, const Words& words) {
    const Arguments arguments(words, {"--json"}, {"--role"});
    arguments.expectWords(1, 2, "add, passwd, list or remove");
    const std::string& action = arguments.words()[0];
    if (action != "add" && action != "passwd" && action != "list" && action != "remove")
        throw UsageError("user knows add, passwd, list and remove, not '" + action + "'");
    const std::size_t count = action == "list" ? 1 : 2;
    arguments.expectWords(count, count, "the user's name");
    if (action != "add" && arguments.value("--role")) throw UsageError("--role goes with user add alone");
    const auto config = context.config();
    const PrivateFiles is_private;
    std::error_code failure;
    std::filesystem::create_directories(config.data_dir, failure);
    if (failure)
        throw Error(ErrorKind::Misconfigured,
                    "make data folder " + config.data_dir.string() + ": " + failure.message());
    store::Store store(config.databaseFile());
    if (action == "list") return list(store, arguments.has("--json"));
    const std::string& name = arguments.words()[1];
    if (action == "add") return add(store, name, arguments.value("--role").value_or("viewer"));
    if (!store.accounts.byName(name)) throw Error(ErrorKind::Misconfigured, "there is no user " + name);
    if (action == "passwd") {
        store.accounts.setPassword(name, web::hashPassword(readPassword()));
        writeAudit(store, "user_passwd", name);
        std::printf("password of %s changed; its sessions are over\n", name.c_str());
    } else {
        if (store.accounts.remove(name) == store::UserRemoval::LastAdmin)
            throw Error(ErrorKind::Misconfigured,
                        "user " + name + " is the last administrator: add another first");
        writeAudit(store, "user_remove", name);
        std::printf("user %s removed\n", name.c_str());
    }
    return 0;
}

}  // namespace porchlight::app
