/// What each command says of itself is what it takes, and what is wrong is told in words that help.
#include <sstream>

#include "command_line.h"

namespace usage_test {

using namespace command_line;

namespace {

/// Name and usage of each command, as `porchlight --help` prints them.
std::vector<std::pair<std::string, std::string>> commandsOfHelp() {
    std::vector<std::pair<std::string, std::string>> out;
    std::istringstream lines(run({"--help"}).out);
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("  ") || line.starts_with("   ")) continue;
        const std::size_t end = line.find(' ', 2);
        const std::size_t usage = std::min(line.find_first_not_of(' ', end), line.size());
        out.emplace_back(line.substr(2, end - 2), line.substr(usage));
    }
    return out;
}

/// "--limit" of "[--limit N]"; also "-n".
std::vector<std::string> optionsIn(const std::string& usage) {
    std::vector<std::string> out;
    for (std::size_t at = usage.find('-'); at != std::string::npos; at = usage.find('-', at)) {
        const std::size_t end = std::min(usage.find_first_of(" ]", at), usage.size());
        if (at == 0 || usage[at - 1] == ' ' || usage[at - 1] == '[')
            out.push_back(usage.substr(at, end - at));
        at = end;
    }
    return out;
}

/// How many camera files the configuration that this command looked at has.
int camerasSeenBy(const app::Words& words) {
    const Said said = run(words);
    INFO(said.err);
    REQUIRE(said.code == 0);
    return said.json()->getValue<int>("cameras");
}

}  // namespace

TEST_CASE("each command of the help tells its usage, and takes every option that this names") {
    const test::Folder folder;
    const std::string config = configure(folder, folder / "data");
    const auto commands = commandsOfHelp();
    CHECK(commands.size() == 19);
    for (const auto& [name, usage] : commands) {
        INFO(name << " " << usage);
        for (const char* ask : {"--help", "-h"}) {
            const Said said = run({name, ask});
            CHECK(said.code == 0);
            CHECK(said.out.starts_with("usage: porchlight [--config FILE] " + name));
            CHECK(has(said.out, usage));
        }
        CHECK(has(usage, "--json") == (name != "export" && name != "evidence"));  // docs/cli.md
        if (name == "detect") continue;  // its words are the worker library's: installation_test
        for (const std::string& option : optionsIn(usage)) {
            const Said said = run({"--config", config, name, option, "1", "--no-such-option"});
            CHECK(said.code == 64);
            CHECK(has(said.err, "unknown option --no-such-option"));
        }
    }
    CHECK_FALSE(fs::exists(folder / "data"));  // and nothing was done
}

TEST_CASE("no command takes a word too many") {
    const test::Folder folder;
    const std::string config = configure(folder, folder / "data");
    const app::Words commands[] = {{"status", "porch"},
                                   {"monitor"},
                                   {"events"},
                                   {"export", "--camera", "porch", "--from", "-1h"},
                                   {"evidence", "--from", "-1h"},
                                   {"test", "porch"},
                                   {"recover", "porch"},
                                   {"control", "porch", "stop"},
                                   {"coverage"},
                                   {"logs"},
                                   {"sources"},
                                   {"plugins", "ffmpeg"},
                                   {"user", "remove", "ada"},
                                   {"user", "list"},
                                   {"doctor"},
                                   {"check-config", config},
                                   {"check"}};
    for (app::Words words : commands) {
        words.insert(words.begin(), {"--config", config});
        words.emplace_back("surplus");
        INFO(words[2]);
        const Said said = run(words);
        CHECK(said.code == 64);
        CHECK(has(said.err, "too many words: 'surplus'"));
    }
    CHECK_FALSE(fs::exists(folder / "data"));
}

TEST_CASE("what is missing is named") {
    const test::Folder folder;
    const std::string config = configure(folder, folder / "data");
    struct Row {
        app::Words words;
        const char* told;
    };
    const Row rows[] = {
        {{"recover"}, "missing the camera's name"},
        {{"control"}, "missing the camera's name"},
        {{"control", "porch", "output", "r1"}, "missing what to output: TOKEN on|off"},
        {{"test"}, "missing the camera's name"},
        {{"snapshot"}, "missing at least one camera's name"},
        {{"user"}, "missing add, passwd, list or remove"},
        {{"user", "passwd"}, "missing the user's name"},
        {{"export", "--from", "-1h"}, "missing --camera"},
        {{"export", "--camera", "porch"}, "missing --from"},
        {{"evidence"}, "missing --from"},
        {{"export", "--camera", "porch", "--from"}, "--from needs a value"},
        {{"user", "rename", "ada"}, "user knows add, passwd, list and remove, not 'rename'"},
        {{"evidence", "--from", "noon"}, "--from must be a time such as"},
        {{"events", "--to", "noon"}, "--to must be a time such as"},
        {{"events", "--limit", "0"}, "--limit must be a number from 1 to 1000000, not '0'"},
        {{"monitor", "--interval", "99ms"}, "from 100 ms to"},
        {{"recover", "porch", "--rung", "0"}, "--rung must be a number from 1 to 5, not '0'"},
        {{"status", "--detail"}, "unknown option --detail"},
        {{"logs", "--eror"}, "did you mean --errors?"},
    };
    for (const Row& row : rows) {
        app::Words words = row.words;
        words.insert(words.begin(), {"--config", config});
        INFO(row.told);
        const Said said = run(words);
        CHECK(said.code == 64);
        CHECK(has(said.err, row.told));
        CHECK(said.out.empty());
    }
}

TEST_CASE("--config is taken before and behind the command, in both notations; the last one counts") {
    const test::Folder one;
    const test::Folder two;
    const std::string first = configure(one, one / "data");
    const std::string second = configure(two, two / "data");
    std::ofstream(two / "cameras.d/yard.yaml") << "source: {plugin: testpattern}\n";
    CHECK(camerasSeenBy({"--config", first, "check-config", "--json"}) == 1);
    CHECK(camerasSeenBy({"--config=" + second, "check-config", "--json"}) == 2);
    CHECK(camerasSeenBy({"check-config", "--json", "--config", second}) == 2);
    CHECK(camerasSeenBy({"check-config", "--config=" + second, "--json"}) == 2);
    CHECK(camerasSeenBy({"--config", first, "check-config", "--json", "--config=" + second}) == 2);
}

TEST_CASE("a --config that names no file is no question to another configuration") {
    const app::Words wrong[] = {{"--config"},           {"--config="},           {"--config", "", "status"},
                                {"status", "--config"}, {"status", "--config="}, {"status", "--config", ""}};
    for (const app::Words& words : wrong) {
        INFO(words.front() << " " << words.back());
        const Said said = run(words);
        CHECK(said.code == 64);
        CHECK(has(said.err, "--config needs a file"));
    }
    const Said early = run({"--confg", "x", "status"});
    CHECK(early.code == 64);
    CHECK(has(early.err, "unknown option --confg before the command"));
}

TEST_CASE("words behind -- are words: a camera of any name can be asked for") {
    const Appliance appliance;
    const Said said = appliance.run({"status", "--", "--help"});
    CHECK(said.code == 1);
    CHECK(has(said.err, "no such camera"));
}

TEST_CASE("what the daemon refuses ends with 1 and its own words, not with what a wrong command line does") {
    const Appliance appliance;
    const app::Words refused[] = {
        {"coverage", "--from", "2026-09-21T01:00:00Z", "--to", "2026-09-21T00:00:00Z"},
        {"coverage", "--camera", "shed"},
        {"test", "shed", "-n", "1"},
        {"recover", "shed"},
        {"snapshot", "shed", "--out", appliance.folder.path().string()},
        {"status", "../system"},
        {"evidence", "--from", "-2h", "--camera", "shed"}};
    for (const app::Words& words : refused) {
        INFO(words[0] << " " << words.back());
        const Said said = appliance.run(words);
        CHECK(said.code == 1);
        CHECK(said.err.starts_with("porchlight: "));
        CHECK_FALSE(has(said.err, "the daemon answered"));
    }
}

}  // namespace usage_test
