/// Cameras that give one JPEG at a time, asked again and again. docs/plugins.md walks through this file.
#include <curl/curl.h>

#include <algorithm>
#include <cstdio>

#include "newest.h"
#include "porchlight/interrupt.h"
#include "porchlight/plugin.h"
#include "porchlight/source_error.h"

namespace {

using namespace porchlight;

constexpr seconds kPace{1};          ///< at which a picture is told again while there is no newer one
constexpr milliseconds kRetry{250};  ///< after a picture that was damaged: its writer is at work

class StillSource final : public CaptureSource {
  public:
    SourceInfo open(const Settings& settings, Deadline deadline) override try {
        interval_ = settings.duration("interval");
        place_ = still::placeOf(settings, interrupt_.flag());
        if (!ask(deadline)) throw Error(ErrorKind::Unavailable, place_->shown() + ": no answer in time");
        const StreamFormat found = format();
        return {found,
                place_->shown() + " mjpeg " + std::to_string(found.width_px) + "x" +
                    std::to_string(found.height_px),
                true};
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::BadData) throw;
        throw Error(ErrorKind::Unavailable, error.what());  // it may be whole the next time
    }

    ReadStatus read(Sample& sample, Deadline deadline) override {
        if (!interrupt_.sleepUntil(std::min(ask_at_, tell_at_), deadline)) return ReadStatus::Timeout;
        if (Monotonic::now() >= ask_at_) {
            const StreamFormat before = format();
            if (!askRunning(deadline)) return ReadStatus::Timeout;
            if (before.width_px != format().width_px || before.height_px != format().height_px)
                return ReadStatus::FormatChanged;
        }
        sample = newest_.packet(pace());
        tell_at_ = Monotonic::now() + pace();
        return ReadStatus::Sample;
    }

    StreamFormat format() const override { return newest_.format(pace()); }
    void interrupt() noexcept override { interrupt_.raise(); }

  private:
    microseconds pace() const noexcept { return std::min<microseconds>(interval_, kPace); }

    /// False: no answer yet. Throws as Place::ask() and Newest::take().
    bool ask(Deadline deadline) {
        const auto now = Monotonic::now();
        ask_at_ = now + std::min<microseconds>(interval_, kRetry);  // in case of damage
        tell_at_ = Monotonic::time_point::max();                    // nothing, until an answer is good
        const auto answer = place_->ask(deadline);
        if (answer) take(*answer);
        ask_at_ = answer ? now + interval_ : now;
        if (answer) tell_at_ = now;
        return answer.has_value();
    }

    void take(const still::Answer& answer) try { newest_.take(answer); } catch (const Error&) {
        place_->reject();
        throw;
    }

    /// What was right at open() is damage now, not the owner's matter: a camera that starts says all sorts of
    /// things. But a refused password is not tried on and on.
    bool askRunning(Deadline deadline) try { return ask(deadline); } catch (const Error& error) {
        const auto* named = dynamic_cast<const SourceError*>(&error);
        if (error.kind() != ErrorKind::Misconfigured || (named && named->fault() == SourceFault::AuthRefused))
            throw;
        throw Error(ErrorKind::BadData, error.what());
    }

    Interrupt interrupt_;
    microseconds interval_{0};
    std::unique_ptr<still::Place> place_;
    still::Newest newest_;
    Monotonic::time_point ask_at_{};
    Monotonic::time_point tell_at_{};
};

constexpr SettingSpec kSettings[] = {
    {"url", SettingType::Url, 1, "", 0, 0, "", "http|https|file",
     "Address of the picture, or the path of a file that is written again and again. Percent-encode special "
     "characters in user and password."},
    {"interval", SettingType::Duration, 0, "s", 0.1, 60, "1s", "", "Time from one question to the next."},
    {"verify", SettingType::Boolean, 0, "", 0, 0, "true", "",
     "https: whether the certificate is checked; false for a camera that made its own."},
};

}  // namespace

PORCHLIGHT_CAPTURE_PLUGIN(
    "still", "1.0", "Cameras and files that give one JPEG at a time", "libcurl " LIBCURL_VERSION, kSettings,
    StillSource, .delivers = porchlight::kDeliversJpeg,
    // What is being read, the newest, the one before it, and one that a queue still holds.
    .buffer_bytes = 4 * porchlight::still::kMaxBytes)

extern "C" PORCHLIGHT_EXPORT void porchlight_plugin_runtime_versions(char* out, std::size_t size) noexcept {
    std::snprintf(out, size, "libcurl %s", curl_version_info(CURLVERSION_NOW)->version);
}
