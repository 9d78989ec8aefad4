/// Where alerts of events wait on disk, as the hub sees it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "porchlight/alert.h"

namespace porchlight::alert {

/// An alert with its place on disk.
struct StoredAlert {
    std::int64_t place = 0;
    Alert alert;  ///< without its picture
    bool has_picture = false;
};

/// What became of one.
struct Outcome {
    std::int64_t place = 0;
    std::string alert_id;
    std::string dead_reason;  ///< empty: it was delivered
};

/// Interface; any thread. Nothing blocks: `done` is called later on another thread or at once, and is not
/// called when the order is lost at the end of the appliance. False: it cannot be taken now, and `done` will
/// not be called.
class Journal {
  public:
    Journal() = default;
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;
    virtual ~Journal() = default;

    /// Makes sure that the alert of an event is on disk; false: the disk does not take it.
    using Kept = std::function<void(bool is_kept)>;
    virtual bool keep(std::shared_ptr<const Alert> alert, Kept done) = 0;

    /// The first that wait, in order, and how many wait in all; nothing: they cannot be read now.
    struct Waiting {
        std::vector<StoredAlert> first;
        std::size_t all = 0;
    };
    using Loaded = std::function<void(std::optional<Waiting>)>;
    virtual bool load(const std::string& target, std::size_t limit, Loaded done) = 0;

    /// Forgets what was delivered, and marks what is dead; false: not now.
    using Settled = std::function<void(bool is_done)>;
    virtual bool settle(const std::string& target, std::vector<Outcome> outcomes, Settled done) = 0;

    /// The picture of an event, from the disk; empty when there is none. Reads a small file: for the thread
    /// of a sink.
    virtual std::vector<std::uint8_t> picture(const Alert& alert) = 0;
};

}  // namespace porchlight::alert
