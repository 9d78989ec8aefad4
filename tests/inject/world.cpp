#include "world.h"

#include <stdexcept>
#include <utility>

#include "base/log.h"
#include "support/fmp4_sink.h"

namespace inject {
namespace {

record::ClockFacts factsOfTest(WallTime) {
    record::ClockFacts facts;
    facts.is_synchronised = true;
    facts.boot_id = "boot";
    return facts;
}

}  // namespace

footage::Stream makeStream(const std::filesystem::path& folder) {
    const footage::Folder made(folder);
    footage::Options options;
    options.seconds = 150;
    options.size_px = 32;
    return footage::split(footage::make(made, "source.mp4", options), kStart);
}

World::World(std::filesystem::path folder, const footage::Stream& stream)
    : folder_(std::move(folder)), stream_(stream) {
    events_.on_event_final = [this](const store::EventRow& row) { finals.push_back(row.id); };
    events_.on_storage = [this](const record::StorageIssue&) { ++changes_of_state; };
    streamEnds();
}

record::RecorderOptions World::options() const {
    record::RecorderOptions out;
    out.database_file = folder_ / "porchlight.db";
    out.recordings_dir = folder_ / "recordings";
    out.thumbnails_dir = folder_ / "thumbnails";
    out.storage.min_free_bytes = 0;
    out.storage.max_bytes = max_bytes;
    out.node = "porchlight-test";
    out.segment_length = segment_length;
    out.clock_facts = factsOfTest;
    return out;
}

template <class Action>
void World::guarded(Action action) {
    try {
        action();
    } catch (const std::exception& error) {
        base::logError("recorder", error.what());
    }
}

bool World::tryStart() {
    options_ = options();
    const WallTime began_at = clock_.wallNow();
    try {
        core_ = std::make_unique<record::RecorderCore>(options_, test::makeSink, events_, clock_);
    } catch (const Error& error) {
        base::logError("recorder", std::string("start: ") + error.what());
        was_told = true;  // the program ends, and whoever starts it sees that
        return false;
    }
    was_told = was_told || clock_.wallNow() - began_at > 10s;  // whoever started it waits so long
    for (const char* name : {kAlways, kMoving}) {
        record::CameraRecording camera;
        camera.name = camera.title = name;
        camera.mode = name == kAlways ? config::RecordMode::Continuous : config::RecordMode::Motion;
        camera.pre_roll = 2s;
        camera.post_roll = 2s;
        guarded([&] { core_->addCamera(camera); });
        core_->ledger().setCondition(name, {ledger::GapCause::Starting, {}, true});
    }
    gives_pictures_ = false;
    tick();
    return true;
}

void World::start() {
    for (int attempt = 0; attempt < 60; ++attempt) {
        if (tryStart()) {
            while (attempt > 0 && fedUntil() < clock_.wallNow())
                fed_ += kStep;  // nobody took what came meanwhile
            return;
        }
        clock_.advance(1s);
    }
    throw std::runtime_error("the recorder does not start");
}

void World::tick() {
    guarded([&] { core_->tick(); });
    const auto storage = core_->storage();
    was_told = was_told || !storage.problems.empty();
    for (const auto& [name, status] : core_->status()) was_told = was_told || !status.error.empty();
    core_->tellIssues();
    core_->keepHouse(Deadline::in(10s));  // throws nothing; a slice is as long as it takes: what is called
                                          // does not depend on the machine
}

std::shared_ptr<const Fragment> World::fragmentOf(std::size_t camera, std::size_t index) {
    auto fragment = std::make_shared<Fragment>(*stream_.fragments.at(index));
    fragment->init = inits_[camera];
    return fragment;
}

void World::streamEnds() {
    ++epoch_;
    for (auto& init : inits_) {
        auto next = std::make_shared<StreamInit>(*stream_.init);
        next->epoch = epoch_;
        init = next;
    }
    if (!core_) return;
    for (const char* name : {kAlways, kMoving}) guarded([&] { core_->find(name)->onStreamEnded(); });
}

void World::skipTo(microseconds span) {
    fed_ = span;
    clock_.advance(fedUntil() - clock_.wallNow());
}

void World::step() {
    const auto index = static_cast<std::size_t>(fed_ / kStep);
    fed_ += kStep;
    if (clock_.wallNow() < fedUntil()) clock_.advance(fedUntil() - clock_.wallNow());
    if (!std::exchange(gives_pictures_, true))
        for (const char* name : {kAlways, kMoving})
            core_->ledger().setCondition(name, {std::nullopt, {}, true});
    for (std::size_t camera = 0; camera < 2; ++camera)
        guarded([&] { core_->find(camera == 0 ? kAlways : kMoving)->onFragment(fragmentOf(camera, index)); });
    tick();
}

void World::run(microseconds span) {
    for (microseconds done{0}; done < span; done += kStep) step();
}

void World::idle(microseconds span) {
    for (microseconds done{0}; done < span; done += kStep) {
        clock_.advance(kStep);
        tick();
    }
}

void World::beginEvent(const std::string& id) {
    store::EventRow row;
    row.id = id;
    row.camera = kMoving;
    row.started_at = row.clip_started_at = fedUntil();
    rows_[id] = row;
    guarded([&] { core_->find(kMoving)->openEvent(row, std::vector<std::uint8_t>(5000, 0xd8)); });
}

void World::endEvent(const std::string& id) {
    store::EventRow& row = rows_[id];
    row.ended_at = fedUntil();
    row.close_reason = "quiet";
    guarded([&] { core_->find(kMoving)->endEvent(row); });
}

void World::finish() {
    const WallTime began_at = clock_.wallNow();
    core_->finish();
    core_.reset();
    was_told = was_told || clock_.wallNow() - began_at > 10s;  // whoever ends it waits so long
}

}  // namespace inject
