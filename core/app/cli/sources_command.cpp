// sources: cameras that could be configured, with what to write for each.
#include <cstdio>
#include <filesystem>

#include "app/cli/daemon_client.h"
#include "app/cli/onvif_command.h"
#include "app/discover/discovery.h"
#include "base/text.h"

namespace porchlight::app {
namespace {

/// As GET /sources answers, for when no daemon runs.
Poco::JSON::Object::Ptr searchHere() {
    Discoverer discoverer(
        (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "porchlightd").string());
    const plugin::Discovery found = discoverer.search();
    Poco::JSON::Array::Ptr sources(new Poco::JSON::Array());
    for (const auto& source : found.sources) {
        Poco::JSON::Object::Ptr entry(new Poco::JSON::Object());
        const std::string name = plugin::nameFor(source);
        entry->set("plugin", source.plugin);
        entry->set("id", source.camera.id);
        entry->set("title", source.camera.title);
        entry->set("offers", source.camera.offers);
        entry->set("problem", source.camera.problem);
        entry->set("name", name);
        entry->set("configured_as", Poco::Dynamic::Var());
        Poco::JSON::Object::Ptr settings(new Poco::JSON::Object());
        for (const auto& [setting, value] : source.camera.settings) settings->set(setting, value);
        entry->set("settings", settings);
        entry->set("source_yaml", plugin::sourceYaml(source));
        entry->set("camera_yaml", plugin::cameraYaml(source, name));
        sources->add(entry);
    }
    Poco::JSON::Array::Ptr problems(new Poco::JSON::Array());
    for (const auto& problem : found.problems) problems->add(problem);
    Poco::JSON::Object::Ptr answer(new Poco::JSON::Object());
    answer->set("sources", sources);
    answer->set("problems", problems);
    return answer;
}

Poco::JSON::Object::Ptr askOrSearch(const CommandContext& context) {
    try {
        return DaemonClient(context).get("/sources");
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::Unavailable && error.kind() != ErrorKind::Misconfigured) throw;
        return searchHere();  // before the first start there is no daemon, perhaps no configuration
    }
}

void print(const Poco::JSON::Object::Ptr& source) {
    const std::string configured_as = textOf(source, "configured_as");
    const std::string problem = textOf(source, "problem");
    std::printf("%s (%s)%s\n", textOf(source, "title").c_str(), textOf(source, "plugin").c_str(),
                configured_as.empty() ? "" : (": camera " + configured_as).c_str());
    std::printf("    %s\n", textOf(source, "id").c_str());
    if (!textOf(source, "offers").empty()) std::printf("    offers %s\n", textOf(source, "offers").c_str());
    if (!problem.empty()) std::printf("    %s\n", problem.c_str());
    if (configured_as.empty()) std::printf("    source: %s\n", textOf(source, "source_yaml").c_str());
}

}  // namespace

int commandSources(const CommandContext& context, const Words& words) {
    const Arguments arguments(words, {"--json", "--lines", "--picture"}, {"--onvif", "--user"});
    arguments.expectWords(0, 0, "");
    if (const auto address = arguments.value("--onvif")) {
        if (arguments.has("--lines")) throw UsageError("--lines does not go with --onvif");
        if (arguments.has("--picture") && !arguments.has("--json"))
            throw UsageError("--picture goes with --json");
        return printOnvifCamera(*address, arguments.value("--user"), arguments.has("--json"),
                                arguments.has("--picture"));
    }
    if (arguments.value("--user")) throw UsageError("--user goes with --onvif alone");
    if (arguments.has("--picture")) throw UsageError("--picture goes with --onvif alone");
    const auto answer = askOrSearch(context);
    if (arguments.has("--json")) {
        printJson(answer);
        return 0;
    }
    const auto sources = answer->getArray("sources");
    for (std::size_t i = 0; i < sources->size(); ++i) {
        const auto source = sources->getObject(static_cast<unsigned>(i));
        if (!arguments.has("--lines"))
            print(source);
        else
            std::printf("%s\t%s\t%s\t%s\t%s\n", textOf(source, "plugin").c_str(),
                        textOf(source, "name").c_str(), textOf(source, "title").c_str(),
                        textOf(source, "source_yaml").c_str(), textOf(source, "problem").c_str());
    }
    const auto problems = answer->getArray("problems");
    for (std::size_t i = 0; i < problems->size(); ++i)
        std::fprintf(stderr, "porchlight: %s\n",
                     base::printable(problems->getElement<std::string>(static_cast<unsigned>(i))).c_str());
    if (sources->size() == 0 && !arguments.has("--lines"))
        std::puts(
            "No camera found. A network camera that does not answer ONVIF is configured by its address: see "
            "config/cameras.d/example.yaml");
    return 0;
}

}  // namespace porchlight::app
