// control: what a camera offers beside its pictures, and telling it what to do.
#include <array>
#include <charconv>
#include <cstdio>

#include "app/cli/daemon_client.h"
#include "base/text.h"
#include "camera/command.h"
#include "porchlight/json.h"

namespace porchlight::app {
namespace {

using JsonObject = Poco::JSON::Object::Ptr;

/// How an action is typed.
struct Verb {
    const char* name;
    CameraAction action;
    const char* words;  ///< what stands behind it; empty: nothing
};

constexpr std::array<Verb, 12> kVerbs{{
    {"move", CameraAction::Move, "--pan, --tilt or --zoom (-1 to 1) [--for T]"},
    {"stop", CameraAction::Stop, ""},
    {"preset", CameraAction::GoToPreset, "TOKEN"},
    {"save-preset", CameraAction::SavePreset, "NAME [--token TOKEN]"},
    {"remove-preset", CameraAction::RemovePreset, "TOKEN"},
    {"home", CameraAction::GoHome, ""},
    {"set-home", CameraAction::SetHome, ""},
    {"output", CameraAction::SetOutput, "TOKEN on|off"},
    {"infrared", CameraAction::SetInfrared, "on|off|auto"},
    {"keyframe", CameraAction::Keyframe, ""},
    {"set-time", CameraAction::SetTime, ""},
    {"restart-camera", CameraAction::Restart, ""},
}};

const Verb& verbOf(const std::string& word) {
    std::vector<std::string> names;
    for (const Verb& verb : kVerbs) {
        if (word == verb.name) return verb;
        names.emplace_back(verb.name);
    }
    const auto nearest = base::nearestName(word, names);
    std::string all;
    for (const auto& name : names) all += (all.empty() ? "" : ", ") + name;
    throw UsageError("there is no '" + word + "' to tell a camera" +
                     (nearest ? " (did you mean " + *nearest + "?)" : ": " + all));
}

double speedOf(const Arguments& arguments, const char* option) {
    const auto text = arguments.value(option);
    if (!text) return 0;
    double speed = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), speed);
    if (error != std::errc() || end != text->data() + text->size() || !(speed >= -1 && speed <= 1))
        throw UsageError(std::string(option) + " must be a number from -1 to 1, not '" + *text + "'");
    return speed;
}

/// Of the words behind the verb: how many there must be, each by its name.
std::vector<std::string> wordsFor(const Verb& verb, const Arguments& arguments) {
    const bool has_word = verb.words[0] != '\0' && verb.action != CameraAction::Move;
    const std::size_t wanted = verb.action == CameraAction::SetOutput ? 2 : has_word ? 1 : 0;
    arguments.expectWords(2 + wanted, 2 + wanted, std::string("what to ") + verb.name + ": " + verb.words);
    return {arguments.words().begin() + 2, arguments.words().end()};
}

void writeMove(JsonWriter& json, const Arguments& arguments) {
    const double pan = speedOf(arguments, "--pan");
    const double tilt = speedOf(arguments, "--tilt");
    const double zoom = speedOf(arguments, "--zoom");
    if (pan == 0 && tilt == 0 && zoom == 0) throw UsageError("move needs --pan, --tilt or --zoom");
    const auto lasts = arguments.duration("--for", seconds(1), milliseconds(100), camera::kLongestMove);
    json.field("pan", pan).field("tilt", tilt).field("zoom", zoom);
    json.field("lasts_ms", std::chrono::duration_cast<milliseconds>(lasts).count());
}

std::string bodyOf(const Verb& verb, const Arguments& arguments) {
    const auto words = wordsFor(verb, arguments);
    JsonWriter json;
    json.beginObject().field("action", nameOf(verb.action));
    if (verb.action == CameraAction::Move) {
        writeMove(json, arguments);
    } else if (verb.action == CameraAction::SavePreset) {
        json.field("name", words[0]);
        if (const auto token = arguments.value("--token")) json.field("token", *token);
    } else if (!words.empty()) {
        json.field("token", words[0]);
    }
    if (verb.action == CameraAction::SetOutput) {
        if (words[1] != "on" && words[1] != "off")
            throw UsageError("output is switched on or off, not '" + words[1] + "'");
        json.field("is_on", words[1] == "on");
    }
    return json.endObject().text();
}

void printItems(const JsonObject& offer, const char* list, const char* title, bool has_state) {
    const auto items = offer->getArray(list);
    for (unsigned i = 0; !items.isNull() && i < items->size(); ++i) {
        const auto item = items->getObject(i);
        std::printf("  %-9s %-12s %s%s\n", title, textOf(item, "token").c_str(), textOf(item, "name").c_str(),
                    !has_state                        ? ""
                    : textOf(item, "is_on") == "true" ? " (on)"
                                                      : " (off)");
    }
}

std::string clockWords(const JsonObject& offer) {
    if (offer->isNull("clock_ahead_us")) return "not told";
    const auto ahead = microseconds(offer->getValue<std::int64_t>("clock_ahead_us"));
    const auto off = ahead < microseconds(0) ? -ahead : ahead;
    if (off < seconds(1)) return "right";
    return base::formatDuration(off) + (ahead > microseconds(0) ? " ahead" : " behind");
}

void printOffer(const std::string& name, const JsonObject& offer) {
    std::printf("%s: %s\n", name.c_str(),
                textOf(offer, "description").empty() ? "a camera" : textOf(offer, "description").c_str());
    if (textOf(offer, "is_there") != "true")
        std::printf("  it does not answer now: %s\n", textOf(offer, "problem").c_str());
    const auto actions = offer->getArray("actions");
    for (const Verb& verb : kVerbs)
        for (unsigned i = 0; i < actions->size(); ++i)
            if (actions->getElement<std::string>(i) == nameOf(verb.action))
                std::printf("  %s %s\n", verb.name, verb.words);
    printItems(offer, "presets", "preset", false);
    printItems(offer, "outputs", "output", true);
    if (!textOf(offer, "infrared").empty())
        std::printf("  infrared  %s\n", textOf(offer, "infrared").c_str());
    std::printf("  clock     %s\n", clockWords(offer).c_str());
    if (!textOf(offer, "advice").empty()) std::printf("  advice    %s\n", textOf(offer, "advice").c_str());
}

int listOffer(DaemonClient& daemon, const std::string& name, bool is_json) {
    const auto camera = daemon.get("/cameras/" + encodeQuery(name));
    const auto offer = camera->getObject("offer");
    if (is_json) {
        JsonObject out(new Poco::JSON::Object());
        out->set("name", name);
        out->set("offer", offer.isNull() ? Poco::Dynamic::Var() : Poco::Dynamic::Var(offer));
        printJson(out);
    } else if (offer.isNull()) {
        std::printf("%s offers nothing to control: its source has no way to ask for it (docs/onvif.md)\n",
                    name.c_str());
    } else {
        printOffer(name, offer);
    }
    return offer.isNull() ? 1 : 0;
}

}  // namespace

int commandControl(const CommandContext& context, const Words& words) {
    const Arguments arguments(words, {"--json"}, {"--pan", "--tilt", "--zoom", "--for", "--token"});
    arguments.expectWords(1, 4, "the camera's name");
    const std::string name = arguments.words()[0];
    if (arguments.words().size() == 1) {
        DaemonClient daemon(context);
        return listOffer(daemon, name, arguments.has("--json"));
    }
    const Verb& verb = verbOf(arguments.words()[1]);
    const std::string body = bodyOf(verb, arguments);
    DaemonClient daemon(context);
    const auto answer = daemon.post("/cameras/" + encodeQuery(name) + "/control", body);
    if (arguments.has("--json"))
        printJson(answer);
    else
        std::printf("%s: %s done\n", name.c_str(), verb.name);
    return 0;
}

}  // namespace porchlight::app
