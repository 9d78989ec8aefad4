// The doctor: ports, the broker, cameras at the network and at this board.
#include <fcntl.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "app/doctor/doctor.h"
#include "base/dial.h"
#include "base/fd.h"
#include "base/secret/secrets.h"
#include "base/secret/url.h"
#include "config/configured_as.h"
#include "http/door/port_holder.h"
#include "tls/served_certificate.h"

namespace porchlight::app {
namespace {

constexpr seconds kConnect{3};
constexpr seconds kBroker{8};

struct Endpoint {
    std::string host;
    int port = 0;
};

/// Host and port of a URL; no host when it has none (a file).
Endpoint endpointOf(const std::string& url) {
    static const std::pair<const char*, int> kPorts[] = {{"rtsp", 554},  {"rtsps", 322}, {"http", 80},
                                                         {"https", 443}, {"rtmp", 1935}, {"rtmps", 443}};
    const base::UrlParts parts = base::splitUrl(url);
    if (parts.scheme.empty()) return {};
    Endpoint out{std::string(parts.host), 0};
    for (const auto& [scheme, port] : kPorts)
        if (parts.scheme == scheme) out.port = port;
    if (!parts.port.empty()) out.port = std::atoi(std::string(parts.port).c_str());
    return out;
}

std::string groupOf(const std::string& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return "";
    const group* found = ::getgrgid(status.st_gid);
    return found == nullptr ? std::to_string(status.st_gid) : found->gr_name;
}

void examineDevice(const std::string& subject, const std::string& file, Findings& findings) {
    if (::access(file.c_str(), F_OK) != 0)
        findings.push_back({subject, Verdict::Bad, file + " is not there",
                            "plug the camera in; ls /dev/video* shows what the system sees"});
    else if (::access(file.c_str(), R_OK | W_OK) != 0)
        findings.push_back(
            {subject, Verdict::Bad, file + " may not be opened: it belongs to the group " + groupOf(file),
             "usermod -aG " + groupOf(file) + " USER for the user of the appliance, and log in again"});
    else
        findings.push_back({subject, Verdict::Good, file + " can be opened", ""});
}

}  // namespace

bool canConnect(const std::string& host, int port, std::string& why) {
    try {
        const base::Dialled dialled = base::dial(host, port, kConnect);
        if (!dialled.socket) why = std::strerror(dialled.error);
        return static_cast<bool>(dialled.socket);
    } catch (const Error& error) {
        why = std::string("the name is not known: ") + error.what();
        return false;
    }
}

namespace {

/// Why porchlightd could not listen there, asked by listening for a moment; empty when it could.
std::string whyNoListening(const std::string& address, int port) {
    const auto place = base::socketAddress(address, port);
    if (!place) return "it is no address";
    const base::Fd fd(::socket(place->family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    if (fd) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd && ::bind(fd.get(), place->get(), place->size) == 0) return "";
    return std::strerror(errno);
}

}  // namespace

void examinePort(const config::Config& config, bool is_daemon_running, Findings& findings) {
    const std::string& bind = config.web.bind;
    const std::string host = bind == "0.0.0.0" ? "127.0.0.1" : bind == "::" ? "::1" : bind;
    const std::string where = bind + " port " + std::to_string(config.web.port);
    std::string why;
    const bool is_taken = canConnect(host, config.web.port, why);
    const std::string holder = is_taken ? http::portHolder(config.web.port) : "";
    if (is_daemon_running && !is_taken)
        findings.push_back({"port", Verdict::Bad,
                            "porchlightd runs but does not answer at " + where + ": " + why,
                            "porchlight logs --errors says why"});
    else if (is_taken &&
             (!is_daemon_running || (!holder.empty() && holder.find("porchlightd") == std::string::npos)))
        findings.push_back({"port", Verdict::Bad,
                            where + " is used by " + (holder.empty() ? "another program" : holder),
                            "end that program, or set web.port to another number"});
    else if (is_taken && holder.empty())
        findings.push_back({"port", Verdict::Doubtful, where + " answers; which program it is cannot be seen",
                            "run porchlight doctor as the user of the appliance, or as root"});
    else if (is_taken)
        findings.push_back({"port", Verdict::Good, where + " is answered by " + holder, ""});
    else if (why = whyNoListening(bind, config.web.port); !why.empty())
        findings.push_back({"port", Verdict::Bad, where + " cannot be listened on: " + why,
                            "set web.port (from 1024 up for users other than root) or web.bind"});
    else
        findings.push_back({"port", Verdict::Good, where + " is free", ""});
}

void examineCertificate(const config::Config& config, Findings& findings) {
    if (config.web.tls == config::TlsMode::Off) return;
    const std::string problem = tls::certificateProblem(config, base::SystemClock().wallNow());
    if (problem.empty())
        findings.push_back({"certificate", Verdict::Good, "can be served and does not end soon", ""});
    else
        findings.push_back(
            {"certificate", Verdict::Doubtful, problem,
             "put a certificate in PEM with its chain, and its key without passphrase, in place"});
}

/// As the appliance would: connects, logs in and tells a test. What only looks well is not called good.
void examineBroker(const config::Config& config, const plugin::Catalogue& catalogue, Findings& findings) {
    for (const auto& alert : config.alerts) {
        if (!alert.settings.has("host") || !alert.settings.has("port")) continue;
        const std::string host(alert.settings.text("host"));
        const int port = static_cast<int>(alert.settings.integer("port"));
        const std::string at = host + ":" + std::to_string(port);
        std::string why;
        if (!canConnect(host, port, why)) {
            findings.push_back(
                {"broker", Verdict::Bad, at + ": " + why,
                 "start the broker, or correct " + alert.plugin + ".host and .port; alerts wait meanwhile"});
            continue;
        }
        try {
            const auto sink = catalogue.load(PluginKind::Alert, alert.plugin)->create<AlertSink>();
            sink->configure(alert.settings, {"doctor", PORCHLIGHT_VERSION, config.web.url, {}, ""});
            const auto doubts = sink->tryOut(Deadline::in(kBroker));
            for (const auto& doubt : doubts)
                findings.push_back(
                    {"broker", Verdict::Doubtful, at + ": " + doubt,
                     "correct the rights or limits of the broker; docs/mqtt.md lists what is published"});
            if (doubts.empty())
                findings.push_back({"broker", Verdict::Good, at + " lets us in and takes messages", ""});
        } catch (const Error& error) {
            const bool is_ours = error.kind() == ErrorKind::Misconfigured;
            findings.push_back({"broker", Verdict::Bad, at + ": " + error.what(),
                                is_ours
                                    ? "correct the section " + alert.plugin + ", or the broker's own settings"
                                    : "look at the broker; alerts wait meanwhile"});
        }
    }
}

void examineDevices(const config::Config& config, Findings& findings) {
    for (const auto& camera : config.cameras) {
        if (!camera.is_enabled) continue;
        const auto& settings = camera.source.settings;
        for (const char* key : {"device", "path"})
            if (settings.has(key) && settings.text(key).starts_with("/dev/"))
                examineDevice("camera " + camera.name, std::string(settings.text(key)), findings);
    }
    std::set<std::string> seen;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator("/dev", ignored))
        if (entry.path().filename().string().rfind("video", 0) == 0) seen.insert(entry.path().string());
    std::size_t closed = 0;
    std::string closed_one;
    for (const auto& file : seen)
        if (::access(file.c_str(), R_OK | W_OK) != 0) closed_one = file, ++closed;
    if (closed > 0)
        findings.push_back({"devices", Verdict::Doubtful,
                            std::to_string(closed) + " of " + std::to_string(seen.size()) +
                                " video devices may not be opened by this user",
                            "usermod -aG " + groupOf(closed_one) + " USER for the user of the appliance"});
    else
        findings.push_back({"devices", Verdict::Good,
                            seen.empty() ? "no video device at this machine"
                                         : std::to_string(seen.size()) + " video device(s)",
                            ""});
}

void examineFound(const plugin::Discovery& found, const config::Config& config, Findings& findings) {
    for (const auto& source : found.sources) {
        const std::string name = config::configuredAs(config, source);
        std::string text = source.camera.title + " (" + source.plugin + ", " + source.camera.id + ")";
        if (!source.camera.offers.empty()) text += " offers " + source.camera.offers;
        if (!source.camera.problem.empty()) text += "; " + source.camera.problem;
        if (!name.empty())
            findings.push_back({"camera " + name, Verdict::Good, "found: " + text, ""});
        else
            findings.push_back({"found", source.camera.problem.empty() ? Verdict::Good : Verdict::Doubtful,
                                text,
                                "to use it, write into " +
                                    (config.cameras_dir / (plugin::nameFor(source) + ".yaml")).string() +
                                    ": source: " + plugin::sourceYaml(source)});
    }
    for (const auto& problem : found.problems)
        findings.push_back({"search", Verdict::Doubtful, problem, "porchlight sources searches again"});
}

namespace {

/// Whether a camera's address takes connections, or its file can be read.
void examineAddress(const std::string& subject, const std::string& name, const std::string& url,
                    Findings& findings) {
    const Endpoint endpoint = endpointOf(url);
    std::string why;
    if (endpoint.host.empty()) {
        const std::string file = url.starts_with("file://") ? url.substr(7) : url;
        const bool is_there = file.find("://") == std::string::npos && ::access(file.c_str(), R_OK) == 0;
        findings.push_back({subject, is_there ? Verdict::Good : Verdict::Bad,
                            is_there ? "its file can be read" : base::hideSecrets(url) + " cannot be read",
                            is_there ? "" : "correct source.url"});
    } else if (endpoint.port == 0) {
        findings.push_back({subject, Verdict::Doubtful,
                            endpoint.host + " was not asked: the address names no port",
                            "porchlight test " + name + " tries whether pictures come"});
    } else if (canConnect(endpoint.host, endpoint.port, why)) {
        findings.push_back({subject, Verdict::Good,
                            endpoint.host + ":" + std::to_string(endpoint.port) +
                                " takes connections (porchlight test " + name + " tries the pictures)",
                            ""});
    } else {
        findings.push_back({subject, Verdict::Bad,
                            endpoint.host + ":" + std::to_string(endpoint.port) + ": " + why,
                            "is the camera on, in this network, and is its address still the same?"});
    }
}

}  // namespace

void examineSources(const config::Config& config, Findings& findings) {
    for (const auto& camera : config.cameras) {
        const Settings& source = camera.source.settings;
        const bool has_url = source.has("url");
        if (!camera.is_enabled || !camera.problem.empty() || (!has_url && !source.has("address"))) continue;
        std::string address(source.text(has_url ? "url" : "address"));
        if (!has_url && address.find("://") == std::string::npos) address.insert(0, "http://");
        examineAddress("camera " + camera.name, camera.name, address, findings);
        if (camera.sub && has_url)
            examineAddress("camera " + camera.name + " (sub)", camera.name,
                           std::string(camera.sub->text("url")), findings);
    }
}

}  // namespace porchlight::app
