#include "placeholder/placeholder.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"
#include "placeholder/dot_letters.h"
#include "placeholder/dot_picture.h"
#include "porchlight/dot_font.h"

namespace porchlight::placeholder {
namespace {

constexpr int kWidthDots = 240;  // 38 letters a line: on a phone's 390 px one is 10 px wide
constexpr int kMarginDots = 6;
constexpr int kLineDots = 11;
constexpr unsigned kBackground = 0x14181D;
constexpr unsigned kBright = 0xF2F4F6;
constexpr unsigned kDim = 0xA9B4BF;
constexpr unsigned kAlarm = 0xFFB454;

std::tm localParts(WallTime at) {
    const std::time_t second = std::chrono::floor<seconds>(at).time_since_epoch().count();
    std::tm parts{};
    ::localtime_r(&second, &parts);
    return parts;
}

std::string formatParts(const std::tm& parts, const char* format) {
    std::array<char, 64> text{};
    return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

std::string headlineOf(const camera::Status& status) {
    switch (status.state) {
        case camera::State::Disabled:
            return "Switched off";
        case camera::State::Wedged:
            return "Stuck in the driver";
        case camera::State::Offline:
            return "Offline";
        case camera::State::Starting:
            return "Starting";
        default:
            return status.kind == "frozen_picture" ? "Frozen picture" : "No picture";
    }
}

/// Words broken into lines of `letters` at most; the last of `lines` ends with dots when something is left
/// out.
std::vector<std::string> wrapped(const std::string& text, std::size_t letters, std::size_t lines) {
    std::vector<std::string> out;
    for (std::string word : base::split(text, ' ')) {
        if (word.empty()) continue;
        if (!out.empty() && out.back().size() + 1 + word.size() <= letters) {
            out.back() += " " + word;
            continue;
        }
        for (; word.size() > letters; word.erase(0, letters)) out.push_back(word.substr(0, letters));
        out.push_back(word);
    }
    if (out.size() > lines) {
        out.resize(lines);
        if (!out.empty())
            out.back() = out.back().substr(0, letters - std::min<std::size_t>(letters, 3)) + "...";
    }
    return out;
}

/// Writes lines from top to bottom and stops above the clock.
class Page {
  public:
    Page(int width_dots, int height_dots)
        : picture_(width_dots, height_dots, DotColour::rgb(kBackground)),
          bottom_(height_dots - kMarginDots - kLineDots) {}

    void write(const std::string& text, unsigned colour, std::size_t lines, int scale = 1) {
        const auto letters =
            static_cast<std::size_t>((picture_.width() - 2 * kMarginDots) / (kDotAdvance * scale));
        for (const std::string& line : wrapped(inDotLetters(text), letters, lines)) {
            if (y_ + kLineDots * scale > bottom_) return;
            picture_.text(kMarginDots, y_, line, DotColour::rgb(colour), scale);
            y_ += kLineDots * scale;
        }
    }
    void skip(int dots) { y_ += dots; }
    DotPicture& picture() { return picture_; }
    int bottom() const { return bottom_; }

  private:
    DotPicture picture_;
    int bottom_;
    int y_ = kMarginDots;
};

int heightDots(int width_px, int height_px) {
    const double shape = width_px > 0 && height_px > 0 ? static_cast<double>(height_px) / width_px : 9.0 / 16;
    return static_cast<int>(std::lround(kWidthDots * std::clamp(shape, 0.5, 1.5)));
}

}  // namespace

std::optional<MissingPicture> missingPicture(const camera::Status& status, microseconds frame_timeout,
                                             WallTime now) {
    using camera::State;
    const bool is_frozen = status.kind == "frozen_picture";
    const bool is_off = status.state == State::Disabled;
    const bool is_gone = is_off || status.state == State::Offline || status.state == State::Wedged;
    const bool is_late = status.packet_age < microseconds{0} || status.packet_age > frame_timeout + kAgeStep;
    if (!is_gone && !is_frozen && !is_late) return std::nullopt;
    MissingPicture out{status.title.empty() ? status.name : status.title,
                       headlineOf(status),
                       {},
                       status.reason,
                       status.action,
                       is_off};
    // Since the last picture that showed something, where there was one in this run: the state changed later.
    const microseconds age = is_frozen ? status.distinct_age : status.packet_age;
    if (age >= microseconds{0} && !is_off)
        out.since = now - age;
    else if (status.state_since != WallTime{})
        out.since = status.state_since;
    if (out.reason.empty() && status.state == State::Starting) out.reason = "waiting for the first picture";
    if (out.action == out.reason) out.action.clear();
    // Ages are of different moments and jitter: whole seconds do not.
    if (out.since) out.since = std::chrono::round<seconds>(*out.since);
    return out;
}

MissingPicture silentPicture(const camera::Status& status, const std::string& why,
                             std::optional<WallTime> since) {
    return {
        status.title.empty() ? status.name : status.title, "No picture", since, why, status.action, false};
}

microseconds frameTimeoutOf(const config::Config& config, const std::string& camera) {
    for (const auto& one : config.cameras)
        if (one.name == camera) return one.health.frame_timeout;
    return config::HealthConfig{}.frame_timeout;
}

std::string localMoment(WallTime at, WallTime now) {
    const std::tm then = localParts(at);
    const std::tm today = localParts(now);
    if (then.tm_year != today.tm_year) return formatParts(then, "%e %b %Y %H:%M");
    if (then.tm_yday != today.tm_yday) return formatParts(then, "%e %b %H:%M");
    return formatParts(then, "%H:%M:%S");
}

std::vector<std::uint8_t> drawPlaceholder(const MissingPicture& missing, int width_px, int height_px,
                                          WallTime now) {
    Page page(kWidthDots, heightDots(width_px, height_px));
    page.write(missing.title, kDim, 1);
    page.skip(3);
    page.write(missing.headline, missing.is_meant ? kBright : kAlarm, 2, 2);
    if (missing.since)
        page.write("since " + localMoment(*missing.since, now) + " (" +
                       base::formatDuration(std::max(microseconds{0}, now - *missing.since)) + ")",
                   kBright, 2);
    page.skip(3);
    page.write(missing.reason, kBright, 4);
    page.write(missing.action, kDim, 3);
    const int clock_top = page.bottom() + kLineDots - kDotGlyphHeight;
    page.picture().rect(kMarginDots, clock_top - 4, kWidthDots - kMarginDots, clock_top - 3,
                        DotColour::rgb(0x3A434D));
    page.picture().text(kMarginDots, clock_top, formatParts(localParts(now), "%a %e %b %Y %H:%M:%S"),
                        DotColour::rgb(kDim));
    return page.picture().jpeg();
}

}  // namespace porchlight::placeholder
