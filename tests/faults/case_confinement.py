"""Real H.264, H.265 and MJPEG from the network, through workers that are confined: the limits bind, and nothing is in the way."""
import os
import re
import subprocess
import sys
import tempfile

import clips
import options
from appliance import TESTS, Appliance
from cases import case, check, wait_until

CODECS = {"h264": (["-c:v", "libx264", "-preset", "veryfast", "-g", "30"], "walk.mp4"),
          "h265": (["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:keyint=30"], "walk265.mp4"),
          "mjpeg": (["-c:v", "mjpeg", "-q:v", "4", "-pix_fmt", "yuvj420p"], "walk.avi")}


def status_of(pid):
    with open(f"/proc/{pid}/status") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def serve(folder):
    """Starts the network cameras. -> (process, {name: url})"""
    scene = clips.walking_box(os.path.join(folder, "scene.mp4"), visits=((1, 4), (6, 9)), duration_s=10, rate_hz=15)
    words = []
    for name, (encoder, file) in CODECS.items():
        path = os.path.join(folder, file)
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", scene.path, *encoder, path], check=True)
        words.append(f"{name}={path}")
    server = subprocess.Popen([sys.executable, os.path.join(TESTS, "support", "camera_server.py"), *words], stdout=subprocess.PIPE, text=True)
    ready = re.search(r"rtsp=(\d+) http=(\d+)", server.stdout.readline())
    check(ready, "the network cameras do not start")
    urls = {name: f"http://127.0.0.1:{ready[2]}/{name}" if name == "mjpeg" else f"rtsp://127.0.0.1:{ready[1]}/{name}" for name in CODECS}
    return server, urls


@case("faults: real H.264, H.265 and MJPEG streams pass the confinement of their workers")
def confinement():
    with tempfile.TemporaryDirectory(prefix="porchlight-faults-") as folder:
        server, urls = serve(folder)
        try:
            cameras = {name: {"source": {"plugin": "ffmpeg", "url": url}, "record": {"mode": "continuous"}} for name, url in urls.items()}
            with Appliance(options.build, cameras) as appliance:
                wait_until("all are decoded, detected on and recorded", 40, lambda: all(
                    camera["state"] == "running" and camera["is_recording"] and camera["counters"]["pictures_analysed"] > 30
                    for camera in appliance.cameras().values()))
                wait_until("motion is seen in each", 40, lambda: {event["camera"] for event in appliance.events()} == set(cameras))
                seen = []
                for name, camera in appliance.cameras().items():
                    facts = status_of(camera["worker"]["pid"])
                    check(facts["Seccomp"] == "2", f"{name}: no system-call filter (Seccomp: {facts['Seccomp']})")
                    check(facts["NoNewPrivs"] == "1", f"{name}: may get new privileges")
                    check(camera["worker"]["memory_max_bytes"] > 0 and camera["worker"]["descriptors_max"] == 64, f"{name}: limits {camera['worker']}")
                    check(camera["worker"]["starts"] == 1, f"{name}: its worker was started {camera['worker']['starts']} times")
                    still, _, body = appliance.request("GET", f"/api/v1/cameras/{name}/snapshot.jpg", headers={"Cookie": appliance.cookie})
                    check(still == 200 and body[:2] == b"\xff\xd8", f"{name}: no still, {still}")
                    seen.append(f"{name} as {camera['codec']}, {camera['counters']['pictures_analysed']} pictures")
                appliance.stop()
                for path in appliance.recordings():
                    said = clips.complaints(path)
                    check(not said, f"{os.path.basename(path)}: {said[:300]}")
            print("   " + "; ".join(seen), flush=True)
        finally:
            server.terminate()
            server.wait(10)
