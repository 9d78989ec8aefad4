"""What an ONVIF camera detects by itself: an event with its name, footage that plays, a picture, and a message - and no picture is analysed for it."""
import json
import os
import re
import sys
import tempfile
import time

import clips
import settings
from appliance import TESTS, Appliance, Broker, Process
from cases import case, check, wait_until
from onvif_maker import Maker

USER, PASSWORD = "viewer", "Qz/hunter@22"
EVENT_S = 3   # from the camera's word to the row and the message
GAP_S = 2


def messages(broker, topic):
    return [json.loads(payload) for _, _, name, payload in broker.messages() if name.endswith(topic) and payload.startswith("{")]


def person_at_the_gate(appliance, camera, broker, folder):
    began = time.monotonic()
    camera.detect("person")
    event = wait_until("the event is there", EVENT_S, lambda: next(iter(appliance.events("yard")), None))
    check(event["label"] == "person" and event["ended_at"] is None, f"{event}")
    start = wait_until("it is told", EVENT_S, lambda: next(iter(m for m in messages(broker, "cam/yard/event") if m["event_type"] == "motion_start"), None))
    print(f"  event and message {time.monotonic() - began:.2f} s after the camera's word", flush=True)
    check(start["label"] == "person" and start["event_id"] == event["id"], f"{start}")
    wait_until("its picture follows", 12, lambda: appliance.get(f"/events/{event['id']}")["thumbnail_url"])
    time.sleep(2)
    check(appliance.get(f"/events/{event['id']}")["ended_at"] is None, "it ended before the camera said so")
    camera.detect("person", False)
    final = wait_until("it ends", GAP_S + 20, lambda: (lambda row: row["clip_ended_at"] and row["state"] == "closed" and row)(appliance.get(f"/events/{event['id']}")))
    check(final["close_reason"] == "quiet", f"{final}")
    status, _, body = appliance.request("GET", f"/api/v1/events/{event['id']}/clip.mp4")
    check(status == 200, f"the clip: status {status}")
    path = os.path.join(folder, "clip.mp4")
    with open(path, "wb") as file:
        file.write(body)
    check(not clips.complaints(path), f"the clip: {clips.complaints(path)[:300]}")
    check(clips.duration_of(path) > 4, f"the clip lasts {clips.duration_of(path)} s")
    wait_until("its end is told", 10, lambda: [m for m in messages(broker, "cam/yard/event") if m["event_type"] == "motion_end" and m["event_id"] == event["id"]])


@case("onvif detection: a person whom the camera sees is an event with her name, its clip, its picture and its message; no picture is analysed for it; tampering is told")
def detection():
    with tempfile.TemporaryDirectory() as folder:
        clip = clips.walking_box(os.path.join(folder, "main.mp4")).path
        broker = Broker(folder)
        server = Process([sys.executable, os.path.join(TESTS, "support", "camera_server.py"), f"main={clip}", f"sub={clip}", "--auth", "digest",
                          "--user", f"{USER}:{PASSWORD}"], os.path.join(folder, "serve.log"))
        try:
            port = wait_until("the camera serves", 20, lambda: re.search(r"ready rtsp=(\d+)", server.log()))[1]
            with Maker("clock-1970", user=f"{USER}:{PASSWORD}", stream="rtsp://{host}:" + port + "/{token}") as camera:
                yard = {"source": {"plugin": "onvif", "address": f"127.0.0.1:{camera.port}", "user": USER, "password": PASSWORD},
                        "detect": {"plugin": "camera", "event_gap": f"{GAP_S}s"}, "record": {"mode": "motion", "pre_roll": "2s", "post_roll": "1s"}}
                with Appliance(settings.build, {"yard": yard}, mqtt_port=broker.port) as appliance:
                    appliance.login()
                    wait_until("the camera is heard", 40, lambda: (appliance.camera("yard").get("offer") or {}).get("is_detecting") and appliance.camera("yard")["state"] == "running"
                               and camera.events.alive())
                    time.sleep(2)
                    check(not appliance.events("yard"), "an event before the camera said anything")
                    before = appliance.camera("yard")["counters"]
                    person_at_the_gate(appliance, camera, broker, folder)
                    after = appliance.camera("yard")["counters"]
                    check(after["pictures_analysed"] == before["pictures_analysed"] and after["packets"] > before["packets"] + 30, f"{before} {after}")
                    camera.detect("tamper")
                    told = wait_until("tampering is told", 5, lambda: (lambda row: row["kind"] == "tampered" and row)(appliance.camera("yard")))
                    check(told["state"] == "degraded" and "tampered" in told["reason"], f"{told['state']} {told['reason']}")
                    camera.detect("tamper", False)
                    wait_until("its end, too", 10, lambda: appliance.camera("yard")["state"] == "running")
                    check(len(appliance.events("yard")) == 1, "tampering is no event")
                    check(PASSWORD not in appliance.process.log(), "the password stands in the log")
                    check(not camera.complaints and not camera.refused_logins, f"{camera.complaints}, {camera.refused_logins} refused logins")
        finally:
            server.stop()
            broker.stop()
