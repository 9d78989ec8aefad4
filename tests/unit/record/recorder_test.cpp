#include <sys/wait.h>

#include <condition_variable>
#include <future>
#include <thread>

#include "clip/clip.h"
#include "disk/recover/check.h"
#include "disk/recover/recovery.h"
#include "disk/retain/retention.h"
#include "plugin/loader.h"
#include "record/footage/open_recording.h"
#include "record/recorder.h"
#include "rig.h"
#include "support/catch.h"

namespace recorder_test {

using namespace rig;

namespace {

fs::path saveClip(Clip& clip, const fs::path& file, std::size_t step = 70000) {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(clip.sizeBytes()));
    std::uint64_t at = 0;
    while (const std::size_t n = clip.read(at, std::span(bytes)
                                                   .subspan(static_cast<std::size_t>(at))
                                                   .first(std::min<std::size_t>(step, bytes.size() - at))))
        at += n;
    REQUIRE(at == bytes.size());
    footage::writeAll(file, bytes);
    return file;
}

std::uint64_t bytesOf(const footage::Stream& stream, std::size_t from, std::size_t to) {
    std::uint64_t sum = stream.init->bytes.size();
    for (std::size_t i = from; i < to; ++i) sum += stream.fragments[i]->bytes.size();
    return sum;
}

}  // namespace

TEST_CASE("an event's pre-roll, thumbnail and row are on disk when it is announced, and its clip is exact") {
    Rig rig;
    footage::Options options;
    options.seconds = 10;
    options.b_frames = 2;
    const auto stream =
        footage::split(footage::make(rig.folder, "s.mp4", options), kStart);  // two fragments a second
    rig.start(config::RecordMode::Motion);
    rig.feed(stream, 0, 10);  // 5 s
    rig.recorder->eventOpened(eventAt("0000000000000001", kStart + 4500ms), {1, 2, 3});
    rig.settle();
    REQUIRE(rig.persisted.size() == 1);
    CHECK(rig.persisted[0].clip_started_at == kStart + 2s);  // the keyframe not after 2.5 s
    CHECK(rig.persisted[0].has_thumbnail);
    CHECK(footage::readAll(rig.folder / "thumbnails/porch/0000000000000001.jpg").size() == 3);
    auto store = rig.store();
    REQUIRE(store.events.byId("0000000000000001"));
    {
        // The clip plays from the moment of the announcement.
        const auto clip = Clip::open(store, rig.options().recordings_dir, "porch", kStart + 2s, kStart + 60s);
        CHECK(clip->duration() == 3s);
        CHECK(clip->startedAt() == kStart + 2s);
        CHECK(footage::decodeErrors(saveClip(*clip, rig.folder / "early.mp4")) == "");
    }
    rig.feed(stream, 10, 13);  // 6.5 s
    auto ended = eventAt("0000000000000001", kStart + 4500ms);
    ended.ended_at = kStart + 6s;
    ended.close_reason = "quiet";
    rig.recorder->eventEnded(ended);
    store.events.setMarks("0000000000000001", true, std::nullopt, std::nullopt);
    rig.feed(stream, 13, 20);
    REQUIRE(rig.finals.size() == 1);
    CHECK(rig.finals[0].clip_ended_at == kStart + 7s);
    const auto row = store.events.byId("0000000000000001");
    CHECK(row->state == store::EventState::Closed);
    CHECK(row->is_kept);  // what the owner marked meanwhile stays
    const auto rows = store.recordings.overlapping("porch", kStart, kStart + 60s);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].ended_at == kStart + 7s);  // ended at the keyframe after the post-roll
    CHECK(rows[0].bytes == bytesOf(stream, 4, 14));
    const auto clip =
        Clip::open(store, rig.options().recordings_dir, "porch", row->clip_started_at, *row->clip_ended_at);
    CHECK(clip->duration() == 5s);
    const auto file = saveClip(*clip, rig.folder / "clip.mp4", 1234);
    CHECK(footage::decodeErrors(file) == "");
    CHECK(footage::picturesOf(file) == 125);
    CHECK(footage::durationOf(file) == Approx(5.0));
    const auto again =
        Clip::open(store, rig.options().recordings_dir, "porch", row->clip_started_at, *row->clip_ended_at);
    CHECK(again->etag() == clip->etag());
}

TEST_CASE("an event that begins during another's post-roll writes nothing twice") {
    Rig rig;
    footage::Options options;
    options.seconds = 12;
    const auto stream = footage::split(footage::make(rig.folder, "s.mp4", options), kStart);
    rig.start(config::RecordMode::Motion);
    rig.feed(stream, 0, 8);
    rig.recorder->eventOpened(eventAt("0000000000000001", kStart + 3500ms), {});
    auto ended = eventAt("0000000000000001", kStart + 3500ms);
    ended.ended_at = kStart + 4s;
    rig.recorder->eventEnded(ended);
    rig.feed(stream, 8, 9);
    rig.recorder->eventOpened(eventAt("0000000000000002", kStart + 4400ms), {});
    rig.feed(stream, 9, 16);
    ended = eventAt("0000000000000002", kStart + 4400ms);
    ended.ended_at = kStart + 7s;
    rig.recorder->eventEnded(ended);
    rig.feed(stream, 16, 24);
    REQUIRE(rig.finals.size() == 2);
    auto store = rig.store();
    const auto rows = store.recordings.overlapping("porch", kStart, kStart + 60s);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].bytes == bytesOf(stream, 2, 16));
    CHECK(rig.persisted[1].clip_started_at == kStart + 2s);
}

TEST_CASE("an event spans a worker's death: both files are one clip") {
    Rig rig;
    footage::Options options;
    options.seconds = 4;
    const auto file = footage::make(rig.folder, "s.mp4", options);
    const auto before = footage::split(file, kStart, 1);
    const auto after = footage::split(file, kStart + 6s, 2);
    rig.start(config::RecordMode::Motion, 1s, 1s);
    rig.feed(before, 0, 4);
    rig.recorder->eventOpened(eventAt("0000000000000001", kStart + 1s), {});
    rig.feed(before, 4, 8);
    rig.recorder->onStreamEnded("porch");
    rig.feed(after, 0, 4);
    auto ended = eventAt("0000000000000001", kStart + 1s);
    ended.ended_at = kStart + 7s;
    rig.recorder->eventEnded(ended);
    rig.feed(after, 4, 8);
    REQUIRE(rig.finals.size() == 1);
    auto store = rig.store();
    CHECK(store.recordings.overlapping("porch", kStart, kStart + 60s).size() == 2);
    const auto clip = Clip::open(store, rig.options().recordings_dir, "porch", rig.finals[0].clip_started_at,
                                 *rig.finals[0].clip_ended_at);
    CHECK(clip->duration() == 8s);  // 4 s, the hole of 2 s, 2 s
    CHECK(footage::decodeErrors(saveClip(*clip, rig.folder / "clip.mp4")) == "");
}

TEST_CASE("a follower started with the event delivers what the finished clip holds, and ends") {
    Rig rig;
    footage::Options options;
    options.seconds = 8;
    options.has_audio = true;
    options.b_frames = 2;
    const auto stream = footage::split(footage::make(rig.folder, "s.mp4", options), kStart);
    rig.start(config::RecordMode::Motion);
    rig.feed(stream, 0, 8);
    rig.recorder->eventOpened(eventAt("0000000000000001", kStart + 3500ms), {});
    rig.settle();
    std::vector<std::uint8_t> bytes;
    bool was_at_end = false;
    std::thread viewer([&] {
        const auto follower =
            ClipFollower::open(rig.options().database_file, rig.options().recordings_dir, "0000000000000001");
        const auto limit = Deadline::in(20s);
        while (!follower->isAtEnd() && !limit.isPast()) {
            const auto more = follower->next(Deadline::in(200ms));
            bytes.insert(bytes.end(), more.begin(), more.end());
        }
        was_at_end = follower->isAtEnd();
    });
    for (std::size_t i = 8; i < 12; ++i) {
        std::this_thread::sleep_for(100ms);
        rig.feed(stream, i, i + 1);
    }
    auto ended = eventAt("0000000000000001", kStart + 3500ms);
    ended.ended_at = kStart + 5500ms;
    rig.recorder->eventEnded(ended);
    rig.feed(stream, 12, 16);
    viewer.join();
    CHECK(was_at_end);
    REQUIRE(rig.finals.size() == 1);
    const auto file = rig.folder / "followed.mp4";
    footage::writeAll(file, bytes);
    CHECK(footage::decodeErrors(file) == "");
    const auto length = *rig.finals[0].clip_ended_at - rig.finals[0].clip_started_at;
    // It may have delivered the rest of a group of pictures before it learnt of the end.
    CHECK(footage::picturesOf(file) >= length / 40ms);
    CHECK(footage::picturesOf(file) <= length / 40ms + 25);
    CHECK(footage::startOf(file) < 0.15);
}

TEST_CASE("continuous recording cuts files at keyframes and loses nothing between them") {
    Rig rig;
    footage::Options options;
    options.seconds = 10;
    const auto stream = footage::split(footage::make(rig.folder, "s.mp4", options), kStart);
    auto settings = rig.options();
    settings.segment_length = 3s;
    rig.recorder = std::make_unique<Recorder>(settings, makeSink, RecorderEvents{}, rig.clock);
    CameraRecording camera;
    camera.name = "porch";
    camera.mode = config::RecordMode::Continuous;
    rig.recorder->addCamera(camera);
    rig.feed(stream, 0, 20);
    rig.recorder->stop();
    auto store = rig.store();
    const auto rows = store.recordings.overlapping("porch", kStart, kStart + 60s);
    REQUIRE(rows.size() == 4);
    for (const auto& row : rows) CHECK(row.ended_at.has_value());
    const auto clip = Clip::open(store, settings.recordings_dir, "porch", kStart, kStart + 60s);
    CHECK(clip->duration() == 10s);
    const auto file = saveClip(*clip, rig.folder / "all.mp4");
    CHECK(footage::sampleHashes(file, "v") == footage::sampleHashes(rig.folder / "s.mp4", "v"));
    CHECK(check(store, settings.recordings_dir, {}, false).empty());
}

TEST_CASE("motion that never ends is recorded in files of segment_length, and its clip has no hole") {
    Rig rig;
    rig.adjust = [](RecorderOptions& options) { options.segment_length = 3s; };
    footage::Options options;
    options.seconds = 12;
    const auto stream = footage::split(footage::make(rig.folder, "s.mp4", options), kStart);
    rig.start(config::RecordMode::Motion);
    rig.feed(stream, 0, 4);
    rig.recorder->eventOpened(eventAt("0000000000000001", kStart + 1500ms), {});
    rig.feed(stream, 4, 12);
    auto ended = eventAt("0000000000000001", kStart + 1500ms);
    ended.ended_at = kStart + 6s;
    rig.recorder->eventOpened(eventAt("0000000000000002", kStart + 5500ms), {});
    rig.recorder->eventEnded(ended);
    rig.feed(stream, 12, 24);
    rig.recorder->stop();
    auto store = rig.store();
    const auto rows = store.recordings.overlapping("porch", kStart, kStart + 60s);
    REQUIRE(rows.size() == 4);
    const auto clip = Clip::open(store, rig.options().recordings_dir, "porch", kStart, kStart + 60s);
    const auto file = saveClip(*clip, rig.folder / "all.mp4");
    CHECK(footage::sampleHashes(file, "v") == footage::sampleHashes(rig.folder / "s.mp4", "v"));
    const auto first = store.events.byId("0000000000000001");
    CHECK(first->clip_started_at == kStart);
    CHECK(first->clip_ended_at == kStart + 7s);
    CHECK(check(store, rig.options().recordings_dir, {}, false).empty());
}

TEST_CASE("a fragment that claims centuries is dropped, and paints nothing as recorded") {
    Rig rig;
    const auto stream = footage::split(footage::make(rig.folder, "source.mp4"), kStart);
    rig.start(config::RecordMode::Continuous);
    rig.feed(stream, 0, 4);
    auto lie = std::make_shared<Fragment>(*stream.fragments[4]);
    const auto init = media::parseInit(stream.init->bytes);
    const std::vector<std::int64_t> shift(init.tracks.size(), std::int64_t{1} << 58U);
    media::rewriteFragment(lie->bytes, init, 5, shift);
    rig.recorder->onFragment("porch", lie);
    rig.pass(2s);
    CHECK(rig.recorder->status("porch")->dropped_fragments == 1);
    rig.recorder->stop();
    auto store = rig.store();
    const auto rows = store.recordings.overlapping("porch", kStart - 1h, kStart + 1000h * 24 * 365);
    REQUIRE(rows.size() == 1);
    CHECK(*rows[0].ended_at < kStart + 10s);
}

TEST_CASE("commands count their bytes: what waits for a disk that stands still is bounded whatever it is") {
    Rig rig;
    rig.start(config::RecordMode::Continuous);
    std::promise<void> go_on;
    REQUIRE(rig.recorder->post([&](store::Store&) { go_on.get_future().wait(); }));
    auto row = eventAt("0000000000000001", kStart);
    row.zone = std::string(64U << 10U, 'z');
    for (int i = 0; i < 600; ++i) rig.recorder->eventUpdated(row);  // 38 MiB, and the queue holds 32
    CHECK_FALSE(rig.recorder->post([](store::Store&) {}, 64U << 10U));
    go_on.set_value();
    rig.settle();
}

TEST_CASE("mode off keeps the event and says that nothing was recorded") {
    Rig rig;
    rig.start(config::RecordMode::Off);
    rig.recorder->eventOpened(eventAt("0000000000000001", kStart), {9});
    auto ended = eventAt("0000000000000001", kStart);
    ended.ended_at = kStart + 3s;
    rig.recorder->eventEnded(ended);
    rig.settle();
    REQUIRE(rig.finals.size() == 1);
    CHECK(rig.finals[0].footage_gone_reason == "not_recorded");
    CHECK(rig.store().events.byId("0000000000000001")->footage_gone_reason == "not_recorded");
    CHECK(rig.finals[0].has_thumbnail);
}

TEST_CASE(
    "kill -9 while an event is recorded: the file is cut to whole fragments, the event closed, the clip "
    "plays") {
    Rig rig;
    footage::Options options;
    options.seconds = 6;
    const auto stream = footage::split(footage::make(rig.folder, "s.mp4", options), kStart);
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        rig.start(config::RecordMode::Motion);
        rig.feed(stream, 0, 6);
        rig.recorder->eventOpened(eventAt("0000000000000001", kStart + 2500ms), {1});
        rig.feed(stream, 6, 10);
        [[maybe_unused]] const auto told = ::write(ready[1], "x", 1);
        ::pause();
        ::_exit(0);
    }
    char told = 0;
    REQUIRE(::read(ready[0], &told, 1) == 1);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const auto files = listRecordings(rig.options().recordings_dir);
    REQUIRE(files.size() == 1);
    {  // a fragment that was being written
        std::ofstream torn(rig.options().recordings_dir / files[0], std::ios::binary | std::ios::app);
        torn.write(reinterpret_cast<const char*>(stream.fragments[10]->bytes.data()), 300);
    }
    rig.start(config::RecordMode::Motion);
    rig.settle();
    auto store = rig.store();
    const auto row = store.events.byId("0000000000000001");
    REQUIRE(row);
    CHECK(row->state == store::EventState::Closed);
    CHECK(row->close_reason == "core_restart");
    CHECK(row->clip_ended_at == kStart + 5s);
    CHECK(check(store, rig.options().recordings_dir, {}, false).empty());
    const auto clip =
        Clip::open(store, rig.options().recordings_dir, "porch", row->clip_started_at, *row->clip_ended_at);
    CHECK(clip->duration() == kStart + 5s - row->clip_started_at);
    CHECK(footage::decodeErrors(saveClip(*clip, rig.folder / "clip.mp4")) == "");
}

}  // namespace recorder_test
