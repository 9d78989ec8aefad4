#include "evidence/evidence.h"

#include <sys/timex.h>

#include <algorithm>

#include "base/secret/sha256.h"
#include "base/text.h"
#include "ledger/span_list.h"
#include "porchlight/error.h"
#include "porchlight/json.h"

namespace porchlight::evidence {
namespace {

/// "20261121T020304Z": for file names, also on systems that do not allow colons.
std::string compactTime(WallTime at) {
    std::string text = base::formatTime(at, 0);
    std::erase_if(text, [](char letter) { return letter == '-' || letter == ':'; });
    return text;
}

ClockStatement readClock(store::Store& store, const EvidenceRequest& request, const base::Cancel& cancel) {
    ClockStatement clock;
    timex kernel{};
    const int state = ::adjtimex(&kernel);
    clock.is_synchronised = state >= 0 && state != TIME_ERROR && (kernel.status & STA_UNSYNC) == 0;
    clock.max_error = microseconds(kernel.maxerror);
    clock.steps = store.clocks.steps(request.from, request.to);
    for (const std::string& camera : request.cameras) {
        cancel.check();
        for (const auto& row : store.recordings.overlapping(camera, request.from, request.to))
            if (row.clock_state != "trusted") ++clock.doubtful_recordings;
    }
    return clock;
}

EvidenceCamera readLedger(store::Store& store, const EvidenceRequest& request, const std::string& name,
                          const base::Cancel& cancel) {
    EvidenceCamera camera;
    camera.name = name;
    ledger::SpanList recorded(request.from, request.to);
    ledger::SpanList gaps(request.from, request.to);
    ledger::SpanList explained(request.from, request.to);
    store.recordings.visit(name, request.from, request.to,
                           [&](WallTime from, std::optional<WallTime> to, std::uint64_t) {
                               cancel.check();
                               recorded.add(from, to.value_or(request.to), "");
                           });
    store.coverage.visit(name, request.from, request.to,
                         [&](WallTime from, std::optional<WallTime> to, std::string_view cause) {
                             cancel.check();
                             explained.add(from, to.value_or(request.to), "");
                             if (!cause.empty()) gaps.add(from, to.value_or(request.to), cause);
                         });
    const auto sumOf = [](const ledger::SpanList& list) {
        return list.sums().empty() ? microseconds{0} : list.sums().begin()->second;
    };
    camera.recorded = sumOf(recorded);
    camera.unexplained = std::max((request.to - request.from) - sumOf(explained), microseconds{0});
    camera.gap_sums = gaps.sums();
    for (const ledger::TimelineSpan& span : gaps.at(microseconds{0}))
        camera.gaps.push_back({span.started_at, span.ended_at, span.cause});
    return camera;
}

void writeClips(JsonWriter& json, const Evidence& evidence) {
    json.key("clips").beginArray();
    for (const EvidenceClip& clip : evidence.clips) {
        json.beginObject().field("file", clip.file).field("camera", clip.camera);
        json.field("started_at", clip.part.started_at).field("ended_at", clip.part.ended_at);
        json.field("duration_us", clip.part.duration.count()).field("size_bytes", clip.part.size_bytes);
        json.field("sha256", clip.sha256).field("begun_by", nameOf(clip.part.begun_by)).endObject();
    }
    json.endArray();
}

void writeClock(JsonWriter& json, const ClockStatement& clock) {
    json.key("clock").beginObject().field("is_synchronised", clock.is_synchronised);
    json.field("max_error_us", clock.max_error.count())
        .field("doubtful_recordings", clock.doubtful_recordings);
    json.key("steps").beginArray();
    for (const auto& step : clock.steps)
        json.beginObject()
            .field("stepped_at", step.at)
            .field("shift_us", step.shift.count())
            .field("cause", step.cause)
            .endObject();
    json.endArray().endObject();
}

/// The members that manifest.json and the page's data share.
void writeFacts(JsonWriter& json, const Evidence& evidence) {
    const EvidenceRequest& request = evidence.request;
    json.field("format", "porchlight-evidence-1")
        .field("node_id", evidence.node)
        .field("version", request.version);
    json.field("exported_at", request.exported_at)
        .field("exported_by", request.user)
        .field("address", request.address);
    json.field("from_at", request.from).field("to_at", request.to).field("note", request.note);
    json.key("cameras").beginArray();
    for (const std::string& camera : request.cameras) json.value(camera);
    json.endArray();
    writeClips(json, evidence);
    writeClock(json, evidence.clock);
}

std::string gapsJson(const Evidence& evidence) {
    JsonWriter json;
    json.beginObject()
        .field("from_at", evidence.request.from)
        .field("to_at", evidence.request.to)
        .key("cameras")
        .beginArray();
    for (const EvidenceCamera& camera : evidence.cameras) {
        json.beginObject().field("camera", camera.name).field("recorded_us", camera.recorded.count());
        json.field("unexplained_us", camera.unexplained.count()).key("gap_us_by_cause").beginObject();
        for (const auto& [cause, sum] : camera.gap_sums) json.field(cause, sum.count());
        json.endObject().key("gaps").beginArray();
        for (const EvidenceGap& gap : camera.gaps)
            json.beginObject()
                .field("started_at", gap.started_at)
                .field("ended_at", gap.ended_at)
                .field("cause", gap.cause)
                .endObject();
        json.endArray().endObject();
    }
    return json.endArray().endObject().text() + "\n";
}

}  // namespace

Evidence planEvidence(store::Store& store, const std::filesystem::path& recordings_dir,
                      const EvidenceRequest& request, const base::Cancel& cancel) {
    Evidence out;
    out.request = request;
    out.node = store.meta.get("node_id").value_or("");
    for (const std::string& camera : request.cameras) {
        out.cameras.push_back(readLedger(store, request, camera, cancel));
        for (auto& part :
             clip::planClipParts(store, recordings_dir, camera, request.from, request.to, cancel)) {
            const std::string file =
                camera + "/" + compactTime(part.started_at) + "--" + compactTime(part.ended_at) + ".mp4";
            const bool is_taken = std::any_of(out.clips.begin(), out.clips.end(),
                                              [&](const auto& clip) { return clip.file == file; });
            out.clips.push_back({is_taken ? camera + "/" + std::to_string(out.clips.size()) + "-" +
                                                file.substr(camera.size() + 1)
                                          : file,
                                 camera, part, std::string(64, '0')});
        }
    }
    out.clock = readClock(store, request, cancel);
    return out;
}

std::vector<EvidenceFile> evidenceFiles(const Evidence& evidence, const std::string& page) {
    std::vector<EvidenceFile> files{{"gaps.json", gapsJson(evidence)},
                                    {"statement.txt", statementOf(evidence)}};
    JsonWriter data;
    data.beginObject();
    writeFacts(data, evidence);
    data.field("statement", files[1].content).endObject();
    std::string html = page;
    const std::string mark = "@DATA@";
    const auto at = html.find(mark);
    if (at == std::string::npos)
        throw Error(ErrorKind::Misconfigured, "the page of the evidence pack has no place for its data");
    html.replace(at, mark.size(), data.text());  // the writer escapes "<", so the data cannot end its element
    files.push_back({"index.html", html});
    std::string sums;
    for (const EvidenceClip& clip : evidence.clips) sums += clip.sha256 + "  " + clip.file + "\n";
    for (const EvidenceFile& file : files) sums += base::sha256Hex(file.content) + "  " + file.name + "\n";
    files.push_back({"SHA256SUMS", sums});
    JsonWriter manifest;
    manifest.beginObject();
    writeFacts(manifest, evidence);
    manifest.key("files").beginArray();
    for (const EvidenceFile& file : files)
        manifest.beginObject()
            .field("file", file.name)
            .field("size_bytes", file.content.size())
            .field("sha256", base::sha256Hex(file.content))
            .endObject();
    manifest.endArray().endObject();
    files.push_back({"manifest.json", manifest.text() + "\n"});
    return files;
}

}  // namespace porchlight::evidence
