// power-cuts [--cuts N] [--lanes N] [--mode kill|power|both] [--seed N] [--decode-each N] [--strict]
//
// Records two cameras at their real rate, kills the recorder at random moments - in half of the lanes
// together with the power of its disk -, starts again, and asks: does every file play, how much is missing,
// is every announced event there? Lanes are processes side by side. Exit code 1 when anything is wrong: also
// when 0.75 s are missing as a rule (median), or 2.5 s after one cut. --strict, for a machine that does
// nothing else: when more than a second is missing after one cut.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <random>
#include <sstream>

#include "base/log.h"
#include "lane.h"

namespace {

using namespace cuts;

unsigned numberOf(int argc, char** argv, const char* option, unsigned otherwise) {
    for (int i = 1; i + 1 < argc; ++i)
        if (std::strcmp(argv[i], option) == 0) return static_cast<unsigned>(std::stoul(argv[i + 1]));
    return otherwise;
}

bool has(int argc, char** argv, const char* option) {
    return std::any_of(argv + 1, argv + argc,
                       [option](const char* word) { return std::strcmp(word, option) == 0; });
}

std::string textOf(int argc, char** argv, const char* option, const char* otherwise) {
    for (int i = 1; i + 1 < argc; ++i)
        if (std::strcmp(argv[i], option) == 0) return argv[i + 1];
    return otherwise;
}

void save(const LaneReport& report, const std::filesystem::path& file) {
    std::ofstream out(file);
    out << "counts " << report.cuts << ' ' << report.files << ' ' << report.decoded_files << ' '
        << report.events << '\n';
    for (std::size_t i = 0; i < report.missing_us.size(); ++i)
        out << "cut " << report.missing_us[i] << ' ' << report.behind_us[i] << '\n';
    for (const auto& failure : report.failures) out << "FAIL " << failure << '\n';
}

void load(LaneReport& all, const std::filesystem::path& file) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line);
        std::string kind;
        words >> kind;
        if (kind == "counts") {
            unsigned cuts = 0, files = 0, decoded = 0, events = 0;
            words >> cuts >> files >> decoded >> events;
            all.cuts += cuts, all.files += files, all.decoded_files += decoded, all.events += events;
        } else if (kind == "cut") {
            std::int64_t missing = 0, behind = 0;
            words >> missing >> behind;
            all.missing_us.push_back(missing);
            all.behind_us.push_back(behind);
        } else if (kind == "FAIL")
            all.failures.push_back(line.substr(5));
    }
}

double secondsAt(std::vector<std::int64_t> values, double part) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    return static_cast<double>(values[std::min(
               values.size() - 1, static_cast<std::size_t>(part * static_cast<double>(values.size())))]) /
           1e6;
}

constexpr double kMaxMedianMissingS = 0.75;

int report(const char* what, const LaneReport& all, unsigned wanted) {
    std::printf("%-6s %u cuts, %u files looked through, %u decoded, %u events announced\n", what, all.cuts,
                all.files, all.decoded_files, all.events);
    std::printf("       missing of what the recorder was given: median %.2f s, 99 %% %.2f s, most %.2f s\n",
                secondsAt(all.missing_us, 0.5), secondsAt(all.missing_us, 0.99),
                secondsAt(all.missing_us, 1));
    std::printf("       last picture before the cut: median %.2f s, 99 %% %.2f s, most %.2f s\n",
                secondsAt(all.behind_us, 0.5), secondsAt(all.behind_us, 0.99), secondsAt(all.behind_us, 1));
    for (std::size_t i = 0; i < all.failures.size() && i < 20; ++i)
        std::printf("FAIL   %s\n", all.failures[i].c_str());
    const double median_s = secondsAt(all.missing_us, 0.5);
    const bool is_late = median_s > kMaxMedianMissingS;
    if (is_late)
        std::printf("FAIL   %.2f s are missing as a rule, at most %.2f s are right\n", median_s,
                    kMaxMedianMissingS);
    if (all.cuts < wanted) std::printf("FAIL   only %u of %u cuts were made\n", all.cuts, wanted);
    return all.failures.empty() && !is_late && all.cuts == wanted ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    const unsigned cuts = numberOf(argc, argv, "--cuts", 1000);
    const unsigned lanes = std::max(numberOf(argc, argv, "--lanes", 8), 2U);
    const unsigned seed = numberOf(argc, argv, "--seed", std::random_device{}());
    const std::string mode = textOf(argc, argv, "--mode", "both");
    porchlight::base::setLogLevel(porchlight::base::LogLevel::Error);
    const footage::Folder folder;
    footage::Options source;
    source.seconds = 12;
    source.size_px = 320;
    const auto stream = footage::split(footage::make(folder, "source.mp4", source), porchlight::WallTime{});
    bool can_cut_power = ::geteuid() == 0;
    std::printf("seed %u\n", seed);
    if (!can_cut_power && mode != "kill") std::puts("SKIP   power cuts: mounting a disk needs root");
    std::fflush(stdout);
    std::vector<std::pair<pid_t, LaneOptions>> running;
    unsigned wanted[2] = {0, 0};
    for (unsigned lane = 0; lane < lanes; ++lane) {
        LaneOptions options;
        options.is_power = mode == "power" || (mode == "both" && lane % 2 == 1);
        options.cuts = cuts / lanes + (lane < cuts % lanes ? 1 : 0);
        options.seed = seed + lane;
        options.is_strict = has(argc, argv, "--strict");
        options.decode_each = numberOf(argc, argv, "--decode-each", 10);
        options.folder = folder / ((options.is_power ? "power-" : "kill-") + std::to_string(lane));
        if (options.is_power && !can_cut_power) continue;
        wanted[options.is_power] += options.cuts;
        const pid_t pid = ::fork();
        if (pid != 0) {
            running.emplace_back(pid, options);
            continue;
        }
        LaneReport result;
        try {
            result = runLane(options, stream);
        } catch (const std::exception& error) {
            result.failures.push_back(error.what());
        }
        save(result, options.folder.string() + ".txt");
        ::_exit(0);
    }
    LaneReport all[2];
    for (const auto& [pid, options] : running) {
        ::waitpid(pid, nullptr, 0);
        load(all[options.is_power], options.folder.string() + ".txt");
    }
    int result = 0;
    if (wanted[0] > 0) result |= report("kill", all[0], wanted[0]);
    if (wanted[1] > 0) result |= report("power", all[1], wanted[1]);
    return result;
}
