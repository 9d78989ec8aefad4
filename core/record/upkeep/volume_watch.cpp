#include "record/upkeep/volume_watch.h"

#include <utility>

#include "base/log.h"

namespace porchlight::record {
namespace {

constexpr const char* kMarkedKey = "volume_marked";

disk::Volume::Options withMemory(disk::Volume::Options options, store::Store& store) {
    options.was_marked = store.meta.get(kMarkedKey).has_value();
    return options;
}

/// What the owner is told of does not begin before the first look.
WallTime lookedAt(disk::Volume& volume) {
    volume.look(true);
    return volume.since();
}

}  // namespace

VolumeWatch::VolumeWatch(store::Store& store, disk::Volume::Options options, const base::Clock& clock)
    : store_(store), volume_(withMemory(std::move(options), store), clock), told_(clock, lookedAt(volume_)) {}

VolumeWatch::Change VolumeWatch::look(bool at_once, std::uint64_t durable_bytes, StorageNews& news) {
    volume_.look(at_once);
    if (volume_.hasMarked() && !is_mark_known_) rememberMark();
    told_.look(volume_, durable_bytes, news);
    if (std::exchange(seen_, volume_.state()) == volume_.state()) return Change::None;
    return volume_.isOk() ? Change::Back : Change::Away;
}

void VolumeWatch::rememberMark() noexcept {
    try {
        if (!store_.meta.get(kMarkedKey)) store_.meta.set(kMarkedKey, "1");
        is_mark_known_ = true;
    } catch (const std::exception& error) {
        base::logWarning("recorder", std::string("remember the volume: ") + error.what());
    }
}

}  // namespace porchlight::record
