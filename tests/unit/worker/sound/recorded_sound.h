/// What a Sound makes of packets, and whether the tone of tone.h is heard in it.
#pragma once

#include "sound/tone.h"
#include "support/catch.h"
#include "worker/sound/sound.h"

namespace porchlight::test {

inline constexpr std::int64_t kBaseUs = 3'000'000;
inline constexpr double kApart_s = 0.05;  ///< of sound and pictures, at most

inline constexpr SoundKind kMulaw{"mu-law", Codec::PcmMulaw, "pcm_mulaw"};
inline constexpr SoundKind kAdts{"ADTS", Codec::AacAdts, "aac", 16'000, 1, "adts"};

/// What came out, and how many packets did not go in.
struct Recorded {
    std::vector<Packet> packets;
    int refused = 0;

    void feed(worker::Sound& sound, const std::vector<Packet>& given) {
        for (const Packet& packet : given) {
            sound.learn(packet);
            refused += !sound.add(packet, [this](const Packet& ready) {
                // As the fragmenter does: what stands where other sound is, is left out.
                if (packets.empty() || ready.dts_us > packets.back().dts_us) packets.push_back(ready);
            });
        }
    }
};

inline void checkTone(const Heard& heard, double from_s = 0.5, double until_s = 1.5) {
    const auto [first_s, last_s] = heard.loud(0, until_s + 0.5);
    CHECK(first_s == Approx(from_s).margin(kApart_s));
    CHECK(last_s == Approx(until_s).margin(kApart_s));
    CHECK(heard.hz(from_s + 0.1, until_s - 0.1) == Approx(kTone_hz).margin(4));
    CHECK(heard.undecodable == 0);
    CHECK(heard.of_other_form == 0);
}

}  // namespace porchlight::test
