#include "plugin/setting_rule.h"

#include "plugin/setting_range.h"
#include "plugin/stamp_reader.h"
#include "support/catch.h"

namespace setting_rule_test {

using namespace porchlight;
using plugin::hasKnownRules;
using plugin::whyAgainstRule;

namespace {

SettingSpec spec(SettingType type, const char* rules) {
    SettingSpec out{"it", type, 0, "", 0, 0, "", "", ""};
    std::strncpy(out.choices, rules, sizeof out.choices - 1);
    return out;
}

std::string why(SettingType type, const char* rules, const char* value, const Settings& all = Settings()) {
    return whyAgainstRule(spec(type, rules), value, all);
}

}  // namespace

TEST_CASE("steps, paths and lists are judged by what the plugin declares") {
    CHECK(why(SettingType::Integer, "step 2", "1280").empty());
    CHECK(why(SettingType::Integer, "step 2", "1283") == "must be an even number, not 1283");
    CHECK(why(SettingType::Number, "step 0.1", "12.5").empty());
    CHECK(why(SettingType::Number, "step 0.1", "0.3").empty());
    CHECK(why(SettingType::Number, "step 0.1", "-1").empty());
    CHECK(why(SettingType::Number, "step 0.1", "0.05") == "must be a multiple of 0.1, not 0.05");
    CHECK(why(SettingType::Text, "path", "").empty());
    CHECK(why(SettingType::Text, "path", "/dev/video0").empty());
    for (const char* wrong : {"video0", "0", "./video0"})
        CHECK_FALSE(why(SettingType::Text, "path", wrong).empty());
    for (const char* good : {"", "zoom_absolute=120, LED1 Mode=-1 ,", "a=1"})
        CHECK(why(SettingType::Text, "assignments", good).empty());
    for (const char* wrong : {"zoom", "zoom=", "zoom=far", "zoom=1x", "=5", "a=1,a=2", "a==1", "a=1 b=2",
                              "a=99999999999999999999"}) {
        INFO(wrong);
        CHECK_FALSE(why(SettingType::Text, "assignments", wrong).empty());
    }
}

TEST_CASE("a setting that does nothing without another is refused alone") {
    const auto alone = Settings({{"height", "0"}, {"tls", "false"}, {"username", ""}});
    const auto both = Settings({{"height", "720"}, {"tls", "true"}, {"username", "ada"}});
    CHECK(why(SettingType::Integer, "step 2|needs height", "1280", both).empty());
    CHECK(why(SettingType::Integer, "step 2|needs height", "0", alone).empty());
    CHECK(why(SettingType::Integer, "step 2|needs height", "1280", alone).find("needs height beside it") ==
          0);
    CHECK(why(SettingType::Integer, "step 2|needs height", "1281", both).find("even") != std::string::npos);
    CHECK(why(SettingType::File, "needs tls=true", "/ca.pem", both).empty());
    CHECK(why(SettingType::File, "needs tls=true", "/ca.pem", alone).find("needs tls: true beside it") == 0);
    const std::string secret = why(SettingType::Secret, "needs username", "geheim", alone);
    CHECK(secret.find("needs username") == 0);
    CHECK(secret.find("geheim") == std::string::npos);
}

TEST_CASE("a plugin with a rule that this core cannot judge is not loaded") {
    for (const char* rules : {"odd", "step", "step 0", "step x", "path|odd", "needs"})
        CHECK_FALSE(hasKnownRules(spec(SettingType::Integer, rules)));
    CHECK_FALSE(hasKnownRules(spec(SettingType::Text, "step 2")));
    CHECK(hasKnownRules(spec(SettingType::Choice, "odd|even")));
    CHECK(hasKnownRules(spec(SettingType::Url, "gopher")));
    CHECK(hasKnownRules(spec(SettingType::Integer, "")));
    static constexpr SettingSpec kSettings[] = {{"width", SettingType::Integer, 0, "", 0, 0, "0", "odd", ""}};
    CHECK(plugin::judgeStamp(makeStamp(PluginKind::Capture, "x", "1", "", "", kSettings))
              .find("declares a rule for width") == 0);
}

TEST_CASE("rules stand in the range that is shown") {
    CHECK(plugin::rangeOf({"width", SettingType::Integer, 0, "px", 64, 4096, "1280", "step 2", ""}) ==
          "64 to 4096 px, even");
    CHECK(plugin::rangeOf({"device", SettingType::Text, 1, "", 0, 0, "", "path", ""}) ==
          "text, a whole path");
    CHECK(plugin::rangeOf({"ca_file", SettingType::File, 0, "", 0, 0, "", "needs tls=true", ""}) ==
          "a file, with tls=true");
    CHECK(plugin::rangeOf({"url", SettingType::Url, 1, "", 0, 0, "", "rtsp|file", ""}) == "rtsp:// | a file");
}

}  // namespace setting_rule_test
