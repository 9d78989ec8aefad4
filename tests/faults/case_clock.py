"""The nights in which the clocks of Berlin change, lived through in real time at a shifted clock."""
import calendar
import os
import signal
import tempfile
import time

import clips
import ledger
import options
from appliance import Appliance
from case_host import ShiftedClock, gaps_of, two_cameras, wait_well, workers_of
from cases import case, check, wait_until
from faulty import staged

BEFORE_S, AFTER_S = 22, 14
NIGHTS = {"summer time ends": "2027-10-31 01:00:00", "summer time begins": "2027-03-28 01:00:00"}  # UTC


def rows_of(appliance, name):
    return appliance.rows("SELECT path, started_at_us, ended_at_us, clock_state FROM recording JOIN camera ON camera.id = camera_id"
                          " WHERE name = ? ORDER BY recording.id", name)


def check_order(appliance, name):
    """One after the other in UTC, in the order they were made, under names that say so; each plays."""
    rows, before = rows_of(appliance, name), 0
    check(len({row[0] for row in rows}) == len(rows) == len(appliance.recordings(name)), f"{name}: rows and files differ: {rows}")
    for path, started_at_us, ended_at_us, _ in rows:
        # Pictures are stamped as they arrive, on a busy machine late.
        check(started_at_us >= before - 500_000, f"{name}: {path} begins {(before - started_at_us) // 1000} ms before the one before it ends")
        before = ended_at_us
        stamp = time.strftime("%Y-%m-%d/%H%M%S", time.gmtime(started_at_us / 1e6))
        check(path.startswith(f"{name}/{stamp}"), f"{name}: {path} began at {stamp} UTC")
        said = clips.complaints(os.path.join(appliance.data, "recordings", path))
        check(not said, f"{path}: {said[:200]}")
    return rows


def live_through(change_utc):
    change = calendar.timegm(time.strptime(change_utc, "%Y-%m-%d %H:%M:%S"))
    with tempfile.TemporaryDirectory(prefix="porchlight-faults-") as folder:
        clock = ShiftedClock(options.build, folder)
        clock.set(change - BEFORE_S - 3600 - time.time())  # an hour early: once all is well the clock goes ahead, never back
        environment = dict(clock.environment, TZ="Europe/Berlin")
        with Appliance(staged(options.build), two_cameras(folder), environment=environment) as appliance:
            wait_well(appliance)
            wall = lambda: time.time() + change - BEFORE_S - began
            began = time.time()
            clock.set(change - BEFORE_S - began)
            wait_until("the hour comes", BEFORE_S + 10, lambda: wall() >= change + 2)
            for pid in workers_of(appliance).values():
                os.kill(pid, signal.SIGKILL)  # the second 02:00 of the night needs files of its own
            time.sleep(1)
            wait_well(appliance)
            wait_until("the hour is over", AFTER_S + 20, lambda: wall() >= change + AFTER_S)
            found = {name: ledger.coverage(appliance, name) for name in ("network", "scene")}
            checked = appliance.cli("check")
            check(checked.returncode == 0, f"porchlight check: {checked.stdout}{checked.stderr}")
            appliance.stop()
            for name, coverage in found.items():
                rows = check_order(appliance, name)
                check(any(row[1] < change * 1e6 for row in rows) and any(row[1] >= change * 1e6 for row in rows), f"{name}: {rows} are not on both sides")
                gaps = gaps_of(coverage, change - 3)
                check({cause for cause, _ in gaps} <= {"worker_restart", "starting"}, f"{name}: gaps {gaps}")
                check(sum(span for _, span in gaps) < 6, f"{name}: gaps {gaps}")
                print(f"   {name}: {len(rows)} recordings, in order, {coverage['recorded_s']:.1f} s; gaps after the change {gaps}", flush=True)


@case("faults: the night in which summer time ends writes no hour twice, loses none, and keeps the order")
def summer_ends():
    live_through(NIGHTS["summer time ends"])


@case("faults: so does the night in which it begins")
def summer_begins():
    live_through(NIGHTS["summer time begins"])
