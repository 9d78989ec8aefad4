#include "app/appliance.h"

#include <unistd.h>

#include "app/alerts/alert_trial.h"
#include "app/discover/plugin_probe.h"
#include "app/playback/process_reading.h"
#include "app/switches.h"
#include "app/system_info.h"
#include "base/budgets.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/secret/secrets.h"
#include "config/memory_plan.h"

namespace porchlight::app {
namespace {

constexpr seconds kTickLate{5};
constexpr std::uint16_t kThumbnailWidthPx = 640;  // as the worker's own are
constexpr const char* kOwnerJournal = "owner_journal";
constexpr std::uint64_t kLogBytes = 4U << 20U;  // of each of the two files
constexpr std::uint64_t kLiteLogBytes = 1U << 20U;

/// A short stable id for topics and Home Assistant's device registry.
std::string makeNode() {
    return "porchlight-" + web::generateToken().substr(0, 8);
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

/// Whether the plugin has left something in the folder that AlertAppliance::state_dir names.
bool hasAlertState(const std::filesystem::path& folder, const std::string& plugin) {
    std::error_code failure;
    for (std::filesystem::directory_iterator entry(folder, failure);
         !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure))
        if (entry->path().filename().string().starts_with("alert-" + plugin + ".")) return true;
    return false;
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
    conductor_->setPictures([this](const std::string& camera, Conductor::Answer answer) {
        return fleet_->askThumbnail(camera, kThumbnailWidthPx, std::move(answer));
    });
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
    data_folder_.emplace(config_.data_dir);
    log_file_ = std::make_unique<base::LogFile>(
        config_.data_dir / "log", config_.memory == config::MemoryProfile::Lite ? kLiteLogBytes : kLogBytes);
    data_folder_->tendReserve();
    std::error_code failure;
    std::filesystem::create_directories(config_.thumbnailsDir(), failure);
    if (failure)
        throw Error(ErrorKind::Misconfigured,
                    "folder " + config_.thumbnailsDir().string() + " cannot be made: " + failure.message());
    store::Store store(config_.databaseFile());
    node_ = store.meta.get("node_id").value_or("");
    if (node_.empty()) store.meta.set("node_id", node_ = makeNode());
    switches_ = loadSwitches(store, config_.cameras);
    std::vector<std::string> targets;
    for (const auto& choice : config_.alerts) targets.push_back(choice.target());
    if (const auto gone = store.alerts.setTargets(targets); gone > 0)
        base::logWarning(
            "alert",
            std::to_string(gone) + " alert(s) that waited for targets which are configured no more are gone");
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
    options.start_reading = [daemon = paths_.daemon](const base::Fd& file, microseconds span,
                                                     std::uint64_t bytes) {
        return std::make_unique<ProcessReading>(daemon, file, span, bytes);
    };
    options.queue_max_bytes = config::capFor(config_.memory, limit::kRecorderQueue);
    options.held_max_bytes = config::capFor(config_.memory, limit::kHeldFootage);
    const auto module = catalogue_.load(PluginKind::Record, config_.recorder.plugin);
    const auto makeSink = [module, settings = config_.recorder.settings] {
        auto sink = module->create<RecordSink>();
        sink->configure(settings);
        return sink;
    };
    record::RecorderEvents events;
    events.on_event_persisted = [this](const store::EventRow& row) { conductor_->onEventPersisted(row); };
    events.on_event_updated = [this](const store::EventRow& row) { conductor_->onEventUpdated(row); };
    events.on_event_pictured = [this](const store::EventRow& row, const std::vector<std::uint8_t>& jpeg) {
        conductor_->onEventPictured(row, jpeg);
    };
    events.on_event_ended = [this](const store::EventRow& row) { conductor_->onEventEnded(row); };
    events.on_event_final = [this](const store::EventRow& row) { conductor_->onEventFinal(row); };
    events.on_storage = [this](const record::StorageIssue& issue) { conductor_->onStorage(issue); };
    recorder_ = std::make_unique<record::Recorder>(options, makeSink, events, clock_);
    conductor_->setRecorder(*recorder_);
    journal_->setRecorder(*recorder_);
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
    journal_ = std::make_unique<AlertJournal>(config_.databaseFile(), config_.thumbnailsDir(), clock_);
    alerts_ = std::make_unique<alert::AlertHub>(std::move(appliance), journal_.get());
    const auto begin = [this](const config::AlertChoice& choice, auto start) {
        try {
            start(*catalogue_.load(PluginKind::Alert, choice.plugin), choice.settings, choice.target());
        } catch (const Error& error) {
            // Alerts that cannot run must not keep the cameras from recording.
            base::logError("alert/" + choice.target(), error.what());
            start_problem_ = base::hideSecrets(error.what());
        }
    };
    for (const auto& choice : config_.alerts)
        begin(choice, [this](const auto&... how) { alerts_->add(how...); });
    for (const auto& choice : config_.muted_alerts)
        if (hasAlertState(config_.data_dir, choice.target()))
            begin(choice, [this](const auto&... how) { alerts_->withdraw(how...); });
}

void Appliance::startWeb() {
    web::Services services{
        .config = config_,
        .cameras = *fleet_,
        .changes = changes_,
        .clock = clock_,
        .plugins = [this] { return listings(); },
        .system = [this] { return systemInfo(); },
        .webroot = paths_.webroot,
        .version = PORCHLIGHT_VERSION,
        .hash_cost = {.memory_bytes =
                          static_cast<std::size_t>(config::capFor(config_.memory, limit::kPasswordHash))},
        .find_sources = [this] { return discoverer_.search(); },
        .ask_onvif =
            [this](const web::OnvifQuestion& question) {
                return discoverer_.askCamera(question.address, question.user, question.password);
            },
        .node_id = node_,
        .alerts_changed = [this] { alerts_->reload(); },
        .try_alert =
            [this](const std::string& target) { return tryAlert(config_, catalogue_, node_, target); }};
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
    journal_->noteStopped();
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
    info.libraries = librariesOf(listings());
    if (!start_problem_.empty()) info.problems.push_back(start_problem_);
    addAlerts(info, alerts_->status());
    addStorage(info, recorder_->storage());
    addRecordings(info, recorder_->status());
    return info;
}

}  // namespace porchlight::app
