/// The words of the command line.
#include "app/cli/arguments.h"

#include "support/catch.h"

namespace arguments_test {

using namespace porchlight;

TEST_CASE("options: flags, values, the nearest valid name, and what is missing") {
    const app::Arguments arguments({"porch", "-n", "3", "--timeout=2s", "--json"}, {"--json"},
                                   {"-n", "--timeout"});
    CHECK(arguments.words() == std::vector<std::string>{"porch"});
    CHECK(arguments.has("--json"));
    CHECK(arguments.number("-n", 5, 1, 100) == 3);
    CHECK(arguments.value("--timeout") == "2s");
    CHECK_THROWS_AS(arguments.number("-n", 5, 4, 100), app::UsageError);
    std::string said;
    try {
        const app::Arguments wrong({"--jsn"}, {"--json"}, {});
    } catch (const app::UsageError& error) {
        said = error.what();
    }
    CHECK(said.find("did you mean --json") != std::string::npos);
    CHECK_THROWS_AS(app::Arguments({"-n"}, {}, {"-n"}), app::UsageError);
    CHECK_THROWS_AS(arguments.expectWords(2, 2, "a name"), app::UsageError);
}

TEST_CASE("options: a span of time needs its unit and keeps its bounds") {
    const auto timeout = [](const std::string& text) {
        const app::Arguments arguments({"--timeout", text}, {}, {"--timeout"});
        return arguments.duration("--timeout", seconds(5), seconds(1), seconds(30));
    };
    CHECK(timeout("2s") == seconds(2));
    CHECK(timeout("1500ms") == milliseconds(1500));
    for (const char* wrong : {"2", "0s", "31s", "soon", "-2s", ""}) {
        INFO(wrong);
        CHECK_THROWS_AS(timeout(wrong), app::UsageError);
    }
    CHECK(app::Arguments({}, {}, {"--timeout"}).duration("--timeout", seconds(5), seconds(1), seconds(30)) ==
          seconds(5));
}

TEST_CASE("options: numbers are whole and nothing else") {
    for (const char* wrong : {"", "3x", "0x3", "3.5", "1e2", " 3", "99999999999999999999"}) {
        INFO(wrong);
        const app::Arguments arguments({std::string("-n=") + wrong}, {}, {"-n"});
        CHECK_THROWS_AS(arguments.number("-n", 5, 1, 100), app::UsageError);
    }
}

TEST_CASE("options: behind -- everything is a word, and - is one anywhere") {
    const app::Arguments arguments({"-", "--", "--json"}, {"--json"}, {});
    CHECK(arguments.words() == std::vector<std::string>{"-", "--json"});
    CHECK_FALSE(arguments.has("--json"));
}

}  // namespace arguments_test
