/// Tells every configured alert plugin what happened, each at its own pace.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "alert/journal.h"
#include "plugin/loader.h"
#include "porchlight/alert.h"

namespace porchlight::alert {

/// How a sink is doing, for /system and `porchlight status`.
struct SinkStatus {
    std::string plugin;  ///< "mqtt"
    std::string status;  ///< the sink's own words: "connected", "offline: connection refused"
    std::uint64_t delivered = 0;
    std::uint64_t dropped = 0;  ///< given up: the outbox was full, the sink called the alert bad or never ran
    std::size_t waiting = 0;    ///< in the outbox
    std::size_t waiting_bytes = 0;
    std::uint64_t dropped_pictures = 0;  ///< of alerts that were kept without
    std::uint64_t superseded = 0;        ///< states that a newer one made untrue before they were told
};

/// **Owns** the sinks, one thread and one bounded outbox each: a broker that hangs costs neither another sink
/// nor the caller anything. What cannot be delivered now is kept: of each camera's states only the newest, in
/// memory; events in the journal, on disk (DurableOutbox). Without a journal of events the last 256, all
/// together 1 MiB (the oldest lose their pictures first). **Thread**: publish(), reload() and status() any
/// thread, add(), withdraw() and stop() the owner's. **Throws**: those two, and only when threads are
/// exhausted.
class AlertHub {
  public:
    /// `journal` must outlive the threads of the sinks; null: nothing outlives a restart.
    explicit AlertHub(AlertAppliance appliance, Journal* journal = nullptr);
    ~AlertHub();  ///< stops, within 2 s

    /// Makes, configures and starts one sink. One that refuses its settings is listed with the reason and not
    /// run. `name`: of the target, where a plugin has several; empty: the plugin's. A target with a name of
    /// its own has a state folder of its own, alert-NAME.d.
    void add(const plugin::Module& module, const Settings& settings, const std::string& name = "");
    void add(const std::string& name, std::unique_ptr<AlertSink> sink, const Settings& settings);

    /// Of a sink that is switched off: lets it take back what it left behind, for two minutes at most. It is
    /// listed while something still stands there. Nothing happens with a plugin that leaves nothing behind
    /// (no AlertWithdrawal).
    void withdraw(const plugin::Module& module, const Settings& settings, const std::string& name = "");

    /// Queues for every sink. Any thread, never blocks.
    void publish(const Alert& alert);

    /// What waits on disk was changed by somebody else (its owner): it is read anew. Never blocks.
    void reload();

    std::vector<SinkStatus> status() const;

    /// Delivers what can still be delivered, says goodbye, ends the threads. Blocks until deadline, and 1 s
    /// more for a sink that does not keep its word: that one is left behind with its thread. Nothing else may
    /// be called meanwhile.
    void stop(Deadline deadline);

  private:
    class Runner;
    AlertAppliance applianceFor(const plugin::Module& module, const std::string& name) const;
    AlertAppliance appliance_;
    Journal* const journal_;
    std::vector<std::unique_ptr<Runner>> runners_;
};

}  // namespace porchlight::alert
