/// Real fragments made by the ffmpeg program, and what ffprobe says of files.
#pragma once

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "media/recording_scanner.h"
#include "porchlight/record.h"
#include "support/folder.h"

namespace footage {

namespace fs = std::filesystem;
using namespace porchlight;

using test::Folder;

inline std::string run(const std::string& command) {
    FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    if (!pipe) throw std::runtime_error("popen");
    std::string out;
    std::array<char, 4096> buffer{};
    while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe))
        out.append(buffer.data(), n);
    if (::pclose(pipe) != 0) throw std::runtime_error(command + ": " + out);
    return out;
}

inline std::vector<std::uint8_t> readAll(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline void writeAll(const fs::path& file, const std::vector<std::uint8_t>& bytes) {
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

struct Options {
    int seconds = 6;
    int b_frames = 0;
    bool has_audio = false;
    int size_px = 160;
    int fragment_us = 500'000;
    std::string codec = "libx264";
};

/// A fragmented file as a worker's fragments would make it: 25 Hz, a keyframe a second.
inline fs::path make(const Folder& folder, const std::string& name, const Options& options = {}) {
    const fs::path file = folder / name;
    std::ostringstream command;
    command << "ffmpeg -v error -y -f lavfi -i testsrc2=size=" << options.size_px
            << "x120:rate=25:duration=" << options.seconds;
    if (options.has_audio)
        command << " -f lavfi -i sine=frequency=440:sample_rate=16000:duration=" << options.seconds
                << " -c:a aac -shortest";
    command << " -c:v " << options.codec << " -preset ultrafast -g 25 -keyint_min 25 -bf "
            << options.b_frames;
    if (options.codec == "libx264")
        command << " -x264-params scenecut=0:b-adapt=0";
    else
        command << " -x265-params log-level=error:scenecut=0 -tag:v hvc1";
    command << " -movflags frag_keyframe+empty_moov+default_base_moof -frag_duration " << options.fragment_us
            << " " << file.string();
    run(command.str());
    return file;
}

/// A recording taken apart into what a worker sends.
struct Stream {
    std::shared_ptr<const StreamInit> init;
    std::vector<std::shared_ptr<const Fragment>> fragments;
    microseconds duration{0};
};

inline Stream split(const fs::path& file, WallTime started_at, std::uint64_t epoch = 1) {
    const auto bytes = readAll(file);
    media::RecordingScanner scanner(media::readerOf(std::span<const std::uint8_t>(bytes)));
    Stream out;
    auto init = std::make_shared<StreamInit>();
    init->epoch = epoch;
    init->video = Codec::H264;
    init->width_px = 160;
    init->height_px = 120;
    init->bytes = scanner.initBytes();
    out.init = init;
    const std::size_t video = scanner.init().videoIndex();
    const std::uint32_t timescale = scanner.init().tracks[video].timescale;
    const auto toUs = [&](std::uint64_t ticks) {
        return microseconds(media::ticksToUs(static_cast<std::int64_t>(ticks), timescale));
    };
    while (const auto found = scanner.next()) {
        const auto* track = found->fragment.findTrack(video);
        if (!track) continue;
        auto fragment = std::make_shared<Fragment>();
        fragment->init = init;
        fragment->sequence = out.fragments.size() + 1;
        fragment->started_at = started_at + toUs(track->decode_time);
        fragment->duration = toUs(track->duration);
        fragment->starts_with_key = track->samples.front().is_key;
        const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(found->offset);
        fragment->bytes.assign(begin, begin + static_cast<std::ptrdiff_t>(found->fragment.size_bytes));
        out.duration = toUs(track->decode_time + track->duration);
        out.fragments.push_back(std::move(fragment));
    }
    return out;
}

/// Decodes everything; returns what ffmpeg complains about ("" when nothing).
inline std::string decodeErrors(const fs::path& file) {
    return run("ffmpeg -v warning -i " + file.string() + " -f null -");
}

inline double durationOf(const fs::path& file) {
    return std::stod(run("ffprobe -v error -show_entries format=duration -of csv=p=0 " + file.string()));
}

inline double startOf(const fs::path& file) {
    return std::stod(run("ffprobe -v error -show_entries format=start_time -of csv=p=0 " + file.string()));
}

inline long picturesOf(const fs::path& file) {
    return std::stol(run(
        "ffprobe -v error -count_frames -select_streams v -show_entries stream=nb_read_frames -of csv=p=0 " +
        file.string()));
}

/// Size and hash of each sample of a track, in order, without times.
inline std::vector<std::string> sampleHashes(const fs::path& file, const std::string& track) {
    std::istringstream lines(
        run("ffmpeg -v error -i " + file.string() + " -map 0:" + track + " -c copy -f framemd5 -"));
    std::vector<std::string> out;
    for (std::string line; std::getline(lines, line);) {
        if (line.empty() || line[0] == '#') continue;
        const auto hash = line.rfind(',');
        out.push_back(line.substr(line.rfind(',', hash - 1)));
    }
    return out;
}

}  // namespace footage
