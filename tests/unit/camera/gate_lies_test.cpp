/// The gate against a worker that lies in any field of any message.
#include <algorithm>
#include <cmath>
#include <limits>

#include "camera/gate_bounds.h"
#include "gate_world.h"

namespace gate_lies_test {

using namespace porchlight;
using namespace porchlight::camera;
using namespace porchlight::camera::testing;
using namespace porchlight::test;
using namespace std::chrono_literals;

namespace {

// --- what is within a bound, said once more and independently of the code that brings it there

template <class T>
bool isWithin(T value, const Number& bound) {
    const auto number = static_cast<long double>(value);
    return std::isfinite(number) && number >= static_cast<long double>(bound.least) &&
           number <= static_cast<long double>(bound.most);
}
template <class T>
bool isWithin(T value, const OneOf& bound) {
    return static_cast<unsigned>(value) >= bound.least && static_cast<unsigned>(value) <= bound.most;
}
bool isWithin(bool, const Flag&) {
    return true;
}
bool isWithin(const std::string& text, const Words& bound) {
    return text.size() <= bound.most_bytes &&
           std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}
bool isWithin(const base::Bytes& bytes, const Jpeg& bound) {
    return bytes.empty() || (bytes.size() <= bound.most_bytes && bytes[0] == 0xff && bytes[1] == 0xd8);
}
bool isWithin(const base::Bytes& bytes, const Media& bound) {
    return bytes.size() <= bound.most_bytes;
}
bool isWithin(std::int64_t wall_us, const Moment& bound) {
    return (bound.may_be_none && wall_us == 0) ||
           (wall_us >= kWallUs - 60'000'000 && wall_us <= kWallUs + 70'000'000);
}
template <class M>
bool isWholeWithin(const M& message);
template <class T>
bool isWithin(const std::vector<T>& list, const List& bound) {
    return list.size() <= bound.most &&
           std::all_of(list.begin(), list.end(), [](const T& entry) { return isWholeWithin(entry); });
}
template <class T>
bool isWithin(const T& part, const Part&) {
    return isWholeWithin(part);
}
template <class M>
bool isWholeWithin(const M& message) {
    return std::apply(
        [&](const auto&... field) { return (isWithin(message.*field.member, field.bound) && ...); },
        Bounds<M>::fields);
}

bool isWithinAll(const ipc::Message& message) {
    return std::visit(
        [](const auto& m) {
            if constexpr (FromWorker<std::remove_cvref_t<decltype(m)>>)
                return isWholeWithin(m);
            else
                return false;
        },
        message);
}

// --- lies, by type of field

template <class T>
std::vector<T> liesOf(const T& truth) requires std::is_floating_point_v<T> {
    using Limits = std::numeric_limits<T>;
    return {Limits::quiet_NaN(), -Limits::quiet_NaN(), Limits::infinity(),   -Limits::infinity(),
            Limits::max(),       Limits::lowest(),     Limits::denorm_min(), truth};
}
template <class T>
std::vector<T> liesOf(const T&) requires std::is_integral_v<T> {
    using Limits = std::numeric_limits<T>;
    return {Limits::min(),
            Limits::max(),
            static_cast<T>(Limits::max() - 1),
            static_cast<T>(Limits::max() / 2),
            T{0},
            T{1},
            static_cast<T>(-1)};
}
template <class T>
std::vector<T> liesOf(const T&) requires std::is_enum_v<T> {
    return {static_cast<T>(0), static_cast<T>(7), static_cast<T>(255)};
}
std::vector<std::string> liesOf(const std::string&) {
    std::string long_cut;  // its bound falls into a character
    for (int i = 0; i < 3000; ++i) long_cut += "\u00e4";
    return {std::string(100'000, 'x'), std::string(40, '\n'), "a\x1b[2Jb",
            "\xff\xfe\xc0\x80",        "x" + long_cut,        ""};
}
std::vector<base::Bytes> liesOf(const base::Bytes& truth) {
    auto half = truth;
    half.resize(half.size() / 2);
    return {base::Bytes(3U << 20U), tinyJpeg(3U << 20U), half, base::Bytes(3, 0xff), {}};
}
std::vector<std::vector<Region>> liesOf(const std::vector<Region>&) {
    const float none = std::numeric_limits<float>::quiet_NaN();
    return {std::vector<Region>(100'000),
            std::vector<Region>(17),
            {{none, -1, 2, std::numeric_limits<float>::infinity()}},
            {}};
}

std::vector<std::vector<CameraItem>> liesOf(const std::vector<CameraItem>&) {
    return {std::vector<CameraItem>(1'000),
            std::vector<CameraItem>(65),
            {{std::string(1'000, 't'), "\xff\n", true}},
            {}};
}

int lies_told = 0;

/// Lies in each field of `part`, one at a time; `judge` sees the message with the lie in it.
template <class M, class J>
void lieInEach(M& part, const J& judge) {
    const auto lieIn = [&](const auto& field) {
        auto& place = part.*field.member;
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(field.bound)>, Part>) {
            lieInEach(place, judge);
        } else {
            const auto truth = place;
            for (const auto& lie : liesOf(truth)) {
                place = lie;
                INFO(Bounds<M>::name << "." << field.name << ", lie " << ++lies_told);
                judge();
            }
            place = truth;
        }
    };
    std::apply([&](const auto&... field) { (lieIn(field), ...); }, Bounds<M>::fields);
}

}  // namespace

TEST_CASE("an honest worker passes the gate, and not a field is touched") {
    Gate gate(begin());
    for (ipc::Message& message : honest()) {
        const auto before = ipc::encode(message, 1);
        const auto verdict = gate.judge(message, 100, begin());
        CHECK(verdict.is_taken);
        CHECK(kindOf(verdict) == "none");
        CHECK(ipc::encode(message, 1) == before);
    }
    CHECK(gate.takeNotes(begin().at + 2min).empty());
}

TEST_CASE("a lie in any field of any message ends the worker or is brought within its bound") {
    for (const ipc::Message& message : honest()) {
        std::visit(
            [](auto truth) {
                if constexpr (FromWorker<decltype(truth)>) {
                    lieInEach(truth, [&] {
                        Gate gate = gateWithStream();
                        ipc::Message said = truth;
                        const auto verdict = gate.judge(said, 100, begin());
                        if (verdict.finding)
                            CHECK(verdict.finding->kind == FaultKind::WorkerGarbage);
                        else if (verdict.is_taken)
                            CHECK(isWithinAll(said));
                    });
                }
            },
            message);
    }
    CHECK(lies_told > 400);
}

TEST_CASE("each message of a worker has a table, and what only the core sends is garbage") {
    CHECK(honest().size() == 13);
    const ipc::Message core[] = {
        ipc::Setup{},           ipc::Stop{},          ipc::Live{},         ipc::StillRequest{},
        ipc::KeyframeRequest{}, ipc::RestartStream{}, ipc::DetectSwitch{}, ipc::Command{}};
    CHECK(std::size(core) + honest().size() == std::variant_size_v<ipc::Message>);
    for (const auto& message : core) {
        Gate gate(begin());
        CHECK(kindOf(judged(gate, message, begin())) == "worker_garbage");
    }
}

TEST_CASE("a live part is one picture of its stream, and what it says of it is what is in it") {
    Gate gate = gateWithStream();
    ipc::Message lying = livePart(500);
    auto& part = std::get<ipc::LivePart>(lying);
    part.start_us = 9;
    part.lasts_us = 59'000'000;
    part.is_key = false;
    CHECK(gate.judge(lying, 100, begin()).is_taken);
    CHECK(part.start_us == 500'000);
    CHECK(part.lasts_us == 40'000);
    CHECK(part.is_key);
    ipc::LivePart old = livePart(500);
    old.epoch = 6;
    CHECK(!judged(gate, old, begin()).is_taken);
    CHECK(kindOf(judged(gate, old, begin())) == "none");
    ipc::LivePart broken = livePart(500);
    broken.bytes.resize(broken.bytes.size() - 1);
    CHECK(kindOf(judged(gate, broken, begin())) == "worker_garbage");
    Gate early(begin());
    CHECK(!judged(early, livePart(0), begin()).is_taken);
}

}  // namespace gate_lies_test
