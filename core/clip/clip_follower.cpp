#include <algorithm>
#include <thread>

#include "base/log.h"
#include "base/wall_times.h"
#include "clip/clip.h"
#include "clip/clip_source.h"
#include "disk/places.h"

namespace porchlight::clip {
namespace {

constexpr milliseconds kFilePoll{100};
constexpr microseconds kRowPoll{500'000};

class RecordingFollower final : public ClipFollower {
  public:
    RecordingFollower(const std::filesystem::path& database_file, std::filesystem::path recordings_dir,
                      std::string event_id, base::Cancel cancel)
        : store_(database_file),
          recordings_dir_(std::move(recordings_dir)),
          event_id_(std::move(event_id)),
          cancel_(std::move(cancel)) {
        if (!lookAtEvent()) throw Error(ErrorKind::Unavailable, "there is no event " + event_id_);
    }

    std::vector<std::uint8_t> next(Deadline deadline) override {
        for (;;) {
            auto bytes = advance();
            if (!bytes.empty() || is_at_end_ || deadline.isPast()) return bytes;
            std::this_thread::sleep_for(std::min(kFilePoll, deadline.remaining()));
        }
    }

    bool isAtEnd() const noexcept override { return is_at_end_; }

  private:
    bool lookAtEvent() {
        looked_at_ = Monotonic::now();
        auto event = store_.events.byId(event_id_);
        if (!event) return false;
        event_ = std::move(*event);
        return true;
    }

    /// What can be had at once. Sets is_at_end_ when nothing more will come.
    std::vector<std::uint8_t> advance() {
        if (is_at_end_) return {};
        if (!reader_ && !openNext()) {
            refresh();
            if (event_.clip_ended_at && !openNext()) is_at_end_ = true;
            return {};
        }
        if (!reader_) return {};
        if (auto bytes = readFragment(); !bytes.empty() || is_at_end_) return bytes;
        return endOfFile();
    }

    /// Nothing new in the file: is it finished, is the event?
    std::vector<std::uint8_t> endOfFile() {
        const bool was_final = event_.clip_ended_at.has_value();
        const bool was_closed = is_closed_;
        refresh();
        if (was_closed)
            reader_.reset();  // read to its end after it was closed
        else if (was_final && !openRow())
            is_at_end_ = true;
        return {};
    }

    void refresh() {
        if (Monotonic::now() - looked_at_ < kRowPoll && !event_.clip_ended_at) return;
        if (!lookAtEvent()) is_at_end_ = true;  // deleted
        if (reader_) {
            const auto row = openRow();
            is_closed_ = !row || row->ended_at.has_value();
        }
    }

    std::optional<store::RecordingRow> openRow() {
        for (auto& row : rows())
            if (row.id == reader_->row().id) return row;
        return std::nullopt;
    }

    std::vector<store::RecordingRow> rows() {
        return store_.recordings.overlapping(event_.camera, event_.clip_started_at,
                                             event_.clip_ended_at.value_or(kEndOfTime));
    }

    bool openNext() {
        for (auto& row : rows()) {
            cancel_.check();
            if (row.id <= last_id_) continue;
            last_id_ = row.id;
            is_closed_ = row.ended_at.has_value();
            is_first_of_file_ = true;
            try {
                auto reader = std::make_unique<RecordingReader>(recordings_dir_, row);
                if (init_ && !init_->isCompatibleWith(reader->init())) {
                    is_at_end_ = true;  // another format: what follows is another clip
                    return false;
                }
                reader_ = std::move(reader);
                return true;
            } catch (const Error& error) {
                base::logWarning("clip", error.what());
            }
        }
        return false;
    }

    std::vector<std::uint8_t> readFragment() {
        while (auto entry = reader_->next()) {
            cancel_.check();
            if (entry->end <= event_.clip_started_at + milliseconds(1)) continue;
            if (is_first_of_file_ && !entry->starts_with_key) continue;
            if (event_.clip_ended_at && entry->start >= *event_.clip_ended_at - milliseconds(1)) {
                is_at_end_ = true;
                return {};
            }
            return rewritten(*entry);
        }
        return {};
    }

    std::vector<std::uint8_t> rewritten(const RecordingReader::Entry& entry) {
        std::vector<std::uint8_t> out;
        if (!init_) {
            init_ = reader_->init();
            out = reader_->initBytes();
            zero_us_ = startOf(entry);
        }
        if (is_first_of_file_) shift_us_ = timeline_.shiftFor(entry) - zero_us_;
        is_first_of_file_ = false;
        timeline_.took(entry);
        const std::size_t head = out.size();
        const auto size = static_cast<std::size_t>(entry.scanned.fragment.size_bytes);
        out.resize(head + size);
        const auto fragment = std::span(out).subspan(head);
        if (media::readerOf(reader_->fd())(entry.scanned.offset, fragment) != size)
            throw Error(ErrorKind::Unavailable, "a recording became shorter while it was read");
        std::vector<std::int64_t> shifts;
        for (const media::Track& track : init_->tracks)
            shifts.push_back(media::usToTicks(shift_us_, track.timescale));
        media::rewriteFragment(fragment, *init_, ++sequence_, shifts);
        return out;
    }

    /// Earliest decode time of any track, so that none begins before 0.
    std::int64_t startOf(const RecordingReader::Entry& entry) {
        std::int64_t start = entry.start_us;
        for (const auto& track : entry.scanned.fragment.tracks)
            start = std::min(start, media::ticksToUs(static_cast<std::int64_t>(track.decode_time),
                                                     init_->tracks[track.track_index].timescale));
        return start;
    }

    store::Store store_;
    const std::filesystem::path recordings_dir_;
    const std::string event_id_;
    const base::Cancel cancel_;
    store::EventRow event_;
    std::unique_ptr<RecordingReader> reader_;
    std::optional<media::InitSegment> init_;
    Timeline timeline_;
    std::int64_t zero_us_ = 0;
    std::int64_t shift_us_ = 0;
    std::int64_t last_id_ = 0;
    std::uint32_t sequence_ = 0;
    Monotonic::time_point looked_at_{};
    bool is_closed_ = false;
    bool is_first_of_file_ = true;
    bool is_at_end_ = false;
};

}  // namespace

std::unique_ptr<ClipFollower> ClipFollower::open(const std::filesystem::path& database_file,
                                                 const std::filesystem::path& recordings_dir,
                                                 const std::string& event_id, base::Cancel cancel) {
    return std::make_unique<RecordingFollower>(database_file, recordings_dir, event_id, std::move(cancel));
}

}  // namespace porchlight::clip
