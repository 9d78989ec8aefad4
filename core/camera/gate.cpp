#include "camera/gate.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string_view>

#include "base/wall_times.h"
#include "camera/gate_bounds.h"
#include "media/recording_scanner.h"

namespace porchlight::camera {
namespace {

constexpr std::int64_t kFirstTimeUs = -86'400'000'000;  // a board without a clock starts in 1970
constexpr std::int64_t kLastTimeUs = kEndOfTime.time_since_epoch().count();
constexpr seconds kClockSlack{60};  // before the worker's start
constexpr seconds kClockAhead{
    60};  // a burst of what a camera had kept, and pictures that came late, push footage ahead
constexpr std::int64_t kLongestFragmentUs = 60'000'000;
constexpr std::int64_t kMediaSlackUs = 120'000'000;  // a camera that sends what it had kept before
constexpr std::int64_t kMediaFactor = 4;             // a camera whose stamps run fast
constexpr std::int64_t kBackUs = 1'000'000;
constexpr std::int64_t kApartUs = 2'000'000;  // what a message says of its footage, and where it should begin
constexpr seconds kFolding{60};
constexpr std::size_t kMaxTold = 16;

Finding garbage(const std::string& what) {
    return {FaultKind::WorkerGarbage, "sent " + what};
}
Finding flood(const std::string& what) {
    return {FaultKind::WorkerFlood, "sent " + what + " than any camera"};
}

/// Bytes of the UTF-8 character that begins at `at`; 0 when none does.
std::size_t characterAt(std::string_view text, std::size_t at) noexcept {
    const auto byte = [&](std::size_t i) {
        return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
    };
    const unsigned first = byte(0);
    const std::size_t size = first < 0x80                    ? 1
                             : first >= 0xc2 && first < 0xe0 ? 2
                             : (first & 0xf0U) == 0xe0       ? 3
                             : first >= 0xf0 && first < 0xf5 ? 4
                                                             : 0;
    for (std::size_t i = 1; i < size; ++i)
        if ((byte(i) & 0xc0U) != 0x80) return 0;
    const bool is_long_form = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
    const bool is_beyond = (first == 0xed && byte(1) > 0x9f) || (first == 0xf4 && byte(1) > 0x8f);
    return is_long_form || is_beyond ? 0 : size;
}

std::string wordsOf(std::string_view text, std::size_t most_bytes) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t size = characterAt(text, at);
        if (out.size() + std::max<std::size_t>(size, 1) > most_bytes) break;
        const auto first = static_cast<unsigned char>(text[at]);
        if (size == 0)
            out += '?';
        else if (first < 0x20 || first == 0x7f)
            out += ' ';
        else
            out += text.substr(at, size);
        at += std::max<std::size_t>(size, 1);
    }
    return out;
}

bool isJpeg(const base::Bytes& bytes) noexcept {
    return bytes.size() > 3 && bytes[0] == 0xff && bytes[1] == 0xd8 && bytes[2] == 0xff;
}

/// Lines that differ in their numbers only are the same.
std::size_t keyOf(const ipc::LogLine& line) {
    std::string text = line.component + '\n' + line.text;
    std::erase_if(text, [](char c) { return c >= '0' && c <= '9'; });
    return std::hash<std::string>()(text);
}

}  // namespace

bool Budget::take(double cost, Monotonic::time_point at) noexcept {
    left_ = std::min(burst_, left_ + std::max(0.0, std::chrono::duration<double>(at - at_).count()) * per_s_);
    at_ = at;
    if (left_ < cost) return false;
    left_ -= cost;
    return true;
}

/// Brings the fields of one message within the bounds of its table.
class Gate::Bounding {
  public:
    Bounding(Gate& gate, const Now& now) : gate_(gate), now_(now) {}

    template <FromWorker M>
    void operator()(M& message) {
        const auto each = [&](const auto& field) {
            name_ = {Bounds<M>::name, field.name};
            bring(message.*field.member, field.bound);
        };
        std::apply([&](const auto&... field) { (each(field), ...); }, Bounds<M>::fields);
    }

    /// What is beyond all correction; empty when nothing is.
    const std::string& complaint() const noexcept { return complaint_; }

  private:
    template <class T>
    void bring(T& value, const Number& bound) {
        const T least = static_cast<T>(bound.least);
        const T most = static_cast<T>(bound.most);
        // Written so that what is no number becomes the least.
        const T brought = value > most ? most : value >= least ? value : least;
        if (value != brought) correct();
        value = brought;
    }
    template <class T>
    void bring(T& value, const OneOf& bound) {
        const auto number = static_cast<unsigned>(value);
        if (number < bound.least || number > bound.most) complain();
    }
    void bring(bool&, const Flag&) {}
    void bring(std::string& text, const Words& bound) { text = wordsOf(text, bound.most_bytes); }
    void bring(base::Bytes& bytes, const Jpeg& bound) {
        if (bytes.empty() || (isJpeg(bytes) && bytes.size() <= bound.most_bytes)) return;
        bytes = {};
        correct();
    }
    void bring(base::Bytes& bytes, const Media& bound) {
        if (bytes.size() > bound.most_bytes) complain();
    }
    void bring(std::int64_t& wall_us, const Moment& bound) {
        if (bound.may_be_none && wall_us == 0) return;
        if (wall_us < kFirstTimeUs || wall_us >= kLastTimeUs) return complain();
        const WallTime at{microseconds(wall_us)};
        // By the clock of today: one that was set meanwhile is no reason to call the worker a liar.
        const WallTime earliest = now_.wall - (now_.boot - gate_.started_.boot) - kClockSlack;
        if (at >= earliest && at <= now_.wall + kClockAhead) return;
        wall_us = now_.wall.time_since_epoch().count();
        correct();
    }
    template <class T>
    void bring(std::vector<T>& list, const List& bound) {
        if (list.size() > bound.most) {
            correct();
            list.resize(bound.most);
            list.shrink_to_fit();
        }
        for (T& entry : list) (*this)(entry);
    }
    template <class T>
    void bring(T& part, const Part&) {
        (*this)(part);
    }

    std::string name() const { return std::string(name_.first) + "." + std::string(name_.second); }
    void complain() { complaint_ = "a " + name() + " that cannot be"; }
    void correct() {
        ++gate_.corrected_;
        gate_.last_corrected_ = name();
    }

    Gate& gate_;
    const Now& now_;
    std::pair<std::string_view, std::string_view> name_;
    std::string complaint_;
};

Gate::Gate(const Now& started)
    : started_(started),
      messages_(kMessagesPerS, kMessagesBurst, started.at),
      bytes_(kBytesPerS, kBytesBurst, started.at),
      heartbeats_(kHeartbeatsPerS, kHeartbeatsBurst, started.at),
      faults_(kFaultsPerS, kFaultsBurst, started.at),
      beginnings_(kBeginningsPerS, kBeginningsBurst, started.at),
      lines_(kLinesPerS, kLinesBurst, started.at),
      noted_at_(started.at) {}

Gate::Verdict Gate::judge(ipc::Message& message, std::size_t wire_bytes, const Now& now) {
    const auto end = [](Finding finding) { return Verdict{false, std::move(finding)}; };
    if (auto finding = judgeAmount(message, wire_bytes, now.at)) return end(std::move(*finding));
    Bounding bounding(*this, now);
    const bool is_from_worker = std::visit(
        [&](auto& m) {
            constexpr bool is_known = FromWorker<std::remove_cvref_t<decltype(m)>>;
            if constexpr (is_known) bounding(m);
            return is_known;
        },
        message);
    if (!is_from_worker) return end(garbage("a message that only the core sends"));
    if (!bounding.complaint().empty()) return end(garbage(bounding.complaint()));
    std::optional<Finding> finding;
    if (const auto* line = std::get_if<ipc::LogLine>(&message))
        return {takesLine(*line, now.at), std::nullopt};
    if (const auto* stream = std::get_if<ipc::StreamStarted>(&message)) finding = judgeStream(*stream);
    if (auto* fragment = std::get_if<ipc::FragmentReady>(&message)) {
        if (!isOfStream(fragment->epoch)) return {false, std::nullopt};
        finding = judgeFragment(*fragment, now);
    }
    if (auto* part = std::get_if<ipc::LivePart>(&message)) {
        if (!isOfStream(part->epoch)) return {false, std::nullopt};
        finding = judgePart(*part);
    }
    if (finding) return end(std::move(*finding));
    if (auto* still = std::get_if<ipc::Still>(&message); still && still->error.empty() && still->jpeg.empty())
        still->error = "the worker sent something that is no picture";
    const auto* picture = std::get_if<ipc::LivePicture>(&message);
    return {!picture || !picture->jpeg.empty(), std::nullopt};
}

std::optional<Finding> Gate::judgeAmount(const ipc::Message& message, std::size_t wire_bytes,
                                         Monotonic::time_point at) {
    if (!messages_.take(1, at)) return flood("more messages");
    if (!bytes_.take(static_cast<double>(wire_bytes), at)) return flood("more");
    if (std::holds_alternative<ipc::Heartbeat>(message) && !heartbeats_.take(1, at))
        return flood("more heartbeats");
    if (std::holds_alternative<ipc::Fault>(message) && !faults_.take(1, at)) return flood("more faults");
    if (std::holds_alternative<ipc::StreamStarted>(message) && !beginnings_.take(1, at))
        return flood("more new streams");
    return std::nullopt;
}

std::optional<Finding> Gate::judgeStream(const ipc::StreamStarted& message) {
    Stream stream;
    stream.epoch = message.epoch;
    try {
        if (!message.init.empty()) stream.init = media::parseInit(message.init);
        if (!message.init.empty()) stream.video = stream.init.videoIndex();
    } catch (const Error& error) {
        return garbage(std::string("a stream that cannot be: ") + error.what());
    }
    stream_ = std::move(stream);
    return std::nullopt;
}

bool Gate::isOfStream(std::uint64_t epoch) const noexcept {
    return stream_ && epoch == stream_->epoch && !stream_->init.tracks.empty();
}

std::optional<Finding> Gate::judgeFragment(ipc::FragmentReady& fragment, const Now& now) {
    if (stream_->sequence && fragment.sequence <= *stream_->sequence)
        return garbage("footage in a wrong order");
    try {
        const media::MovieFragment movie = media::parseFragment(fragment.bytes, stream_->init);
        const media::TrackFragment* video = movie.findTrack(stream_->video);
        if (!video) return garbage("footage without pictures");
        if (fragment.starts_with_key && !video->samples.front().is_key) {
            fragment.starts_with_key = false;
            ++corrected_;
            last_corrected_ = "FragmentReady.starts_with_key";
        }
        return judgeTimes(fragment, *video, now);
    } catch (const Error& error) {
        return garbage(std::string("footage that cannot be: ") + error.what());
    }
}

/// Only browsers believe a part; what it says of its picture is read from its bytes.
std::optional<Finding> Gate::judgePart(ipc::LivePart& part) {
    try {
        const media::MovieFragment movie = media::parseFragment(part.bytes, stream_->init);
        const media::TrackFragment* video = movie.findTrack(stream_->video);
        if (!video || video->samples.size() != 1 || movie.tracks.size() != 1)
            return garbage("a live part that is not one picture");
        const std::uint32_t timescale = stream_->init.tracks[stream_->video].timescale;
        const auto usOf = [&](std::uint64_t ticks) {
            return media::ticksToUs(static_cast<std::int64_t>(ticks), timescale);
        };
        part.start_us = usOf(video->decode_time);
        part.lasts_us = usOf(video->duration);
        part.is_key = video->samples.front().is_key;
        if (part.start_us < 0 || part.start_us > static_cast<std::int64_t>(kLongestUs))
            return garbage("a live part of more than a year");
    } catch (const Error& error) {
        return garbage(std::string("a live part that cannot be: ") + error.what());
    }
    return std::nullopt;
}

/// Recordings, the ledger and clips all believe the decode times: they must go on from each other, and with
/// the clock.
std::optional<Finding> Gate::judgeTimes(ipc::FragmentReady& fragment, const media::TrackFragment& video,
                                        const Now& now) {
    Stream& stream = *stream_;
    const std::uint32_t timescale = stream.init.tracks[stream.video].timescale;
    const auto usOf = [&](std::uint64_t ticks) {
        return media::ticksToUs(static_cast<std::int64_t>(ticks), timescale);
    };
    const std::uint64_t end_time = video.decode_time + video.duration;
    if (!stream.sequence) {
        stream.first_time = stream.end_time = video.decode_time;
        stream.first_boot = now.boot;
        stream.next_start_us = fragment.started_at_us;
    }
    const std::int64_t duration_us = usOf(video.duration);
    if (usOf(end_time) > static_cast<std::int64_t>(kLongestUs)) return garbage("footage of more than a year");
    if (duration_us > kLongestFragmentUs) return garbage("one fragment of more than a minute");
    if (video.decode_time < stream.end_time && usOf(stream.end_time - video.decode_time) > kBackUs)
        return garbage("footage that goes back in time");
    const std::int64_t lasted_us = end_time > stream.first_time ? usOf(end_time - stream.first_time) : 0;
    if (lasted_us > kMediaFactor * (now.boot - stream.first_boot).count() + kMediaSlackUs)
        return garbage("more footage than time has passed");
    if (std::abs(fragment.duration_us - duration_us) > kApartUs + duration_us / 4)
        fragment.duration_us = duration_us;
    const bool has_jumped = std::abs(fragment.started_at_us - stream.next_start_us) > kApartUs;
    const bool is_next = stream.sequence && fragment.sequence == *stream.sequence + 1;
    if (has_jumped && is_next && !beginnings_.take(1, now.at)) return flood("more jumps of time");
    stream.sequence = fragment.sequence;
    stream.end_time = std::max(stream.end_time, end_time);
    stream.next_start_us = fragment.started_at_us + fragment.duration_us;
    return std::nullopt;
}

bool Gate::takesLine(const ipc::LogLine& line, Monotonic::time_point at) {
    while (!told_.empty() && at - told_.front().at >= kFolding) told_.pop_front();
    const std::size_t key = keyOf(line);
    if (std::any_of(told_.begin(), told_.end(), [&](const Line& told) { return told.key == key; })) {
        ++repeated_;
        return false;
    }
    if (!lines_.take(1, at)) {
        ++left_out_;
        return false;
    }
    if (told_.size() >= kMaxTold) told_.pop_front();
    told_.push_back({key, at});
    return true;
}

std::vector<std::string> Gate::takeNotes(Monotonic::time_point at) {
    std::vector<std::string> out;
    if (at - noted_at_ < kFolding) return out;
    noted_at_ = at;
    if (repeated_ > 0)
        out.push_back(std::to_string(repeated_) + " log lines repeated others of the last minute");
    if (left_out_ > 0)
        out.push_back(std::to_string(left_out_) + " log lines are left out: more than a camera may write");
    if (corrected_ > 0)
        out.push_back("the worker said " + std::to_string(corrected_) +
                      " times what cannot be, the last was " + last_corrected_ + "; it was put right");
    repeated_ = left_out_ = corrected_ = 0;
    return out;
}

}  // namespace porchlight::camera
