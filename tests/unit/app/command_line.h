/// The command line as a function: its words in, its exit code and what it printed out.
#pragma once

#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

#include "app/cli/commands.h"
#include "base/fd.h"
#include "support/catch.h"
#include "support/folder.h"
#include "unit/web/fixture.h"

namespace command_line {

using namespace porchlight;
namespace fs = std::filesystem;
using test::readAll;

inline bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// The first line that has `part`; empty when there is none.
inline std::string lineWith(const std::string& text, const std::string& part) {
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
        if (has(line, part)) return line;
    return "";
}

/// One of this process's streams goes to a file, for its life.
class Redirected {
  public:
    Redirected(int fd, const fs::path& file) : fd_(fd), before_(::dup(fd)) {
        flush();
        const base::Fd to(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        REQUIRE(::dup2(to.get(), fd) == fd);
    }
    ~Redirected() {
        flush();
        ::dup2(before_.get(), fd_);
    }
    Redirected(const Redirected&) = delete;
    Redirected& operator=(const Redirected&) = delete;

  private:
    static void flush() {
        std::fflush(nullptr);
        std::cout.flush();
        std::cerr.flush();
    }
    const int fd_;
    const base::Fd before_;
};

struct Said {
    int code = 0;
    std::string out;
    std::string err;
    Poco::JSON::Object::Ptr json() const {
        return Poco::JSON::Parser().parse(out).extract<Poco::JSON::Object::Ptr>();
    }
};

inline Said run(const app::Words& words) {
    const test::Folder folder;
    Said said;
    {
        const Redirected out(STDOUT_FILENO, folder / "out");
        const Redirected err(STDERR_FILENO, folder / "err");
        said.code = app::runProgram(words);
    }
    said.out = readAll(folder / "out");
    said.err = readAll(folder / "err");
    return said;
}

/// A configuration on disk for the data folder `data`, with the camera porch.
inline std::string configure(const test::Folder& folder, const fs::path& data) {
    fs::create_directories(folder / "cameras.d");
    std::ofstream(folder / "cameras.d/porch.yaml") << "source: {plugin: testpattern}\n";
    std::ofstream(folder / "porchlight.yaml")
        << "data_dir: " << data.string() << "\nweb: {bind: 127.0.0.1, port: 8443, tls: \"off\"}\n";
    return (folder / "porchlight.yaml").string();
}

/// A server with the cameras porch and yard, and the command line that knows its configuration.
struct Appliance {
    Said run(app::Words words) const {
        words.insert(words.begin(), {"--config", config});
        return command_line::run(words);
    }
    web::testing::Site site;
    test::Folder folder;
    std::string config = configure(folder, site.config.data_dir);
};

}  // namespace command_line
