"""The whole appliance - core, workers, MQTT - cut off at random moments, by kill -9 of all processes or with the power of its disk.

After each cut: every file plays, `porchlight check` is clean, every event that a subscriber heard of is there and closed, and of
the cameras that record all the time at most a second before the cut is missing. A single cut may take more on a busy machine: the median
is judged, and a limit that no cut passes.
"""
import contextlib
import fcntl
import os
import signal
import statistics
import struct
import subprocess
import tempfile
import time

import options
from appliance import Appliance, Broker, is_alive, run
from case_kills import check_files, moving_cameras
from cases import Skipped, case, check, wait_until

MEDIAN_BEHIND_S, MAX_BEHIND_S = 1.0, 2.5
SHUTDOWN = 0x8004587D      # EXT4_IOC_SHUTDOWN
NO_LOG_FLUSH = struct.pack("I", 2)
WITH_SBIN = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin")


class Disk:
    """An ext4 of its own whose power can be cut: what was not synced is gone, as in tests/cuts/disk.h."""

    def __init__(self, folder, path=None):
        self.image, self.path = os.path.join(folder, "disk.img"), path or os.path.join(folder, "disk")
        os.makedirs(self.path, exist_ok=True)
        if os.geteuid() != 0:
            raise Skipped("mounting a disk needs root")
        subprocess.run(["truncate", "-s", "192M", self.image], check=True)
        made = run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", self.image, env=WITH_SBIN)
        if made.returncode or not self.mount():
            raise Skipped("a small disk cannot be mounted here")

    def mount(self):
        return run("mount", "-o", "loop", self.image, self.path).returncode == 0

    def cut(self):
        fd = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(fd, SHUTDOWN, NO_LOG_FLUSH)
        finally:
            os.close(fd)

    def umount(self):
        wait_until("the disk is unmounted", 10, lambda: run("umount", self.path).returncode == 0)
        # Somebody's copy of the mount would keep the device, and the next mount would find on it what the cut left.
        wait_until("no loop device has the disk any more", 10, lambda: not self.loop_devices())

    def loop_devices(self):
        found = run("losetup", "-j", self.image, env=WITH_SBIN)
        check(found.returncode == 0, f"losetup -j {self.image}: {found.stderr}")
        return found.stdout.strip()


class Heard:
    """Ids of all events that the broker's subscriber was told the start of."""

    def __init__(self, broker):
        self.broker, self.ids = broker, set()

    def look(self, until):
        for at, _, topic, payload in self.broker.messages():
            if topic.endswith("/event") and at <= until and '"motion_start"' in payload:
                self.ids.add(payload.split('"event_id":"')[1].split('"')[0])


class Cuts:
    """What is looked at after each cut, and the figures."""

    def __init__(self, appliance, broker, disk):
        self.appliance, self.disk, self.heard = appliance, disk, Heard(broker)
        self.seen, self.behind_s, self.files = set(), [], 0

    def cut(self):
        """-> wall time right before; {camera: was recording} as far as the daemon could say"""
        appliance = self.appliance
        recording = {}
        with contextlib.suppress(Exception):
            recording = {name: camera["is_recording"] and camera["counters"]["packets"] > 30 for name, camera in appliance.cameras().items()}
        pids = [appliance.pid, *appliance.workers()]
        options.chance.shuffle(pids)
        at = time.time()
        if self.disk:
            self.disk.cut()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        appliance.process.popen.wait()
        wait_until("all processes are gone", 5, lambda: not any(is_alive(pid) for pid in pids), 0.01)
        if self.disk:
            self.disk.umount()
            check(self.disk.mount(), "the disk cannot be mounted again")
        return at, recording

    def look(self, at, recording):
        """After the next start."""
        checked = self.appliance.cli("check")
        check(checked.returncode == 0, f"porchlight check: {checked.stdout}{checked.stderr}")
        time.sleep(0.1)  # the subscriber writes what it heard
        self.heard.look(at)
        state = dict(self.appliance.rows("SELECT id, state FROM event"))
        for event in self.heard.ids:
            check(event in state, f"event {event} was announced, and is lost")
        for name, was_recording in recording.items():
            if not was_recording or name not in ("scene", "walk2"):
                continue
            last = self.appliance.rows("SELECT max(ended_at_us) FROM recording JOIN camera ON camera.id = camera_id WHERE name = ? AND started_at_us < ?",
                             name, int(at * 1e6))[0][0]
            check(last, f"{name} recorded, and nothing is left")
            self.behind_s.append(at - last / 1e6)
        before = len(self.seen)
        check_files(self.appliance, self.seen, after_kill=True)
        self.files += len(self.seen) - before


def cut_often(with_power):
    chance, rounds = options.chance, max(3, options.rounds // 2)
    with tempfile.TemporaryDirectory(prefix="porchlight-faults-") as folder, contextlib.ExitStack() as stack:
        disk = Disk(folder) if with_power else None
        if disk:
            stack.callback(lambda: run("umount", "-l", disk.path))
        broker = Broker(folder)
        stack.callback(broker.stop)
        home = os.path.join(disk.path if disk else folder, "appliance")
        appliance = Appliance(options.build, moving_cameras(folder, 4), mqtt_port=broker.port, folder=home)
        run("sync", "-f", home)  # the configuration was there before the power went
        cuts = Cuts(appliance, broker, disk)
        appliance.start()
        try:
            for _ in range(rounds):
                time.sleep(chance.choice((chance.uniform(0, 0.4), chance.uniform(1, 4), chance.uniform(3, 7), chance.uniform(3, 7))))
                at, recording = cuts.cut()
                appliance.start()
                cuts.look(at, recording)
            wait_until("no event is left open by a cut", 20, lambda: not cuts.appliance.rows(
                "SELECT id FROM event WHERE state != 'closed' AND started_at_us < ?", int((time.time() - 10) * 1e6)), 0.5)
        finally:
            if appliance.process.popen.poll() is None:
                appliance.stop()
        behind = sorted(cuts.behind_s) or [0]
        print(f"   FIGURES {'power' if with_power else 'kill'}: {rounds} cuts, {cuts.files} files played, {len(cuts.heard.ids)} events announced, all there; "
              f"missing before the cut in {len(behind)} cases: median {statistics.median(behind):.2f} s, most {behind[-1]:.2f} s", flush=True)
        # Few cuts hit a camera that records, sometimes: they have no median.
        check(len(behind) < 4 or statistics.median(behind) <= MEDIAN_BEHIND_S, f"{statistics.median(behind):.2f} s before a cut are missing as a rule")
        check(behind[-1] <= MAX_BEHIND_S, f"{behind[-1]:.2f} s before a cut are missing")


@case("faults: the whole appliance killed at random moments: files play, announced events are there, a second is missing at most as a rule")
def kill_everything():
    cut_often(with_power=False)


@case("faults: so it is when the power of its disk is cut and what was not synced is lost")
def cut_the_power():
    cut_often(with_power=True)
