"""Kills workers and the core at random moments, and asks for the truth afterwards."""
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


def check_files(appliance, seen):
    """Every recording that was not looked at yet reads without a message."""
    for path in appliance.recordings():
        key = (path, os.path.getsize(path))
        if key not in seen:
            said = clips.complaints(path)
            check(not said, f"{os.path.basename(path)}: {said[:300]}")
            seen.add(key)


def check_history(appliance):
    """Files and rows belong together; no event is open. The daemon must not be running."""
    database = sqlite3.connect(f"file:{appliance.data}/porchlight.db?mode=ro", uri=True)
    try:
        rows = [path for path, in database.execute("SELECT path FROM recording")]
        check(database.execute("PRAGMA integrity_check").fetchone()[0] == "ok", "the database is damaged")
    finally:
        database.close()
    files = [os.path.relpath(path, os.path.join(appliance.data, "recordings")) for path in appliance.recordings()]
    check(set(files) <= set(rows), f"files without a row: {sorted(set(files) - set(rows))}")


def cameras(folder):
    clip = clips.walking_box(os.path.join(folder, "walk.mp4"), visits=((2, 5), (9, 12)), duration_s=15)
    return {"scene": {"source": {"plugin": "testpattern"}, "record": {"mode": "continuous"}},
            "walk": {"source": {"plugin": "ffmpeg", "url": clip.path}, "record": {"mode": "motion", "pre_roll": "2s", "post_roll": "2s"}}}


@case("faults: workers killed at random are back, the other camera goes on")
def kill_workers():
    with tempfile.TemporaryDirectory(prefix="porchlight-faults-") as folder:
        with Appliance(options.build, cameras(folder)) as appliance:
            for _ in range(options.rounds):
                wait_until("all cameras run", 15, lambda: all_run(appliance))
                time.sleep(options.chance.uniform(0, 1.5))
                before = appliance.cameras()
                name = options.chance.choice(sorted(before))
                victim = before[name]["worker"]["pid"]
                os.kill(victim, signal.SIGKILL)
                wait_until(f"{name} is back", 10, lambda: appliance.camera(name)["worker"]["pid"] not in (0, victim))
                for other, camera in appliance.cameras().items():
                    check(other == name or camera["worker"]["pid"] == before[other]["worker"]["pid"],
                          f"{other} lost its worker when that of {name} was killed")
            took = appliance.stop()
            check(took < 10, f"stopping took {took:.1f} s")
            check_files(appliance, set())
            check_history(appliance)


@case("faults: the core killed at random leaves nothing behind and nothing broken")
def kill_core():
    seen = set()
    with tempfile.TemporaryDirectory(prefix="porchlight-faults-") as folder:
        with Appliance(options.build, cameras(folder)) as appliance:
            for _ in range(options.rounds):
                # From the very start of a start to well inside an event.
                time.sleep(options.chance.choice((options.chance.uniform(0, 0.3), options.chance.uniform(0.5, 6))))
                workers = appliance.workers()
                appliance.kill()
                wait_until("the workers end", 1, lambda: not any(is_alive(pid) for pid in workers), 0.01)
                check_files(appliance, seen)
                appliance.start()
                checked = appliance.cli("check")
                check(checked.returncode == 0, f"porchlight check: {checked.stdout}{checked.stderr}")
            wait_until("all cameras run", 15, lambda: all_run(appliance))
            took = appliance.stop()
            check(took < 10, f"stopping took {took:.1f} s")
            check_files(appliance, seen)
            check_history(appliance)
