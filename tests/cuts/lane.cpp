#include "lane.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <thread>

#include "base/log.h"
#include "base/wall_times.h"
#include "child.h"
#include "disk.h"
#include "disk/recover/check.h"
#include "disk/recover/recovery.h"
#include "support/fmp4_sink.h"

namespace cuts {
using namespace porchlight;
using namespace std::chrono_literals;
namespace {

constexpr std::int64_t kMaxMissingStrictUs = 1'000'000;
constexpr std::int64_t kMaxMissingUs = 2'500'000;  // on a busy machine
constexpr std::int64_t kFragmentUs = 500'000;      // as runChild hands them over
constexpr WallTime kBeginning{microseconds{0}};

std::int64_t wallUs() {
    return std::chrono::duration_cast<microseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

class Lane {
  public:
    Lane(const LaneOptions& options, const footage::Stream& stream)
        : options_(options), stream_(stream), random_(options.seed) {
        std::filesystem::create_directories(options.folder);
        if (options.is_power) disk_ = std::make_unique<Disk>(options.folder, 96U << 20U);
        data_ = disk_ ? disk_->path() / "data" : options.folder / "data";
        std::filesystem::create_directories(data_);
    }

    LaneReport run() {
        for (unsigned i = 0; i < options_.cuts; ++i) {
            cut();
            try {
                verify(i);
            } catch (const std::exception& error) {
                fail(error.what());
            }
            ++report_.cuts;
        }
        report_.events = static_cast<unsigned>(announced_.size());
        return std::move(report_);
    }

  private:
    void fail(const std::string& what) {
        report_.failures.push_back(options_.folder.filename().string() + ", cut " +
                                   std::to_string(report_.cuts) + ": " + what);
    }

    /// One in eight in the first 150 ms, while the start still repairs what the last cut left.
    milliseconds delay() {
        if (random_() % 8 == 0) return milliseconds(random_() % 150);
        return milliseconds(150 + random_() % 5000);
    }

    void cut() {
        int pipe[2];
        if (::pipe2(pipe, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
        ::fcntl(pipe[1], F_SETPIPE_SZ, 1 << 20);
        const pid_t child = ::fork();
        if (child == 0) {
            ::close(pipe[0]);
            try {
                runChild(data_, stream_, pipe[1]);
            } catch (const std::exception& error) {
                base::logError("cuts", error.what());
                ::_exit(3);
            }
        }
        ::close(pipe[1]);
        std::this_thread::sleep_for(delay());
        cutting_us_ = wallUs();
        if (disk_) disk_->cut();
        cut_us_ = wallUs();
        ::kill(child, SIGKILL);
        int state = 0;
        ::waitpid(child, &state, 0);
        // Without a disk a start may end by itself, in the moment before it is killed.
        if (!WIFSIGNALED(state) && !(disk_ && WIFEXITED(state) && WEXITSTATUS(state) == 3))
            fail("the recorder ended by itself: " + std::to_string(state));
        handed_us_.clear();
        began_us_.clear();
        for (Note note; ::read(pipe[0], &note, sizeof note) == sizeof note;) take(note);
        ::close(pipe[0]);
        if (disk_) disk_->restore();
    }

    void take(const Note& note) {
        // Told after the disk was dead: that was no announcement of a recorder with power. (The owner of a
        // machine with power is told also of what its disk does not take.)
        if (note.kind == Note::Handed) {
            if (note.wall_us > cut_us_) return;
            if (!handed_us_.contains(note.camera)) began_us_[note.camera] = note.wall_us - kFragmentUs;
            handed_us_[note.camera] = std::max(handed_us_[note.camera], note.wall_us);
        } else if (!disk_ || note.wall_us < cutting_us_) {
            announced_.insert(note.event);
        }
    }

    void verify(unsigned number) {
        {  // What the next start does.
            base::SystemClock clock;
            record::Recorder recorder(optionsFor(data_), porchlight::test::makeSink, {}, clock);
            while (recorder.lastTick() == Monotonic::time_point{} || recorder.storage().housekeeping)
                std::this_thread::sleep_for(5ms);
            recorder.stop();
        }
        store::Store store(optionsFor(data_).database_file);
        const auto dir = optionsFor(data_).recordings_dir;
        for (const auto& finding : disk::check(store, dir, {}, false))
            fail("check: " + finding.path + ": " + finding.problem);
        for (std::uint32_t camera = 0; camera < 2; ++camera) verifyCamera(store, camera, number);
        for (const std::uint64_t event : announced_) {
            char id[20];
            std::snprintf(id, sizeof id, "%016llx", static_cast<unsigned long long>(event));
            const auto row = store.events.byId(id);
            if (!row)
                fail(std::string("announced event ") + id + " is lost");
            else if (row->state != store::EventState::Closed || !row->clip_ended_at)
                fail(std::string("event ") + id + " is still open");
        }
    }

    void verifyCamera(store::Store& store, std::uint32_t camera, unsigned number) {
        const auto dir = optionsFor(data_).recordings_dir;
        std::optional<std::int64_t> last;
        WallTime before{};
        for (const auto& row : store.recordings.overlapping(nameOf(camera), kBeginning, kEndOfTime)) {
            if (row.started_at < before - 2ms) fail(row.path + " begins before the one before it ends");
            before = row.ended_at.value_or(row.started_at);
            last = before.time_since_epoch().count();
            if (!seen_.insert(row.path).second) continue;
            const auto facts = disk::inspectFile(dir / row.path, false);
            if (!facts || facts->torn_bytes != 0) fail(row.path + " does not play to its end");
            ++report_.files;
            if (number % options_.decode_each != 0) continue;
            if (const auto said = footage::decodeErrors(dir / row.path); !said.empty())
                fail(row.path + ": " + said.substr(0, 200));
            ++report_.decoded_files;
        }
        const auto handed = handed_us_.find(camera);
        // The camera that records all the time; the other one is bound to its events.
        if (camera != 0 || handed == handed_us_.end()) return;
        const std::int64_t there =
            std::max(last.value_or(0), began_us_[camera]);  // what lies before this run is not missing
        const std::int64_t missing = std::max<std::int64_t>(handed->second - there, 0);
        report_.missing_us.push_back(missing);
        report_.behind_us.push_back(cut_us_ - there);
        if (missing > (options_.is_strict ? kMaxMissingStrictUs : kMaxMissingUs))
            fail(std::string(nameOf(camera)) + ": " + std::to_string(static_cast<double>(missing) / 1e6) +
                 " s are missing");
    }

    const LaneOptions& options_;
    const footage::Stream& stream_;
    std::mt19937 random_;
    std::unique_ptr<Disk> disk_;
    std::filesystem::path data_;
    LaneReport report_;
    std::int64_t cutting_us_ = 0;  ///< right before the cut
    std::int64_t cut_us_ = 0;      ///< right after it
    std::map<std::uint32_t, std::int64_t>
        handed_us_;  ///< by camera: end of what the recorder was given in this run
    std::map<std::uint32_t, std::int64_t> began_us_;  ///< and its beginning
    std::set<std::uint64_t> announced_;
    std::set<std::string> seen_;
};

}  // namespace

LaneReport runLane(const LaneOptions& options, const footage::Stream& stream) {
    return Lane(options, stream).run();
}

}  // namespace cuts
