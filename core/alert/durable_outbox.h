/// What waits to be told to one sink of events: on disk, with a few in memory to be told next.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "alert/journal.h"
#include "alert/outbox.h"
#include "porchlight/mutex.h"

namespace porchlight::alert {

/// The first kWindow alerts that wait, read from the journal as they are needed: memory does not grow with an
/// outage. What was delivered is written down together (kBatch, or kPatience after the first of them): a
/// crash in between has those told again, with the same ids. What the disk does not take waits in memory, in
/// an Outbox, behind what is on disk.
/// **Thread**: push(), reload() and the counts any thread; everything else the sink's. Nothing blocks but
/// front(), which reads a picture. Held by shared_ptr: answers of the journal may come after its end.
/// Over 25 functions: each answer of the journal is one.
class DurableOutbox : public std::enable_shared_from_this<DurableOutbox> {
  public:
    static constexpr std::size_t kWindow = 32;
    static constexpr std::size_t kBatch = 32;
    static constexpr seconds kPatience{10};
    static constexpr seconds kAnswerBudget{10};  ///< then the journal is asked again

    /// `journal` must outlive the appliance's threads.
    DurableOutbox(std::string target, Journal& journal) : target_(std::move(target)), journal_(journal) {}

    /// An event happened; its row is on disk if the disk took it.
    void push(const std::shared_ptr<const Alert>& alert);

    /// Somebody else changed what is on disk: what waits is read anew.
    void reload();

    /// Asks for more, and writes down what was delivered, when it is time.
    void tend(Monotonic::time_point now);

    /// The next to deliver, the same object until it is finished or something newer made it stale; null: none
    /// now.
    std::shared_ptr<const Alert> front();

    /// The front is over; `dead_reason` empty: it was delivered.
    void finish(const std::string& dead_reason, Monotonic::time_point now);

    /// The end: what was delivered is written down now, whoever was asked before.
    void settleNow(Monotonic::time_point now);

    std::size_t waiting() const;
    std::size_t bytes() const;      ///< in memory
    std::uint64_t dropped() const;  ///< only what the disk did not take, or the sink never will
    std::uint64_t droppedPictures() const;

  private:
    using Entries = std::deque<StoredAlert>;

    void ask(Monotonic::time_point now);
    void settle(Monotonic::time_point now);
    void take(std::uint64_t round, std::optional<Journal::Waiting> found);
    void noteSettled(const std::vector<Outcome>& outcomes, bool is_done);
    void keepInMemory(const std::shared_ptr<const Alert>& alert);
    std::shared_ptr<const Alert> frontInMemory() PORCHLIGHT_REQUIRES(mutex_);
    bool wasTold(const std::string& alert_id) const PORCHLIGHT_REQUIRES(mutex_);
    bool isStale(const Alert& alert) const PORCHLIGHT_REQUIRES(mutex_);
    bool isFinished(const std::string& alert_id) const PORCHLIGHT_REQUIRES(mutex_);

    const std::string target_;
    Journal& journal_;
    mutable Mutex mutex_;
    Entries window_ PORCHLIGHT_GUARDED_BY(mutex_);
    bool has_more_ PORCHLIGHT_GUARDED_BY(mutex_) = true;     ///< on disk, or nobody has looked yet
    std::size_t behind_ PORCHLIGHT_GUARDED_BY(mutex_) = 0;   ///< on disk, beyond the window
    std::uint64_t round_ PORCHLIGHT_GUARDED_BY(mutex_) = 0;  ///< answers to earlier questions count no more
    std::optional<Monotonic::time_point> asked_at_ PORCHLIGHT_GUARDED_BY(mutex_);
    Monotonic::time_point looked_at_ PORCHLIGHT_GUARDED_BY(mutex_){};
    /// Of cameras that had an event since the start: its alert.
    std::map<std::string, std::string> newest_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::deque<Outcome> done_ PORCHLIGHT_GUARDED_BY(mutex_);  ///< not yet written down
    std::optional<Monotonic::time_point> done_since_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::optional<Monotonic::time_point> settling_since_ PORCHLIGHT_GUARDED_BY(mutex_);
    Outbox unsaved_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::uint64_t dead_ PORCHLIGHT_GUARDED_BY(mutex_) = 0;
    bool is_refused_ PORCHLIGHT_GUARDED_BY(mutex_) = false;  ///< the disk cannot be read
    /// The last that were delivered: the disk may take late what was told from memory.
    std::deque<std::string> told_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::shared_ptr<const Alert> current_;       ///< this and what follows: the sink's thread
    std::optional<std::int64_t> current_place_;  ///< nothing: it is in memory only
};

}  // namespace porchlight::alert
