/// A fragmenter and what it makes.
#pragma once

#include <utility>
#include <vector>

#include "clip.h"
#include "support/fake_clock.h"
#include "worker/stream/fragmenter.h"

namespace porchlight::test {

/// Collects what a fragmenter makes of packets that arrive at their own pace.
struct FragmenterBench {
    FakeClock clock;
    std::vector<ipc::StreamStarted> streams;
    std::vector<ipc::FragmentReady> fragments;
    worker::Fragmenter fragmenter{clock, [this](ipc::StreamStarted&& s) { streams.push_back(std::move(s)); },
                                  [this](ipc::FragmentReady&& f) { fragments.push_back(std::move(f)); }};

    void feed(Packet packet, std::int64_t shift_us = 0) {
        packet.arrived_at = clock.now();
        packet.pts_us += shift_us;
        packet.dts_us += shift_us;
        fragmenter.add(packet);
        clock.advance(microseconds(66'667));
    }
    base::Bytes file(std::size_t epoch) const {
        base::Bytes bytes = streams[epoch].init;
        for (const auto& f : fragments)
            if (f.epoch == streams[epoch].epoch) bytes.insert(bytes.end(), f.bytes.begin(), f.bytes.end());
        return bytes;
    }
};

}  // namespace porchlight::test
