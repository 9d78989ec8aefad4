/// The data folder: who may have it, and what its owner is told otherwise.
#include "app/data_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "porchlight/error.h"
#include "support/catch.h"
#include "support/folder.h"
#include "support/skip.h"

namespace data_folder_test {

using namespace porchlight;
using app::DataFolder;
namespace fs = std::filesystem;

namespace {

/// Why the folder cannot be used; empty when it can.
std::string refusalOf(const fs::path& folder) {
    try {
        const DataFolder data(folder);
        return "";
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::Misconfigured);
        return error.what();
    }
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

mode_t modeOf(const fs::path& path) {
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777U;
}

}  // namespace

TEST_CASE("a data folder is made with all above it, and is free again when its owner has ended") {
    const test::Folder folder;
    const fs::path data = folder / "var/lib/porchlight";
    CHECK(refusalOf(data).empty());
    CHECK(fs::is_directory(data));
    CHECK(modeOf(data / "lock") == 0600);
    CHECK(refusalOf(data).empty());
}

TEST_CASE("of two processes one has the data folder, and the other is told which") {
    const test::Folder folder;
    const DataFolder first(folder.path());
    const std::string why = refusalOf(folder.path());
    CHECK(has(why, "another porchlightd uses " + folder.path().string()));
    CHECK(has(why, "stop it first"));
}

TEST_CASE("a file in the folder's place, or a link in the lock's, is not used") {
    const test::Folder folder;
    std::ofstream(folder / "file") << "mine";
    CHECK(has(refusalOf(folder / "file/data"), "cannot be made"));
    std::ofstream(folder / "victim") << "mine";
    fs::create_directory(folder / "data");
    fs::create_symlink(folder / "victim", folder / "data/lock");
    CHECK(has(refusalOf(folder / "data"), "cannot be written"));
    std::string text;
    std::getline(std::ifstream(folder / "victim"), text);
    CHECK(text == "mine");
}

TEST_CASE("a sticky folder that others may write is closed to them, as a fresh tmpfs is") {
    const test::Folder folder;
    fs::create_directory(folder / "data");
    REQUIRE(::chmod((folder / "data").c_str(), 01777) == 0);
    CHECK(refusalOf(folder / "data").empty());
    CHECK((modeOf(folder / "data") & 0022U) == 0);
    REQUIRE(::chmod((folder / "data").c_str(), 0775) == 0);  // a group's folder is the owner's choice
    CHECK(refusalOf(folder / "data").empty());
    CHECK(modeOf(folder / "data") == 0775);
}

TEST_CASE("the probe for sockets leaves nothing behind, and takes the place of one that a crash left") {
    const test::Folder folder;
    std::ofstream(folder / "probe.sock") << "left";
    CHECK(refusalOf(folder.path()).empty());
    CHECK_FALSE(fs::exists(folder / "probe.sock"));
}

TEST_CASE("a folder whose path is too long for a socket is not refused here: the control socket says why") {
    const test::Folder folder;
    CHECK(refusalOf(folder / std::string(120, 'd')).empty());
}

TEST_CASE("while there is plenty of space a reserve is set aside once") {
    const test::Folder folder;
    const DataFolder data(folder.path());
    if (fs::space(folder.path()).available < (80U << 20U)) {
        test::tellSkipped("the disk of the temporary folder has less than 80 MiB free");
        return;
    }
    data.tendReserve();
    REQUIRE(fs::exists(folder / "reserve"));
    CHECK(fs::file_size(folder / "reserve") == 4U << 20U);
    CHECK(modeOf(folder / "reserve") == 0600);
    const auto written_at = fs::last_write_time(folder / "reserve");
    data.tendReserve();
    CHECK(fs::last_write_time(folder / "reserve") == written_at);
}

}  // namespace data_folder_test
