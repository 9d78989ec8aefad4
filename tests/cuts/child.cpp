#include "child.h"

#include <unistd.h>

#include <cstdio>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "support/fmp4_sink.h"

namespace cuts {
using namespace porchlight;
using namespace std::chrono_literals;
namespace {

void tell(int pipe, const Note& note) {
    [[maybe_unused]] const auto told = ::write(pipe, &note, sizeof note);
}

/// The same footage as a new stream: begins now, epochs never repeat.
footage::Stream anew(const footage::Stream& stream, WallTime start) {
    footage::Stream out;
    auto init = std::make_shared<StreamInit>(*stream.init);
    init->epoch = static_cast<std::uint64_t>(start.time_since_epoch().count());
    out.init = init;
    const auto shift = start - stream.fragments.front()->started_at;
    for (const auto& old : stream.fragments) {
        auto fragment = std::make_shared<Fragment>(*old);
        fragment->init = out.init;
        fragment->started_at += shift;
        out.fragments.push_back(std::move(fragment));
    }
    return out;
}

store::EventRow eventOf(std::uint64_t number, WallTime at) {
    char id[20];
    std::snprintf(id, sizeof id, "%016llx", static_cast<unsigned long long>(number));
    store::EventRow row;
    row.id = id;
    row.camera = nameOf(1);
    row.started_at = row.clip_started_at = at;
    return row;
}

}  // namespace

record::RecorderOptions optionsFor(const std::filesystem::path& folder) {
    record::RecorderOptions options;
    options.database_file = folder / "porchlight.db";
    options.recordings_dir = folder / "recordings";
    options.thumbnails_dir = folder / "thumbnails";
    options.node = "cuts";
    options.segment_length = 4s;  // many files: each cut meets another moment of their making and ending
    options.storage.min_free_bytes = 0;
    options.storage.max_bytes = 24U << 20U;  // so that retention is cut as well
    return options;
}

void runChild(const std::filesystem::path& folder, const footage::Stream& stream, int pipe) {
    base::setLogLevel(base::LogLevel::Error);
    static base::SystemClock clock;
    record::RecorderEvents events;
    events.on_event_persisted = [pipe](const store::EventRow& row) {
        tell(pipe, {Note::Announced, 1, static_cast<std::int64_t>(clock.wallNow().time_since_epoch().count()),
                    std::stoull(row.id, nullptr, 16)});
    };
    record::Recorder recorder(optionsFor(folder), test::makeSink, events, clock);
    for (std::uint32_t camera = 0; camera < 2; ++camera) {
        record::CameraRecording settings;
        settings.name = settings.title = nameOf(camera);
        settings.mode = camera == 0 ? config::RecordMode::Continuous : config::RecordMode::Motion;
        settings.pre_roll = 1s;
        settings.post_roll = 1s;
        recorder.addCamera(settings);
    }
    const WallTime start = clock.wallNow();
    const footage::Stream streams[] = {anew(stream, start), anew(stream, start + 1us)};
    store::EventRow event;
    const std::vector<std::uint8_t> thumbnail(20'000, 0xd8);
    for (std::size_t i = 0; i < stream.fragments.size(); ++i) {
        const WallTime end = streams[0].fragments[i]->started_at + streams[0].fragments[i]->duration;
        std::this_thread::sleep_until(std::chrono::time_point_cast<std::chrono::system_clock::duration>(end));
        for (std::uint32_t camera = 0; camera < 2; ++camera) {
            recorder.onFragment(nameOf(camera), streams[camera].fragments[i]);
            tell(pipe, {Note::Handed, camera, static_cast<std::int64_t>(end.time_since_epoch().count()), 0});
        }
        if (i % 8 == 2) {
            event = eventOf(static_cast<std::uint64_t>(end.time_since_epoch().count()), end);
            recorder.eventOpened(event, thumbnail);
        } else if (i % 8 == 6) {
            event.ended_at = end;
            event.close_reason = "quiet";
            recorder.eventEnded(event);
        }
    }
    ::pause();
    ::_exit(0);
}

}  // namespace cuts
