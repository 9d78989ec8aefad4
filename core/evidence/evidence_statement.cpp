/// The evidence pack's statement in words.
#include <cstdio>

#include "base/text.h"
#include "evidence/evidence.h"

namespace porchlight::evidence {
namespace {

constexpr std::size_t kMaxListed = 200;

std::string percentOf(microseconds part, microseconds whole) {
    char text[16];
    std::snprintf(text, sizeof text, "%.1f %%",
                  whole.count() > 0
                      ? 100.0 * static_cast<double>(part.count()) / static_cast<double>(whole.count())
                      : 0.0);
    return text;
}

std::string describeCamera(const EvidenceCamera& camera, microseconds range) {
    std::string text = "Camera " + camera.name + "\n  Recorded: " + base::formatDuration(camera.recorded) +
                       " of " + base::formatDuration(range) + " (" + percentOf(camera.recorded, range) +
                       ").\n";
    for (const auto& [cause, sum] : camera.gap_sums)
        text += "  Not recorded because of " + cause + ": " + base::formatDuration(sum) + ".\n";
    if (camera.unexplained > seconds{1})
        text += "  The coverage ledger says nothing about " + base::formatDuration(camera.unexplained) +
                " of the range.\n";
    for (std::size_t i = 0; i < camera.gaps.size() && i < kMaxListed; ++i)
        text += "    " + base::formatTime(camera.gaps[i].started_at, 0) + " to " +
                base::formatTime(camera.gaps[i].ended_at, 0) + "  " + camera.gaps[i].cause + "\n";
    if (camera.gaps.size() > kMaxListed)
        text += "    ... all " + std::to_string(camera.gaps.size()) + " are in gaps.json\n";
    return text;
}

std::string describeClock(const ClockStatement& clock) {
    std::string text = "Clock\n  At the time of the export the system clock was ";
    text += clock.is_synchronised
                ? "synchronised by the network time service; its largest possible error was " +
                      std::to_string(clock.max_error.count() / 1000) + " ms by the kernel's own account.\n"
                : "not synchronised by a network time service: all times may be off by an unknown amount.\n";
    if (clock.steps.empty()) text += "  No step of the clock was noticed in the range.\n";
    for (const auto& step : clock.steps)
        text += "  The clock was " + std::string(step.shift.count() < 0 ? "set back" : "put forward") +
                " by " + base::formatDuration(step.shift.count() < 0 ? -step.shift : step.shift) + " at " +
                base::formatTime(step.at, 0) + ".\n";
    if (clock.doubtful_recordings > 0)
        text += "  " + std::to_string(clock.doubtful_recordings) +
                " recordings were begun before the clock could be trusted; their "
                "times were corrected afterwards or are estimates.\n";
    return text;
}

/// The length of a character at `at` that a terminal or a reader might obey instead of showing it: C0 but for
/// the line end, DEL, C1 (U+0080..9F), separators and directions (U+2028..202E, U+2066..2069); 0 for all
/// others.
std::size_t controlAt(const std::string& text, std::size_t at) {
    const auto byte = [&](std::size_t i) {
        return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
    };
    if (byte(0) < 0x20 || byte(0) == 0x7f) return text[at] == '\n' ? 0 : 1;
    if (byte(0) == 0xc2 && byte(1) >= 0x80 && byte(1) <= 0x9f) return 2;
    const bool is_direction = (byte(1) == 0x80 && byte(2) >= 0xa8 && byte(2) <= 0xae) ||
                              (byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9);
    return byte(0) == 0xe2 && is_direction ? 3 : 0;
}

/// A note in its own words, but unable to look like a line of the statement: every line is indented and
/// marked.
std::string quoted(const std::string& note) {
    std::string text = "  > ";
    for (std::size_t at = 0; at < note.size(); ++at) {
        if (const std::size_t length = controlAt(note, at); length > 0)
            at += length - 1;
        else
            text += note[at] == '\n' ? "\n  > " : std::string(1, note[at]);
    }
    return text + "\n";
}

}  // namespace

std::string statementOf(const Evidence& evidence) {
    const EvidenceRequest& request = evidence.request;
    std::string text = "Evidence pack\n\nAppliance " + evidence.node + ", Porchlight " +
                       evidence.request.version + "\nExported at " +
                       base::formatTime(request.exported_at, 0) + " by " + request.user + " (" +
                       request.address + ")\nRange " + base::formatTime(request.from, 0) + " to " +
                       base::formatTime(request.to, 0) + "\nAll times are UTC.\n";
    if (!request.note.empty()) text += "Note:\n" + quoted(request.note);
    text +=
        "\nThe clips hold the video as the cameras sent it; nothing was decoded or encoded again. Each "
        "begins at the last key\n"
        "frame not after the start of the range. manifest.json and SHA256SUMS hold the SHA-256 hash of every "
        "file; check with\n"
        "\"sha256sum -c SHA256SUMS\". The hashes show that a file was not changed after the export; they are "
        "not signed.\n\n";
    for (const EvidenceCamera& camera : evidence.cameras)
        text += describeCamera(camera, request.to - request.from) + "\n";
    return text + describeClock(evidence.clock);
}

}  // namespace porchlight::evidence
