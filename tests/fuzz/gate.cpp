/// Fuzzer of the gate: what a hostile worker can make the core believe.
///
/// The input is a row of messages: type, length of the payload (u16), payload; type 0 lets that many
/// milliseconds pass. Each that can be parsed goes through one gate, which knows a stream. What it takes must
/// be within the tables, and footage must go on in time.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "camera/gate.h"
#include "camera/gate_bounds.h"
#include "media/recording_scanner.h"
#include "support/tiny_mp4.h"

namespace {

using namespace porchlight;
using camera::Gate;

constexpr std::int64_t kWallUs = 1'790'000'000'000'000;

void demand(bool is_kept) {
    if (!is_kept) std::abort();
}

/// All that was taken is within bounds.
class Checking {
  public:
    explicit Checking(const Gate::Now& now) : now_(now) {}
    template <class M>
    void operator()(const M& message) const {
        if constexpr (camera::FromWorker<M>)
            std::apply([&](const auto&... field) { (check(message.*field.member, field.bound), ...); },
                       camera::Bounds<M>::fields);
        else
            demand(false);
    }

  private:
    template <class T>
    void check(T value, const camera::Number& bound) const {
        const auto number = static_cast<long double>(value);
        demand(std::isfinite(number) && number >= static_cast<long double>(bound.least) &&
               number <= static_cast<long double>(bound.most));
    }
    template <class T>
    void check(T value, const camera::OneOf& bound) const {
        demand(static_cast<unsigned>(value) >= bound.least && static_cast<unsigned>(value) <= bound.most);
    }
    void check(bool, const camera::Flag&) const {}
    void check(const std::string& text, const camera::Words& bound) const {
        demand(text.size() <= bound.most_bytes);
        for (const char c : text) demand(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    }
    void check(const base::Bytes& bytes, const camera::Jpeg& bound) const {
        demand(bytes.size() <= bound.most_bytes && (bytes.empty() || bytes[0] == 0xff));
    }
    void check(const base::Bytes& bytes, const camera::Media& bound) const {
        demand(bytes.size() <= bound.most_bytes);
    }
    void check(std::int64_t at_us, const camera::Moment& bound) const {
        const auto now_us = now_.wall.time_since_epoch().count();
        demand((bound.may_be_none && at_us == 0) ||
               (at_us >= kWallUs - 60'000'000 && at_us <= now_us + 60'000'000));
    }
    template <class T>
    void check(const std::vector<T>& list, const camera::List& bound) const {
        demand(list.size() <= bound.most);
        for (const T& entry : list) (*this)(entry);
    }
    template <class T>
    void check(const T& part, const camera::Part&) const {
        (*this)(part);
    }

    const Gate::Now& now_;
};

ipc::Message messageOf(std::uint8_t type, std::span<const std::uint8_t> payload) {
    base::ByteWriter header;
    header.put(ipc::kMagic);
    header.put(static_cast<std::uint16_t>(type));
    header.put(static_cast<std::uint32_t>(payload.size()));
    header.put(std::uint64_t{1});
    return ipc::decode(header.take(), payload);
}

/// Footage of the stream goes on, and no further than real time allows.
class Footage {
  public:
    void take(const ipc::FragmentReady& fragment, const Gate::Now& now, const media::InitSegment& init) {
        const auto movie = media::parseFragment(fragment.bytes, init);
        const auto* video = movie.findTrack(init.videoIndex());
        demand(video != nullptr);
        const auto timescale = init.tracks[init.videoIndex()].timescale;
        const auto start_us = media::ticksToUs(static_cast<std::int64_t>(video->decode_time), timescale);
        if (!first_us_) {
            first_us_ = start_us;
            began_ = now.boot;
        }
        demand(media::ticksToUs(static_cast<std::int64_t>(video->duration), timescale) <= 60'000'000);
        demand(start_us - *first_us_ <= 4 * (now.boot - began_).count() + 120'000'000);
    }

  private:
    std::optional<std::int64_t> first_us_;
    microseconds began_{0};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Gate::Now now{Monotonic::time_point(std::chrono::hours(1)), WallTime(microseconds(kWallUs)),
                  std::chrono::hours(1)};
    Gate gate(now);
    ipc::StreamStarted started;
    started.epoch = 1;
    started.init = test::tinyInit();
    std::optional<media::InitSegment> init = media::parseInit(started.init);
    ipc::Message first = started;
    demand(gate.judge(first, 100, now).is_taken);
    Footage footage;
    for (std::span<const std::uint8_t> rest(data, size); rest.size() >= 3;) {
        const std::uint8_t type = rest[0];
        const std::size_t length = std::min<std::size_t>(rest[1] + 256U * rest[2], rest.size() - 3);
        const auto payload = rest.subspan(3, length);
        rest = rest.subspan(3 + length);
        if (type == 0) {
            const auto passed = milliseconds(length);
            now = {now.at + passed, now.wall + passed, now.boot + passed};
            continue;
        }
        try {
            ipc::Message message = messageOf(type, payload);
            const auto verdict = gate.judge(message, length, now);
            if (verdict.finding) return 0;  // its worker is ended
            if (!verdict.is_taken) continue;
            std::visit(Checking(now), message);
            if (const auto* stream = std::get_if<ipc::StreamStarted>(&message)) {
                init.reset();
                if (!stream->init.empty()) init = media::parseInit(stream->init);
                footage = {};
            }
            if (const auto* fragment = std::get_if<ipc::FragmentReady>(&message))
                footage.take(*fragment, now, init.value());
        } catch (const Error& error) {
            demand(error.kind() == ErrorKind::BadData);  // of the parser before the gate
        }
    }
    return 0;
}
