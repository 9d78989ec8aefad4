// Whether the disk takes what is written.
#include "disk/volume.h"
#include "shelf.h"
#include "support/fake_clock.h"

namespace volume_test {

using namespace shelf;

TEST_CASE(
    "a volume that takes a probe is well whatever one file met; that it is full is believed until the next "
    "probe") {
    const footage::Folder folder;
    test::FakeClock clock;
    Volume::Options options;
    options.folder = folder / "recordings";
    options.node = "porchlight-test";
    Volume volume(options, clock);
    volume.look(true);
    REQUIRE(volume.isOk());
    volume.failed(Error(ErrorKind::Misconfigured, "make folder porch: Permission denied"));
    CHECK(volume.isOk());
    volume.failed(Error(ErrorKind::Exhausted, "write porch: Disk quota exceeded"));
    CHECK(volume.state() == VolumeState::Full);
    volume.look(true);
    CHECK(volume.state() == VolumeState::Full);
    CHECK(volume.detail() == "write porch: Disk quota exceeded");
    clock.advance(4s);
    volume.look(true);
    CHECK(volume.isOk());
}

}  // namespace volume_test
