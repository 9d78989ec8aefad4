// What another reader says of footage that our writer made, and of what became of it.
#include "worker/proof/proof.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <random>

#include "base/fd.h"
#include "clip.h"
#include "support/catch.h"
#include "support/fake_clock.h"
#include "worker/stream/fragmenter.h"

namespace proof_test {

using namespace porchlight;
using namespace porchlight::test;
using worker::Proof;
using worker::ProofWish;

namespace {

struct Footage {
    base::Bytes init;
    std::vector<base::Bytes> fragments;
    microseconds duration{0};

    base::Bytes file(std::size_t from = 0) const {
        base::Bytes out = init;
        for (std::size_t i = from; i < fragments.size(); ++i)
            out.insert(out.end(), fragments[i].begin(), fragments[i].end());
        return out;
    }
};

/// Two seconds of 320x240, a keyframe each second; `spoil` changes each packet's bytes before they are
/// written.
Footage record(const std::function<void(base::Bytes&)>& spoil = {},
               microseconds distance = microseconds(66'667)) {
    Clip clip = makeClip(320, 240, 30, 15);
    std::int64_t at_us = 0;
    for (Packet& packet : clip.packets)
        packet.pts_us = packet.dts_us = std::exchange(at_us, at_us + distance.count());
    test::FakeClock clock;
    Footage out;
    worker::Fragmenter fragmenter(
        clock, [&](ipc::StreamStarted&& stream) { out.init = stream.init; },
        [&](ipc::FragmentReady&& fragment) {
            out.duration += microseconds(fragment.duration_us);
            out.fragments.push_back(std::move(fragment.bytes));
        });
    fragmenter.begin(clip.format, "test");
    for (Packet packet : clip.packets) {
        auto bytes = std::make_shared<base::Bytes>(packet.data.begin(), packet.data.end());
        if (spoil) spoil(*bytes);
        packet.data = *bytes;
        packet.owner = bytes;
        packet.arrived_at = clock.now();
        fragmenter.add(packet);
        clock.advance(distance);
    }
    fragmenter.finish();
    return out;
}

Proof proofOf(const base::Bytes& bytes, const ProofWish& wish = {}) {
    const base::Fd file(::memfd_create("proof", MFD_CLOEXEC));
    REQUIRE(::write(file.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    return worker::prove(file.get(), wish);
}

/// Position of the payload of the first box of that type.
std::size_t boxAt(const base::Bytes& bytes, std::string_view type) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const std::size_t at = text.find(type);
    REQUIRE(at != std::string_view::npos);
    return at + 4;
}

/// All slices but their heads, as a camera that encrypts sends them. No zero: no start code appears.
void encrypt(base::Bytes& packet, std::minstd_rand& random) {
    bool is_slice = false;
    std::size_t since_head = 0;
    for (std::size_t i = 0; i + 3 < packet.size(); ++i, ++since_head) {
        if (packet[i] == 0 && packet[i + 1] == 0 && packet[i + 2] == 1) {
            const int type = packet[i + 3] & 0x1f;
            is_slice = type == 1 || type == 5;
            since_head = 0;
        } else if (is_slice && since_head > 14) {
            packet[i] = static_cast<std::uint8_t>(1 + random() % 255);
        }
    }
}

}  // namespace

TEST_CASE("what the writer makes plays, by the word of a reader that is not ours") {
    const Footage footage = record();
    const Proof proof = proofOf(footage.file(), {true, footage.duration});
    CHECK(proof.problem.empty());
    CHECK(proof.video == "h264");
    CHECK(proof.width_px == 320);
    CHECK(proof.height_px == 240);
    CHECK(proof.pictures == 30);
    CHECK(std::chrono::abs(proof.duration - footage.duration) < milliseconds(1));
    CHECK_FALSE(proof.has_audio);
}

TEST_CASE("footage from the middle of a stream plays when it begins with a keyframe, and not otherwise") {
    const Footage footage = record();
    CHECK(proofOf(footage.file(2)).problem.empty());
    CHECK(proofOf(footage.file(1)).problem == "it does not begin with a keyframe");
}

TEST_CASE("a description without parameter sets was recorded for hours and never played") {
    base::Bytes bytes = record().file();
    const std::size_t avcc = boxAt(bytes, "avcC");
    bytes[avcc + 5] = 0xe0;  // number of sequence parameter sets: none
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(avcc) + 6,
              bytes.begin() + static_cast<std::ptrdiff_t>(avcc) + 12, std::uint8_t{0});
    CHECK_FALSE(proofOf(bytes).problem.empty());
}

TEST_CASE("pictures that cannot be decoded do not play, however well the boxes are written") {
    std::minstd_rand random(7);
    const Footage footage = record([&](base::Bytes& packet) { encrypt(packet, random); });
    const std::string problem = proofOf(footage.file()).problem;
    INFO(problem);
    CHECK(problem.starts_with("not one picture could be decoded"));
}

TEST_CASE("one damaged group among good ones is counted where all are looked at, and the rest plays") {
    int picture = 0;
    std::minstd_rand random(7);
    const Footage footage = record([&](base::Bytes& packet) {
        if (picture++ >= 15) encrypt(packet, random);
    });
    CHECK(proofOf(footage.file()).problem.empty());
    const Proof whole = proofOf(footage.file(), {true, {}});
    CHECK(whole.problem.empty());
    CHECK(whole.damaged_groups == 1);
}

TEST_CASE("footage of one or two pictures a second lasts as long as it does, whatever rate was announced") {
    const microseconds distance =
        GENERATE(microseconds(500'000), microseconds(1'000'000), microseconds(2'900'000));
    const Footage footage = record({}, distance);
    const Footage all{footage.init, footage.fragments, footage.duration};
    CHECK(proofOf(all.file(), {true, 29 * distance}).problem.empty());
    const Footage one{footage.init, {footage.fragments.front()}, {}};
    const Proof proof = proofOf(one.file(), {false, distance});
    CHECK(proof.problem.empty());
    CHECK(std::abs((proof.duration - distance * static_cast<int>(proof.pictures)).count()) < 2000);
}

TEST_CASE("footage of the wrong speed does not count as playing") {
    const Footage footage = record();
    CHECK(proofOf(footage.file(), {false, footage.duration}).problem.empty());
    CHECK(proofOf(footage.file(), {false, footage.duration * 3 / 2}).problem ==
          "it lasts 2 s where 3 s passed");
    CHECK_FALSE(proofOf(footage.file(), {false, footage.duration / 2}).problem.empty());
}

TEST_CASE("what is no footage at all is told so") {
    CHECK(proofOf(record().init).problem == "there is no picture in it");
    CHECK(proofOf(base::Bytes(5'000, 'x')).problem.starts_with("it cannot be opened: "));
    CHECK_FALSE(proofOf({}).problem.empty());
}

TEST_CASE("what its disk does not give does not play, and says why") {
    const base::Fd folder(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));  // a read is answered with EISDIR
    const base::Fd closed(::memfd_create("proof", MFD_CLOEXEC));
    const std::string name = "/proc/self/fd/" + std::to_string(closed.get());
    const base::Fd write_only(::open(name.c_str(), O_WRONLY | O_CLOEXEC));  // and here with EBADF
    REQUIRE(folder);
    REQUIRE(write_only);
    for (const base::Fd* file : {&folder, &write_only})
        CHECK(worker::prove(file->get(), {true, {}}).problem.starts_with("it cannot be read: "));
}

TEST_CASE("bytes damaged anywhere are read to an end, whatever is found") {
    const base::Bytes whole = record().file();
    std::minstd_rand random(20261130);
    int playing = 0;
    for (int round = 0; round < 200; ++round) {
        base::Bytes bytes = whole;
        for (int i = 0; i < 1 << (round % 8); ++i)
            bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
        if (round % 5 == 0) bytes.resize(random() % bytes.size());
        try {
            playing += proofOf(bytes, {round % 2 == 0, {}}).problem.empty() ? 1 : 0;
        } catch (const Error& error) {
            // A size that is larger than any memory, a codec that nobody knows: nothing is said of the
            // footage.
            CHECK((error.kind() == ErrorKind::Exhausted || error.kind() == ErrorKind::NotSupported));
        }
    }
    CHECK(playing > 0);
    CHECK(playing < 200);
}

}  // namespace proof_test
