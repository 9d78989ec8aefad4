/// The evidence pack: clips of several cameras for a range with hashes and statements, as one ZIP that opens
/// offline.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "clip/clip.h"
#include "evidence/zip.h"
#include "store/store.h"

namespace porchlight::evidence {

/// What is asked for, and by whom.
struct EvidenceRequest {
    std::vector<std::string> cameras;
    WallTime from{};
    WallTime to{};
    std::string note;
    std::string user;
    std::string address;
    WallTime exported_at{};
    std::string version;  ///< of this program
};

/// One clip of the pack.
struct EvidenceClip {
    std::string file;  ///< "porch/20261121T020304Z--20261121T030405Z.mp4"
    std::string camera;
    clip::ClipPart part;
    std::string sha256;  ///< hex; zeros until it was sent
};

/// What the ledger says of one camera in the range.
struct EvidenceGap {
    WallTime started_at{};
    WallTime ended_at{};
    std::string cause;
};
struct EvidenceCamera {
    std::string name;
    microseconds recorded{0};     ///< by the rows of the recordings
    microseconds unexplained{0};  ///< neither recorded nor a gap with a cause
    std::map<std::string, microseconds, std::less<>> gap_sums;
    std::vector<EvidenceGap> gaps;
};

/// What the kernel and the log say of the clock.
struct ClockStatement {
    bool is_synchronised = false;  ///< by the kernel's discipline (NTP), at the time of the export
    microseconds max_error{0};
    std::vector<store::ClockStepRow> steps;  ///< in the range
    std::size_t doubtful_recordings = 0;     ///< made while the clock was not trusted
};

/// Everything but the pictures. Immutable after planEvidence but for the hashes.
struct Evidence {
    EvidenceRequest request;
    std::string node;
    std::vector<EvidenceClip> clips;
    std::vector<EvidenceCamera> cameras;
    ClockStatement clock;
};

/// Reads the boxes of all footage in the range, so that the sizes are known. Throws Error; Cancelled.
Evidence planEvidence(store::Store& store, const std::filesystem::path& recordings_dir,
                      const EvidenceRequest& request, const base::Cancel& cancel);

/// The files beside the clips, in the order of the archive: gaps.json, statement.txt, index.html, SHA256SUMS,
/// manifest.json. Their lengths do not depend on the hashes. `page`: the template of index.html.
struct EvidenceFile {
    std::string name;
    std::string content;
};
std::vector<EvidenceFile> evidenceFiles(const Evidence& evidence, const std::string& page);

/// "In words": what was recorded, what was not and why, how far the clock can be trusted.
std::string statementOf(const Evidence& evidence);

}  // namespace porchlight::evidence
