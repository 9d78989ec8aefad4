#include "camera/part_hub.h"

#include <algorithm>

#include "base/log.h"
#include "media/live_part.h"
#include "media/recording_scanner.h"

namespace porchlight::camera {
namespace {

constexpr std::int64_t kRoundingUs = 50;        // two time lines in microseconds, from one in ticks
constexpr std::size_t kMaxFootageWaiting = 64;  // fragments, of a page before whose camera no part comes

std::shared_ptr<LivePiece> makePiece(LivePiece::Kind kind) {
    auto piece = std::make_shared<LivePiece>();
    piece->kind = kind;
    return piece;
}

/// What a stream is for browsers.
PartHub::Piece headOf(const StreamInit& init) {
    const bool is_fit = !init.bytes.empty() && (init.video == Codec::H264 || init.video == Codec::H265);
    if (!is_fit) return makePiece(LivePiece::Kind::Unfit);
    try {
        auto piece = makePiece(LivePiece::Kind::Init);
        piece->bytes = media::picturesOfInit(init.bytes);
        return piece;
    } catch (const Error& error) {
        base::logWarning("live", std::string("a stream that nobody can watch: ") + error.what());
        return makePiece(LivePiece::Kind::Unfit);
    }
}

}  // namespace

PartHub::Viewer::~Viewer() {
    std::set<std::string> left;
    {
        const LockGuard lock(hub_.mutex_);
        for (const auto& [number, feed] : feeds_) {
            hub_.leaveCamera(feed.camera);
            left.insert(feed.camera);
        }
        hub_.viewers_.erase(this);
    }
    for (const std::string& camera : left) hub_.tellDemand(camera);
}

bool PartHub::Viewer::watch(std::uint16_t number, const std::string& camera) {
    leave(number);
    {
        const LockGuard lock(hub_.mutex_);
        if (feeds_.size() >= kMaxCameras) return false;
        Feed& feed = feeds_[number];
        feed.camera = camera;
        ++hub_.slots_[camera].viewers;
        hub_.join(feed);
    }
    hub_.tellDemand(camera);
    return true;
}

void PartHub::Viewer::leave(std::uint16_t number) {
    std::string camera;
    {
        const LockGuard lock(hub_.mutex_);
        const auto found = feeds_.find(number);
        if (found == feeds_.end()) return;
        camera = found->second.camera;
        feeds_.erase(found);
        hub_.leaveCamera(camera);
    }
    hub_.tellDemand(camera);
}

std::optional<std::pair<std::uint16_t, PartHub::Viewer::Waiting>> PartHub::Viewer::take(Deadline deadline) {
    UniqueLock lock(hub_.mutex_);
    auto from = feeds_.end();
    const auto isReady = [&]() PORCHLIGHT_REQUIRES(hub_.mutex_) {
        if (hub_.is_closed_) return true;
        const auto hasSome = [](const auto& entry) { return !entry.second.waiting.empty(); };
        from = std::find_if(feeds_.upper_bound(served_), feeds_.end(), hasSome);
        if (from == feeds_.end()) from = std::find_if(feeds_.begin(), feeds_.end(), hasSome);
        return from != feeds_.end();
    };
    if (!changed_.waitUntil(lock, deadline.at(), isReady) || hub_.is_closed_) return std::nullopt;
    served_ = from->first;
    Feed& feed = from->second;
    std::pair<std::uint16_t, Waiting> out{served_, std::move(feed.waiting.front())};
    feed.waiting.pop_front();
    feed.bytes -= out.second.bytes;
    return out;
}

/// Footage is taken apart without the lock: only when somebody joins. Null when that cannot be done.
PartHub::Piece PartHub::Viewer::pieceOf(const Waiting& waiting) const {
    if (waiting.piece) return waiting.piece;
    const Fragment& fragment = *waiting.fragment;
    try {
        const media::InitSegment init = media::parseInit(fragment.init->bytes);
        const media::MovieFragment movie = media::parseFragment(fragment.bytes, init);
        const media::TrackFragment* video = movie.findTrack(init.videoIndex());
        if (!video) return nullptr;
        const std::uint32_t timescale = init.tracks[init.videoIndex()].timescale;
        auto piece = makePiece(LivePiece::Kind::Part);
        piece->is_key = fragment.starts_with_key;
        piece->is_footage = true;
        piece->at = fragment.started_at;
        piece->start =
            microseconds(media::ticksToUs(static_cast<std::int64_t>(video->decode_time), timescale));
        piece->lasts = microseconds(media::ticksToUs(static_cast<std::int64_t>(video->duration), timescale));
        piece->bytes = media::picturesOfFragment(fragment.bytes, init);
        return piece;
    } catch (const Error& error) {
        base::logDebug("live", std::string("footage nobody can watch: ") + error.what());
        return nullptr;
    }
}

/// False for a part of what was sent as footage.
bool PartHub::Viewer::isNews(std::uint16_t number, const LivePiece& piece, bool is_footage) {
    const LockGuard lock(hub_.mutex_);
    const auto found = feeds_.find(number);
    if (found == feeds_.end()) return false;
    microseconds& until = found->second.sent_until;
    if (piece.kind != LivePiece::Kind::Part) {
        until = microseconds(-1);
        return true;
    }
    if (piece.start.count() + kRoundingUs < until.count()) return false;
    until = piece.start + (is_footage ? piece.lasts : microseconds(1));
    return true;
}

std::optional<PartHub::Viewer::Delivery> PartHub::Viewer::next(Deadline deadline) {
    while (auto taken = take(deadline)) {
        const Piece piece = pieceOf(taken->second);
        if (!piece || !isNews(taken->first, *piece, taken->second.fragment != nullptr)) continue;
        return Delivery{taken->first, piece};
    }
    return std::nullopt;
}

void PartHub::onDemandChange(std::function<void(const std::string&)> callback) {
    const LockGuard lock(mutex_);
    on_demand_change_ = std::move(callback);
}

void PartHub::tellDemand(const std::string& camera) {
    std::function<void(const std::string&)> callback;
    {
        const LockGuard lock(mutex_);
        callback = on_demand_change_;
    }
    if (callback) callback(camera);
}

std::unique_ptr<PartHub::Viewer> PartHub::admit() {
    auto viewer = std::make_unique<Viewer>(*this);
    const LockGuard lock(mutex_);
    if (is_closed_ || viewers_.size() >= max_viewers_) return nullptr;
    viewers_.insert(viewer.get());
    return viewer;
}

bool PartHub::isWatched(const std::string& camera) const {
    return viewers(camera) > 0;
}

std::uint32_t PartHub::viewers(const std::string& camera) const {
    const LockGuard lock(mutex_);
    const auto found = slots_.find(camera);
    return found == slots_.end() ? 0 : found->second.viewers;
}

void PartHub::setMaxViewers(std::uint32_t max_viewers) {
    const LockGuard lock(mutex_);
    max_viewers_ = max_viewers;
}

void PartHub::leaveCamera(const std::string& camera) {
    Slot& slot = slots_[camera];
    if (--slot.viewers > 0) return;
    slot.tail.clear();  // no more parts come; the group goes on without
    slot.tail_bytes = 0;
}

/// The newest group, as far as it is there.
void PartHub::join(Viewer::Feed& feed) {
    const Slot& slot = slots_[feed.camera];
    feed.waiting.push_back({slot.head ? slot.head : makePiece(LivePiece::Kind::Ended), nullptr, 0});
    if (!slot.head || slot.head->kind != LivePiece::Kind::Init) return;
    for (const FragmentPtr& fragment : slot.group) putFootage(feed, {nullptr, fragment, 0});
    for (const Piece& part : slot.tail) put(feed, {part, nullptr, part->bytes.size()});
}

/// Footage that was complete before the worker knew of the viewer.
void PartHub::putFootage(Viewer::Feed& feed, const Viewer::Waiting& news) {
    if (!feed.awaits_parts) return;
    if (feed.waiting.size() >= kMaxFootageWaiting) {
        std::erase_if(feed.waiting, [](const Viewer::Waiting& old) { return old.fragment != nullptr; });
        feed.needs_key = true;
    }
    if (feed.needs_key && !news.fragment->starts_with_key) return;
    feed.needs_key = false;
    feed.waiting.push_back(news);
}

void PartHub::put(Viewer::Feed& feed, const Viewer::Waiting& news) {
    if (news.fragment) return putFootage(feed, news);
    const bool is_part = news.piece->kind == LivePiece::Kind::Part;
    if (!is_part || (feed.bytes > 0 && feed.bytes + news.bytes > kMaxWaitingBytes)) {
        std::erase_if(feed.waiting, [&](const Viewer::Waiting& old) {
            return !is_part || !old.piece || old.piece->kind == LivePiece::Kind::Part;
        });
        feed.bytes = 0;
        feed.needs_key = true;
    }
    feed.awaits_parts = !is_part;
    if (is_part && feed.needs_key && !news.piece->is_key) return;
    feed.needs_key = !is_part;
    feed.bytes += news.bytes;
    feed.waiting.push_back(news);
}

void PartHub::tell(const std::string& camera, const Viewer::Waiting& news) {
    for (Viewer* viewer : viewers_) {
        bool is_told = false;
        for (auto& [number, feed] : viewer->feeds_) {
            if (feed.camera != camera) continue;
            put(feed, news);
            is_told = true;
        }
        if (is_told) viewer->changed_.notifyAll();
    }
}

void PartHub::dropGroup(Slot& slot) {
    slot.group.clear();
    slot.tail.clear();
    slot.group_bytes = slot.tail_bytes = 0;
    slot.group_lasts = microseconds(0);
}

void PartHub::begin(const std::string& camera, const std::shared_ptr<const StreamInit>& init) {
    const Piece head = headOf(*init);
    const LockGuard lock(mutex_);
    Slot& slot = slots_[camera];
    dropGroup(slot);
    slot.head = head;
    tell(camera, {head, nullptr, 0});
}

void PartHub::addFragment(const std::string& camera, FragmentPtr fragment) {
    const LockGuard lock(mutex_);
    Slot& slot = slots_[camera];
    if (!slot.head || slot.head->kind != LivePiece::Kind::Init) return;
    const bool is_next = !slot.group.empty() && slot.group.back()->sequence + 1 == fragment->sequence;
    const bool is_too_much = slot.group_bytes + fragment->bytes.size() > kMaxGroupBytes ||
                             slot.group_lasts + fragment->duration > kMaxGroup;
    if (fragment->starts_with_key || !is_next || is_too_much) dropGroup(slot);
    slot.tail.clear();  // those parts are in the fragment
    slot.tail_bytes = 0;
    if (slot.viewers > 0) tell(camera, {nullptr, fragment, 0});
    if (slot.group.empty() && !fragment->starts_with_key) return;
    slot.group_bytes += fragment->bytes.size();
    slot.group_lasts += fragment->duration;
    slot.group.push_back(std::move(fragment));
}

void PartHub::addPart(const std::string& camera, ipc::LivePart&& part) {
    auto piece = makePiece(LivePiece::Kind::Part);
    piece->is_key = part.is_key;
    piece->at = WallTime(microseconds(part.at_us));
    piece->start = microseconds(part.start_us);
    piece->lasts = microseconds(part.lasts_us);
    piece->bytes = std::move(part.bytes);
    const LockGuard lock(mutex_);
    Slot& slot = slots_[camera];
    if (slot.viewers == 0 || !slot.head || slot.head->kind != LivePiece::Kind::Init) return;
    const std::size_t bytes = piece->bytes.size();
    if (slot.tail_bytes + bytes > kMaxGroupBytes) dropGroup(slot);
    slot.tail_bytes += bytes;
    slot.tail.push_back(piece);
    tell(camera, {piece, nullptr, bytes});
}

void PartHub::end(const std::string& camera) {
    const LockGuard lock(mutex_);
    Slot& slot = slots_[camera];
    if (slot.head && slot.head->kind == LivePiece::Kind::Ended) return;
    dropGroup(slot);
    slot.head = makePiece(LivePiece::Kind::Ended);
    tell(camera, {slot.head, nullptr, 0});
}

void PartHub::close() {
    const LockGuard lock(mutex_);
    is_closed_ = true;
    for (Viewer* viewer : viewers_) viewer->changed_.notifyAll();
}

}  // namespace porchlight::camera
