// porchlightd: the core of the appliance, and - started by itself - the worker of one camera.
#include <Poco/Util/HelpFormatter.h>
#include <Poco/Util/Option.h>
#include <Poco/Util/OptionSet.h>
#include <Poco/Util/ServerApplication.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <optional>

#include "app/appliance.h"
#include "app/discover/discovery.h"
#include "app/discover/plugin_probe.h"
#include "app/fork_server_main.h"
#include "app/notify.h"
#include "app/watchdog.h"
#include "app/worker_library.h"
#include "base/log.h"
#include "base/log/log_stream.h"
#include "config/host_check.h"
#include "config/memory_plan.h"
#include "ipc/fork_protocol.h"

namespace porchlight::app {
namespace {

base::LogLevel levelOf(const std::string& name) {
    for (const auto level : {base::LogLevel::Debug, base::LogLevel::Info, base::LogLevel::Warning})
        if (name == base::nameOf(level)) return level;
    return base::LogLevel::Error;
}

/// Connections, the files of exports and the workers' sockets may be more than 1024, the usual soft limit.
void raiseDescriptorLimit() {
    constexpr rlim_t kDescriptors = 4096;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kDescriptors) return;
    limit.rlim_cur = std::min(limit.rlim_max, kDescriptors);
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
        base::logWarning("porchlightd", "the limit of open files stays as it is");
}

class Daemon final : public Poco::Util::ServerApplication {
  protected:
    void defineOptions(Poco::Util::OptionSet& options) override {
        using Poco::Util::Option;
        using Poco::Util::OptionCallback;
        options.addOption(Option("config", "c", "configuration file")
                              .argument("FILE")
                              .callback(OptionCallback<Daemon>(this, &Daemon::onConfig)));
        options.addOption(
            Option("help", "h", "this text").callback(OptionCallback<Daemon>(this, &Daemon::onHelp)));
        options.addOption(
            Option("version", "v", "the version").callback(OptionCallback<Daemon>(this, &Daemon::onVersion)));
    }

    int main(const std::vector<std::string>& rest) override {
        if (is_done_) return EXIT_OK;
        if (!rest.empty()) {
            std::cerr << "porchlightd: unknown word '" << rest[0] << "'. Try: porchlightd --help\n";
            return EXIT_USAGE;
        }
        try {
            return serve();
        } catch (const Error& error) {
            base::logError("porchlightd", error.what());
            return error.kind() == ErrorKind::Misconfigured ? EXIT_CONFIG : EXIT_UNAVAILABLE;
        }
    }

  private:
    void onConfig(const std::string&, const std::string& file) { config_option_ = file; }
    void onVersion(const std::string&, const std::string&) {
        std::cout << "porchlightd " PORCHLIGHT_VERSION "\n";
        is_done_ = true;
        stopOptionsProcessing();
    }
    void onHelp(const std::string&, const std::string&) {
        Poco::Util::HelpFormatter formatter(options());
        formatter.setUnixStyle(true);
        formatter.setCommand("porchlightd");
        formatter.setUsage("[--config FILE]");
        formatter.setHeader("The core of the Porchlight appliance.");
        formatter.format(std::cout);
        is_done_ = true;
        stopOptionsProcessing();
    }

    int serve() {
        const base::LogStream log_stream(STDERR_FILENO);
        raiseDescriptorLimit();
        // Its memory holds all passwords: no process of the same user reads or traces it, and no core dump
        // leaves it on a disk.
#ifndef PORCHLIGHT_SANITIZED
        ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
        // What a worker or the fork server leaves behind stays below us: http/door/local_peer.h.
        ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
        const auto paths = Paths::find();
        plugin::Catalogue catalogue(paths.plugins);
        auto loaded = config::load(findConfig(config_option_), catalogue, ::geteuid());
        if (loaded.problems.empty()) {
            const auto found = config::examineHost(loaded, ::geteuid());
            loaded.problems = found.stops;
            for (const auto& problem : found.troubles) base::logError("config", problem.format());
        }
        for (const auto& problem : loaded.problems) base::logError("config", problem.format());
        if (!loaded.problems.empty()) return EXIT_CONFIG;
        for (const auto& problem : loaded.camera_problems)
            base::logError("config", problem.format() + " (this camera is not started)");
        base::setLogLevel(levelOf(loaded.config.log_level));
        base::logInfo("porchlightd", "Porchlight " PORCHLIGHT_VERSION ", configuration " +
                                         loaded.config.file.string() + ", " +
                                         std::to_string(loaded.config.cameras.size()) + " camera(s)");
        const auto plan = config::planMemory(loaded.config, config::machineMemory());
        base::log(plan.fits() ? base::LogLevel::Info : base::LogLevel::Error, "config", plan.verdict());
        std::optional<StartExtension> extension(std::in_place);
        Appliance appliance(std::move(loaded.config), paths, std::move(catalogue));
        appliance.start();
        extension.reset();
        base::logInfo("porchlightd", "ready at " + appliance.url());
        notifySystemd("READY=1");
        {
            const Watchdog watchdog([&appliance] { return appliance.progress(); });
            waitForTerminationRequest();
        }
        base::logInfo("porchlightd", "stopping");
        notifySystemd("STOPPING=1");
        appliance.stop();
        base::logInfo("porchlightd", "stopped");
        return EXIT_OK;
    }

    std::string config_option_;
    bool is_done_ = false;
};

int run(int argc, char** argv) {
    const std::string mode = argc > 1 ? argv[1] : "";
    try {
        if (mode == "fork-server") return runForkServer(Paths::find(), argc, argv);
        if (mode == "worker") return runWorker(Paths::find().worker_library, ipc::kInheritedSocket, nullptr);
        if (mode == "prove") return runProof(Paths::find().worker_library, {argv + 1, argv + argc});
        if (mode == "probe-plugins") return printProbe(plugin::Catalogue(Paths::find().plugins));
        if (mode == "discover") return printDiscovery(plugin::Catalogue(Paths::find().plugins));
    } catch (const Error& error) {
        base::logError("porchlightd " + mode, error.what());
        return EXIT_FAILURE;
    }
    return Daemon().run(argc, argv);
}

}  // namespace
}  // namespace porchlight::app

int main(int argc, char** argv) {
    // Few arenas and fixed thresholds keep the heap flat over months. Fragments, which come every second, are
    // reused; what is larger goes back at once.
    ::mallopt(M_ARENA_MAX, 2);
    ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
    ::mallopt(M_TRIM_THRESHOLD, 1 << 20);
    ::signal(SIGPIPE, SIG_IGN);
    ::umask(0027 | ::umask(0077));  // database, certificate and footage are nobody else's business
    const std::string mode = argc > 1 ? argv[1] : "";
    if (mode != "worker" && mode != "fork-server") {
        // From the first moment on: an early SIGTERM waits until main waits for it.
        sigset_t termination{};
        sigemptyset(&termination);
        for (const int number : {SIGINT, SIGTERM, SIGQUIT}) sigaddset(&termination, number);
        ::pthread_sigmask(SIG_BLOCK, &termination, nullptr);
    }
    return porchlight::app::run(argc, argv);
}
