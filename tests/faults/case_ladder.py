"""A camera that does not come back: the ladder is climbed rung by rung, given up, and a person is called; then all is well at once."""
import os
import tempfile
import time

import ledger
import options
import witness
from appliance import Appliance, seconds_of
from cases import case, check, wait_until
from faulty import FaultyCamera, make_pictures, staged
from watch import Watch

ATTEMPTS = 4


@case("faults: a camera that stays silent is helped rung by rung, then rests, and a person is called")
def ladder():
    health = {"frame_timeout": "1s", "max_consecutive_failures": 2, "recovery_cooldown": "1s", "max_recovery_attempts": ATTEMPTS}
    with tempfile.TemporaryDirectory(prefix="porchlight-faults-") as folder:
        pictures = make_pictures(os.path.join(folder, "pictures"), size="160x128", rate_hz=10)
        camera = FaultyCamera(folder, "silent", pictures, rate_hz=10)
        with Appliance(staged(options.build), {"silent": camera.config(health=health)}) as appliance:
            wait_until("the camera runs", 20, lambda: appliance.camera("silent")["state"] == "running")
            time.sleep(1)
            watch, began_at = Watch(appliance), camera.order("stall")
            called = lambda: [text for _, alert, text in watch.alerts("silent", began_at) if alert == "CAMERA_CRITICAL"]
            wait_until("a person is called", 60, called, 0.5)
            called_after_s = time.monotonic() - began_at
            climbed = appliance.recoveries("silent")
            shown = appliance.camera("silent")
            ended_at = camera.clear()
            wait_until("the camera runs again", 4, lambda: appliance.camera("silent")["state"] == "running")
            well_after_s = time.monotonic() - ended_at
            recovered = [text for _, alert, text in watch.alerts("silent", ended_at) if alert == "CAMERA_RECOVERY"]
        rungs = [rung for _, rung, _, _ in climbed]
        print(f"   {', '.join(rungs)}; a person is called after {called_after_s:.1f} s; well {well_after_s:.1f} s after the fault's end", flush=True)
        check(rungs[:3] == ["retry", "restart_stream", "respawn_worker"], f"the rungs were {rungs}")
        check(len(rungs) <= ATTEMPTS + 1, f"{len(rungs)} attempts, {ATTEMPTS} are allowed before the rest")
        check(all(outcome != "recovered" for _, _, outcome, _ in climbed), f"nothing helped, but the history says {climbed}")
        check(all(steps for _, _, _, steps in climbed), f"an attempt without steps: {climbed}")
        for earlier, later in zip(climbed, climbed[1:]):
            check(later[0] - earlier[0] > 0.9, f"less than the cooldown between {earlier[1]} and {later[1]}")
        check(shown["reason"] and shown["action"], f"the camera says neither why nor what is done: {shown}")
        check(len(recovered) == 1, f"CAMERA_RECOVERY: {recovered}")


@case("faults: a camera that pauses for a moment is not blamed, and the ledger knows of the moment")
def pause():
    with tempfile.TemporaryDirectory(prefix="porchlight-faults-") as folder:
        pictures = make_pictures(os.path.join(folder, "pictures"), size="160x128", rate_hz=10)
        camera = FaultyCamera(folder, "pausing", pictures, rate_hz=10)
        with Appliance(staged(options.build), {"pausing": camera.config()}) as appliance:
            wait_until("the camera records", 20, lambda: appliance.camera("pausing")["is_recording"])
            time.sleep(3)
            began_at = time.time()
            camera.order("stall")
            time.sleep(1.5)
            camera.clear()
            time.sleep(5)
            shown = appliance.camera("pausing")
            found = ledger.coverage(appliance, "pausing", began_at - 1)
            appliance.stop()
            times = witness.recorded_times(appliance, "pausing")
            longest_s, _ = witness.largest_gap(times, began_at - 1, began_at + 5)
            ledger.check_against_files(appliance, "pausing", found, tolerance_s=0.5)
        gaps = [(row["cause"], seconds_of(row["ended_at"]) - seconds_of(row["started_at"])) for row in found["intervals"] if row["kind"] == "gap" and row["ended_at"]]
        print(f"   no picture for {longest_s:.2f} s; gaps {[(cause, round(span, 2)) for cause, span in gaps]}", flush=True)
        check(shown["score"] == 100 and not shown["faults"], f"blamed: {shown['score']}, {shown['faults']}")
        check(len(gaps) == 1 and gaps[0][0] == "no_frames", f"gaps {gaps}")
        check(abs(gaps[0][1] + 0.1 - longest_s) < 0.3, f"the gap lasts {gaps[0][1]:.2f} s, no picture came for {longest_s:.2f} s")
