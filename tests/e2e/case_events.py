"""Motion in a clip becomes a row, a thumbnail, a clip that plays and seeks, and MQTT messages with one id."""
import atexit
import http.client
import math
import os
import shutil
import tempfile
import time

import clips
import settings
from appliance import Appliance, Broker, seconds_of
from browsing import drive, need_browser
from cases import MadeOnce, case, check

# How far the annotation, the start of the replay as we see it, and detection may be apart.
SLACK_S = 2.5


def chosen_clips(folder):
    """Short clips with and without motion: camera name -> Clip."""
    chosen = {"made": clips.walking_box(os.path.join(folder, "walk.mov"), sound="pcm_mulaw"),
              "made-mjpeg": clips.walking_box(os.path.join(folder, "walk.avi"), codec="mjpeg", size="480x272", sound="pcm_alaw")}
    for name in clips.annotated_names() if settings.has_all_clips else ("parking-cars", "thermal-cat", "doorstep-mjpeg"):
        clip = clips.annotated(name)
        if clip:
            chosen[name] = clip
    return chosen


def camera_of(clip):
    return {"source": {"plugin": "ffmpeg", "url": clip.path, "loop": False},
            "record": {"mode": "motion", "pre_roll": "3s", "post_roll": "2s"}}


def fetch(appliance, path, headers=None):
    status, answer_headers, body = appliance.request("GET", path, headers=headers, timeout_s=60)
    return status, answer_headers, body


def check_clip(appliance, event, folder):
    """The clip reads without a message, answers ranges, holds the pre-roll."""
    status, headers, body = fetch(appliance, event["clip_url"])
    check(status == 200, f"clip of {event['id']}: status {status} {body[:200]!r}")
    path = os.path.join(folder, event["id"] + ".mp4")
    with open(path, "wb") as file:
        file.write(body)
    said = clips.complaints(path)
    check(not said, f"clip of {event['id']} ({event['camera']}): {said[:300]}")
    length = seconds_of(event["clip_ended_at"]) - seconds_of(event["clip_started_at"])
    check(abs(clips.duration_of(path) - length) < 2.5, f"clip lasts {clips.duration_of(path):.1f} s, its row says {length:.1f} s")
    status, headers, part = fetch(appliance, event["clip_url"], {"Range": "bytes=100-299"})
    check(status == 206 and part == body[100:300], f"range of a clip: status {status}, {len(part)} bytes")
    check(headers["Content-Range"] == f"bytes 100-299/{len(body)}", f"Content-Range {headers['Content-Range']}")


def check_messages(broker, events):
    """Each event's id stands in a start and in a later end message."""
    messages = broker.messages()
    for event in events:
        mine = [(topic, payload) for _, _, topic, payload in messages if event["id"] in payload]
        kinds = " ".join(payload for _, payload in mine)
        check(len(mine) >= 2 and "start" in kinds and "end" in kinds,
              f"MQTT of event {event['id']}: {[topic for topic, _ in mine]}")
        check(kinds.index("start") < kinds.index("end"), f"MQTT of event {event['id']}: the end came before the start")


class Replay(MadeOnce):
    """All clips replayed once, at the same time, by one daemon; made on first use, shared by the cases."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="porchlight-e2e-")
        self.clips = chosen_clips(self.folder)
        self.broker = Broker(self.folder)
        cameras = {name: camera_of(clip) for name, clip in self.clips.items()}
        # These run on when the clips are over: for the live view of raw pictures, H.264 and MJPEG.
        cameras["scene"] = {"source": {"plugin": "testpattern"}}
        for name in ("made", "made-mjpeg"):
            cameras["again-" + name] = {"source": {"plugin": "ffmpeg", "url": self.clips[name].path}, "detect": {"enabled": False}, "record": {"mode": "off"}}
        self.appliance = Appliance(settings.build, cameras, mqtt_port=self.broker.port,
                                   folder=os.path.join(self.folder, "appliance"))
        self.appliance.start()
        atexit.register(self.end)
        self.started = {}
        self.running_clip = None
        self.watch(max(clip.duration_s for clip in self.clips.values()) + 12)

    def watch(self, longest_s):
        until = time.monotonic() + longest_s
        while time.monotonic() < until:
            for name, camera in self.appliance.cameras().items():
                if camera["counters"]["packets"] > 0 and name not in self.started:
                    self.started[name] = time.time() - (camera["counters"]["packets"] - 1) / max(camera["rate_hz"], 5)
            # Not the camera's active_event: it names the event some milliseconds before its row is durable.
            running = [event for event in self.appliance.events() if event["state"] == "active"] if self.running_clip is None else []
            found = self.read_running(running[-1]["id"]) if running else None
            if found and found[1]:  # one that ended meanwhile proves nothing: the next one
                self.running_clip = found
            time.sleep(0.2)

    def read_running(self, event):
        """What the clip URL gives within 3 s while the event runs."""
        if not self.appliance.get(f"/events/{event}")["clip_url"]:
            return None
        connection = http.client.HTTPConnection("127.0.0.1", self.appliance.port, timeout=5)
        connection.request("GET", f"/api/v1/events/{event}/clip.mp4", headers={"Cookie": self.appliance.cookie})
        answer = connection.getresponse()
        body, until = b"", time.monotonic() + 3
        while time.monotonic() < until and len(body) < 8 << 20:
            try:
                body += answer.read1(65536)
            except OSError:
                break
        was_running = not self.appliance.get(f"/events/{event}")["clip_ended_at"]
        connection.close()
        return answer.status, was_running, body

    def end(self):
        for process in (self.appliance.process, self.broker):
            process.stop()
        if not os.environ.get("PORCHLIGHT_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    def closed_events(self):
        """Events with a final clip. A file that ended begins again, so some may still run."""
        return [event for name in self.clips for event in self.appliance.events(name) if event["clip_ended_at"]]

    def events(self, camera):
        return self.appliance.events(camera)


@case("events: each contained event of a clip yields a row and a thumbnail")
def rows():
    replay = Replay.get()
    for name, clip in replay.clips.items():
        check(name in replay.started, f"{name} never delivered a packet: {replay.appliance.camera(name)['reason']}")
        begun = replay.started[name]
        # One that still runs (a clip that is busy from end to end begins again) has not ended yet.
        found = [(seconds_of(event["started_at"]) - begun, seconds_of(event["ended_at"]) - begun if event["ended_at"] else math.inf, event)
                 for event in replay.events(name)]
        for start, end in clip.events:
            hit = [event for at, over, event in found if at < end + SLACK_S and over > start - SLACK_S]
            check(hit, f"{name}: no event for {start:g}..{end:g} s; found {[(round(a, 1), round(b, 1)) for a, b, _ in found]}")
            status, headers, body = fetch(replay.appliance, hit[0]["thumbnail_url"] or "/none")
            check(status == 200 and body[:2] == b"\xff\xd8" and body[-2:] == b"\xff\xd9", f"{name}: thumbnail: status {status}")


@case("events: a file that is not repeated ends, which is no fault of the camera")
def ended_files():
    replay = Replay.get()
    for name in replay.clips:
        camera = replay.appliance.camera(name)
        check(camera["state"] == "offline" and "ended" in camera["reason"], f"{name}: {camera['state']}, {camera['reason']}")
        check(camera["consecutive_failures"] == 0 and camera["worker"]["starts"] == 1, f"{name} was blamed: {camera}")


@case("events: every clip reads without a message and answers ranges")
def event_clips():
    replay = Replay.get()
    events = replay.closed_events()
    check(events, "no event at all")
    for event in events:
        check_clip(replay.appliance, event, replay.folder)


@case("events: MQTT says start and end with the id of the row")
def messages():
    replay = Replay.get()
    check_messages(replay.broker, replay.closed_events())


@case("events: the clip plays while the event runs")
def running_clip():
    replay = Replay.get()
    check(replay.running_clip is not None, "no event was seen running")
    status, was_running, body = replay.running_clip
    check(status == 200 and was_running, f"status {status}, event still running: {was_running}")
    path = os.path.join(replay.folder, "running.mp4")
    with open(path, "wb") as file:
        file.write(body)
    times = clips.frame_times(path)
    check(len(times) > 10, f"only {len(times)} pictures in {len(body)} bytes of a running clip")


@case("events: a browser logs in, sees live pictures change, plays a clip and seeks in it")
def browser():
    need_browser()
    replay = Replay.get()
    replay.appliance.get("/me")
    drive(replay.appliance, "login,live,events,clip,clips,phone,logout", replay.folder)


@case("stop: SIGTERM ends the daemon within 10 s and every file plays")
def stop():
    replay = Replay.get()
    took = replay.appliance.stop()
    check(took < 10, f"took {took:.1f} s")
    check(replay.appliance.process.popen.returncode == 0, f"exit code {replay.appliance.process.popen.returncode}")
    files = replay.appliance.recordings()
    check(files, "no recording at all")
    for path in files:
        said = clips.complaints(path)
        check(not said, f"{os.path.basename(path)}: {said[:300]}")
    log = replay.appliance.process.log()
    errors = [line for line in log.splitlines() if " error " in line]
    check(not errors, f"{len(errors)} errors in the log, the first: {errors[:1]}")
    said = [payload for _, _, topic, payload in replay.broker.messages() if topic.endswith("/status")]
    check(said and said[-1] == "offline", f"the last words to the broker: {said[-1:]}")
