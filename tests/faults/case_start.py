"""A start does not wait for how much is stored: it serves and records first, and compares files with rows beside that."""
import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import options
from appliance import Appliance, Broker, run
from cases import Skipped, case, check, wait_until

CAMERA = {"source": {"plugin": "testpattern", "width": 320, "height": 240, "fps": 10, "figure_every": "0s"}, "record": {"mode": "continuous"}}
OLD = "old-camera"
STARTED_S = 3 + 20 * options.late_s   # promised are 3 s; a busy machine may take longer, and 20,000 files took two minutes
FILES_A_DAY = 2000


class Notices:
    """What systemd would hear. when(text): seconds since `began` at which it was said; None before."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "notify.sock")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.heard = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            text = self.socket.recv(4096).decode()
            self.heard.append((time.monotonic(), text))

    def when(self, text, since):
        found = [at - since for at, heard in list(self.heard) if text in heard and at >= since]
        return found[0] if found else None


def fill(appliance, source, count):
    """`count` recordings of a camera that is no more: names of one small file, a second apart."""
    folder = os.path.join(appliance.data, "recordings", OLD)
    original = None
    for i in range(count):
        day, second = divmod(i, FILES_A_DAY)
        at = os.path.join(folder, time.strftime("%Y-%m-%d", time.gmtime(1_760_000_000 + day * 86400)))
        if second == 0:
            os.makedirs(at)
        path = os.path.join(at, f"{second // 3600:02}{second // 60 % 60:02}{second % 60:02}.000-{OLD}.mp4")
        if i % 50_000 == 0:   # ext4 takes 65,000 names of one file
            shutil.copy(source, path)
            original = path
        else:
            os.link(original, path)


def small_recording(appliance):
    """A recording of about a second, made by the appliance itself."""
    path = sorted(appliance.recordings("scene"), key=os.path.getsize)[0]
    small = os.path.join(appliance.folder, "small.mp4")
    made = run("ffmpeg", "-v", "error", "-y", "-i", path, "-t", "1", "-c", "copy", "-movflags", "frag_keyframe+empty_moov+default_base_moof+skip_trailer", small)
    check(made.returncode == 0, f"ffmpeg: {made.stderr}")
    return small


def first_footage(appliance, since_wall):
    """Seconds from `since_wall` to the first footage of the camera that was written since; None while there is none."""
    for path in glob.glob(os.path.join(appliance.data, "recordings", "scene", "*", "*.mp4")):
        status = os.stat(path)
        if status.st_mtime >= since_wall and status.st_size > 4096:
            with open(path, "rb") as file:
                if b"moof" in file.read(16384):
                    return time.time() - since_wall
    return None


def measured_start(appliance, notices, what):
    """Starts it. -> (seconds to READY, to the first footage, to the first answer)"""
    began, began_wall = time.monotonic(), time.time()
    appliance.start(wait=False)
    ready = footage = answer = None
    while (ready is None or footage is None or answer is None) and time.monotonic() - began < 60:
        ready = ready or notices.when("READY=1", began)
        footage = footage or first_footage(appliance, began_wall)
        if answer is None:
            try:
                answer = time.monotonic() - began if appliance.request("GET", "/api/v1/healthz", timeout_s=1)[0] == 200 else None
            except OSError:
                pass
        time.sleep(0.02)
    print(f"   {what}: READY after {ready or -1:.2f} s, an answer after {answer or -1:.2f} s, footage after {footage or -1:.2f} s", flush=True)
    check(notices.when("EXTEND_TIMEOUT_USEC=", began) is not None, f"{what}: systemd was not asked to wait")
    check(ready is not None and ready < STARTED_S, f"{what}: READY after {ready} s")
    check(footage is not None and footage < STARTED_S, f"{what}: the first footage after {footage} s")
    return ready, footage, answer


def housekeeping(appliance):
    return appliance.get("/system")["storage"].get("housekeeping")


def recording_rows(appliance):
    """-> (how many of the old camera exist, their bytes)"""
    return appliance.rows("SELECT count(*), coalesce(sum(bytes), 0) FROM recording JOIN camera ON camera.id = camera_id"
                          " WHERE name = ? AND gone_reason = ''", OLD)[0]


def interrupted_check(appliance):
    """porchlight check on a terminal: shows how far it is, and Ctrl-C ends it at once."""
    master, slave = os.openpty()
    checking = subprocess.Popen([f"{appliance.build}/bin/porchlight", "--config", appliance.config, "check"], stdout=subprocess.DEVNULL, stderr=slave)
    os.close(slave)
    said = b""
    while b" of " not in said:
        said += os.read(master, 4096)
    began = time.monotonic()
    checking.send_signal(signal.SIGINT)
    code = checking.wait(20)
    took = time.monotonic() - began
    os.close(master)
    check(code == 130, f"an interrupted check ended with {code}")
    check(took < 3, f"it took {took:.1f} s to end")
    print(f"   check said '{said.decode(errors='replace').split('K')[-1]}' and ended {took:.2f} s after Ctrl-C", flush=True)


@case("start: however many recordings there are, it serves and records first; without a database they are adopted beside that")
def many_recordings():
    count = 200_000 if options.is_long else 20_000
    keeps_all = {"storage": {"min_free_bytes": "64MiB", "max_age": "3650d"}}  # the files are of 2025
    with tempfile.TemporaryDirectory(prefix="porchlight-start-") as folder:
        notices = Notices(folder)
        home = os.path.join(folder, "home")
        os.makedirs(home)
        with Appliance(options.build, {"scene": CAMERA}, settings=keeps_all, folder=home, environment={"NOTIFY_SOCKET": notices.path}) as appliance:
            wait_until("footage", 30, lambda: appliance.recordings("scene"))
            time.sleep(3)
            appliance.stop()
            fill(appliance, small_recording(appliance), count)
            for name in glob.glob(os.path.join(appliance.data, "porchlight.db*")):
                os.remove(name)

            began = time.monotonic()
            measured_start(appliance, notices, f"{count} recordings without a database")
            seen, longest = [], 0
            while (work := housekeeping(appliance)) is not None:
                seen.append(work)
                asked = time.monotonic()
                check(appliance.request("GET", "/api/v1/recordings?camera=scene&from=-1h", headers={"Cookie": appliance.cookie})[0] == 200, "the timeline does not answer")
                longest = max(longest, time.monotonic() - asked)
                if len(seen) == 3:
                    said = appliance.cli("status").stdout
                    check("compared with their rows" in said or not housekeeping(appliance), f"porchlight status says nothing of it: {said}")
                check(time.monotonic() - began < 1200, f"it does not end: {work}")
                time.sleep(0.3)
            took = time.monotonic() - began
            print(f"   adopted after {took:.1f} s; the timeline answered within {longest:.2f} s meanwhile", flush=True)
            check(any(0 < work["adopted"] < count for work in seen), f"no progress was told: {seen[:3]} ... {seen[-3:]}")
            rows, size = recording_rows(appliance)
            check(rows == count, f"{rows} of {count} are known")
            # That the disk was another appliance's is true: whose it was stood in the database.
            problems = [text for text in appliance.get("/system")["problems"] if "another appliance" not in text]
            check(not problems, f"problems: {problems}")
            interrupted_check(appliance)

            appliance.kill()
            measured_start(appliance, notices, f"{count} recordings after kill -9")
            wait_until("all is compared", 600, lambda: housekeeping(appliance) is None, 0.5)
            rows, size_now = recording_rows(appliance)
            check(rows == count and size_now == size, f"{rows} rows, {size_now} bytes; there were {count} and {size}")
            check("gone" not in " ".join(appliance.get("/system")["problems"]), "something is said to be gone")
            appliance.stop()
            if not options.is_long:
                checked = appliance.cli("check", timeout_s=300)
                check(checked.returncode == 0, f"porchlight check: {checked.stdout[:500]}{checked.stderr}")


def elsewhere():
    """A folder on another file system than the temporary one."""
    folder = tempfile.mkdtemp(prefix="porchlight-test-", dir="/dev/shm") if os.access("/dev/shm", os.W_OK) else None
    if folder is None or os.stat(folder).st_dev == os.stat(tempfile.gettempdir()).st_dev:
        raise Skipped("there is only one file system here")
    return folder


def rows_by_reason(appliance):
    return dict(appliance.rows("SELECT gone_reason, count(*) FROM recording GROUP BY 1"))


@case("start: a camera's folder moved to another disk and linked loses nothing; unplugged it is said, and nothing is changed; deleted files are called gone")
def linked_folder():
    other = elsewhere()
    with tempfile.TemporaryDirectory(prefix="porchlight-start-") as folder:
        broker = Broker(folder)
        try:
            home = os.path.join(folder, "home")
            os.makedirs(home)
            with Appliance(options.build, {"scene": CAMERA}, mqtt_port=broker.port, folder=home) as appliance:
                def restarted():
                    appliance.start()
                    wait_until("all is compared", 30, lambda: housekeeping(appliance) is None)

                def problem():
                    reasons = [payload for _, _, topic, payload in broker.messages() if topic == "porchlight/problem/attributes"]
                    return " | ".join(json.loads(reasons[-1])["reasons"]) if reasons else ""

                wait_until("footage", 30, lambda: appliance.camera("scene")["is_recording"])
                for _ in range(3):
                    time.sleep(1.5)
                    appliance.stop()
                    restarted()
                appliance.stop()
                before = rows_by_reason(appliance)
                check(before.get("", 0) >= 3, f"rows: {before}")
                scene = os.path.join(appliance.data, "recordings", "scene")
                shutil.move(scene, os.path.join(other, "scene"))
                os.symlink(os.path.join(other, "scene"), scene)
                restarted()
                check(not appliance.get("/system")["problems"], f"linked: {appliance.get('/system')['problems']}")
                check(rows_by_reason(appliance).keys() == {""}, f"linked: {rows_by_reason(appliance)}")
                appliance.stop()
                checked = appliance.cli("check")
                check(checked.returncode == 0, f"linked: {checked.stdout}")

                os.rename(os.path.join(other, "scene"), os.path.join(other, "away"))
                restarted()
                wait_until("the owner hears of it", 20, lambda: "recordings of scene are gone for now" in problem(), 0.2)
                check(rows_by_reason(appliance).keys() == {""}, f"unplugged: {rows_by_reason(appliance)}")
                check("are gone for now" in " ".join(appliance.get("/system")["problems"]), "unplugged: /system says nothing")
                appliance.stop()

                os.rename(os.path.join(other, "away"), os.path.join(other, "scene"))
                for path in sorted(glob.glob(os.path.join(other, "scene", "*", "*.mp4")))[:2]:
                    os.remove(path)
                restarted()
                wait_until("the owner hears of the deleted files", 20, lambda: "2 recordings of scene are gone: " in problem(), 0.2)
                check(rows_by_reason(appliance).get("lost") == 2, f"deleted: {rows_by_reason(appliance)}")
                check("2 recordings of scene are gone" in appliance.process.log(), "deleted: the log says nothing")
        finally:
            broker.stop()
            shutil.rmtree(other, ignore_errors=True)
