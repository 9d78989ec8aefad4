/// The caps on memory that more than one part counts with: who holds it, and who plans how much memory a
/// configuration needs. The table in docs/memory.md ("Queues") states them, and a test compares it with this
/// file. What is a matter of one file alone stands there.
#pragma once

#include <cstdint>

namespace porchlight::limit {

inline constexpr std::uint64_t kMiB = 1ULL << 20U;

/// One that goes by the profile of the memory (config::MemoryProfile).
struct Cap {
    std::uint64_t lite_bytes;
    std::uint64_t standard_bytes;
};

/// Payload of a message between core and worker, and so of a fragment.
inline constexpr std::uint64_t kMessageBytes = 8 * kMiB;

inline constexpr std::uint64_t kChannelBytes = 16 * kMiB;  ///< what a worker has sent and nobody took yet
static_assert(kChannelBytes >= 2 * kMessageBytes, "one is under way, and one may follow");
inline constexpr Cap kWorkerQueue{2 * kMiB, 6 * kMiB};     ///< outbox, and encoder
inline constexpr std::uint64_t kAnalysisBytes = 2 * kMiB;  ///< of a stream; but no more than kWorkerQueue

inline constexpr Cap kRecorderQueue{8 * kMiB, 24 * kMiB};  ///< of all cameras
inline constexpr Cap kPreRoll{6 * kMiB, 16 * kMiB};        ///< of a camera, where nothing else is written
inline constexpr Cap kHeldFootage{6 * kMiB, 16 * kMiB};    ///< of all cameras, while no disk takes it

inline constexpr std::uint64_t kAlertOutboxBytes = 1 * kMiB;  ///< of a sink
inline constexpr Cap kPasswordHash{16 * kMiB, 32 * kMiB};     ///< one at a time

}  // namespace porchlight::limit
