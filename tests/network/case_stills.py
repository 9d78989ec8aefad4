"""Stills of several network cameras at the same moment, one of them dead and one hung."""
import json
import os
import tempfile
import threading
import time

import options
from appliance import Appliance, free_port, seconds_of
from cases import case, check, wait_until
from network_camera import GstCamera, need_gstreamer

TIMEOUT_S, ATTEMPTS = 3, 3


@case("network: stills of four cameras, one dead, one hung: each has its own deadline, the healthy ones do not wait")
def stills():
    need_gstreamer()
    with tempfile.TemporaryDirectory(prefix="porchlight-network-") as folder:
        cameras = {name: GstCamera(folder, name, **settings) for name, settings in
                   {"front": {}, "yard": {"codec": "h265"}, "hung": {}, "slow": {}}.items()}
        try:
            for camera in cameras.values():
                camera.wait_ready()
            made = {name: {"source": {"plugin": "ffmpeg", "url": camera.url()}, "health": {"frame_timeout": "5s"}} for name, camera in cameras.items()}
            made["dead"] = {"source": {"plugin": "ffmpeg", "url": f"rtsp://127.0.0.1:{free_port()}/main"}}
            with Appliance(options.build, made) as appliance:
                wait_until("the cameras run", 30, lambda: all(appliance.camera(name)["state"] == "running" for name in cameras))
                time.sleep(1)
                judge(appliance, cameras, folder)
        finally:
            for camera in cameras.values():
                camera.stop()


def judge(appliance, cameras, folder):
    out = os.path.join(folder, "stills")
    os.makedirs(out)
    healthy, took_s = snapshot(appliance, out, "front", "yard")
    print(f"   two healthy: {took_s:.2f} s, spread {healthy['spread_us'] / 1000:.0f} ms", flush=True)
    check(all(still["is_ok"] for still in healthy["snapshots"]), f"{healthy}")
    check(took_s < 3, f"two healthy cameras took {took_s:.1f} s")
    cameras["hung"].pause()
    cameras["slow"].pause()
    # Comes back during the second attempt: a third is not needed.
    threading.Timer(TIMEOUT_S + 1, cameras["slow"].resume).start()
    time.sleep(0.5)
    alone = {}
    follower = threading.Thread(target=lambda: alone.update(zip(("answer", "took_s"), snapshot(appliance, out, "front", "yard"))))
    follower.start()
    mixed, took_s = snapshot(appliance, out, "front", "yard", "slow", "hung", "dead")
    follower.join()
    by_name = {still["camera"]: still for still in mixed["snapshots"]}
    for name, still in by_name.items():
        print(f"   {name:6} {'ok' if still['is_ok'] else 'failed'}, {still['attempts']} attempt(s), {still.get('error') or ''}", flush=True)
    print(f"   with one dead and one hung: {took_s:.1f} s, spread of those that came {mixed['spread_us'] / 1000:.0f} ms", flush=True)
    check(by_name["front"]["is_ok"] and by_name["yard"]["is_ok"], "a healthy camera has no still")
    check(by_name["front"]["attempts"] == 1 and by_name["yard"]["attempts"] == 1, f"the healthy ones needed more than one attempt: {by_name}")
    check(by_name["slow"]["is_ok"] and by_name["slow"]["attempts"] > 1, f"slow: {by_name['slow']}")
    for name in ("hung", "dead"):
        check(not by_name[name]["is_ok"] and by_name[name]["attempts"] == ATTEMPTS and by_name[name]["error"], f"{name}: {by_name[name]}")
    check(took_s <= TIMEOUT_S * ATTEMPTS + 2, f"the answer took {took_s:.1f} s, the deadlines add up to {TIMEOUT_S * ATTEMPTS} s")
    check(alone["took_s"] < 3, f"two healthy cameras, asked meanwhile, took {alone['took_s']:.1f} s")
    for name in ("front", "yard"):
        age_s = abs(time.time() - seconds_of(by_name[name]["taken_at"])) - took_s
        check(age_s < 1, f"{name}: the still is {age_s:.1f} s from the moment of asking")
    cameras["hung"].resume()


def snapshot(appliance, out, *names):
    """-> (what `porchlight snapshot --json` said, seconds it took)"""
    started = time.monotonic()
    done = appliance.cli("snapshot", *names, "--timeout", f"{TIMEOUT_S}s", "--attempts", str(ATTEMPTS), "--out", out, "--json",
                         timeout_s=TIMEOUT_S * ATTEMPTS + 20)
    took_s = time.monotonic() - started
    answer = json.loads(done.stdout)
    failed = [still for still in answer["snapshots"] if not still["is_ok"]]
    check(done.returncode == (1 if failed else 0), f"exit code {done.returncode}: {done.stdout[:300]}{done.stderr[:300]}")
    return answer, took_s
