"""The whole appliance with real cameras - USB webcams made of software (uvcsim), the kernel's vivid - in 512 MB. Runs inside the VM."""
import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path[:0] = [HERE, os.path.join(TESTS, "support"), os.path.join(TESTS, "support", "appliance")]
import ledger  # noqa: E402
from appliance import Appliance, seconds_of  # noqa: E402
from cases import case, check, run_cases, wait_until  # noqa: E402
from devices import Webcam, by_id, jpegs, options, vivid  # noqa: E402

MODULES = ["vivid n_devs=1 node_types=0x1 num_inputs=1 input_types=0x0", "vhci_fw", "uvcvideo"]
MEMORY_MB = 512  # a Raspberry Pi Zero 2 W
MINUTES = 12
RUNS_ON_THIS_MACHINE = False
FPS = 5  # an emulated CPU encodes, too


def desk(**health):
    return {"desk": {"source": {"plugin": "v4l2", "device": by_id(), "format": "yuyv", "width": 320, "height": 240, "fps": FPS},
                     "record": {"mode": "continuous"}, "health": {"frame_timeout": "5s", "recovery_cooldown": "2s", **health}}}


def recovered(appliance, since):
    camera = appliance.camera("desk")
    return camera["state"] == "running" and camera["is_recording"] and time.monotonic() > since + 1


def begin(appliance):
    wait_until("the webcam is recorded", 90, lambda: recovered(appliance, 0), 0.5)
    time.sleep(5)


def check_recordings(appliance):
    """The daemon has ended. What the ledger calls recorded is in the files."""
    found = ledger.coverage(appliance, "desk")
    appliance.stop()
    held_s = ledger.check_against_files(appliance, "desk", found, tolerance_s=2)
    gaps = [(row["cause"], round(seconds_of(row["ended_at"]) - seconds_of(row["started_at"]), 1))
            for row in found["intervals"] if row["kind"] == "gap" and row["ended_at"]]
    print(f"   recorded {found['recorded_s']:.1f} s (files {held_s:.1f} s), gaps {gaps}", flush=True)
    return [cause for cause, _ in gaps]


@case("a webcam that is pulled is told as such and recorded again when it is back; 512 MB make the profile lite")
def pulled():
    with Webcam(fps=FPS) as webcam, Appliance(options.build, desk()) as appliance:
        begin(appliance)
        memory = appliance.get("/system")["memory"]
        check(memory["total_bytes"] < 600 << 20, f"this machine has {memory['total_bytes']} bytes")
        doctor = appliance.cli("doctor").stdout
        check("profile lite" in doctor, doctor)
        webcam.unplug()
        wait_until("it is told that the webcam is away", 30, lambda: "plugged in?" in appliance.camera("desk")["reason"], 0.5)
        check(appliance.camera("desk")["state"] in ("degraded", "offline"), f"{appliance.camera('desk')}")
        time.sleep(5)
        with Webcam(fps=FPS):
            since = time.monotonic()
            wait_until("it is recorded again", 40, lambda: recovered(appliance, since), 0.5)
            print(f"   recorded again {time.monotonic() - since:.1f} s after it was plugged in; core {memory['core_rss_bytes'] >> 20} MiB", flush=True)
            time.sleep(3)
            causes = check_recordings(appliance)
        check(set(causes) & {"connection_lost", "capture_failure"}, f"gaps {causes}")


@case("a frozen webcam is helped rung by rung, up to a reset of the USB device, and recorded again when it thaws")
def frozen():
    with Webcam(fps=FPS) as webcam, Appliance(options.build, desk(max_consecutive_failures=2, max_recovery_attempts=4)) as appliance:
        begin(appliance)
        webcam.toggle_freeze()
        wait_until("the device is reset", 180, lambda: any(rung == "reset_device" and outcome != "running"
                                                           for _, rung, outcome, _ in appliance.recoveries("desk")), 1)
        tried = appliance.recoveries("desk")
        webcam.toggle_freeze()
        since = time.monotonic()
        wait_until("it is recorded again", 90, lambda: recovered(appliance, since), 0.5)
        print(f"   {', '.join(rung for _, rung, _, _ in tried)}; {tried[-1][3]}; recorded again {time.monotonic() - since:.1f} s after the thaw", flush=True)
        rungs = [rung for _, rung, _, _ in tried]
        check(rungs[:4] == ["retry", "restart_stream", "respawn_worker", "reset_device"], f"the rungs were {rungs}")
        check(any("/dev/bus/usb/" in step for step in tried[3][3]), f"the steps of the reset: {tried[3][3]}")
        time.sleep(3)
        check_recordings(appliance)


@case("a webcam and vivid are found, shown and recorded together; stills of both at one moment")
def together():
    v4l2 = {"plugin": "v4l2", "fps": FPS}
    cameras = {"usb": {"source": {**v4l2, "device": by_id(), "format": "mjpeg"}, "record": {"mode": "continuous"}},
               "tv": {"source": {**v4l2, "device": vivid(), "input": 0, "width": 320, "height": 180}, "record": {"mode": "continuous"}}}
    with Webcam("--mjpeg", jpegs(), fps=FPS), Appliance(options.build, cameras) as appliance:
        wait_until("both are recorded", 120, lambda: all(camera["state"] == "running" and camera["is_recording"] for camera in appliance.cameras().values()), 1)
        sources = lambda: json.loads(appliance.cli("sources", "--json").stdout).get("sources", [])
        wait_until("both are found", 60, lambda: {"usb", "tv"} <= {source["configured_as"] for source in sources()}, 2)
        check(any("YUYV" in source["offers"] for source in sources()), f"{sources()}")
        stills = appliance.cli("snapshot", "usb", "tv", "--out", appliance.folder, "--json", timeout_s=120)
        check(stills.returncode == 0, stills.stdout + stills.stderr)
        print(f"   two stills, {json.loads(stills.stdout)['spread_us'] / 1000:.0f} ms apart by their sensors")
        time.sleep(5)
        check(appliance.process.log().count("encoded by libx264") >= 2, "the log does not say which encoder is used")
        found = {name: ledger.coverage(appliance, name) for name in cameras}
        appliance.stop()
        for name, coverage in found.items():
            held_s = ledger.check_against_files(appliance, name, coverage, tolerance_s=2)
            check(coverage["recorded_s"] > 5, f"{name}: {coverage['recorded_s']} s recorded")
            print(f"   {name}: recorded {coverage['recorded_s']:.1f} s (files {held_s:.1f} s)", flush=True)


if __name__ == "__main__":
    sys.exit(run_cases(options.only))
