"""What is recorded is read back by another reader: a camera whose pictures nothing can decode, and files that do not play."""
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time

import settings
from appliance import TESTS, Appliance, Process, run
from cases import case, check, wait_until

START_CODE = re.compile(rb"\x00\x00\x01")


def make_clip(folder):
    """-> (path of a clip that plays, of the same with all picture data spoilt: parameter sets and heads are right)"""
    plain = os.path.join(folder, "plain.h264")
    made = run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=10:duration=10", "-c:v", "libx264",
               "-preset", "ultrafast", "-bf", "0", "-g", "10", "-x264-params", "cabac=1:slices=1", "-f", "h264", plain)
    check(made.returncode == 0, f"ffmpeg: {made.stderr}")
    with open(plain, "rb") as file:
        data = bytearray(file.read())
    heads = [match.end() for match in START_CODE.finditer(data)]
    draw = random.Random(7)
    for begin, end in zip(heads, [*heads[1:], len(data) + 4]):
        if data[begin] & 0x1F in (1, 5):
            for at in range(begin + 12, end - 4):
                data[at] = draw.randrange(1, 256)  # no zero: no start code appears
    spoilt = os.path.join(folder, "spoilt.h264")
    with open(spoilt, "wb") as file:
        file.write(data)
    clips = []
    for path in (plain, spoilt):
        clips.append(path.replace(".h264", ".mp4"))
        made = run("ffmpeg", "-v", "error", "-r", "10", "-i", path, "-c", "copy", clips[-1])
        check(made.returncode == 0, f"ffmpeg: {made.stderr}")
    return clips


@case("read back: a camera whose pictures nothing can decode is soon not running, and stays so; check --deep names its files")
def undecodable():
    with tempfile.TemporaryDirectory() as folder:
        good, spoilt = make_clip(folder)
        server = Process([sys.executable, os.path.join(TESTS, "support", "camera_server.py"), f"good={good}", f"bad={spoilt}"],
                         os.path.join(folder, "serve.log"))
        try:
            ready = wait_until("the cameras serve", 20, lambda: re.search(r"ready rtsp=(\d+)", server.log()))
            camera = lambda name: {"source": {"plugin": "ffmpeg", "url": f"rtsp://127.0.0.1:{ready[1]}/{name}"},
                                   "detect": {"enabled": False}, "record": {"mode": "continuous"}}
            with Appliance(settings.build, {"good": camera("good"), "bad": camera("bad")}) as appliance:
                told = wait_until("the bad camera is called unplayable", 20,
                                  lambda: (found := appliance.camera("bad")) and found["kind"] == "unplayable" and found)
                check(told["state"] == "degraded" and told["score"] < 100, f"state and score: {told['state']} {told['score']}")
                check("could be decoded" in told["reason"], f"reason: {told['reason']}")
                until = time.monotonic() + 6
                while time.monotonic() < until:
                    found = appliance.camera("bad")
                    check(found["state"] != "running", f"running although nothing plays: {found}")
                    time.sleep(0.2)
                check(appliance.camera("good")["state"] == "running", f"the good camera: {appliance.camera('good')}")
                check("camera/good read back, plays: h264 320x240" in appliance.process.log(), "the log does not say that the good one plays")
                deep_check(appliance)
        finally:
            server.stop()


def deep_check(appliance):
    appliance.stop()
    shallow = appliance.cli("check")
    check(shallow.returncode == 0, f"check: {shallow.stdout}")
    deep = appliance.cli("check", "--deep", "--json")
    found = json.loads(deep.stdout)["findings"]
    check(deep.returncode == 1 and found, f"check --deep: {deep.returncode} {deep.stdout} {deep.stderr}")
    check(all(entry["path"].startswith("bad/") and "does not play" in entry["problem"] for entry in found), f"findings: {found}")
    unplayable = {entry["path"] for entry in found}
    for path in appliance.recordings():
        name = os.path.relpath(path, os.path.join(appliance.data, "recordings"))
        # ffmpeg's own judgement: with -xerror it ends at the first damage.
        judged = subprocess.run(["ffmpeg", "-v", "error", "-xerror", "-i", path, "-f", "null", "-"], capture_output=True, text=True)
        check((judged.returncode != 0) == (name in unplayable), f"ffmpeg says {judged.returncode} of {name}, check --deep {name in unplayable}")
    said = appliance.cli("check", "--deep")
    check("--repair puts this right" not in said.stdout, f"promises a repair: {said.stdout}")
