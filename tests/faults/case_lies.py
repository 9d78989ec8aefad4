"""A worker that was taken over and says what it likes, beside a camera that must not notice."""
import os
import tempfile
import time

import options
import processes
import witness
from appliance import Appliance
from cases import case, check, wait_until
from faulty import FaultyCamera, make_pictures, staged

LIES_S = 8.0
FRAME_S, SLACK_S = 0.1, 0.2
CORE_GROWTH_BYTES = 24 << 20
LOG_GROWTH_BYTES = 200 << 10   # 400 lines of 1.5 KB come each second


def numbers_of(value):
    """All numbers in an answer."""
    if isinstance(value, dict):
        value = value.values()
    if isinstance(value, (int, float)):
        return [] if isinstance(value, bool) else [value]
    return [number for entry in value for number in numbers_of(entry)] if not isinstance(value, (str, type(None))) else []


@case("faults: a worker that lies in every message costs only its own camera")
def lies():
    with tempfile.TemporaryDirectory(prefix="porchlight-faults-") as folder:
        pictures = make_pictures(os.path.join(folder, "pictures"), size="160x128", rate_hz=10)
        liar, good = FaultyCamera(folder, "liar", pictures, rate_hz=10), FaultyCamera(folder, "good", pictures, rate_hz=10)
        with Appliance(staged(options.build), {"liar": liar.config(), "good": good.config()}) as appliance:
            wait_until("both cameras run", 40, lambda: all(camera["state"] == "running" for camera in appliance.cameras().values()))
            time.sleep(3)
            before, log_before, began = processes.look(appliance.pid), len(appliance.process.log()), time.time()
            good_pid = appliance.cameras()["good"]["worker"]["pid"]
            liar.order("lie")
            most, worst = before["rss_bytes"], 0
            until = time.monotonic() + LIES_S
            while time.monotonic() < until:
                time.sleep(0.25)
                most = max(most, processes.look(appliance.pid)["rss_bytes"])
                worst = max(worst, *numbers_of(appliance.cameras()["liar"]))
            log_growth = len(appliance.process.log()) - log_before
            liar.clear()
            ended = time.time()
            wait_until("the liar is well again", 30, lambda: appliance.cameras()["liar"]["state"] == "running")
            shown = appliance.cameras()["good"]
            events = appliance.events("liar")
            appliance.stop()
            gap = witness.largest_gap(witness.recorded_times(appliance, "good"), began, ended)[0]
        print(f"   the core grew by {(most - before['rss_bytes']) >> 10} KiB, the log by {log_growth >> 10} KiB; {len(events)} events of the liar; "
              f"the good camera lost {1000 * gap:.0f} ms at most", flush=True)
        check(gap <= FRAME_S + SLACK_S, f"the good camera lost {1000 * gap:.0f} ms")
        check(shown["worker"]["pid"] == good_pid and shown["score"] == 100, f"the good camera is {shown['state']}, score {shown['score']}")
        check(most - before["rss_bytes"] < CORE_GROWTH_BYTES, f"the core grew from {before['rss_bytes']} to {most} bytes")
        check(log_growth < LOG_GROWTH_BYTES, f"the log grew by {log_growth} bytes")
        check(worst < 1e17, f"{worst} is shown of the liar")
        check(all(len(event["zone"] or "") <= 64 for event in events), f"zones of {[len(event['zone']) for event in events]} bytes")
