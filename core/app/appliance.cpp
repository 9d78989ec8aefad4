#include "app/appliance.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "app/discover/plugin_probe.h"
#include "app/switches.h"
#include "base/budgets.h"
#include "base/log.h"
#include "base/secrets.h"
#include "base/text.h"
#include "config/memory_plan.h"

namespace porchlight::app {
namespace {

constexpr seconds kTickLate{5};
constexpr const char* kOwnerJournal = "owner_journal";
constexpr std::uint64_t kLogBytes = 4U << 20U;  // of each of the two files
constexpr std::uint64_t kLiteLogBytes = 1U << 20U;
constexpr std::uint64_t kReserveBytes = 4U << 20U;

/// A short stable id for topics and Home Assistant's device registry.
std::string makeNode() {
    return "porchlight-" + web::generateToken().substr(0, 8);
}

/// A full disk must not keep the database from opening: a little space is set aside while there is plenty,
/// and given up at a start that finds none. Retention then makes room, and a later start sets it aside again.
void tendReserve(const std::filesystem::path& file) noexcept {
    struct statvfs disk {};
    if (::statvfs(file.parent_path().c_str(), &disk) != 0) return;
    const std::uint64_t free_bytes = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
    if (free_bytes < kReserveBytes) {
        if (::unlink(file.c_str()) == 0)
            base::logWarning("porchlightd",
                             "the disk of " + file.parent_path().string() + " is full: using the reserve");
        return;
    }
    if (free_bytes < 16 * kReserveBytes) return;
    const base::Fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (fd && ::posix_fallocate(fd.get(), 0, static_cast<off_t>(kReserveBytes)) != 0) ::unlink(file.c_str());
}

/// A sticky folder that everybody may write (a fresh tmpfs): nobody could change what is in it, and nobody
/// shall add to it.
void closeToOthers(const std::filesystem::path& folder) {
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0 || (status.st_mode & (S_IWGRP | S_IWOTH)) == 0 ||
        (status.st_mode & S_ISVTX) == 0)
        return;
    if (::chmod(folder.c_str(), status.st_mode & 07777U & ~(S_IWGRP | S_IWOTH)) == 0)
        return base::logWarning("porchlightd",
                                folder.string() + " could be written by other users: it no longer can");
    throw Error(
        ErrorKind::Misconfigured,
        "data folder " + folder.string() + " can be written by other users: chmod go-w " + folder.string());
}

/// The control socket lives beside the database: a file system that knows no sockets (exFAT by FUSE, a share)
/// is told as such.
void requireSockets(const std::filesystem::path& folder) {
    const std::string file = (folder / "probe.sock").string();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (file.size() >= sizeof address.sun_path) return;  // the control socket tells
    file.copy(address.sun_path, sizeof address.sun_path - 1);
    ::unlink(file.c_str());
    const base::Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const bool is_made =
        probe && ::bind(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    const int error_number = errno;
    ::unlink(file.c_str());
    if (is_made || error_number == ENOSPC || error_number == EDQUOT)
        return;  // a full disk is no other kind of disk
    throw Error(ErrorKind::Misconfigured,
                "data folder " + folder.string() + " takes no socket: " + std::strerror(error_number) +
                    ". Leave data_dir on a disk with ext4; this one may be mounted at its folder recordings");
}

record::CameraRecording recordingOf(const config::CameraConfig& camera, config::MemoryProfile memory) {
    record::CameraRecording out;
    out.name = camera.name;
    out.title = camera.title;
    out.mode = camera.record.mode;
    out.pre_roll = camera.record.pre_roll;
    out.post_roll = camera.record.post_roll;
    out.pre_roll_max_bytes = config::ringMaxBytes(camera.record, memory);
    out.max_bytes = camera.record.max_bytes;
    out.max_age = camera.record.max_age;
    return out;
}

}  // namespace

namespace {

/// Whether the plugin has left something in the folder that AlertAppliance::state_dir names.
bool hasAlertState(const std::filesystem::path& folder, const std::string& plugin) {
    std::error_code failure;
    for (std::filesystem::directory_iterator entry(folder, failure);
         !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure))
        if (entry->path().filename().string().starts_with("alert-" + plugin + ".")) return true;
    return false;
}

/// An owner who is told nothing must be able to see why.
void addAlertProblems(web::SystemInfo& info) {
    for (const web::AlertStatus& alert : info.alerts)
        if (!alert.detail.empty() && alert.detail != "starting" && alert.detail != "connecting")
            info.problems.push_back("alerts over " + alert.name + ": " + alert.detail);
}

void addStorageProblems(web::SystemInfo& info) {
    const record::StorageStatus& storage = info.storage;
    info.problems.insert(info.problems.end(), storage.problems.begin(), storage.problems.end());
    if (!storage.is_clock_trusted)
        info.problems.push_back(
            "the clock is not set: footage is marked until it is, and nothing is deleted by age");
}

}  // namespace

Appliance::Appliance(config::Config config, const Paths& paths, plugin::Catalogue catalogue)
    : config_(std::move(config)),
      paths_(paths),
      catalogue_(std::move(catalogue)),
      listings_(catalogue_.all()) {
    prepareData();
    conductor_ = std::make_unique<Conductor>(config_.cameras, clock_, changes_,
                                             [this](Alert alert) { alerts_->publish(alert); });
    startAlerts();
    startRecorder();
    startCameras();
    startWeb();
}

void Appliance::startCameras() {
    camera::FleetOptions options;
    options.plugin_folder = paths_.plugins.string();
    options.memory = config_.memory;
    if (::access(paths_.device_reset.c_str(), X_OK) == 0)
        options.reset_program = paths_.device_reset.string();
    options.owner_journal = store::Store(config_.databaseFile()).meta.get(kOwnerJournal).value_or("");
    options.save_owner_journal = [this](std::string text, std::function<void(bool)> done) {
        const bool is_posted = recorder_->post([text = std::move(text), done](store::Store& store) {
            try {
                store.meta.set(kOwnerJournal, text);
                store.tidy();  // checkpointed and synced: it survives the power being cut
                done(true);
            } catch (const Error& error) {
                base::logError(
                    "health",
                    std::string("what the owner's last resort did cannot be remembered: ") + error.what());
                done(false);
            }
        });
        if (!is_posted) done(false);
    };
    options.switches = switches_;
    options.save_switch = [this](const camera::Switch& entry) {
        const bool is_posted = recorder_->post([entry](store::Store& store) {
            if (entry.value == entry.configured)
                store.switches.remove(entry.camera, entry.key);
            else
                store.switches.set(
                    {entry.camera, entry.key, entry.value, entry.configured, entry.by, entry.at});
        });
        if (!is_posted)
            base::logError(
                "camera/" + entry.camera,
                "that " + entry.key + " was switched cannot be remembered: it lasts until the next start");
    };
    options.store_age = [this] {
        return std::chrono::duration_cast<microseconds>(Monotonic::now() - recorder_->lastTick());
    };
    fleet_ = std::make_unique<camera::Fleet>(config_.cameras, options, clock_, *conductor_);
    conductor_->setKeyframes([this](const std::string& camera) { fleet_->requestKeyframe(camera); });
    fleet_->live().setMaxViewers(config_.web.max_viewers);
    fleet_->setStatusExtra([this](camera::Status& status) {
        conductor_->watch(status);  // before the recorder's view is mixed in
        conductor_->addTo(status);
    });
}

Appliance::~Appliance() {
    stop();
}

void Appliance::prepareData() {
    std::error_code failure;
    std::filesystem::create_directories(config_.data_dir, failure);
    if (failure)
        throw Error(ErrorKind::Misconfigured, "data folder " + config_.data_dir.string() +
                                                  " cannot be made: " + failure.message() +
                                                  ". Set data_dir to a folder this user may write");
    closeToOthers(config_.data_dir);
    const auto lock_file = (config_.data_dir / "lock").string();
    lock_.reset(::open(lock_file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!lock_) {
        const int error_number = errno;
        throw Error(ErrorKind::Misconfigured,
                    "data folder " + config_.data_dir.string() +
                        " cannot be written: " + std::strerror(error_number) +
                        (error_number == ENOSPC
                             ? ". Free some space on that disk"
                             : ". Give this user the right to write there, or set another data_dir"));
    }
    if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0)
        throw Error(ErrorKind::Misconfigured,
                    "another porchlightd uses " + config_.data_dir.string() + ": stop it first");
    requireSockets(config_.data_dir);
    log_file_ = std::make_unique<base::LogFile>(
        config_.data_dir / "log", config_.memory == config::MemoryProfile::Lite ? kLiteLogBytes : kLogBytes);
    tendReserve(config_.data_dir / "reserve");
    std::filesystem::create_directories(config_.thumbnailsDir(), failure);
    if (failure)
        throw Error(ErrorKind::Misconfigured,
                    "folder " + config_.thumbnailsDir().string() + " cannot be made: " + failure.message());
    store::Store store(config_.databaseFile());
    node_ = store.meta.get("node_id").value_or("");
    if (node_.empty()) store.meta.set("node_id", node_ = makeNode());
    switches_ = loadSwitches(store, config_.cameras);
}

void Appliance::startRecorder() {
    record::RecorderOptions options;
    options.database_file = config_.databaseFile();
    options.recordings_dir = config_.recordingsDir();
    options.thumbnails_dir = config_.thumbnailsDir();
    options.storage = config_.storage;
    options.history_max_age = config_.history_max_age;
    options.sync_interval = config_.storage.sync_interval;
    options.node = node_;
    options.built_at = WallTime(seconds(PORCHLIGHT_BUILT_AT_S));
    if (config_.memory == config::MemoryProfile::Lite) {
        options.queue_max_bytes = 8U << 20U;
        options.held_max_bytes = 6U << 20U;
    }
    const auto module = catalogue_.load(PluginKind::Record, config_.recorder.plugin);
    const auto makeSink = [module, settings = config_.recorder.settings] {
        auto sink = module->create<RecordSink>();
        sink->configure(settings);
        return sink;
    };
    record::RecorderEvents events;
    events.on_event_persisted = [this](const store::EventRow& row) { conductor_->onEventPersisted(row); };
    events.on_event_ended = [this](const store::EventRow& row) { conductor_->onEventEnded(row); };
    events.on_event_final = [this](const store::EventRow& row) { conductor_->onEventFinal(row); };
    events.on_storage = [this](const record::StorageIssue& issue) { conductor_->onStorage(issue); };
    recorder_ = std::make_unique<record::Recorder>(options, makeSink, events, clock_);
    conductor_->setRecorder(*recorder_);
    std::map<std::string, record::CameraRecording> recordings;
    for (const auto& camera : config_.cameras) {
        record::CameraRecording& recording = recordings[camera.name] = recordingOf(camera, config_.memory);
        recording.mode = recordModeOf(camera, switches_);
        recorder_->addCamera(recording);
    }
    conductor_->setRecordings(std::move(recordings));
    recorder_->post(
        [this](store::Store&) { conductor_->tellProblems(); });  // at the start also that all is well
}

void Appliance::startAlerts() {
    AlertAppliance appliance;
    appliance.node = node_;
    appliance.version = PORCHLIGHT_VERSION;
    appliance.url = config_.web.url;
    appliance.state_dir = config_.data_dir.string();
    for (const auto& camera : config_.cameras)
        appliance.cameras.push_back({camera.name, camera.title, camera.problem.empty()});
    alerts_ = std::make_unique<alert::AlertHub>(std::move(appliance));
    const auto begin = [this](const config::PluginChoice& choice, auto start) {
        try {
            start(*catalogue_.load(PluginKind::Alert, choice.plugin), choice.settings);
        } catch (const Error& error) {
            // Alerts that cannot run must not keep the cameras from recording.
            base::logError("alert/" + choice.plugin, error.what());
            start_problem_ = base::hideSecrets(error.what());
        }
    };
    for (const auto& choice : config_.alerts)
        begin(choice, [this](const auto&... how) { alerts_->add(how...); });
    for (const auto& choice : config_.muted_alerts)
        if (hasAlertState(config_.data_dir, choice.plugin))
            begin(choice, [this](const auto&... how) { alerts_->withdraw(how...); });
}

void Appliance::startWeb() {
    web::Services services{.config = config_,
                           .cameras = *fleet_,
                           .changes = changes_,
                           .clock = clock_,
                           .plugins = [this] { return listings(); },
                           .system = [this] { return systemInfo(); },
                           .webroot = paths_.webroot,
                           .version = PORCHLIGHT_VERSION,
                           .hash_cost = {},
                           .find_sources = [this] { return discoverer_.search(); },
                           .node_id = node_};
    if (config_.memory == config::MemoryProfile::Lite) services.hash_cost.memory_bytes = 16U << 20U;
    web_ = std::make_unique<web::Server>(services);
}

void Appliance::startPluginProbe() {
    probe_thread_ = base::Thread("plugin-probe", [this] {
        auto probed = probeInChild(catalogue_, "/proc/self/exe");
        for (const auto& listing : probed) {
            const std::string name = listing.file.filename().string();
            if (!listing.refusal.empty())
                base::logWarning("plugins", name + " refused: " + listing.refusal);
            else
                base::logInfo("plugins", name + " " + listing.version +
                                             (listing.runtime.empty()
                                                  ? ""
                                                  : " with " + listing.runtime + " at run time, built with " +
                                                        listing.built_with));
        }
        const LockGuard lock(mutex_);
        listings_ = std::move(probed);
    });
}

std::vector<plugin::Listing> Appliance::listings() const {
    const LockGuard lock(mutex_);
    return listings_;
}

void Appliance::start() {
    web_->start();
    fleet_->start();
    startPluginProbe();
}

static_assert(budget::kWorkerStop + budget::kWorkerKill + budget::kRecorderStop + budget::kAlertsStop <=
              budget::kShutdown);

void Appliance::stop() {
    if (!web_) return;
    changes_.close();
    // Side by side with everything else: what is recorded must never wait for what somebody downloads. Its
    // handlers may ask cameras and recorder until they have ended; those answer also when they have stopped.
    base::Thread web_stop("web-stop", [this] { web_->stop(); });
    fleet_->stop();
    conductor_->closeEvents();
    recorder_->stop();
    web_stop.join();  // its handlers ask the alerts, which answer only while they run
    alerts_->stop(Deadline::in(budget::kAlertsStop));
    probe_thread_.join();
    web_.reset();
}

bool Appliance::isAlive() const {
    const LockGuard lock(mutex_);
    const auto now = clock_.now();
    if (const auto ticks = fleet_->ticks();
        ticks != last_ticks_ || last_tick_at_ == Monotonic::time_point{}) {
        last_ticks_ = ticks;
        last_tick_at_ = now;
    }
    return now - last_tick_at_ < kTickLate && now - recorder_->lastTick() < kTickLate;
}

Progress Appliance::progress() {
    Progress out;
    out.supervisor = fleet_->ticks();
    out.recorder = static_cast<std::uint64_t>(recorder_->lastTick().time_since_epoch().count());
    out.store = store_answers_;
    if (!is_store_asked_.exchange(true)) {
        const bool is_posted = recorder_->post([this](store::Store& store) {
            (void)store.meta.get("node_id");
            ++store_answers_;
            is_store_asked_ = false;
        });
        if (!is_posted) is_store_asked_ = false;
    }
    return out;
}

web::SystemInfo Appliance::systemInfo() const {
    web::SystemInfo info;
    info.is_ok = isAlive();
    for (const auto& listing : listings())
        for (const auto& library : base::split(listing.runtime, ',')) {
            const auto space = library.rfind(' ');
            const auto begin = library.find_first_not_of(' ');
            if (space == std::string::npos || begin == std::string::npos || space <= begin) continue;
            const std::pair<std::string, std::string> entry{library.substr(begin, space - begin),
                                                            library.substr(space + 1)};
            if (std::find(info.libraries.begin(), info.libraries.end(), entry) == info.libraries.end())
                info.libraries.push_back(entry);
        }
    for (const auto& sink : alerts_->status())
        info.alerts.push_back({sink.plugin, sink.status.starts_with("connected"), sink.delivered,
                               sink.dropped, sink.status == "connected" ? "" : sink.status, sink.waiting,
                               sink.waiting_bytes, sink.dropped_pictures, sink.superseded});
    if (!start_problem_.empty()) info.problems.push_back(start_problem_);
    addAlertProblems(info);
    info.storage = recorder_->storage();
    addStorageProblems(info);
    for (const auto& [camera, status] : recorder_->status()) {
        info.recorder_drops.emplace_back(camera, status.dropped_fragments);
        if (!status.error.empty()) info.problems.push_back(camera + " is not recording: " + status.error);
    }
    return info;
}

}  // namespace porchlight::app
