"""kill -9 of workers and of the core at random moments, and the question what is true afterwards."""
import os
import signal
import sqlite3
import tempfile
import time

import clips
import options
from appliance import Appliance, is_alive
from cases import case, check, wait_until


def all_run(appliance):
    cameras = appliance.cameras().values()
    return all(camera["state"] == "running" and camera["counters"]["packets"] > 0 for camera in cameras)


def has_footage(path):
    """False for a file that was begun, and its writer killed before the first fragment: the next start removes it."""
    with open(path, "rb") as file:
        return b"moof" in file.read(16384)


def check_files(appliance, seen, after_kill=False):
    """Every recording that was not looked at yet reads and decodes without a message."""
    for path in appliance.recordings():
        key = (path, os.path.getsize(path))
        if key not in seen and (not after_kill or has_footage(path)):
            said = clips.complaints(path)
            check(not said, f"{os.path.basename(path)}: {said[:300]}")
            seen.add(key)


def check_history(appliance):
    """Files and rows belong together; the database is whole. The daemon must not be running."""
    rows = [path for path, in appliance.rows("SELECT path FROM recording")]
    check(appliance.rows("PRAGMA integrity_check")[0][0] == "ok", "the database is damaged")
    files = [os.path.relpath(path, os.path.join(appliance.data, "recordings")) for path in appliance.recordings()]
    check(set(files) <= set(rows), f"files without a row: {sorted(set(files) - set(rows))}")


class EventsSeen:
    """Remembers each event that was closed once; none may be lost or open again, whoever is killed."""

    def __init__(self):
        self.closed = {}
        self.clips_read = set()

    def look(self, appliance):
        """Reads the database as it is, also right before a kill: what stands there is promised."""
        try:
            rows = appliance.rows("SELECT id, state, ended_at_us, footage_gone_reason FROM event")
        except sqlite3.OperationalError:
            return  # the very first start is still making the tables
        now = {row[0]: row for row in rows}
        for event, ended_at_us in self.closed.items():
            check(event in now, f"event {event} was closed, and is lost")
            check(now[event][1] == "closed", f"event {event} was closed, and is {now[event][1]}")
            check(now[event][2] == ended_at_us, f"event {event} was closed, and ends at another time")
        self.closed.update({event: row[2] for event, row in now.items() if row[1] == "closed"})

    def read_new_clips(self, appliance, folder):
        """The clip of each event that was closed since, as a viewer gets it: it must decode."""
        for event in appliance.events():
            if event["state"] != "closed" or not event["clip_url"] or event["id"] in self.clips_read:
                continue
            status, _, body = appliance.request("GET", event["clip_url"], headers={"Cookie": appliance.cookie})
            check(status in (200, 206), f"clip of {event['id']}: {status} {body[:200]!r}")
            path = os.path.join(folder, "clip.mp4")
            with open(path, "wb") as file:
                file.write(body)
            said = clips.complaints(path)
            check(not said, f"clip of {event['id']}: {said[:300]}")
            self.clips_read.add(event["id"])


def moving_cameras(folder, count):
    """Cameras with a visitor every four seconds: events open and close all the time."""
    quick = {"pre_roll": "1s", "post_roll": "1s"}
    clip = clips.walking_box(os.path.join(folder, "walk.mp4"), visits=((0.5, 2),), duration_s=5, size="320x180")
    detect = {"event_gap": "1s"}
    cameras = {"scene": {"source": {"plugin": "testpattern", "width": 320, "height": 240, "fps": 10, "figure_every": "5s", "figure_for": "2s"},
                         "record": {"mode": "continuous"}, "detect": detect}}
    for i in range(1, count):
        cameras[f"walk{i}"] = {"source": {"plugin": "ffmpeg", "url": clip.path}, "detect": detect,
                               "record": {"mode": "motion" if i % 2 else "continuous", **quick},
                               "health": {"recovery_cooldown": "1s", "max_recovery_attempts": 100}}
    return cameras


@case("faults: workers killed at random are back, the other cameras go on")
def kill_workers():
    chance, events = options.chance, EventsSeen()
    with tempfile.TemporaryDirectory(prefix="porchlight-faults-") as folder:
        with Appliance(options.build, moving_cameras(folder, 6)) as appliance:
            wait_until("all cameras run", 20, lambda: all_run(appliance))
            slowest = 0
            for _ in range(options.rounds):
                # Whoever was killed a moment ago rests a little: another one is taken meanwhile.
                ready = wait_until("a worker runs", 15, lambda: {name: camera for name, camera in appliance.cameras().items()
                                                                 if camera["worker"]["pid"] and camera["state"] == "running"})
                time.sleep(chance.uniform(0, 0.5))
                before = appliance.cameras()
                name = chance.choice(sorted(ready))
                victim = before[name]["worker"]["pid"]
                if not victim:
                    continue
                os.kill(victim, signal.SIGKILL)
                killed_at = time.monotonic()
                wait_until(f"{name} has a new worker", 12, lambda: appliance.camera(name)["worker"]["pid"] not in (0, victim))
                slowest = max(slowest, time.monotonic() - killed_at)
                for other, camera in appliance.cameras().items():
                    check(other == name or camera["worker"]["pid"] == before[other]["worker"]["pid"],
                          f"{other} lost its worker when that of {name} was killed")
                events.look(appliance)
            wait_until("all cameras run", 30, lambda: all_run(appliance))
            events.read_new_clips(appliance, folder)
            took = appliance.stop()
            check(took < 10, f"stopping took {took:.1f} s")
            check_files(appliance, set())
            check_history(appliance)
            print(f"   {options.rounds} workers killed, a new one after {slowest:.1f} s at most; {len(events.closed)} events closed, "
                  f"{len(events.clips_read)} clips and {len(appliance.recordings())} recordings read", flush=True)


@case("faults: the core killed at random leaves nothing behind and nothing broken")
def kill_core():
    chance, events, seen = options.chance, EventsSeen(), set()
    with tempfile.TemporaryDirectory(prefix="porchlight-faults-") as folder:
        with Appliance(options.build, moving_cameras(folder, 4)) as appliance:
            for number in range(options.rounds):
                # From the very start of a start to well inside an event, now and then behind its end.
                time.sleep(chance.choice((chance.uniform(0, 0.3), chance.uniform(0.3, 2), chance.uniform(0.3, 2), chance.uniform(2, 6))))
                events.look(appliance)
                workers = appliance.workers()
                appliance.kill()
                wait_until("the workers end", 1, lambda: not any(is_alive(pid) for pid in workers), 0.01)
                check_files(appliance, seen, after_kill=True)
                appliance.start()
                events.look(appliance)
                checked = appliance.cli("check")
                check(checked.returncode == 0, f"porchlight check after round {number}: {checked.stdout}{checked.stderr}")
                if number % 20 == 19:
                    events.read_new_clips(appliance, folder)
            wait_until("all cameras run", 20, lambda: all_run(appliance))
            events.read_new_clips(appliance, folder)
            took = appliance.stop()
            check(took < 10, f"stopping took {took:.1f} s")
            check_files(appliance, seen)
            check_history(appliance)
            print(f"   the core killed {options.rounds} times; {len(events.closed)} events closed, {len(events.clips_read)} clips and "
                  f"{len(appliance.recordings())} recordings read", flush=True)
