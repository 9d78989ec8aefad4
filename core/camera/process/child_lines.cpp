#include "camera/process/child_lines.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/log.h"

namespace porchlight::camera {
namespace {

constexpr char kComponent[] = "workers";
constexpr int kReadsARound = 16;  // of 4 KiB: the pipe holds 64

}  // namespace

ChildLines::ChildLines() {
#ifndef PORCHLIGHT_SANITIZED
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        throw base::errnoError("make a pipe for what workers print", errno);
    read_end_.reset(ends[0]);
    write_end_.reset(ends[1]);
#endif
}

void ChildLines::tick(Monotonic::time_point now) {
    std::array<char, 4096> piece{};
    for (int i = 0; i < kReadsARound && read_end_; ++i) {
        const ssize_t got = ::read(read_end_.get(), piece.data(), piece.size());
        if (got <= 0) break;
        take({piece.data(), static_cast<std::size_t>(got)});
    }
    if (now - minute_ < std::chrono::minutes(1)) return;
    tellCounted();
    minute_ = now;
    told_ = 0;
}

void ChildLines::take(std::string_view piece) {
    for (const char letter : piece) {
        if (letter == '\n')
            endLine();
        else if (line_.size() < kLongest)
            line_ += letter;
    }
}

void ChildLines::endLine() {
    if (told_ < kLinesPerMinute)
        base::logInfo(kComponent, "printed: " + line_);
    else
        ++left_out_;
    ++told_;
    line_.clear();
}

void ChildLines::tellCounted() {
    if (left_out_ > 0)
        base::logInfo(kComponent,
                      "printed " + std::to_string(left_out_) + " further lines, which are left out");
    left_out_ = 0;
}

}  // namespace porchlight::camera
