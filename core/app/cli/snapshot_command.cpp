// snapshot: stills of several cameras at the same moment.
#include <Poco/Base64Decoder.h>
#include <Poco/StreamCopier.h>

#include <cstdio>
#include <filesystem>
#include <sstream>

#include "app/cli/daemon_client.h"
#include "base/fd.h"
#include "porchlight/json.h"

namespace porchlight::app {
namespace {

microseconds timeoutOf(const Arguments& arguments) {
    return arguments.duration("--timeout", seconds(10), seconds(1), seconds(60));
}

std::string requestBody(const Arguments& arguments) {
    JsonWriter body;
    body.beginObject().key("cameras").beginArray();
    for (const auto& name : arguments.words()) body.value(name);
    body.endArray().field("timeout_s", static_cast<double>(timeoutOf(arguments).count()) / 1e6);
    return body.field("attempts", arguments.number("--attempts", 3, 1, 10)).endObject().text();
}

/// Writes the picture below `folder` and returns the file's name.
std::string save(const Poco::JSON::Object::Ptr& still, const std::filesystem::path& folder) {
    std::istringstream encoded(textOf(still, "jpeg_base64"));
    Poco::Base64Decoder decoder(encoded);
    std::string jpeg;
    Poco::StreamCopier::copyToString(decoder, jpeg);
    std::string stamp = textOf(still, "taken_at").substr(0, 23);
    for (char& c : stamp)
        if (c == ':') c = '-';
    const auto file = folder / (textOf(still, "camera") + "-" + stamp + "Z.jpg");
    base::writeFileDurably(file.string(), jpeg, 0644);
    return file.string();
}

}  // namespace

int commandSnapshot(const CommandContext& context, const Words& words) {
    const Arguments arguments(words, {"--json"}, {"--timeout", "--attempts", "--out"});
    arguments.expectWords(1, 64, "at least one camera's name");
    const std::filesystem::path folder = arguments.value("--out").value_or(".");
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored))
        throw Error(ErrorKind::Misconfigured, "--out " + folder.string() + ": no such folder");
    DaemonClient daemon(context);
    daemon.setTimeout(std::chrono::duration_cast<milliseconds>(timeoutOf(arguments)) *
                          arguments.number("--attempts", 3, 1, 10) +
                      seconds(10));
    const auto answer = daemon.post("/snapshots", requestBody(arguments));
    const auto stills = answer->getArray("snapshots");
    bool are_all_ok = true;
    for (std::size_t i = 0; i < stills->size(); ++i) {
        Poco::JSON::Object::Ptr still = stills->getObject(static_cast<unsigned>(i));
        const bool is_ok = still->getValue<bool>("is_ok");
        are_all_ok = are_all_ok && is_ok;
        const std::string file = is_ok ? save(still, folder) : "";
        still->remove("jpeg_base64");
        if (is_ok) still->set("file", file);
        if (!arguments.has("--json"))
            std::printf("%-18s %s\n", textOf(still, "camera").c_str(),
                        is_ok ? file.c_str() : ("FAILED: " + textOf(still, "error")).c_str());
    }
    if (arguments.has("--json"))
        printJson(answer);
    else if (stills->size() > 1)
        std::printf("spread of the sensors' times: %.1f ms\n", answer->getValue<double>("spread_us") / 1000);
    return are_all_ok ? 0 : 1;
}

}  // namespace porchlight::app
