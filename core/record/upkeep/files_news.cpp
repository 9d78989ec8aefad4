#include "record/upkeep/files_news.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "disk/places.h"

namespace porchlight::record {
namespace {

constexpr microseconds kFilesLookInterval{60'000'000};
constexpr microseconds kLongestRest =
    std::chrono::hours(1);  // between two looks at files that cannot be read
constexpr microseconds kToldFor = std::chrono::days(1);
constexpr const char* kGoneKey = "recordings_gone";  // "until_us text": told again after a restart
constexpr std::size_t kMaxText = 1000;

std::string recordingsOf(const std::string& camera, std::uint64_t count) {
    const std::string owner = camera == disk::kSpoolPrefix ? "the spool" : camera;
    return std::to_string(count) + (count == 1 ? " recording of " : " recordings of ") + owner +
           (count == 1 ? " is gone" : " are gone");
}

void addSentence(std::string& text, const std::string& sentence) {
    text += (text.empty() ? "" : "; ") + sentence;
}

}  // namespace

FilesNews::FilesNews(store::Store& store, const base::Clock& clock, std::filesystem::path recordings_dir)
    : store_(store), clock_(clock), recordings_dir_(std::move(recordings_dir)) {}

void FilesNews::recall() {
    std::istringstream said(store_.meta.get(kGoneKey).value_or(""));
    std::int64_t until_us = 0;
    if (!(said >> until_us)) return;
    std::getline(said >> std::ws, gone_text_);
    gone_until_ = WallTime(microseconds(until_us));
}

void FilesNews::noteCompared(const disk::RecoveryReport& report) {
    reach_text_ = outOfReach(report);
    unread_span_ = report.unreadable_files > 0
                       ? std::clamp(unread_span_ * 2, kFilesLookInterval, kLongestRest)
                       : microseconds{0};
    next_unread_ = clock_.now() + unread_span_;
    std::string gone;
    for (const auto& [camera, count] : report.lost)
        addSentence(gone, recordingsOf(camera, count) + ": the files are not there any more");
    if (!gone.empty()) noteGone(std::move(gone));
}

std::string FilesNews::outOfReach(const disk::RecoveryReport& report) const {
    std::string out;
    for (const auto& [camera, count] : report.out_of_reach)
        addSentence(out,
                    recordingsOf(camera, count) + " for now: the disk of " +
                        (recordings_dir_ / camera).string() +
                        " is not mounted, or a link leads nowhere. Nothing is changed until they are back");
    if (report.unreadable_files > 0)
        addSentence(out, std::to_string(report.unreadable_files) +
                             " of the recordings' files or folders cannot be read or deleted, the first: " +
                             report.unreadable_sample + ". They are tried again: check the disk");
    return out;
}

void FilesNews::noteGone(std::string gone) {
    if (!gone_text_.empty() && gone_text_ != gone) gone = gone_text_ + "; " + gone;
    gone_text_ = gone.substr(0, kMaxText);
    gone_until_ = clock_.wallNow() + kToldFor;
    store_.meta.set(kGoneKey, std::to_string(gone_until_.time_since_epoch().count()) + " " + gone_text_);
}

void FilesNews::tell(const std::string& undeletable, StorageNews& news) {
    const auto wall = clock_.wallNow();
    if (wall >= gone_until_ || gone_until_ - wall > kToldFor) gone_text_.clear();
    std::string text = gone_text_;
    for (const std::string& sentence : {reach_text_, undeletable})
        if (!sentence.empty()) addSentence(text, sentence);
    news.note("files",
              text.empty()           ? "ok"
              : !gone_text_.empty()  ? "gone"
              : !reach_text_.empty() ? "out_of_reach"
                                     : "undeletable",
              text);
}

bool FilesNews::isLookDue() noexcept {
    const auto now = clock_.now();
    if (now < next_look_) return false;
    next_look_ = now + kFilesLookInterval;
    return true;
}

}  // namespace porchlight::record
