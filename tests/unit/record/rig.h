/// A recorder over real files, for tests.
#pragma once

#include <condition_variable>
#include <future>

#include "clip/clip.h"
#include "record/recorder.h"
#include "support/catch.h"
#include "support/fake_clock.h"
#include "support/fmp4_sink.h"
#include "unit/disk/shelf.h"
#include "unit/media/footage.h"

namespace rig {

using namespace porchlight;
using namespace porchlight::record;
using namespace porchlight::disk;
using namespace porchlight::ledger;
using namespace porchlight::clip;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

using shelf::contains;
using shelf::eventAt;
using shelf::kStart;
using test::makeSink;

/// A recorder over real files; its clock stands still unless moved.
struct Rig {
    footage::Folder folder;
    test::FakeClock clock;
    std::mutex mutex;
    std::vector<store::EventRow> persisted;
    std::vector<store::EventRow> ended;
    std::vector<store::EventRow> finals;
    std::vector<StorageIssue> issues;
    std::function<void(RecorderOptions&)> adjust;  ///< the options, before a start
    std::unique_ptr<Recorder> recorder;

    RecorderOptions options() const {
        RecorderOptions out;
        out.database_file = folder / "porchlight.db";
        out.recordings_dir = folder / "recordings";
        out.thumbnails_dir = folder / "thumbnails";
        out.storage.min_free_bytes = 0;
        out.node = "porchlight-test";
        if (adjust) adjust(out);
        return out;
    }
    void start(config::RecordMode mode, microseconds pre_roll = 2s, microseconds post_roll = 1s) {
        RecorderEvents events;
        events.on_event_persisted = [this](const store::EventRow& row) {
            const std::lock_guard lock(mutex);
            persisted.push_back(row);
        };
        events.on_event_ended = [this](const store::EventRow& row) {
            const std::lock_guard lock(mutex);
            ended.push_back(row);
        };
        events.on_event_final = [this](const store::EventRow& row) {
            const std::lock_guard lock(mutex);
            finals.push_back(row);
        };
        events.on_storage = [this](const StorageIssue& issue) {
            const std::lock_guard lock(mutex);
            issues.push_back(issue);
        };
        recorder = std::make_unique<Recorder>(options(), makeSink, events, clock);
        setMode(mode, pre_roll, post_roll);
    }
    /// Adds the camera, or changes it.
    void setMode(config::RecordMode mode, microseconds pre_roll = 2s, microseconds post_roll = 1s) {
        CameraRecording camera;
        camera.name = "porch";
        camera.title = "Porch";
        camera.mode = mode;
        camera.pre_roll = pre_roll;
        camera.post_roll = post_roll;
        recorder->addCamera(camera);
    }
    /// Moves the clock on and lets the recorder look at what is due.
    void pass(microseconds span) {
        clock.advance(span);
        std::this_thread::sleep_for(RecorderOptions::kTick + 100ms);
        settle();
    }
    /// Lets time pass until `condition` holds; false after `limit` of the clock's time.
    template <class Condition>
    bool passUntil(Condition condition, microseconds limit = 60s) {
        for (microseconds passed{0}; passed < limit; passed += 2s) {
            if (condition()) return true;
            pass(2s);
        }
        return condition();
    }
    /// Waits until the recorder has done what it was given.
    void settle() {
        std::promise<void> done;
        REQUIRE(recorder->post([&](store::Store&) { done.set_value(); }));
        done.get_future().get();
    }
    void feed(const footage::Stream& stream, std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to && i < stream.fragments.size(); ++i)
            recorder->onFragment("porch", stream.fragments[i]);
        settle();
    }
    store::Store store() const { return store::Store(options().database_file); }
};

/// Footage from kStart on.
inline footage::Stream longStream(const Rig& rig, int seconds, int size_px = 160) {
    footage::Options options;
    options.seconds = seconds;
    options.size_px = size_px;
    return footage::split(footage::make(rig.folder, "s.mp4", options), kStart);
}

/// The clock moves as the footage does.
inline void feedInTime(Rig& rig, const footage::Stream& stream, std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to && i < stream.fragments.size(); ++i) {
        rig.recorder->onFragment("porch", stream.fragments[i]);
        rig.settle();
        rig.clock.advance(stream.fragments[i]->duration);
    }
    rig.pass(1ms);
}

}  // namespace rig
