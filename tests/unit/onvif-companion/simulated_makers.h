/// All cameras of tests/support/appliance/onvif_makers.yaml, played by a process of its own.
#pragma once

#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "onvif/exchange.h"
#include "porchlight/settings.h"

namespace porchlight::test {

/// **Owns** the process. Throws std::runtime_error.
class SimulatedMakers {
  public:
    SimulatedMakers() {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
        base::Fd reading(ends[0]);
        base::Fd writing(ends[1]);
        const std::string script = PORCHLIGHT_SOURCE_DIR "/tests/support/appliance/onvif_maker.py";
        std::vector<std::string> words{"python3", script, "--all", "--user", "viewer:secret-pass"};
        std::vector<char*> argv;
        for (std::string& word : words) argv.push_back(word.data());
        argv.push_back(nullptr);
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_adddup2(&actions, writing.get(), STDOUT_FILENO);
        const int result = ::posix_spawnp(&pid_, "python3", &actions, nullptr, argv.data(), environ);
        ::posix_spawn_file_actions_destroy(&actions);
        if (result != 0) throw std::runtime_error("cannot start the cameras");
        writing.reset();
        readAddresses(reading.get());
        if (addresses_.empty()) throw std::runtime_error("no camera came up");
    }
    ~SimulatedMakers() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    SimulatedMakers(const SimulatedMakers&) = delete;
    SimulatedMakers& operator=(const SimulatedMakers&) = delete;

    const std::vector<std::pair<std::string, std::string>>& addresses() const { return addresses_; }

    std::string addressOf(const std::string& maker) const {
        for (const auto& [name, address] : addresses_)
            if (name == maker) return address;
        throw std::runtime_error("no maker " + maker);
    }

    Settings settingsOf(const std::string& maker, const std::string& password = "secret-pass") const {
        return Settings({{"address", addressOf(maker)}, {"user", "viewer"}, {"password", password}});
    }

    /// What the camera is told by its control interface; -> how it is after that.
    Poco::JSON::Object::Ptr control(const std::string& maker, const std::string& json = "{}") const {
        onvif::ServiceAddress address = onvif::parseServiceAddress(addressOf(maker));
        address.path = "/control";
        const auto answer = onvif::post(address, "", json, {}, Deadline::in(seconds{10}));
        if (answer.status != 200) throw std::runtime_error("control: " + answer.head + answer.body);
        return Poco::JSON::Parser().parse(answer.body).extract<Poco::JSON::Object::Ptr>();
    }

  private:
    /// "MAKER ADDRESS" in each line, up to an empty one.
    void readAddresses(int fd) {
        std::string line;
        for (char letter = 0; ::read(fd, &letter, 1) == 1;) {
            if (letter != '\n') {
                line += letter;
                continue;
            }
            if (line.empty()) return;
            const std::size_t space = line.find(' ');
            addresses_.emplace_back(line.substr(0, space), line.substr(space + 1));
            line.clear();
        }
    }

    pid_t pid_ = 0;
    std::vector<std::pair<std::string, std::string>> addresses_;
};

/// One for the whole program: they take a while to come up.
inline SimulatedMakers& makers() {
    static SimulatedMakers all;
    return all;
}

}  // namespace porchlight::test
