#include "clip/clip.h"

#include <algorithm>
#include <cstdio>

#include "base/log.h"
#include "base/text.h"
#include "clip/clip_source.h"
#include "media/progressive.h"

namespace porchlight::clip {
namespace {

constexpr std::size_t kMaxFiles = 320;  // descriptors a clip may hold; a day of five minutes each
constexpr std::size_t kMaxParts = 100;
constexpr microseconds kRounding{1000};  // times go through rows as whole microseconds

std::uint64_t fnv(std::uint64_t digest, const void* data, std::size_t size) noexcept {
    const auto* bytes = static_cast<const std::uint8_t*>(data);
    for (std::size_t i = 0; i < size; ++i) digest = (digest ^ bytes[i]) * 0x100000001b3ULL;
    return digest;
}

/// Where a clip lies in time and why it ends.
struct Extent {
    WallTime started_at{};
    WallTime ended_at{};
    ClipStop stop = ClipStop::End;
    WallTime stopped_at{};
};

class RecordedClip final : public Clip {
  public:
    RecordedClip(media::Progressive movie, std::vector<base::Fd> files, const Extent& extent,
                 std::uint64_t digest)
        : movie_(std::move(movie)), files_(std::move(files)), extent_(extent) {
        std::uint64_t at = movie_.header.size();
        for (const media::Piece& piece : movie_.pieces) {
            starts_.push_back(at);
            at += piece.size_bytes;
        }
        char text[24];
        std::snprintf(
            text, sizeof text, "\"%016llx\"",
            static_cast<unsigned long long>(fnv(digest, movie_.header.data(), movie_.header.size())));
        etag_ = text;
    }

    std::uint64_t sizeBytes() const noexcept override { return movie_.size_bytes; }
    microseconds duration() const noexcept override { return movie_.duration; }
    WallTime startedAt() const noexcept override { return extent_.started_at; }
    WallTime endedAt() const noexcept override { return extent_.ended_at; }
    ClipStop stop() const noexcept override { return extent_.stop; }
    WallTime stoppedAt() const noexcept override { return extent_.stopped_at; }
    const std::string& etag() const noexcept override { return etag_; }

    std::size_t read(std::uint64_t offset, std::span<std::uint8_t> out) override {
        std::size_t done = 0;
        while (done < out.size() && offset < movie_.size_bytes) {
            const std::size_t got = readPart(offset, out.subspan(done));
            done += got;
            offset += got;
        }
        return done;
    }

  private:
    std::size_t readPart(std::uint64_t offset, std::span<std::uint8_t> out) {
        if (offset < movie_.header.size()) {
            const auto part = std::span(movie_.header).subspan(static_cast<std::size_t>(offset));
            const std::size_t size = std::min(part.size(), out.size());
            std::copy_n(part.begin(), size, out.begin());
            return size;
        }
        // The last piece that starts at or before the offset; empty pieces share their start with the next.
        const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
        const auto index = static_cast<std::size_t>(after - starts_.begin()) - 1;
        const media::Piece& piece = movie_.pieces[index];
        const std::uint64_t inside = offset - starts_[index];
        const auto size =
            static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), piece.size_bytes - inside));
        const auto readAt = media::readerOf(files_[piece.source].get());
        if (readAt(piece.offset + inside, out.first(size)) != size)
            throw Error(ErrorKind::Unavailable, "a recording became shorter while it was read");
        return size;
    }

    media::Progressive movie_;
    std::vector<base::Fd> files_;
    std::vector<std::uint64_t> starts_;  ///< of each piece in the clip
    Extent extent_;
    std::string etag_;
};

/// Collects the fragments of the range; remembers the group of pictures before it until it is clear where to
/// begin.
class Collector {
  public:
    Collector(WallTime from, WallTime to, const base::Cancel& cancel,
              std::optional<WallTime> must_hold = std::nullopt)
        : from_(from + kRounding), to_(to - kRounding), must_hold_(must_hold), cancel_(cancel) {}

    /// False when the clip ends before or within this recording.
    bool addRecording(std::unique_ptr<RecordingReader> reader) {
        if (files_.size() == kMaxFiles) return stopAt(ClipStop::TooLong, reader->row().started_at);
        if (init_ && !init_->isCompatibleWith(reader->init())) {
            const WallTime at = reader->row().started_at;
            const bool begins_there = must_hold_ && at <= *must_hold_;
            base::logInfo("clip", "the camera's format changes at " + base::formatTime(at) + ": the clip " +
                                      (begins_there ? "begins" : "ends") + " there");
            if (!begins_there) return stopAt(ClipStop::FormatChange, at);
            beginAnew();
        }
        if (!init_) init_ = reader->init();
        const std::size_t source = files_.size();
        bool goes_on = true;
        bool is_first = true;
        std::vector<RecordingReader::Entry> lead;  // from a keyframe on, not yet known to be needed
        try {
            while (goes_on) {
                cancel_.check();
                auto entry = reader->next();
                if (!entry) break;
                if (entry->start >= to_ && builder_) {
                    goes_on = false;
                    break;
                }
                if (!builder_ || is_first) {  // the first picture taken of a file must be a keyframe
                    if (entry->starts_with_key && (entry->start <= from_ || lead.empty())) lead.clear();
                    if (lead.empty() && !entry->starts_with_key) continue;
                    lead.push_back(std::move(*entry));
                    if (lead.back().end <= from_) continue;
                    if (lead.front().start >= to_) {
                        goes_on = false;
                        break;
                    }
                    for (auto& waiting : lead) goes_on = goes_on && take(waiting, source, is_first);
                    lead.clear();
                    continue;
                }
                goes_on = take(*entry, source, is_first);
            }
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::BadData) throw;
            base::logWarning("clip",
                             reader->row().path + ": " + error.what());  // what came before it still plays
        }
        digest_ = fnv(digest_, reader->row().path.data(), reader->row().path.size());
        files_.push_back(reader->takeFd());
        if (!builder_) init_.reset();
        return goes_on;
    }

    std::unique_ptr<Clip> finish() {
        if (!builder_) throw Error(ErrorKind::Unavailable, "no footage in the range");
        return std::make_unique<RecordedClip>(builder_->finish(), std::move(files_), extent_, digest_);
    }

  private:
    /// What was collected is of another format than what must be held.
    void beginAnew() {
        init_.reset();
        builder_.reset();
        files_.clear();
        timeline_ = {};
        extent_ = {};
    }

    bool stopAt(ClipStop stop, WallTime at) noexcept {
        extent_.stop = stop;
        extent_.stopped_at = at;
        return false;
    }

    bool take(const RecordingReader::Entry& entry, std::size_t source, bool& is_first) {
        if (!builder_) {
            builder_.emplace(*init_);
            extent_.started_at = entry.start;
        }
        if (is_first) shift_us_ = timeline_.shiftFor(entry);
        is_first = false;
        if (!builder_->add(entry.scanned.fragment, media::Piece{source, entry.scanned.offset, 0},
                           shift_us_)) {
            base::logInfo("clip", "the range is too long for one file: the clip ends at " +
                                      base::formatTime(entry.start));
            return stopAt(ClipStop::TooLong, entry.start);
        }
        digest_ = fnv(digest_, &entry.scanned.offset, sizeof entry.scanned.offset);
        timeline_.took(entry);
        extent_.ended_at = std::max(extent_.ended_at, entry.end);
        return true;
    }

    const WallTime from_;
    const WallTime to_;
    const std::optional<WallTime> must_hold_;
    const base::Cancel& cancel_;
    std::optional<media::InitSegment> init_;
    std::optional<media::ProgressiveBuilder> builder_;
    std::vector<base::Fd> files_;
    Timeline timeline_;
    std::int64_t shift_us_ = 0;
    Extent extent_;
    std::uint64_t digest_ = 0xcbf29ce484222325ULL;
};

}  // namespace

std::unique_ptr<Clip> Clip::open(store::Store& store, const std::filesystem::path& recordings_dir,
                                 const std::string& camera, WallTime from, WallTime to,
                                 const base::Cancel& cancel) {
    return open(store.recordings.overlapping(camera, from, to), recordings_dir, from, to, cancel);
}

std::unique_ptr<Clip> Clip::open(const std::vector<store::RecordingRow>& rows,
                                 const std::filesystem::path& recordings_dir, WallTime from, WallTime to,
                                 const base::Cancel& cancel, std::optional<WallTime> must_hold) {
    Collector collector(from, to, cancel, must_hold);
    for (const auto& row : rows) {
        cancel.check();
        std::unique_ptr<RecordingReader> reader;
        try {
            reader = std::make_unique<RecordingReader>(recordings_dir, row);
        } catch (const Error& error) {
            base::logWarning("clip", error.what());  // deleted meanwhile, or damaged: the others still play
            continue;
        }
        if (!collector.addRecording(std::move(reader))) break;
    }
    return collector.finish();
}

const char* nameOf(ClipStop stop) noexcept {
    switch (stop) {
        case ClipStop::End:
            return "end";
        case ClipStop::FormatChange:
            return "format_change";
        case ClipStop::TooLong:
            return "too_long";
    }
    return "end";
}

std::vector<ClipPart> planClipParts(store::Store& store, const std::filesystem::path& recordings_dir,
                                    const std::string& camera, WallTime from, WallTime to,
                                    const base::Cancel& cancel) {
    std::vector<ClipPart> parts;
    ClipStop begun_by = ClipStop::End;
    while (from < to && parts.size() < kMaxParts) {
        std::unique_ptr<Clip> clip;
        try {
            clip = Clip::open(store, recordings_dir, camera, from, to, cancel);
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::Unavailable) break;  // no footage from here on
            throw;
        }
        const bool goes_on = clip->stop() != ClipStop::End && clip->stoppedAt() > from;
        parts.push_back({from, goes_on ? clip->stoppedAt() : to, clip->startedAt(), clip->endedAt(),
                         clip->duration(), clip->sizeBytes(), begun_by});
        if (!goes_on) break;
        begun_by = clip->stop();
        from = clip->stoppedAt();
    }
    return parts;
}

}  // namespace porchlight::clip
