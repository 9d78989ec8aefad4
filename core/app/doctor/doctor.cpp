#include "app/doctor/doctor.h"

#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/wall_times.h"
#include "config/memory_plan.h"

namespace porchlight::app {
namespace {

std::map<std::string, std::uint64_t> memoryFacts() {
    std::map<std::string, std::uint64_t> out;
    std::ifstream in("/proc/meminfo");
    for (std::string line; std::getline(in, line);) {
        std::istringstream text(line);
        std::string key;
        std::uint64_t kib = 0;
        if (text >> key >> kib && key.size() > 1) out[key.substr(0, key.size() - 1)] = kib * 1024;
    }
    return out;
}

}  // namespace

const char* nameOf(Verdict verdict) noexcept {
    switch (verdict) {
        case Verdict::Good:
            return "good";
        case Verdict::Doubtful:
            return "doubtful";
        case Verdict::Bad:
            return "bad";
    }
    return "bad";
}

void examineConfig(const config::LoadResult& loaded, Findings& findings) {
    for (const auto* problems : {&loaded.problems, &loaded.camera_problems})
        for (const auto& problem : *problems)
            findings.push_back({"configuration", Verdict::Bad, problem.format(),
                                "correct that line; porchlight check-config judges it again"});
    if (!loaded.problems.empty() || !loaded.camera_problems.empty()) return;
    const auto cameras = loaded.config.cameras.size();
    if (cameras == 0)
        findings.push_back({"configuration", Verdict::Doubtful,
                            loaded.config.file.string() + " is good, but there is no camera",
                            "put a file for each camera into " + loaded.config.cameras_dir.string()});
    else
        findings.push_back({"configuration", Verdict::Good,
                            loaded.config.file.string() + ", " + std::to_string(cameras) + " camera(s)", ""});
}

void examinePlugins(const std::vector<plugin::Listing>& listings, Findings& findings) {
    for (const auto& listing : listings) {
        const std::string subject =
            "plugin " + (listing.name.empty() ? listing.file.filename().string() : listing.name);
        if (!listing.refusal.empty()) {
            findings.push_back({subject, Verdict::Bad, listing.refusal,
                                "install what is missing, or a plugin built for this version; cameras that "
                                "use it stay off"});
            continue;
        }
        std::string text = listing.version;
        if (!listing.built_with.empty()) text += ", built with " + listing.built_with;
        if (!listing.runtime.empty()) text += ", found " + listing.runtime;
        findings.push_back({subject, Verdict::Good, text, ""});
    }
}

namespace {

/// Writes a file as the appliance does, durably, and removes it. Why that failed; empty when it did not.
std::string whyNotWritable(const std::filesystem::path& folder) {
    const std::string file = (folder / ("doctor-" + std::to_string(::getpid()))).string();
    std::string why;
    try {
        base::writeFileDurably(file, "porchlight doctor\n", 0600);
    } catch (const Error& error) {
        why = error.what();
    }
    ::unlink(file.c_str());
    ::unlink((file + ".new").c_str());
    return why;
}

void examineWriting(const std::string& subject, const std::filesystem::path& folder, Findings& findings) {
    if (::access(folder.c_str(), R_OK | W_OK | X_OK) != 0)
        findings.push_back({subject, Verdict::Bad, folder.string() + ": " + std::strerror(errno),
                            "run as the user of the appliance, or give this user the right to write there"});
    else if (const std::string why = whyNotWritable(folder); !why.empty())
        findings.push_back({subject, Verdict::Bad, why,
                            "make room on that disk, or check it: the appliance cannot keep its data there"});
    else
        findings.push_back(
            {subject, Verdict::Good, folder.string() + ": a file was written, synced and removed", ""});
}

void examineDisk(const std::string& subject, const std::filesystem::path& folder,
                 const config::Config& config, Findings& findings) {
    struct statvfs disk {};
    if (::statvfs(folder.c_str(), &disk) != 0) return;
    const auto free_bytes = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
    const auto total_bytes = static_cast<std::uint64_t>(disk.f_blocks) * disk.f_frsize;
    const std::string text = base::formatSize(free_bytes) + " of " + base::formatSize(total_bytes) +
                             " free, " + base::formatSize(config.storage.min_free_bytes) +
                             " are to stay free (storage.min_free_bytes)";
    if (free_bytes < config.storage.min_free_bytes)
        findings.push_back({subject, Verdict::Bad, text,
                            "delete something else on that disk, or lower storage.min_free_bytes: recordings "
                            "are deleted until it is met"});
    else if (total_bytes < config.storage.max_bytes)
        findings.push_back({subject, Verdict::Doubtful, text + "; the disk is smaller than storage.max_bytes",
                            "lower storage.max_bytes below " + base::formatSize(total_bytes)});
    else
        findings.push_back({subject, Verdict::Good, text, ""});
    if (disk.f_files > 0 && disk.f_favail < 1000)
        findings.push_back({subject, Verdict::Bad,
                            "only " + std::to_string(disk.f_favail) + " more files fit",
                            "delete files: the file system has no inodes left"});
}

}  // namespace

void examineDataFolder(const config::Config& config, Findings& findings) {
    const auto& folder = config.data_dir;
    std::error_code failure;
    if (!std::filesystem::is_directory(folder, failure)) {
        findings.push_back({"data folder", Verdict::Doubtful, folder.string() + " is not there",
                            "porchlightd makes it at its first start, if this user may"});
        return;
    }
    examineWriting("data folder", folder, findings);
    // Recordings may lie on a disk of their own.
    const bool has_recordings = std::filesystem::is_directory(config.recordingsDir(), failure);
    if (has_recordings) examineWriting("recordings", config.recordingsDir(), findings);
    examineDisk("disk", has_recordings ? config.recordingsDir() : folder, config, findings);
}

void examineClock(Findings& findings) {
    timex times{};
    const int state = ::adjtimex(&times);
    const auto now = base::SystemClock().wallNow();
    const std::string text = base::formatTime(now, 0);
    if (now < kPlausibleSince)
        findings.push_back(
            {"clock", Verdict::Bad, text + " cannot be",
             "set the clock: timedatectl set-ntp true, or date -s; recordings carry its time"});
    else if (state == TIME_ERROR || (static_cast<unsigned>(times.status) & STA_UNSYNC) != 0)
        findings.push_back({"clock", Verdict::Doubtful, text + ", not synchronised",
                            "timedatectl set-ntp true; without a network add a clock module"});
    else
        findings.push_back({"clock", Verdict::Good, text + ", synchronised", ""});
}

void examineMemory(const config::Config& config, Findings& findings) {
    auto facts = memoryFacts();
    const auto plan = config::planMemory(config, config::machineMemory());
    const std::string text =
        plan.verdict() + "; " + base::formatSize(facts["MemAvailable"]) + " available now";
    if (!plan.fits())
        findings.push_back(
            {"memory", Verdict::Bad, text, "porchlight check-config shows the sum; docs/memory.md"});
    else
        findings.push_back({"memory", Verdict::Good, text, ""});
    if (facts["SwapTotal"] > 0 && facts["SwapFree"] * 2 < facts["SwapTotal"])
        findings.push_back({"memory", Verdict::Doubtful, "more than half of the swap is used",
                            "a swapping board stalls its cameras: end other programs"});
}

void examinePower(Findings& findings) {
    std::ifstream file("/sys/devices/platform/soc/soc:firmware/get_throttled");
    unsigned bits = 0;
    if (!(file >> std::hex >> bits)) return;  // no Raspberry Pi
    if ((bits & 0x1U) != 0)
        findings.push_back({"power", Verdict::Bad, "the voltage is too low now",
                            "use the power supply made for this board and a short cable"});
    else if ((bits & 0x10000U) != 0)
        findings.push_back({"power", Verdict::Doubtful, "the voltage was too low since the start",
                            "use the power supply made for this board"});
    else
        findings.push_back({"power", Verdict::Good, "the voltage never was too low", ""});
    if ((bits & 0x4U) != 0)
        findings.push_back({"power", Verdict::Doubtful, "the processor is slowed down because it is hot",
                            "give it air or a heat sink"});
}

}  // namespace porchlight::app
