"""Disks that go wrong under the running appliance: the owner hears of it over MQTT and in the API, recording goes on, and all is
well again by itself. Real small disks: ext4 on a loop device, and a FUSE file system that fails to order."""
import contextlib
import json
import os
import tempfile
import time

import options
import witness
from appliance import Appliance, Broker, Process, run
from case_cuts import Disk
from case_host import RATE_HZ
from cases import Skipped, case, check, wait_until

NO_GAP_S = 1.0 + options.late_s
# A file that cannot go on is followed by one that begins at the next keyframe, 2 s later at most.
GROUP_S = 2.5 + 2 * options.late_s
CAMERA = {"source": {"plugin": "testpattern", "width": 640, "height": 480, "fps": RATE_HZ, "figure_every": "0s"}, "record": {"mode": "continuous"}}


class Owner:
    """What somebody hears who only listens to MQTT."""

    def __init__(self, broker):
        self.broker = broker

    def last(self, topic):
        found = [payload for _, _, name, payload in self.broker.messages() if name == "porchlight/" + topic]
        return found[-1] if found else None

    def reasons(self):
        return " | ".join(json.loads(self.last("problem/attributes") or '{"reasons": []}')["reasons"])

    def hears(self, word, within_s=30):
        wait_until(f"the owner hears of '{word}'", within_s, lambda: self.last("problem") == "ON" and word in self.reasons(), 0.2)

    def hears_all_is_well(self, within_s=60):
        wait_until("the owner hears that all is well", within_s, lambda: self.last("problem") == "OFF", 0.2)


@contextlib.contextmanager
def running(mount, max_gap_s):
    """An appliance whose recordings lie on a disk of their own, and its owner. mount(folder) -> the disk, or raises Skipped."""
    with tempfile.TemporaryDirectory(prefix="porchlight-faults-") as folder, contextlib.ExitStack() as stack:
        home = os.path.join(folder, "appliance")
        recordings = os.path.join(home, "data", "recordings")
        os.makedirs(recordings)
        disk = mount(folder, recordings, stack)
        broker = Broker(folder)
        stack.callback(broker.stop)
        settings = {"storage": {"min_free_bytes": "4MiB", "volume": "required-marker"}}
        with Appliance(options.build, {"scene": CAMERA}, mqtt_port=broker.port, settings=settings, folder=home) as appliance:
            owner, core = Owner(broker), appliance.pid
            owner.hears_all_is_well(20)
            wait_until("footage is on the disk", 30, lambda: appliance.camera("scene")["is_recording"])
            time.sleep(3)
            began = time.time()
            yield appliance, disk, owner
            check(appliance.pid == core and appliance.process.popen.poll() is None, "the core died of it")
            wait_until("the spool is empty", 60, lambda: appliance.get("/system")["storage"]["spool_files"] == 0, 0.5)
            check(not appliance.get("/system")["problems"], f"problems are left: {appliance.get('/system')['problems']}")
            time.sleep(2)
            ended = time.time() - 2
            appliance.stop()
            checked = appliance.cli("check")
            check(checked.returncode == 0, f"porchlight check: {checked.stdout}{checked.stderr}")
            gap_s, at = witness.largest_gap(witness.recorded_times(appliance, "scene"), began, ended)
            print(f"   largest gap in the footage {gap_s:.2f} s", flush=True)
            check(gap_s <= max_gap_s, f"{gap_s:.2f} s are missing, {at - began:.1f} s after the fault began")


def ext4(folder, recordings, stack):
    disk = Disk(folder, recordings)
    stack.callback(lambda: run("umount", "-l", recordings))
    return disk


class FaultyDisk:
    """tests/support/faulty-disk on a folder."""

    def __init__(self, folder, recordings, stack):
        program = os.path.join(os.path.abspath(options.build), "bin", "faulty-disk")
        if not os.path.exists(program) or os.geteuid() != 0 or not os.path.exists("/dev/fuse"):
            raise Skipped("FUSE file systems cannot be mounted here")
        self.orders, below = os.path.join(folder, "orders"), os.path.join(folder, "below")
        os.makedirs(below)
        self.order("")
        process = Process([program, below, recordings, self.orders], os.path.join(folder, "faulty-disk.log"))
        stack.callback(process.stop)
        stack.callback(lambda: run("umount", "-l", recordings))
        wait_until("the faulty disk is mounted", 10, lambda: os.path.ismount(recordings))

    def order(self, text):
        with open(self.orders, "w") as file:
            file.write(text + "\n")


@case("faults: a disk filled by somebody else: the owner hears of it, not a second is lost, and it is over when there is room")
def disk_full():
    with running(ext4, NO_GAP_S) as (appliance, disk, owner):
        film = os.path.join(appliance.data, "recordings", "somebody-elses-film")
        with open(film, "wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(1 << 20)):
                pass
        with open(film, "ab", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(4096)):
                pass
        owner.hears("full")
        check("full" in " ".join(appliance.get("/system")["problems"]), "the API does not tell it")
        time.sleep(3)
        os.remove(film)
        owner.hears_all_is_well()


@case("faults: a disk that is unplugged: the spool takes over, nothing goes to the empty folder below, and all of it is moved back")
def disk_unplugged():
    with running(ext4, GROUP_S) as (appliance, disk, owner):
        check(run("umount", "-l", disk.path).returncode == 0, "it cannot be unmounted")
        owner.hears("missing")
        owner.hears("spool")
        time.sleep(3)
        check(os.listdir(disk.path) == [], f"below the mount point: {os.listdir(disk.path)}")
        spooled = [name for _, _, names in os.walk(os.path.join(appliance.data, "spool")) for name in names if name.endswith(".mp4")]
        check(spooled, "nothing is in the spool")
        # Its last file is closed when it is noticed; only then may the disk come back, as a plug does.
        check(disk.mount(), "it cannot be mounted again")
        owner.hears_all_is_well()


@case("faults: a disk that answers with input/output errors: spool, alert, and back by itself")
def disk_fails():
    with running(FaultyDisk, GROUP_S) as (appliance, disk, owner):
        disk.order("write EIO")
        owner.hears("failing")
        owner.hears("spool")
        time.sleep(3)
        disk.order("")
        owner.hears_all_is_well()
