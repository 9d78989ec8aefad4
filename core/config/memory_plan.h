/// Predicts how much memory a configuration needs, with the arithmetic, and whether the machine has it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/limits.h"
#include "config/config.h"

namespace porchlight::config {

/// Memory that may be used at all: of the machine, or of the control group when that is less.
struct MachineMemory {
    std::uint64_t total_bytes = 0;
    std::string limited_by;  ///< "machine" or "control group"
};

/// Reads /proc/meminfo and the memory limits of this process's control groups below `root` ("" on a machine).
MachineMemory machineMemory(const std::filesystem::path& root = {});

/// Lite on 512 MB or less.
MemoryProfile profileFor(std::uint64_t total_bytes) noexcept;
const char* nameOf(MemoryProfile profile) noexcept;

/// What holds of it with this profile.
constexpr std::uint64_t capFor(MemoryProfile profile, const limit::Cap& cap) noexcept {
    return profile == MemoryProfile::Lite ? cap.lite_bytes : cap.standard_bytes;
}

/// One item of the sum.
struct MemoryItem {
    std::string what;  ///< "core", "camera porch: worker"
    std::uint64_t bytes = 0;
    std::string how;  ///< the arithmetic, for people
};

/// **Measured** on Debian 12, x86-64 (proportional set size of the process tree): four 720p cameras 102 MB,
/// predicted 98; one 46, predicted 44; seven of different kinds 232, predicted 226. Cameras whose picture
/// size stands in no setting are taken for 1920x1080 (main; 1280x720 where the plugin chooses it) and 640x360
/// (sub).
struct MemoryPlan {
    std::vector<MemoryItem> items;
    std::uint64_t needed_bytes = 0;  ///< the sum of the items: day in, day out
    std::uint64_t queues_bytes = 0;  ///< what all queues may hold on top, were they all full at once
    std::uint64_t machine_bytes = 0;
    std::uint64_t reserved_bytes = 0;  ///< for the system: a fifth, 128 MiB at least
    std::string limited_by;
    MemoryProfile profile = MemoryProfile::Standard;

    std::uint64_t usable_bytes() const noexcept {
        return machine_bytes > reserved_bytes ? machine_bytes - reserved_bytes : 0;
    }
    bool fits() const noexcept { return needed_bytes <= usable_bytes(); }

    /// One line an item, the sum, the verdict.
    std::string text() const;

    /// The verdict in one line.
    std::string verdict() const;
};

/// Pure. Enabled cameras without problems are counted.
MemoryPlan planMemory(const Config& config, const MachineMemory& machine);

/// Memory for a camera's pre-roll: what was written, whatever the profile; else limit::kPreRoll.
std::uint64_t ringMaxBytes(const RecordConfig& record, MemoryProfile profile) noexcept;

/// True when its worker encodes what is recorded: sources that give pictures or may give MJPEG.
bool isEncoded(const CameraConfig& camera);

/// Limit of a worker's private memory: twice what it should need, its queues, and 64 MiB that stacks and
/// libraries reserve without using them. Where the picture size is not known, of the largest camera that the
/// profile is made for (4K; lite: 1440p).
std::uint64_t workerMaxBytes(const CameraConfig& camera, MemoryProfile profile);

}  // namespace porchlight::config
