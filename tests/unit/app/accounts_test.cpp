/// user: what the command line refuses, and what it leaves behind for whoever looks later.
#include <sys/stat.h>
#include <unistd.h>

#include <sstream>

#include "command_line.h"
#include "support/skip.h"

namespace accounts_test {

using namespace command_line;

namespace {

constexpr const char* kPassword = "correct horse battery";

/// A configuration whose appliance never ran.
struct Accounts {
    Said run(app::Words words, const std::string& input = kPassword) const {
        words.insert(words.begin(), {"--config", config, "user"});
        std::istringstream in(input + "\n");
        std::streambuf* const before = std::cin.rdbuf(in.rdbuf());
        Said said = command_line::run(words);
        std::cin.rdbuf(before);
        return said;
    }
    std::string roleOf(const std::string& name) const {
        const auto users = run({"list", "--json"}).json()->getArray("users");
        for (std::size_t i = 0; i < users->size(); ++i) {
            const auto user = users->getObject(static_cast<unsigned>(i));
            if (user->getValue<std::string>("name") == name) return user->getValue<std::string>("role");
        }
        return "";
    }
    test::Folder folder;
    std::string config = configure(folder, folder / "data");
};

#define NEED_NO_TERMINAL()                                                                           \
    if (::isatty(STDIN_FILENO) != 0) {                                                               \
        porchlight::test::tellSkipped("standard input is a terminal: passwords would come from it"); \
        return;                                                                                      \
    }

}  // namespace

TEST_CASE("user: a role is given with add and with nothing else; nobody's is changed in passing") {
    NEED_NO_TERMINAL();
    const Accounts accounts;
    REQUIRE(accounts.run({"add", "ada", "--role", "admin"}).code == 0);
    REQUIRE(accounts.run({"add", "vic"}).code == 0);
    CHECK(accounts.roleOf("ada") == "admin");
    CHECK(accounts.roleOf("vic") == "viewer");
    for (const app::Words& words :
         {app::Words{"passwd", "vic", "--role", "admin"}, app::Words{"remove", "vic", "--role", "viewer"},
          app::Words{"list", "--role", "admin"}}) {
        INFO(words.front());
        const Said said = accounts.run(words);
        CHECK(said.code == 64);
        CHECK(has(said.err, "--role"));
    }
    CHECK(accounts.roleOf("vic") == "viewer");
}

TEST_CASE("user: names that no login would take are refused before a password is asked for") {
    NEED_NO_TERMINAL();
    const Accounts accounts;
    for (const std::string& name :
         {std::string("a b"), std::string("ada\n"), std::string(200, 'a'), std::string("a/b")}) {
        INFO(name);
        const Said said = accounts.run({"add", name});
        CHECK(said.code == 64);
        CHECK(has(said.err, "a user's name"));
    }
    CHECK(accounts.run({"list", "--json"}).json()->getArray("users")->empty());
}

TEST_CASE("user: an empty or missing password changes nothing, and says so") {
    NEED_NO_TERMINAL();
    const Accounts accounts;
    for (const char* password : {"", "short"}) {
        const Said said = accounts.run({"add", "ada"}, password);
        CHECK(said.code == 1);
        CHECK(has(said.err, "nothing was changed"));
    }
    CHECK(accounts.roleOf("ada").empty());
    REQUIRE(accounts.run({"add", "ada", "--role", "admin"}).code == 0);
    CHECK(accounts.run({"passwd", "ada"}, "").code == 1);
    CHECK(accounts.run({"passwd", "nobody"}).code == 1);
    CHECK(has(accounts.run({"remove", "nobody"}).err, "there is no user nobody"));
}

TEST_CASE("user: what was done stands in the audit log, and the list is read by people and scripts") {
    NEED_NO_TERMINAL();
    const Accounts accounts;
    accounts.run({"add", "ada", "--role", "admin"});
    accounts.run({"add", "vic"});
    accounts.run({"passwd", "vic"}, "another horse battery");
    accounts.run({"remove", "vic"});
    accounts.run({"remove", "ada"});  // refused: the last administrator
    store::Store store(accounts.folder / "data/porchlight.db");
    std::vector<std::string> actions;
    for (const auto& row : store.audit.newest(10)) {
        CHECK(row.user == "local");
        actions.push_back(row.action + " " + row.detail);
    }
    CHECK(actions ==
          std::vector<std::string>{"user_remove vic", "user_passwd vic", "user_add vic", "user_add ada"});
    const Said list = accounts.run({"list"});
    CHECK(list.code == 0);
    CHECK(has(list.out, "ada"));
    CHECK(has(list.out, "admin   since 20"));
}

TEST_CASE("user: the database of an appliance that never ran is nobody else's to read") {
    NEED_NO_TERMINAL();
    const mode_t before = ::umask(0);  // the laxest there is
    const Accounts accounts;
    accounts.run({"add", "ada"});
    ::umask(before);
    struct stat status {};
    REQUIRE(::stat((accounts.folder / "data/porchlight.db").c_str(), &status) == 0);
    CHECK((status.st_mode & 0027U) == 0);
    REQUIRE(::stat((accounts.folder / "data").c_str(), &status) == 0);
    CHECK((status.st_mode & 0027U) == 0);
}

}  // namespace accounts_test
