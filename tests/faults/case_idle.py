"""What is written while nothing happens: measured from outside, by the kernel's account of each process."""
import os
import tempfile
import time

import options
from appliance import Appliance
from cases import case, check, wait_until
from faulty import FaultyCamera, make_pictures, staged

SETTLE_S, WATCH_S, LONG_S = 20, 65, 240
# The floor that docs/storage.md states: bytes a minute, and syncs of the database a minute.
FLOOR_BYTES, FLOOR_SYNCS = 64 << 10, 4


def written(pids):
    """Bytes these processes caused to be written to disks."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/io") as file:
            facts = dict(line.split(": ") for line in file.read().splitlines())
        total += int(facts["write_bytes"]) - int(facts["cancelled_write_bytes"])
    return total


def syncs(appliance):
    return {row["purpose"]: row["syncs"] for row in appliance.get("/system")["storage"]["written"]}


@case("faults: two cameras that see nothing move: next to nothing is written")
def idle_floor():
    watch_s = LONG_S if options.is_long else WATCH_S
    with tempfile.TemporaryDirectory(prefix="porchlight-faults-") as folder:
        pictures = make_pictures(os.path.join(folder, "pictures"), size="320x240", rate_hz=10)
        cameras = {name: FaultyCamera(folder, name, pictures, rate_hz=10).config() for name in ("left", "right")}
        for camera in cameras.values():
            camera["record"] = {"mode": "motion"}
        with Appliance(staged(options.build), cameras) as appliance:
            wait_until("both cameras run", 30, lambda: all(c["state"] == "running" for c in appliance.cameras().values()))
            time.sleep(SETTLE_S)
            pids = [appliance.pid, *appliance.workers()]
            bytes_before, syncs_before, began = written(pids), syncs(appliance), time.monotonic()
            time.sleep(watch_s)
            minutes = (time.monotonic() - began) / 60
            rate = (written(pids) - bytes_before) / minutes
            now = syncs(appliance)
            sync_rate = {purpose: (count - syncs_before.get(purpose, 0)) / minutes for purpose, count in now.items()}
            events = len(appliance.events())
            check(pids == [appliance.pid, *appliance.workers()], "a process was replaced meanwhile")
        print(f"   {rate / 1024:.1f} KiB a minute written, syncs a minute: { {k: round(v, 1) for k, v in sync_rate.items()} }, {events} events", flush=True)
        check(events == 0, f"{events} events: something moved")
        check(rate <= FLOOR_BYTES, f"{rate / 1024:.1f} KiB a minute are written while nothing happens; the floor is {FLOOR_BYTES >> 10} KiB")
        check(sum(sync_rate.values()) <= FLOOR_SYNCS, f"{sum(sync_rate.values()):.1f} syncs a minute while nothing happens; the floor is {FLOOR_SYNCS}")
