/// The composition root: makes all parts, joins them, starts and stops them in order. No globals anywhere
/// else.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "alert/alert_hub.h"
#include "app/alerts/alert_journal.h"
#include "app/conductor.h"
#include "app/data_folder.h"
#include "app/discover/discovery.h"
#include "app/paths.h"
#include "app/watchdog.h"
#include "base/change_feed.h"
#include "base/clock.h"
#include "base/log/log_file.h"
#include "base/thread.h"
#include "camera/fleet/fleet.h"
#include "config/loader.h"
#include "plugin/loader.h"
#include "porchlight/mutex.h"
#include "record/recorder.h"
#include "web/server.h"

namespace porchlight::app {

/// The running appliance. **Thread**: thread-bound (main). Throws Error from the constructor, with a text for
/// the owner.
///
/// Start: data folder and lock, database, recorder (ends what a crash left; the rest beside recording),
/// alerts, cameras, web. Stop: web and cameras together, then events are closed, the recorder finishes,
/// alerts say goodbye: under 10 s. Over 20 members: each part of the appliance is one.
class Appliance {
  public:
    Appliance(config::Config config, const Paths& paths, plugin::Catalogue catalogue);
    ~Appliance();

    void start();
    void stop();

    /// Whether supervisor and recorder have made progress within the last seconds: feeds the watchdog and
    /// /healthz.
    bool isAlive() const;

    /// Counters for the watchdog; asks the store for a sign of life. Any thread, never blocks.
    Progress progress();

    std::string url() const { return web_->url(); }

  private:
    void prepareData();
    void startRecorder();
    void startAlerts();
    void startCameras();
    void startWeb();
    void startPluginProbe();
    web::SystemInfo systemInfo() const;
    std::vector<plugin::Listing> listings() const;

    const config::Config config_;
    const Paths paths_;
    const plugin::Catalogue catalogue_;
    base::SystemClock clock_;
    base::ChangeFeed changes_;
    std::optional<DataFolder> data_folder_;
    std::unique_ptr<base::LogFile> log_file_;
    std::vector<camera::Switch> switches_;  ///< in force at the start
    std::string node_;
    std::string start_problem_;  ///< why nothing is recorded although everything else runs; empty when well

    std::unique_ptr<AlertJournal> journal_;
    std::unique_ptr<alert::AlertHub> alerts_;
    std::unique_ptr<Conductor> conductor_;
    std::unique_ptr<record::Recorder> recorder_;
    std::unique_ptr<camera::Fleet> fleet_;
    std::unique_ptr<web::Server> web_;

    mutable Mutex mutex_;
    std::vector<plugin::Listing> listings_ PORCHLIGHT_GUARDED_BY(mutex_);
    mutable std::uint64_t last_ticks_ PORCHLIGHT_GUARDED_BY(mutex_) = 0;
    mutable Monotonic::time_point last_tick_at_ PORCHLIGHT_GUARDED_BY(mutex_){};

    Discoverer discoverer_;
    std::atomic<std::uint64_t> store_answers_{0};
    std::atomic<bool> is_store_asked_{false};

    base::Thread probe_thread_;
};

}  // namespace porchlight::app
