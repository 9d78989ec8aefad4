// export, evidence: footage as files.
#include <fcntl.h>
#include <unistd.h>

#include <Poco/JSON/Parser.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "app/cli/daemon_client.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"

namespace porchlight::app {
namespace {

namespace fs = std::filesystem;

std::string timeOption(const Arguments& arguments, const char* option) {
    const auto text = arguments.value(option);
    if (!text) throw UsageError(std::string("missing ") + option);
    const auto time = base::parseTime(*text, base::SystemClock().wallNow());
    if (!time)
        throw UsageError(std::string(option) + " must be a time such as 2026-11-21T02:00:00Z or -2h, not '" +
                         *text + "'");
    return base::formatTime(*time);
}

/// A file that takes its name only when it is whole, and a line of progress on a terminal.
class Output {
  public:
    /// Throws Error(Misconfigured): nothing can be written there.
    explicit Output(const fs::path& file) : file_(file), unfinished_(file.string() + ".part") {
        std::error_code ignored;
        if (fs::is_directory(file_, ignored))
            throw Error(ErrorKind::Misconfigured,
                        "--out " + file_.string() + " is a folder: name a file in it");
        fd_.reset(::open(unfinished_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        if (!fd_)
            throw Error(ErrorKind::Misconfigured,
                        "write " + unfinished_.string() + ": " + std::strerror(errno));
    }
    ~Output() {
        if (!is_whole_) ::unlink(unfinished_.c_str());
    }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    void write(std::string_view bytes, std::uint64_t total) {
        done_ += bytes.size();
        while (!bytes.empty()) {
            const ssize_t n = ::write(fd_.get(), bytes.data(), bytes.size());
            if (n < 0 && errno != EINTR) throw base::errnoError("write " + unfinished_.string(), errno);
            if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        if (::isatty(STDERR_FILENO) == 0 || total == 0) return;
        const int percent = static_cast<int>(100 * done_ / total);
        if (percent != percent_)
            std::fprintf(stderr, "\r%s  %3d %% of %s ", file_.c_str(), percent,
                         base::formatSize(total).c_str());
        percent_ = percent;
    }

    void finish() {
        if (percent_ >= 0) std::fputs("\n", stderr);
        if (::fsync(fd_.get()) != 0) throw base::errnoError("write " + unfinished_.string(), errno);
        fs::rename(unfinished_, file_);
        is_whole_ = true;
        std::printf("%s  %s\n", file_.c_str(), base::formatSize(done_).c_str());
    }

  private:
    const fs::path file_;
    const fs::path unfinished_;
    base::Fd fd_;
    std::uint64_t done_ = 0;
    int percent_ = -1;
    bool is_whole_ = false;
};

/// The daemon's answer when it is not the file: its parts, or an Error.
Poco::JSON::Array::Ptr partsOf(const http::LocalAnswer& answer) {
    Poco::JSON::Object::Ptr object;
    try {
        object = Poco::JSON::Parser().parse(answer.body).extract<Poco::JSON::Object::Ptr>();
    } catch (const Poco::Exception&) {
        throw Error(ErrorKind::Internal, "the daemon answered " + std::to_string(answer.status));
    }
    if (object->isArray("parts")) return object->getArray("parts");
    throw Error(ErrorKind::Misconfigured, textOf(object->getObject("error"), "message"));
}

/// Nothing when the file was written; otherwise the parts that must be asked for.
Poco::JSON::Array::Ptr fetch(DaemonClient& daemon, const std::string& path, const fs::path& file) {
    Output output(file);
    const auto answer = daemon.download(
        path, [&](std::string_view bytes, std::uint64_t total) { output.write(bytes, total); });
    if (answer.status != 200) return partsOf(answer);
    output.finish();
    return {};
}

/// "walk.mp4" -> "walk-2.mp4"
fs::path numbered(const fs::path& file, std::size_t number) {
    return file.parent_path() /
           (file.stem().string() + "-" + std::to_string(number) + file.extension().string());
}

}  // namespace

int commandExport(const CommandContext& context, const Words& words) {
    const Arguments arguments(words, {}, {"--camera", "--from", "--to", "--out"});
    arguments.expectWords(0, 0, "");
    const auto camera = arguments.value("--camera");
    if (!camera) throw UsageError("missing --camera");
    const std::string from = timeOption(arguments, "--from");
    const std::string to = arguments.value("--to") ? timeOption(arguments, "--to")
                                                   : base::formatTime(base::SystemClock().wallNow());
    const fs::path file = arguments.value("--out").value_or(*camera + ".mp4");
    DaemonClient daemon(context);
    const auto pathOf = [&](const std::string& start, const std::string& end) {
        return "/recordings/export.mp4?camera=" + encodeQuery(*camera) + "&from=" + encodeQuery(start) +
               "&to=" + encodeQuery(end);
    };
    const auto parts = fetch(daemon, pathOf(from, to), file);
    if (parts.isNull()) return 0;
    for (std::size_t i = 0; i < parts->size(); ++i) {
        const auto part = parts->getObject(static_cast<unsigned>(i));
        if (i > 0)
            std::printf("a new file: %s\n", textOf(part, "reason") == "format_change"
                                                ? "the camera's format changes"
                                                : "it would be too long");
        if (!fetch(daemon, pathOf(textOf(part, "from_at"), textOf(part, "to_at")), numbered(file, i + 1))
                 .isNull())
            throw Error(ErrorKind::Unavailable, "the footage changed while it was exported; try again");
    }
    return 0;
}

int commandEvidence(const CommandContext& context, const Words& words) {
    const Arguments arguments(words, {}, {"--camera", "--from", "--to", "--note", "--out"});
    arguments.expectWords(0, 0, "");
    std::string path = "/recordings/evidence.zip?from=" + encodeQuery(timeOption(arguments, "--from"));
    path += "&to=" + encodeQuery(arguments.value("--to") ? timeOption(arguments, "--to")
                                                         : base::formatTime(base::SystemClock().wallNow()));
    if (const auto cameras = arguments.value("--camera")) path += "&cameras=" + encodeQuery(*cameras);
    if (const auto note = arguments.value("--note")) path += "&note=" + encodeQuery(*note);
    DaemonClient daemon(context);
    fetch(daemon, path, arguments.value("--out").value_or("evidence.zip"));
    return 0;
}

}  // namespace porchlight::app
