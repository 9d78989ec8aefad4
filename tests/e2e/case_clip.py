"""The clip is ready with the alert: from its first pre-roll picture, growing to the event's end, then exact and quick to seek."""
import http.client
import json
import os
import threading
import time
import urllib.parse

import clips
import settings
from appliance import Appliance, Broker, seconds_of
from appliance import run as run_program
from browsing import drive, need_browser
from cases import case, check, wait_until

PRE_ROLL_S = 3
RATE_HZ = 10


def camera_of(clip, loop):
    return {"source": {"plugin": "ffmpeg", "url": clip.path, "loop": loop}, "record": {"mode": "motion", "pre_roll": f"{PRE_ROLL_S}s", "post_roll": "2s"}}


class Follower(threading.Thread):
    """A client of its own, with a token and nothing else, that asks for a clip once and reads it to its end."""

    def __init__(self, port, path, token):
        super().__init__(daemon=True)
        self.port, self.path, self.token = port, path, token
        self.asked_at = self.first_byte_at = self.playable_at = self.ended_at = None
        self.status, self.body, self.headers = 0, b"", {}

    def run(self):
        self.asked_at = time.time()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", self.path, headers={"Authorization": "Bearer " + self.token})
            answer = connection.getresponse()
            self.status, self.headers = answer.status, dict(answer.getheaders())
            while piece := answer.read1(65536):
                self.first_byte_at = self.first_byte_at or time.time()
                self.body += piece
                if not self.playable_at and b"mdat" in self.body:
                    self.playable_at = time.time()
            self.ended_at = time.time()
        except OSError as error:
            self.headers["error"] = str(error)
        finally:
            connection.close()


def started_alert(broker):
    """The first alert that says that an event starts: (time of arrival, payload)."""
    for at, _, topic, payload in broker.messages():
        if topic.endswith("/event") and '"motion_start"' in payload:
            return at, json.loads(payload)
    return None


def pictures(path):
    """-> [(time, is keyframe, size)] of the video packets of a file."""
    text = run_program("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts_time,flags,size", "-of", "json", path).stdout
    return [(float(packet["pts_time"]), "K" in packet["flags"], int(packet["size"])) for packet in json.loads(text)["packets"]]


def first_picture(path):
    """Checksum of the first picture as a player shows it."""
    return run_program("ffmpeg", "-v", "error", "-i", path, "-map", "0:v:0", "-frames:v", "1", "-f", "md5", "-").stdout.strip()


def save(folder, name, body):
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(body)
    return path


def check_followed(early, event, folder):
    """What the early client read is the whole event, from the first pre-roll picture to the last."""
    check(early.status == 200, f"the clip at the alert: status {early.status} {early.body[:200]!r}")
    check(early.ended_at, f"the answer of the running clip did not end: {early.headers}")
    path = save(folder, "early.mp4", early.body)
    said = clips.complaints(path)
    check(not said, f"the followed clip: {said[:300]}")
    found = pictures(path)
    check(found[0][1], "the first picture at the alert is no keyframe")
    led_s = seconds_of(event["started_at"]) - seconds_of(event["clip_started_at"])
    check(led_s >= PRE_ROLL_S, f"{led_s:.2f} s of pre-roll, {PRE_ROLL_S} s are configured")
    return path, found


def check_final(appliance, event, followed, found, folder):
    """The final clip: the same pictures, exact duration, ranges."""
    path = f"/api/v1/events/{event['id']}/clip.mp4"
    status, headers, body = appliance.request("GET", path)
    check(status == 200 and int(headers["Content-Length"]) == len(body), f"the final clip: status {status}")
    final = save(folder, "final.mp4", body)
    said = clips.complaints(final)
    check(not said, f"the final clip: {said[:300]}")
    same = pictures(final)
    check(same[0][1] and same[0][0] < 0.001, f"the final clip begins with {same[0]}")
    # Who follows gets whole fragments, so possibly the rest of the last one.
    check([entry[1:] for entry in same] == [entry[1:] for entry in found[:len(same)]] and len(found) - len(same) <= RATE_HZ,
          f"{len(found)} pictures were followed, the final clip has {len(same)} others")
    check(first_picture(final) == first_picture(followed), "followed and final clip do not begin with the same picture")
    length = seconds_of(event["clip_ended_at"]) - seconds_of(event["clip_started_at"])
    check(abs(clips.duration_of(final) - length) < 1.5 / RATE_HZ, f"it lasts {clips.duration_of(final):.3f} s, its row says {length:.3f} s")
    took = []
    for share in (0.1, 0.5, 0.9):
        at = int(len(body) * share)
        begun = time.monotonic()
        status, headers, part = appliance.request("GET", path, headers={"Range": f"bytes={at}-{at + 999}"})
        took.append(time.monotonic() - begun)
        check(status == 206 and part == body[at:at + 1000], f"range at {share}: status {status}")
    return length, max(took)


@case("clip: at the moment of the alert it plays from the first pre-roll picture, follows the event, and becomes exact")
def ready_at_alert():
    folder_owner = Appliance(settings.build, {})
    folder = folder_owner.folder
    clip = clips.walking_box(os.path.join(folder, "walk.mp4"), visits=((7, 13),), duration_s=24, rate_hz=RATE_HZ)
    broker = Broker(folder)
    try:
        with Appliance(settings.build, {"porch": camera_of(clip, False)}, mqtt_port=broker.port) as appliance:
            appliance.login()
            status, _, body = appliance.request("POST", "/api/v1/tokens", {"name": "alerts", "role": "viewer"})
            check(status == 201, f"token: {status} {body!r}")
            token = json.loads(body)["token"]
            arrived, alert = wait_until("an alert that an event starts", 60, lambda: started_alert(broker), 0.01)
            early = Follower(appliance.port, urllib.parse.urlsplit(alert["clip_url"]).path, token)
            early.start()
            early.join(60)
            event = wait_until("the clip is final", 20, lambda: (row := appliance.get(f"/events/{alert['event_id']}"))["clip_ended_at"] and row)
            followed, found = check_followed(early, event, folder)
            lasted = seconds_of(event["clip_ended_at"])
            check(early.asked_at < lasted and early.playable_at < lasted, "the clip was asked for after the event's end")
            check(early.playable_at - early.asked_at < 2, f"the first fragment took {early.playable_at - early.asked_at:.2f} s")
            length, range_s = check_final(appliance, event, followed, found, folder)
            print(f"   asked {1000 * (early.asked_at - arrived):.0f} ms after the alert; first byte {1000 * (early.first_byte_at - early.asked_at):.0f} ms,"
                  f" first picture {1000 * (early.playable_at - early.asked_at):.0f} ms later; pre-roll"
                  f" {seconds_of(event['started_at']) - seconds_of(event['clip_started_at']):.2f} s; {len(found)} pictures to the end, final"
                  f" {length:.2f} s; a range within {1000 * range_s:.0f} ms")
    finally:
        broker.stop()
        folder_owner.__exit__()


@case("clip: a browser that opens it while the event runs sees it to its end, then seeks in the final one")
def followed_in_browser():
    need_browser()
    folder_owner = Appliance(settings.build, {})
    clip = clips.walking_box(os.path.join(folder_owner.folder, "walk.mp4"), visits=((7, 17),), duration_s=28, rate_hz=RATE_HZ)
    try:
        with Appliance(settings.build, {"porch": camera_of(clip, True)}) as appliance:
            appliance.login()
            drive(appliance, "login,follow")
    finally:
        folder_owner.__exit__()
