"""Soak at speed: as many frames as weeks of a slow camera deliver, faults every few thousand, and nothing may grow.

Four cameras deliver 300 pictures a second each, in real time: stream time and wall time agree, so that recordings and ledger are
true. Two of them suffer faults that leave the worker alive, the others lose it each time.
"""
import os
import signal
import statistics
import tempfile
import time

import ledger
import options
import processes
from appliance import Appliance
from cases import case, check, wait_until
from faulty import FaultyCamera, make_pictures, staged

RATE_HZ = 300
MEMORY_SLACK_BYTES = 2 << 20
GENTLE = (("disconnect", None), ("truncated", 0.3), ("stall", 0.5), ("frozen", 1), ("black", 1), ("slow", 0.5), ("garbage", 0.2))
DEADLY = (("crash", None), ("exit", None), ("babble", None), ("SIGKILL", None), ("abort", None), ("hang-read", None))


class Sufferer:
    """Lets a camera suffer one fault after the other, each after a few thousand frames."""

    def __init__(self, camera, faults):
        self.camera, self.faults, self.count = camera, faults, 0
        self.next_at = options.chance.randint(1000, 4000)
        self.clear_at = None

    def tick(self, pid):
        now = time.monotonic()
        if self.clear_at and now > self.clear_at:
            self.camera.clear()
            self.clear_at = None
        if self.camera.delivered < self.next_at:
            return
        self.next_at = self.camera.delivered + options.chance.randint(2000, 6000)
        order, holds_s = self.faults[self.count % len(self.faults)]
        self.count += 1
        if order == "SIGKILL":
            if pid:
                os.kill(pid, signal.SIGKILL)
            return
        self.camera.order(order, once=holds_s is None)
        self.clear_at = now + holds_s if holds_s else None


def soak(appliance, sufferers, frames):
    """Runs until so many frames were delivered. -> ({process: [(share, look)]}, seconds)"""
    samples, began_at = {}, time.monotonic()
    limit_s = 3 * frames / (RATE_HZ * len(sufferers)) + 60
    delivered, pids, look_at, shown_at = 0, {}, 0, began_at
    earlier = sum(sufferer.camera.delivered for sufferer in sufferers)
    while delivered < frames:
        delivered = sum(sufferer.camera.delivered for sufferer in sufferers) - earlier
        share = delivered / frames
        if time.monotonic() > look_at:  # rarely: looking costs the core memory for a moment
            look_at = time.monotonic() + 5
            pids = {name: camera["worker"]["pid"] for name, camera in appliance.cameras().items()}
        for sufferer in sufferers:
            sufferer.tick(pids.get(sufferer.camera.name))
        samples.setdefault("core", []).append((share, processes.look(appliance.pid)))
        for name, pid in pids.items():
            if pid:
                samples.setdefault(name, []).append((share, processes.look(pid)))
                if not samples[name][-1][1]:
                    look_at = min(look_at, time.monotonic() + 0.5)  # it has died: soon there is another one
        if time.monotonic() - shown_at > 60:
            shown_at = time.monotonic()
            print(f"   {delivered} frames, {shown_at - began_at:.0f} s", flush=True)
        check(time.monotonic() - began_at < limit_s, f"only {delivered} of {frames} frames in {limit_s:.0f} s")
        time.sleep(0.25)
    return samples, time.monotonic() - began_at


def all_record(appliance):
    return all(camera["state"] == "running" and camera["is_recording"] for camera in appliance.cameras().values())


def judge(name, samples, frames):
    """Figures at 5 % and at the end. -> (line of the table, [complaint])"""
    complaints, cells = [], []
    # In a short run so little time is spent at 5 % that a worker may be away for all of it.
    begins, ends = ((0.04, 0.1), (0.92, 1.1)) if frames >= 200_000 else ((0.04, 0.3), (0.7, 1.1))
    # What the core has open changes with each camera that comes and goes: it is compared while all are well (see below).
    keys = (("rss_bytes", 1 << 20), ("descriptors", 1), ("threads", 1))
    for key, unit in keys[:1] if name == "core" else keys:
        # Of workers that end all the time some look is at one that has just begun: the lower middle.
        early, late = (processes.window(samples, key, *span, statistics.median_low) for span in (begins, ends))
        if early is None or late is None:
            return f"   {name:8} was not there at 5 % or at the end", [f"{name} was not there at 5 % or at the end"]
        cells.append(f"{key.split('_')[0]} {early / unit:.1f} -> {late / unit:.1f}" if unit > 1 else f"{key} {early} -> {late}")
        grown = late - early
        if key == "rss_bytes" and grown > MEMORY_SLACK_BYTES:
            complaints.append(f"{name} grew by {grown / unit:.1f} MB")
        if key != "rss_bytes" and grown > 0:
            complaints.append(f"{name} has {grown} {key} more than at 5 %")
    return f"   {name:8} " + ", ".join(cells), complaints


@case("faults: a soak at speed grows nothing and loses no second")
def soak_at_speed():
    with tempfile.TemporaryDirectory(prefix="porchlight-faults-") as folder:
        pictures = make_pictures(os.path.join(folder, "pictures"), size="128x96", rate_hz=RATE_HZ, seconds=2)
        cameras = [FaultyCamera(folder, f"soak{i}", pictures, rate_hz=RATE_HZ) for i in range(4)]
        sufferers = [Sufferer(camera, GENTLE if i < 2 else DEADLY) for i, camera in enumerate(cameras)]
        health = {"frame_timeout": "2s", "recovery_cooldown": "1s", "max_recovery_attempts": 100}
        with Appliance(staged(options.build), {camera.name: camera.config(health=health) for camera in cameras}) as appliance:
            wait_until("all cameras record", 20, lambda: all_record(appliance))
            time.sleep(2)
            before = processes.look(appliance.pid)
            samples, took_s = soak(appliance, sufferers, options.frames)
            for camera in cameras:
                camera.clear()
            wait_until("all cameras record again", 20, lambda: all_record(appliance))
            time.sleep(5)
            for key in ("descriptors", "threads"):
                wait_until(f"the core has {before[key]} {key} again", 20, lambda: processes.look(appliance.pid)[key] <= before[key], 0.5)
            begins = processes.look(appliance.pid)["begins"]
            check(begins <= 2 * len(cameras), f"{begins} begins of streams wait to be read back")
            found = {camera.name: ledger.coverage(appliance, camera.name) for camera in cameras}
            delivered, faults = sum(camera.delivered for camera in cameras), sum(sufferer.count for sufferer in sufferers)
            appliance.stop()
            held_s = {name: ledger.check_against_files(appliance, name, coverage, tolerance_s=1) for name, coverage in found.items()}
        print(f"   {delivered} frames and {faults} faults in {took_s:.0f} s", flush=True)
        problems = []
        for name in sorted(samples):
            line, complaints = judge(name, samples[name], options.frames)
            problems += complaints
            if name in found:
                line += f"; ledger {found[name]['recorded_s']:.2f} s + gaps {found[name]['gap_s']:.2f} s, files {held_s[name]:.2f} s"
            print(line, flush=True)
        check(not problems, "; ".join(problems))
