// injected-faults [--only SCRIPT] [--at N] [--each N] [--harm NAME] [--lasts SECONDS] [--full] [--all]
// [--lanes N] [--verbose]
//
// The recorder under scripts that take a minute of its time and milliseconds of ours, as SQLite tests itself:
// of all calls to its disks and to the file of its database the n-th fails, n from 1 to the last. Each run
// has a process of its own, which must not crash, hang, or leak descriptors; what it leaves behind is judged,
// and again after a restart (verdict.h). By default every seventh call fails once, with its errors in turn,
// and every eleventh one is the beginning of a fault that lasts; --each N: every N-th call; --full: each
// call;
// --all: each call with each of its errors, for a moment, for 5 s and for 20 s. --verbose shows the log of
// the recorder.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <deque>
#include <fstream>
#include <map>
#include <sstream>

#include "base/log.h"
#include "scripts.h"
#include "world.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

namespace {

namespace fs = std::filesystem;
using namespace inject;

constexpr unsigned kHungAfter_s = 60;     // of real time, beside other tests
constexpr std::size_t kEach = 7;          // call fails for a moment
constexpr std::size_t kEachLasting = 11;  // begins a fault that lasts; rarer with a smaller draw

struct Options {
    std::string only;
    std::uint64_t at = 0;
    std::string harm;
    long lasts_s = -1;
    bool is_all = false;
    std::uint64_t each = kEach;
    bool is_verbose = false;
    unsigned lanes = 2;
};

Options read(int argc, char** argv) {
    Options out;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        const std::string value = i + 1 < argc ? argv[i + 1] : "";
        if (word == "--all")
            out.is_all = true;
        else if (word == "--full")
            out.each = 1;
        else if (word == "--verbose")
            out.is_verbose = true;
        else if (++i; word == "--only")
            out.only = value;
        else if (word == "--at")
            out.at = std::stoull(value);
        else if (word == "--harm")
            out.harm = value;
        else if (word == "--lasts")
            out.lasts_s = std::stol(value);
        else if (word == "--each")
            out.each = std::max<std::uint64_t>(std::stoull(value), 1);
        else if (word == "--lanes")
            out.lanes = static_cast<unsigned>(std::stoul(value));
        else
            throw std::runtime_error("unknown option " + word);
    }
    return out;
}

/// One run in a process of its own.
struct Run {
    Strike strike;
    pid_t pid = 0;
    fs::path folder;
    fs::path answer;
};

std::string wordsOf(const Strike& strike) {
    std::string out = "--at " + std::to_string(strike.at) + " --harm " + nameOf(strike.harm);
    return out + " --lasts " + std::to_string(strike.lasts / 1s);
}

std::size_t openFiles() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator("/proc/self/fd")) ++count;
    return count;
}

/// What a child does.
[[noreturn]] void perform(const Script& script, const footage::Stream& stream, const Run& run,
                          const fs::path& like) {
    ::alarm(kHungAfter_s);
    fs::copy(like, run.folder, fs::copy_options::recursive);
    { store::Store warm(run.folder / "porchlight.db"); }  // what stays open for good is open now
    const std::size_t before = openFiles();
    auto failures = script.run(run.folder, stream, run.strike);
    const std::size_t after = openFiles();
    if (after > before) failures.push_back(std::to_string(after - before) + " descriptors are left open");
#if defined(__SANITIZE_ADDRESS__)
    if (run.strike.at % 50 == 0 && __lsan_do_recoverable_leak_check() != 0)
        failures.push_back("memory is leaked");
#endif
    std::ofstream out(run.answer);
    out << "struck " << whatHappened().struck << '\n' << "first " << whatHappened().first << '\n';
    for (const auto& [target, call] : whatHappened().calls)
        out << "call " << static_cast<int>(target) << ' ' << static_cast<int>(call) << '\n';
    for (const auto& one : failures) out << "FAIL " << one << '\n';
    out << "end\n";
    out.close();
    ::_exit(0);
}

/// What it said.
struct Answer {
    std::vector<std::pair<Target, Call>> calls;
    std::vector<std::string> failures;
    std::string first;
    bool is_struck = false;
};

Answer readAnswer(const Run& run, int status) {
    Answer out;
    std::ifstream in(run.answer);
    bool is_whole = false;
    for (std::string line; std::getline(in, line);) {
        if (line == "end")
            is_whole = true;
        else if (line.starts_with("FAIL "))
            out.failures.push_back(line.substr(5));
        else if (line.starts_with("first "))
            out.first = line.substr(6);
        else if (line.starts_with("struck "))
            out.is_struck = line != "struck 0";
        else if (int target = 0, call = 0; std::sscanf(line.c_str(), "call %d %d", &target, &call) == 2)
            out.calls.emplace_back(static_cast<Target>(target), static_cast<Call>(call));
    }
    if (WIFSIGNALED(status))
        out.failures.push_back(WTERMSIG(status) == SIGALRM
                                   ? "it hangs"
                                   : std::string("it crashes: ") + ::strsignal(WTERMSIG(status)));
    else if (!is_whole)
        out.failures.push_back("it ended early, exit code " + std::to_string(WEXITSTATUS(status)));
    return out;
}

class Suite {
  public:
    Suite(const Options& options, const fs::path& folder, const footage::Stream& stream)
        : options_(options), folder_(folder), stream_(stream) {}

    void run(const Script& script) {
        const auto began_at = Monotonic::now();
        const fs::path like = folder_ / script.name;
        fs::create_directories(like / "recordings");
        fs::create_directories(like / "thumbnails" / kMoving);
        prepare(script, like);
        int status = 0;
        const Run dry_run = startAndWait(script, like, {}, status);
        const Answer dry = readAnswer(dry_run, status);
        report(script, {}, dry);
        std::deque<Strike> todo;
        for (const Strike& strike : plan(dry.calls)) todo.push_back(strike);
        const std::size_t count = todo.size();
        std::vector<Run> running;
        while (!todo.empty() || !running.empty()) {
            while (running.size() < options_.lanes && !todo.empty()) {
                running.push_back(start(script, like, todo.front()));
                todo.pop_front();
            }
            await(script, running);
        }
        faults_ += count;
        std::printf("%-10s %4zu calls, %5zu faults in %5.1f s: %s\n", script.name, dry.calls.size(), count,
                    std::chrono::duration<double>(Monotonic::now() - began_at).count(), script.what);
        for (const auto& [text, cases] : found_) {
            std::printf("FAIL   %s\n", text.c_str());
            for (std::size_t i = 0; i < cases.size() && i < 4; ++i)
                std::printf("         %s\n", cases[i].c_str());
            if (cases.size() > 4) std::printf("         and %zu more\n", cases.size() - 4);
        }
        std::fflush(stdout);
        failed_ += found_.size();
        found_.clear();
        ++scripts_;
    }

    int conclude() const {
        std::printf("%zu faults injected\n", faults_);
        std::printf("%zu passed, %zu failed, 0 skipped\n", failed_ == 0 ? scripts_ : 0, failed_);
        return failed_ == 0 ? 0 : 1;
    }

  private:
    void prepare(const Script& script, const fs::path& like) {
        const pid_t pid = ::fork();
        if (pid == 0) {
            script.prepare(like, stream_);
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(pid, &status, 0);
        if (status != 0) throw std::runtime_error(std::string(script.name) + " cannot be prepared");
    }

    std::vector<Strike> plan(const std::vector<std::pair<Target, Call>>& calls) const {
        std::vector<Strike> out;
        std::map<Call, std::size_t> seen;
        const std::size_t each_lasting = std::max<std::size_t>(kEachLasting, options_.each + 4);
        for (std::size_t i = 0; i < calls.size(); ++i) {
            const auto harms = harmsOf(calls[i].second);
            if (options_.at != 0 && options_.at != i + 1) continue;
            if (options_.is_all || options_.at != 0) {
                for (const Harm harm : harms)
                    for (const microseconds lasts : {microseconds{0}, microseconds{5s}, microseconds{20s}})
                        out.push_back({i + 1, harm, lasts});
                continue;
            }
            const Harm harm = harms[seen[calls[i].second]++ % harms.size()];
            // Shifted with each round: a call that comes at a fixed distance is not left out for ever.
            if (i % options_.each == i / (options_.each * 8) % options_.each)
                out.push_back({i + 1, harm, microseconds{0}});
            if (i % each_lasting == 1)
                out.push_back(
                    {i + 1, harm, i / each_lasting % 2 == 0 ? microseconds{5s} : microseconds{20s}});
        }
        std::erase_if(out, [this](const Strike& strike) {
            return (!options_.harm.empty() && options_.harm != nameOf(strike.harm)) ||
                   (options_.lasts_s >= 0 && strike.lasts != microseconds(seconds(options_.lasts_s)));
        });
        return out;
    }

    Run start(const Script& script, const fs::path& like, const Strike& strike) {
        Run run{strike, 0, folder_ / ("run-" + std::to_string(++number_)),
                folder_ / ("answer-" + std::to_string(number_))};
        std::fflush(stdout);
        run.pid = ::fork();
        if (run.pid == 0) perform(script, stream_, run, like);
        return run;
    }

    Run startAndWait(const Script& script, const fs::path& like, const Strike& strike, int& status) {
        const Run run = start(script, like, strike);
        ::waitpid(run.pid, &status, 0);
        return run;
    }

    void await(const Script& script, std::vector<Run>& running) {
        int status = 0;
        const pid_t pid = ::wait(&status);
        const auto found =
            std::find_if(running.begin(), running.end(), [pid](const Run& run) { return run.pid == pid; });
        if (found == running.end()) return;
        report(script, found->strike, readAnswer(*found, status));
        fs::remove_all(found->folder);
        fs::remove(found->answer);
        running.erase(found);
    }

    void report(const Script& script, const Strike& strike, const Answer& answer) {
        for (const auto& text : answer.failures) {
            std::string kind = std::string(script.name) + ": " + text;  // told once, numbers apart
            std::replace_if(
                kind.begin(), kind.end(), [](char c) { return c >= '0' && c <= '9'; }, '#');
            found_[kind].push_back(text + " (--only " + script.name + " " + wordsOf(strike) + ": " +
                                   answer.first + ")");
        }
    }

    const Options& options_;
    const fs::path folder_;
    const footage::Stream& stream_;
    std::size_t number_ = 0;
    std::size_t faults_ = 0;
    std::size_t failed_ = 0;
    std::size_t scripts_ = 0;
    std::map<std::string, std::vector<std::string>> found_;
};

}  // namespace

int main(int argc, char** argv) {
    const Options options = read(argc, argv);
    if (!options.is_verbose)
        base::setLogSink([](base::LogLevel, std::string_view, std::string_view) {});
    else
        base::setLogLevel(base::LogLevel::Debug);
    installLayer();
    // Syncs cost nothing in memory: what is tested is what happens when they fail.
    const fs::path memory = "/dev/shm";
    const test::Folder folder(fs::is_directory(memory) ? memory : fs::temp_directory_path());
    const auto stream = makeStream(folder.path());
    const auto began_at = Monotonic::now();
    Suite suite(options, folder.path(), stream);
    for (const Script& script : scripts())
        if (options.only.empty() ? script.is_by_default : options.only == script.name) suite.run(script);
    std::printf("%.1f s\n", std::chrono::duration<double>(Monotonic::now() - began_at).count());
    return suite.conclude();
}
