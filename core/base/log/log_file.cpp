#include "base/log/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <fstream>

#include "base/clock.h"
#include "porchlight/json.h"

namespace porchlight::base {
namespace {

constexpr char kFile[] = "log.jsonl";
constexpr char kOldFile[] = "log.1.jsonl";
constexpr seconds kRetry{10};
constexpr std::size_t kMaxTextBytes = 2000;
constexpr std::string_view kCodes[] = {"CAMERA_ISSUE", "CAMERA_RECOVERY", "CAMERA_CRITICAL", "HOST_STALL",
                                       "STORAGE_ISSUE"};

/// "name":"text", as it stands in a line.
std::string fieldText(const char* name, std::string_view text) {
    return JsonWriter().field(name, text).take();
}

std::string_view cameraOf(std::string_view component) {
    const auto slash = component.find('/');
    if (slash == std::string_view::npos) return {};
    const auto first = component.substr(0, slash);
    if (first != "camera" && first != "recorder" && first != "event") return {};
    const auto rest = component.substr(slash + 1);
    return rest.substr(0, rest.find('/'));
}

/// What is looked for in each line, made once.
struct Needles {
    explicit Needles(const LogQuery& query)
        : since(formatTime(query.since)),
          warning(fieldText("level", nameOf(LogLevel::Warning))),
          error(fieldText("level", nameOf(LogLevel::Error))),
          camera(query.camera.empty() ? "" : fieldText("camera", query.camera)) {}
    const std::string since;
    const std::string warning;
    const std::string error;
    const std::string camera;
};

bool fits(const std::string& line, const LogQuery& query, const Needles& needles) {
    static constexpr std::size_t kAt = 7;  // {"at":"
    if (line.size() < 40 || line.front() != '{' || line.back() != '}' ||
        line.compare(0, kAt, "{\"at\":\"") != 0)
        return false;
    if (line.compare(kAt, needles.since.size(), needles.since) < 0) return false;
    // Quotes inside texts are escaped: a field's name with its quotes is only ever the field.
    const auto has = [&line](const std::string& field) { return line.find(field) != std::string::npos; };
    if (query.has_only_errors && !has(needles.warning) && !has(needles.error)) return false;
    return needles.camera.empty() || has(needles.camera);
}

}  // namespace

std::string logLine(WallTime at, LogLevel level, std::string_view component, std::string_view text) {
    std::string_view code;
    std::string_view kind;
    const std::string_view first = text.substr(0, text.find(' '));
    if (std::find(std::begin(kCodes), std::end(kCodes), first) != std::end(kCodes)) {
        code = first;
        const std::string_view rest = text.substr(std::min(text.size(), first.size() + 1));
        const auto colon = rest.find(':');
        if (colon != std::string_view::npos && rest.find(' ') > colon) kind = rest.substr(0, colon);
    }
    JsonWriter line;
    line.beginObject().field("at", at).field("level", nameOf(level)).field("component", component);
    line.field("camera", cameraOf(component)).field("code", code).field("kind", kind);
    return line.field("text", asUtf8(text, kMaxTextBytes)).endObject().take();
}

LogFile::LogFile(std::filesystem::path folder, std::uint64_t max_file_bytes)
    : folder_(std::move(folder)), max_file_bytes_(max_file_bytes), thread_("log", [this] { run(); }) {
    setLogCopy([this](LogLevel level, std::string_view component, std::string_view text) {
        write(level, component, text);
    });
}

LogFile::~LogFile() {
    setLogCopy({});
    queue_.close();
}

void LogFile::write(LogLevel level, std::string_view component, std::string_view text) noexcept {
    try {
        std::string line = logLine(SystemClock().wallNow(), level, component, text);
        const std::size_t bytes = line.size();
        if (!queue_.push(std::move(line), bytes)) ++dropped_;
    } catch (...) {
        ++dropped_;  // no memory: nobody can be told now
    }
}

void LogFile::run() {
    const auto rest = [this] {
        return queue_.isClosed() ? Deadline::in(seconds(0)) : Deadline::in(std::chrono::hours(1));
    };
    for (std::optional<Monotonic::time_point> closed_at;;) {
        const auto line = queue_.pop(rest());
        if (queue_.isClosed() && !closed_at) closed_at = Monotonic::now();
        if (closed_at && (!line || Monotonic::now() - *closed_at > seconds(1))) return;
        if (!line) continue;
        if (!append(*line)) {
            ++dropped_;
            continue;
        }
        const std::uint64_t dropped = dropped_.load();
        if (dropped == told_dropped_) continue;
        const std::string note = std::to_string(dropped - told_dropped_) + " line(s) were lost";
        if (append(logLine(SystemClock().wallNow(), LogLevel::Warning, "log", note))) told_dropped_ = dropped;
    }
}

void LogFile::openFile() {
    std::error_code ignored;
    std::filesystem::create_directories(folder_, ignored);
    const std::string name = (folder_ / kFile).string();
    struct stat status {};
    if (::lstat(name.c_str(), &status) == 0 && S_ISLNK(status.st_mode))
        ::unlink(name.c_str());  // nobody else's file is written
    file_.reset(::open(name.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0640));
    file_bytes_ =
        file_ && ::fstat(file_.get(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
    if (!file_) retry_at_ = Monotonic::now() + kRetry;
}

bool LogFile::append(const std::string& line) {
    if (!file_ && Monotonic::now() >= retry_at_) openFile();
    if (file_ && file_bytes_ + line.size() + 1 > max_file_bytes_ && file_bytes_ > 0) {
        file_.reset();
        ::rename((folder_ / kFile).c_str(), (folder_ / kOldFile).c_str());
        openFile();
    }
    const std::string text = line + "\n";
    const ssize_t written = file_ ? ::write(file_.get(), text.data(), text.size()) : -1;
    if (written > 0) file_bytes_ += static_cast<std::uint64_t>(written);
    if (written == static_cast<ssize_t>(text.size())) return true;
    // Half a line on a full disk: its end is cut, or the next line would be torn as well.
    if (written > 0 &&
        ::ftruncate(file_.get(), static_cast<off_t>(file_bytes_ - static_cast<std::uint64_t>(written))) != 0)
        file_.reset();
    if (file_ && written > 0) file_bytes_ -= static_cast<std::uint64_t>(written);
    return false;
}

std::vector<std::string> readLog(const std::filesystem::path& folder, const LogQuery& query) {
    const Needles needles(query);
    std::deque<std::string> found;
    std::size_t bytes = 0;
    for (const char* name : {kOldFile, kFile}) {
        std::ifstream file(folder / name);
        for (std::string line; std::getline(file, line);) {
            if (!fits(line, query, needles)) continue;
            bytes += line.size();
            found.push_back(line);  // its buffer serves the next line, too
            while (found.size() > query.limit || bytes > query.max_bytes) {
                bytes -= found.front().size();
                found.pop_front();
            }
        }
    }
    return {std::make_move_iterator(found.begin()), std::make_move_iterator(found.end())};
}

}  // namespace porchlight::base
