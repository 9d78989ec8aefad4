#include "app/discover/discovery.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "app/discover/child_output.h"
#include "base/log.h"
#include "base/text.h"
#include "onvif/search.h"

namespace porchlight::app {
namespace {

constexpr milliseconds kNetworkSearch{1'500};
constexpr seconds kPluginSearch{4};
constexpr seconds kWholeSearch{9};
constexpr seconds kOneCamera{28};
constexpr std::size_t kMaxAnswerBytes = 4U << 20U;  // with a picture of 2 MiB
constexpr std::size_t kMaxSources = 256;

void print(const std::string& line) {
    const std::string whole = line + "\n";
    [[maybe_unused]] const ssize_t ignored = ::write(STDOUT_FILENO, whole.data(), whole.size());
}

FoundSink printer(const std::string& plugin) {
    return [plugin](const FoundCamera& camera) { print(plugin::lineOf({plugin, camera})); };
}

}  // namespace

int printDiscovery(const plugin::Catalogue& catalogue) {
    // The network first: it cannot hang.
    try {
        if (const auto* plugin = catalogue.findForScheme("rtsp"))
            onvif::discover({}, printer(plugin->name), Deadline::in(kNetworkSearch));
    } catch (const Error& error) {
        print(std::string("problem\t") + error.what());
    }
    for (const std::string& name : catalogue.names(PluginKind::Capture)) {
        if (catalogue.find(PluginKind::Capture, name)->capture.finds_cameras == 0) continue;
        try {
            catalogue.load(PluginKind::Capture, name)->discover(printer(name), Deadline::in(kPluginSearch));
        } catch (const std::exception& error) {
            print("problem\t" + name + ": " + error.what());
        }
    }
    print("end");
    return 0;
}

plugin::Discovery Discoverer::search() {
    const LockGuard lock(mutex_);
    plugin::Discovery out;
    if (is_left_behind_) {
        out.problems.emplace_back(
            "an earlier search still hangs in a driver: only a restart of the machine helps");
        return out;
    }
    const ChildOutput child = outputOfChild(program_, {"discover"}, Deadline::in(kWholeSearch));
    is_left_behind_ = child.is_left_behind;
    bool has_ended = false;
    for (const std::string& line : base::split(child.text, '\n')) {
        if (line == "end") has_ended = true;
        if (line.starts_with("problem\t")) out.problems.push_back(line.substr(8));
        auto found = plugin::parseLine(line);
        if (found && out.sources.size() < kMaxSources) out.sources.push_back(std::move(*found));
    }
    if (!has_ended) out.problems.emplace_back("the search did not end in time: a driver may hang");
    return out;
}

std::string Discoverer::askCamera(const std::string& address, const std::string& user,
                                  const std::string& password) {
    if (is_asking_.exchange(true))
        throw Error(ErrorKind::Exhausted, "another camera is being asked: try again in a few seconds");
    struct Asking {
        std::atomic<bool>& is_asking;
        ~Asking() { is_asking = false; }
    } const asking{is_asking_};
    const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "porchlight";
    std::vector<std::string> words{"sources", "--onvif=" + address, "--json", "--picture"};
    if (!user.empty()) words.push_back("--user=" + user);
    const ChildOutput child = outputOfChild(program.string(), words, Deadline::in(kOneCamera),
                                            user.empty() ? "" : password + "\n", kMaxAnswerBytes);
    if (child.text.empty()) throw Error(ErrorKind::Unavailable, "the camera gave no answer in time");
    return child.text;
}

}  // namespace porchlight::app
