"""Cameras that give one JPEG at a time: asked by name and with a password, recorded, confined; and what counts as frozen."""
import os
import re
import subprocess
import sys
import tempfile

import clips
import settings
from appliance import TESTS, Appliance, run
from cases import case, check, wait_until

USER = "viewer:s%20cr%2Fet"


def serve(folder):
    """-> (process, port) of a server of two pictures."""
    run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=640x360:r=1", "-frames:v", "2", "-pix_fmt", "yuvj420p", f"{folder}/%d.jpg")
    server = subprocess.Popen([sys.executable, os.path.join(TESTS, "support", "still_server.py"), "--user", "viewer:s cr/et",
                               f"{folder}/1.jpg", f"{folder}/2.jpg"], stdout=subprocess.PIPE, text=True)
    ready = re.search(r"http=(\d+)", server.stdout.readline())
    check(ready, "the server of stills does not start")
    return server, int(ready[1])


def camera(url, **more):
    return {"source": {"plugin": "still", "url": url, "interval": "200ms"}, **more}


def seccomp_of(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(line.split()[1] for line in file if line.startswith("Seccomp:"))


@case("still: a camera of single JPEGs behind a name and a password is recorded; 304 is no fault, the same bytes are frozen")
def stills():
    with tempfile.TemporaryDirectory(prefix="porchlight-e2e-") as folder:
        server, port = serve(folder)
        late = {"record": {"mode": "off"}, "health": {"unresponsive_after": "2s"}}
        cameras = {"gate": camera(f"http://{USER}@localhost:{port}/sha256/new.jpg", record={"mode": "continuous"}),
                   "quiet": camera(f"http://127.0.0.1:{port}/same.jpg", **late),
                   "stuck": camera(f"http://127.0.0.1:{port}/unmarked.jpg", **late)}
        try:
            with Appliance(settings.build, cameras) as appliance:
                said = appliance.cli("check-config")
                check(said.returncode == 0, f"check-config: {said.stdout}")
                wait_until("the same bytes again and again are frozen", 30, lambda: appliance.camera("stuck")["kind"] == "frozen_picture")
                quiet = appliance.camera("quiet")
                check(quiet["state"] == "running" and not quiet["kind"], f"a picture that its server calls unchanged: {quiet['state']} {quiet['kind']}")
                gate = wait_until("the gate is recorded", 15, lambda: (now := appliance.camera("gate"))["is_recording"] and
                                  now["counters"]["pictures_analysed"] > 20 and now)
                check(gate["width_px"] == 640 and gate["worker"]["starts"] == 1, f"the gate: {gate['width_px']} px, {gate['worker']['starts']} workers")
                check(seccomp_of(gate["worker"]["pid"]) == "2", "no system-call filter")
                check(gate["worker"]["descriptors_max"] == 64, f"{gate['worker']['descriptors_max']} descriptors: not the strictest confinement")
                check("s cr/et" not in appliance.process.log() and "cr%2Fet" not in appliance.process.log(), "the password stands in the log")
                appliance.stop()
                files = appliance.recordings("gate")
                check(files and clips.duration_of(files[0]) > 2, f"recorded: {files}")
                check(not clips.complaints(files[0]), f"{files[0]}: {clips.complaints(files[0])[:300]}")
        finally:
            server.terminate()
            server.wait(10)
