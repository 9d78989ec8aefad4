/// Alerts of events in the database, for the alert hub.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "alert/journal.h"
#include "base/clock.h"
#include "porchlight/mutex.h"
#include "record/recorder.h"

namespace porchlight::app {

/// Everything goes through the recorder's thread and connection, so that the database has one writer of
/// events; before there is a recorder nothing is taken. When it has stopped, a connection of its own serves
/// what the sinks still have to say, on their threads. **Owns** that connection. **Thread**: any; picture()
/// reads a file.
class AlertJournal final : public alert::Journal {
  public:
    AlertJournal(std::filesystem::path database_file, std::filesystem::path thumbnails_dir,
                 const base::Clock& clock);
    ~AlertJournal() override;

    /// From now on statements go to it; it outlives what follows until noteStopped().
    void setRecorder(record::Recorder& recorder);
    /// The recorder has stopped.
    void noteStopped();

    bool keep(std::shared_ptr<const Alert> alert, Kept done) override;
    bool load(const std::string& target, std::size_t limit, Loaded done) override;
    bool settle(const std::string& target, std::vector<alert::Outcome> outcomes, Settled done) override;
    std::vector<std::uint8_t> picture(const Alert& alert) override;

  private:
    bool run(std::function<void(store::Store&)> work, std::size_t bytes);

    const std::filesystem::path database_file_;
    const std::filesystem::path thumbnails_dir_;
    const base::Clock& clock_;
    Mutex mutex_;
    record::Recorder* recorder_ PORCHLIGHT_GUARDED_BY(mutex_) = nullptr;
    bool is_over_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    Mutex store_mutex_;
    std::unique_ptr<store::Store> store_ PORCHLIGHT_GUARDED_BY(store_mutex_);
};

/// "EVENT-start", "EVENT-end": as store::AlertOutbox calls them.
std::string alertIdOf(const std::string& event_id, bool is_end);

/// The alert of an event as its row has it, without a picture.
Alert alertOf(const store::EventRow& row, bool is_end);

}  // namespace porchlight::app
