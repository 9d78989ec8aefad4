"""What a kill -9 costs: of a worker, of the core."""
import os
import signal
import threading
import time

import clips
import settings
from appliance import Appliance, is_alive, seconds_of
from cases import case, check, wait_until

SCENE = {"source": {"plugin": "testpattern"}, "record": {"mode": "continuous", "pre_roll": "3s", "post_roll": "2s"}}


def running(appliance, name):
    camera = appliance.camera(name)
    return camera if camera["state"] == "running" and camera["counters"]["packets"] > 5 else None


def biggest_hole(appliance, name):
    """-> (longest time between two pictures of the newest recording, its pictures)"""
    times = clips.frame_times(appliance.recordings(name)[-1])
    return max(b - a for a, b in zip(times, times[1:])), len(times)


@case("crash: a killed worker costs the other camera nothing and is back within 3 s")
def worker_killed():
    with Appliance(settings.build, {"left": SCENE, "right": SCENE}) as appliance:
        for name in ("left", "right"):
            wait_until(f"{name} runs", 15, lambda: running(appliance, name))
        victim = appliance.camera("left")["worker"]["pid"]
        check(victim in appliance.workers(), f"worker {victim} is no child of the core")
        frames = []
        viewer = threading.Thread(target=lambda: frames.extend(appliance.live_frames("right", 8)))
        viewer.start()
        time.sleep(2)
        os.kill(victim, signal.SIGKILL)
        killed = time.monotonic()
        camera = wait_until("left delivers again", 3, lambda: (lambda c: c["worker"]["pid"] not in (0, victim) and
                            c["state"] == "running" and c["counters"]["packets"] > 0 and c)(appliance.camera("left")))
        back = time.monotonic() - killed
        check(camera["worker"]["starts"] == 2, f"worker starts: {camera['worker']['starts']}")
        viewer.join()
        pauses = [b[0] - a[0] for a, b in zip(frames, frames[1:])]
        check(len({frame for _, frame in frames}) > 20, f"live of the other camera showed {len(frames)} pictures")
        check(max(pauses) < 1.0, f"live of the other camera paused for {max(pauses):.2f} s")
        other = appliance.camera("right")
        check(other["worker"]["starts"] == 1 and other["state"] == "running", f"the other camera: {other}")
        appliance.stop()
        hole, pictures = biggest_hole(appliance, "right")
        check(pictures > 50 and hole < 0.5, f"recording of the other camera: {pictures} pictures, longest hole {hole:.2f} s")
        check(len(appliance.recordings("left")) >= 2, "the camera that came back recorded nothing new")
        print(f"   back after {back:.2f} s, longest live pause of the other {max(pauses):.2f} s, hole {hole:.2f} s")


@case("crash: a killed core takes its workers along and closes the event at the next start")
def core_killed():
    scene = {"source": {"plugin": "testpattern"}, "record": {"mode": "motion", "pre_roll": "3s", "post_roll": "5s"}}
    with Appliance(settings.build, {"porch": scene}) as appliance:
        event = wait_until("an event", 60, lambda: appliance.camera("porch")["active_event"])
        time.sleep(3.2)
        workers = appliance.workers()
        check(workers, "the core has no worker")
        appliance.kill()
        killed_at, killed = time.time(), time.monotonic()
        wait_until("the workers end", 1, lambda: not any(is_alive(pid) for pid in workers), 0.01)
        ended = time.monotonic() - killed
        appliance.start()
        row = wait_until("the event is closed", 5, lambda: (lambda e: e["state"] == "closed" and e["clip_ended_at"] and e)
                         (appliance.get(f"/events/{event}")))
        status, _, body = appliance.request("GET", row["clip_url"], timeout_s=30)
        path = os.path.join(appliance.folder, "clip.mp4")
        with open(path, "wb") as file:
            file.write(body)
        check(status == 200, f"its clip: status {status} {body[:200]!r}")
        said = clips.complaints(path)
        check(not said, f"its clip: {said[:300]}")
        missing = killed_at - (seconds_of(row["clip_started_at"]) + clips.duration_of(path))
        check(missing <= 2, f"the clip ends {missing:.2f} s before the kill")
        checked = appliance.cli("check")
        check(checked.returncode == 0, f"porchlight check: {checked.stdout}{checked.stderr}")
        print(f"   workers gone after {ended:.2f} s, clip ends {missing:.2f} s before the kill, closed as {row['close_reason']}")
