/// The events of one camera: what is announced can be seen, and every row follows its footage in the end.
#include "record/camera_events.h"
#include "parts.h"

namespace camera_events_test {

using namespace parts;

namespace {

constexpr const char* kId = "0000000000000001";

/// A camera with its events; footage goes straight to the file and to the memory that clips are cut from.
struct World : Parts {
    World() {
        settings.name = settings.title = "porch";
        settings.pre_roll = 1s;
        settings.post_roll = 2s;
        listeners.on_event_persisted = [this](const store::EventRow& row) {
            persisted.push_back(row);
            const auto stored = stored_of(row.id);
            was_stored.push_back(stored.has_value());
            had_thumbnail.push_back(fs::exists(thumbnailOf(row.id)));
            was_dirty.push_back(writer.file().isDirty());
        };
        listeners.on_event_pictured = [this](const store::EventRow& row, const auto& jpeg) {
            pictured.push_back(row.id + " " + std::to_string(jpeg.size()));
            had_thumbnail.push_back(fs::exists(thumbnailOf(row.id)) && stored_of(row.id)->has_thumbnail);
        };
        listeners.on_event_final = [this](const store::EventRow& row) {
            finals.push_back(row);
            was_stored.push_back(stored_of(row.id)->state == store::EventState::Closed);
        };
    }
    void write(std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to; ++i) {
            writer.write(stream.fragments[i]);
            clock.advance(stream.fragments[i]->duration);
            events.settle();
        }
    }
    void pass(microseconds span) {
        for (microseconds done{0}; done < span; done += 200ms) {
            clock.advance(200ms);
            events.settle();
        }
    }
    store::EventRow begin(const std::string& id, WallTime at, const std::vector<std::uint8_t>& jpeg = {}) {
        const auto row = eventAt(id, at);
        events.open(row, jpeg);
        return row;
    }
    void end(store::EventRow row, WallTime at) {
        row.ended_at = at;
        row.close_reason = "quiet";
        events.end(row);
    }
    std::optional<store::EventRow> stored_of(const std::string& id) {
        try {
            return store.events.byId(id);
        } catch (const Error&) {
            return std::nullopt;  // the table is away
        }
    }
    fs::path thumbnailOf(const std::string& id) const { return thumbnails / "porch" / (id + ".jpg"); }

    fs::path thumbnails = folder / "thumbnails";
    CameraRecording settings;
    RecorderEvents listeners;
    FootageMemory memory;
    footage::Stream stream = film(12);
    FootageWriter writer{context, "porch", [this](const Footage& footage) {
                             memory.add(footage, 60s);
                             events.noteFootage(footage);
                         }};
    CameraEvents events{context, listeners, thumbnails, settings, memory, writer};
    std::vector<store::EventRow> persisted;
    std::vector<store::EventRow> finals;
    std::vector<std::string> pictured;
    std::vector<bool> was_stored;
    std::vector<bool> had_thumbnail;
    std::vector<bool> was_dirty;
};

}  // namespace

TEST_CASE("an event is announced once, when its footage is durable, its row stored and its picture there") {
    World world;
    world.write(0, 6);
    REQUIRE(world.writer.file().isOpen());
    world.begin(kId, kStart + 2s, {0xff, 0xd8});
    REQUIRE(world.persisted.size() == 1);
    CHECK(world.was_stored == std::vector<bool>{true});
    CHECK(world.had_thumbnail == std::vector<bool>{true});
    CHECK(world.was_dirty == std::vector<bool>{false});
    CHECK(world.persisted[0].has_thumbnail);
    CHECK(world.persisted[0].clip_started_at == kStart + 1s);  // the keyframe at its pre-roll
    CHECK_FALSE(world.persisted[0].clip_ended_at);
    CHECK(world.events.has(kId));
    CHECK(world.events.wantedFrom() == kStart + 1s);
    world.pass(5s);
    CHECK(world.persisted.size() == 1);
}

TEST_CASE("a picture that comes after the row is told of when file and row have it, once") {
    World world;
    world.write(0, 6);
    const auto row = world.begin(kId, kStart + 2s);
    REQUIRE(world.persisted.size() == 1);
    CHECK_FALSE(world.stored_of(kId)->has_thumbnail);
    world.events.picture(kId, {0xff, 0xd8, 0xff});
    CHECK(world.pictured == std::vector<std::string>{std::string(kId) + " 3"});
    CHECK(world.had_thumbnail == std::vector<bool>{false, true});
    world.events.picture(kId, {0xff, 0xd8});
    world.events.picture("0000000000000002", {0xff, 0xd8});
    CHECK(world.pictured.size() == 1);
    world.end(row, kStart + 3s);
    world.write(6, 12);
    REQUIRE(world.finals.size() == 1);
    CHECK(world.finals[0].has_thumbnail);
}

TEST_CASE("an event that ended is final when its footage reaches the end of its post-roll, and not before") {
    World world;
    world.write(0, 6);
    const auto row = world.begin(kId, kStart + 2s);
    world.end(row, kStart + 3s);
    world.write(6, 9);
    CHECK(world.finals.empty());
    CHECK(world.stored_of(kId)->state == store::EventState::Closing);
    CHECK(world.stored_of(kId)->close_reason == "quiet");
    world.write(9, 11);
    REQUIRE(world.finals.size() == 1);
    CHECK(world.was_stored.back());
    CHECK(world.finals[0].clip_ended_at >= kStart + 5s);
    CHECK(world.finals[0].clip_ended_at < kStart + 5s + 600ms);
    CHECK(world.events.isEmpty());
    CHECK(world.finals[0].footage_gone_reason.empty());
}

TEST_CASE("a post-roll that never comes is waited for three seconds longer than it would last") {
    World world;
    world.write(0, 6);
    const auto row = world.begin(kId, kStart + 2s);
    world.end(row, kStart + 3s);
    world.pass(4800ms);
    CHECK(world.finals.empty());
    world.pass(600ms);
    REQUIRE(world.finals.size() == 1);
    CHECK(world.finals[0].clip_ended_at == kStart + 3s);  // what there is
}

TEST_CASE("an event without footage says why: nothing was recorded, or there was no disk") {
    World world;
    world.end(world.begin(kId, kStart), kStart + 1s);
    world.pass(6s);
    REQUIRE(world.finals.size() == 1);
    CHECK(world.finals[0].footage_gone_reason == "not_recorded");
    CHECK(world.finals[0].clip_ended_at == kStart + 1s);

    fs::rename(world.recordings(), world.folder / "away");
    world.volume.look(true);
    world.end(world.begin("0000000000000002", kStart + 10s), kStart + 11s);
    world.pass(6s);
    REQUIRE(world.finals.size() == 2);
    CHECK(world.finals[1].footage_gone_reason == "volume_missing");
}

TEST_CASE("a camera that records nothing by its mode keeps nobody waiting") {
    World world;
    world.settings.mode = config::RecordMode::Off;
    world.end(world.begin(kId, kStart), kStart + 1s);
    REQUIRE(world.finals.size() == 1);
    CHECK(world.finals[0].footage_gone_reason == "not_recorded");
}

TEST_CASE("footage that begins after its event is its clip; what ended before its pre-roll is not") {
    World world;
    world.write(0, 2);  // ends a second before the pre-roll
    world.begin(kId, kStart + 3s);
    CHECK(world.persisted.at(0).clip_started_at == kStart + 3s);
    world.write(8, 14);  // from kStart + 4s on
    world.pass(2s);
    CHECK(world.stored_of(kId)->clip_started_at == kStart + 3s);  // never behind the event's own start
    auto row = world.persisted[0];
    world.end(row, kStart + 5s);
    world.pass(6s);
    REQUIRE(world.finals.size() == 1);
    CHECK(world.finals[0].footage_gone_reason.empty());
    CHECK(world.finals[0].clip_ended_at == kStart + 7s);
}

TEST_CASE(
    "what the owner did with a running event survives its updates; clip and picture are not the engine's") {
    World world;
    world.write(0, 6);
    auto row = world.begin(kId, kStart + 2s, {0xff, 0xd8});
    world.store.events.setMarks(kId, true, true, "the cat");
    row.score = 0.9;
    row.zone = "path";
    row.clip_started_at = kStart + 9s;
    row.has_thumbnail = false;
    world.events.update(row);
    world.pass(2s);
    const auto stored = *world.stored_of(kId);
    CHECK(stored.score == Approx(0.9));
    CHECK(stored.zone == "path");
    CHECK(stored.is_kept);
    CHECK(stored.is_reviewed);
    CHECK(stored.note == "the cat");
    CHECK(stored.clip_started_at == kStart + 1s);
    CHECK(stored.has_thumbnail);
}

TEST_CASE("a running event's row is written every two seconds at most, an end at once") {
    World world;
    world.write(0, 6);
    auto row = world.begin(kId, kStart + 2s);
    const auto scoreAfter = [&](microseconds span, double score) {
        row.score = score;
        world.events.update(row);
        world.pass(span);
        return world.stored_of(kId)->score;
    };
    CHECK(scoreAfter(1s, 0.5) == Approx(0));
    CHECK(scoreAfter(1s, 0.6) == Approx(0.6));
    CHECK(scoreAfter(1s, 0.7) == Approx(0.6));
    row.score = 0.8;
    world.end(row, kStart + 3s);
    CHECK(world.stored_of(kId)->score == Approx(0.8));
}

TEST_CASE("an event that the database does not take is announced all the same, once, and its row follows") {
    World world;
    world.write(0, 6);
    const auto began_at = world.clock.now();
    {
        const Refusing refusing(world.folder, "event");
        world.begin(kId, kStart + 2s, {0xff, 0xd8});
        CHECK(world.persisted.size() == 1);
        CHECK_FALSE(world.persisted[0].has_thumbnail);  // not yet
        CHECK(world.events.refusedSince() == began_at);
        world.pass(5s);
        CHECK(world.events.refusedSince() == began_at);
        CHECK(world.persisted.size() == 1);
    }
    world.pass(2s);
    CHECK_FALSE(world.events.refusedSince());
    REQUIRE(world.stored_of(kId));
    CHECK(world.stored_of(kId)->has_thumbnail);
    CHECK(fs::exists(world.thumbnailOf(kId)));
    CHECK(world.persisted.size() == 1);
    std::set<std::string> ids;
    world.events.collect(ids);
    CHECK(ids == std::set<std::string>{kId});
}

TEST_CASE("an end that the database does not take is told when it does, with the footage of its own time") {
    World world;
    world.write(0, 6);
    const auto row = world.begin(kId, kStart + 2s);
    {
        const Refusing refusing(world.folder, "event");
        world.end(row, kStart + 3s);
        world.write(6, 14);
        CHECK(world.finals.empty());
        CHECK(world.events.has(kId));
    }
    world.pass(2s);
    REQUIRE(world.finals.size() == 1);
    CHECK(world.finals[0].clip_ended_at >= kStart + 5s);
    CHECK(world.finals[0].clip_ended_at < kStart + 5s + 600ms);
    CHECK(world.events.isEmpty());
}

TEST_CASE("a picture that cannot be written costs the event nothing but the picture") {
    World world;
    std::ofstream(world.thumbnails) << "a file where the folder would be";
    world.write(0, 4);
    world.begin(kId, kStart + 2s, {0xff, 0xd8});
    REQUIRE(world.persisted.size() == 1);
    CHECK_FALSE(world.persisted[0].has_thumbnail);
    world.pass(2s);
    CHECK_FALSE(world.stored_of(kId)->has_thumbnail);
}

TEST_CASE("only so many events wait for a database that takes none: the oldest is forgotten") {
    World world;
    const Refusing refusing(world.folder, "event");
    for (int i = 0; i < 260; ++i) {
        char id[17];
        std::snprintf(id, sizeof id, "%016x", static_cast<unsigned>(i));
        world.begin(id, kStart + 1s * i);
    }
    std::set<std::string> ids;
    world.events.collect(ids);
    CHECK(ids.size() == 256);
    CHECK_FALSE(world.events.has("0000000000000003"));
    CHECK(world.events.has("0000000000000004"));
    CHECK(world.persisted.size() == 260);  // each was told
}

TEST_CASE("the end of the recorder ends its events with what footage there is, and says why") {
    World world;
    world.write(0, 8);
    world.begin(kId, kStart + 2s);
    world.events.finish("core_restart");
    CHECK(world.events.isEmpty());
    const auto stored = *world.stored_of(kId);
    CHECK(stored.state == store::EventState::Closed);
    CHECK(stored.close_reason == "core_restart");
    CHECK(stored.ended_at == kStart + 4s);
    CHECK(stored.clip_ended_at == kStart + 4s);
}

TEST_CASE(
    "a clock that is set during an event moves it; what the engine says by the old clock is moved as well") {
    World world;
    world.write(0, 6);
    auto row = world.begin(kId, kStart + 2s);
    world.clock.stepWall(1h);
    world.events.restamp(1h);
    world.memory.shift(1h);
    CHECK(world.events.wantedFrom() == kStart + 1h + 1s);
    row.score = 0.9;  // the engine has the old start still
    world.events.update(row);
    world.pass(2s);
    CHECK(world.stored_of(kId)->started_at == kStart + 1h + 2s);
    world.end(row, kStart + 1h + 3s);  // and stamps by the new clock
    world.pass(6s);
    REQUIRE(world.finals.size() == 1);
    CHECK(world.finals[0].started_at == kStart + 1h + 2s);
    CHECK(world.finals[0].ended_at == kStart + 1h + 3s);
    CHECK(world.finals[0].clip_started_at == kStart + 1h + 1s);

    const auto second = world.begin("0000000000000002", world.clock.wallNow());
    world.clock.stepWall(-1h);
    world.events.restamp(-1h);
    world.memory.shift(-1h);
    world.end(second, second.started_at + 1s);  // by the old clock: it lies in the future now
    world.pass(6s);
    REQUIRE(world.finals.size() == 2);
    CHECK(*world.finals[1].ended_at - world.finals[1].started_at == 1s);
}

TEST_CASE("words about an event that is not there change nothing") {
    World world;
    const auto row = eventAt(kId, kStart);
    world.events.update(row);
    world.events.end(row);
    CHECK(world.events.isEmpty());
    CHECK(world.finals.empty());
    CHECK_FALSE(world.stored_of(kId));
}

}  // namespace camera_events_test
