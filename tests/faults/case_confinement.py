"""Real H.264, H.265 and MJPEG from the network, through workers that are confined: the limits bind, and nothing is in the way."""
import os
import re
import subprocess
import sys
import tempfile

import clips
import options
from appliance import TESTS, Appliance, Process, children, run
from cases import Skipped, case, check, wait_until

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


ORDINARY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.getuid() == 0 else []
READER = """
import errno, sys
for path in sys.argv[1:]:
    try:
        with open(path, "rb") as file:
            print(path, "opened")
    except OSError as error:
        print(path, errno.errorcode[error.errno])
"""


def opened_by_the_user(*paths):
    """What another process of the user the appliance runs as gets. -> {path: "opened", "EACCES", ...}"""
    done = run(*ORDINARY, sys.executable, "-c", READER, *paths)
    check(done.returncode == 0, f"the reader: {done.stderr}")
    return dict(line.split() for line in done.stdout.splitlines())


class OrdinaryAppliance(Appliance):
    """As an ordinary user, as the service does: root's processes are closed to everybody in any case."""

    def start(self, wait=True):
        if ORDINARY:
            run("chown", "-R", "65534:65534", self.folder)
        command = [*ORDINARY, f"{self.build}/bin/porchlightd", "--config", self.config]
        self.process = Process(command, os.path.join(self.folder, "daemon.log"), env=self.environment)
        self.cookie = None
        if wait:
            self.wait_ready()


@case("faults: no process of the same user reads the memory of the core, of the fork server or of a worker")
def memory():
    if run(*ORDINARY, "test", "-x", f"{options.build}/bin/porchlightd").returncode:
        raise Skipped(f"an ordinary user does not reach {options.build}")
    with OrdinaryAppliance(options.build, {"porch": {"source": {"plugin": "testpattern"}}}) as appliance:
        worker = wait_until("the camera runs", 20, lambda: appliance.camera("porch")["worker"]["pid"])
        processes = {appliance.pid: "the core", worker: "the worker", **{pid: "the fork server" for pid in children(appliance.pid) if pid != worker}}
        check("the fork server" in processes.values(), "there is no fork server")
        # The memory is written through one; the other is read where the kernel lets only parents trace.
        paths = {f"/proc/{pid}/{file}": name for pid, name in processes.items() for file in ("mem", "environ")}
        own = Process([*ORDINARY, "sleep", "60"], os.path.join(appliance.folder, "own.log"))
        try:
            got = opened_by_the_user(*paths, f"/proc/{own.pid}/environ")
        finally:
            own.stop()
        check(got.pop(f"/proc/{own.pid}/environ") == "opened", "the reader reads nobody")
        read = [f"{os.path.basename(path)} of {paths[path]}: {how}" for path, how in got.items() if how != "EACCES"]
        check(not read, "; ".join(read))
