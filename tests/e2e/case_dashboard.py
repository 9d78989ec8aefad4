"""The dashboard against the real daemon: timeline, filters, keys, notes, undo; a camera's controls; and how smooth it stays with 10,000 events."""
import os

import settings
from appliance import Appliance
from browsing import BROWSER, drive, fetch_driver, need_browser, node
from cases import case, wait_until

SCENE = {"source": {"plugin": "testpattern"}, "record": {"mode": "motion", "pre_roll": "2s", "post_roll": "2s"}}


@case("dashboard: timeline, chips, keys, notes, delete and undo, all of it on a phone too")
def history():
    need_browser()
    with Appliance(settings.build, {"porch": SCENE, "drive": SCENE}) as appliance:
        appliance.login()
        wait_until("four closed events", 120, lambda: sum(event["state"] == "closed" for event in appliance.events()) >= 4, 1)
        drive(appliance, "login,timeline,chips,keys,note,undo,links,phone")


@case("dashboard: a disk that is missing is told over every view until it is back")
def storage():
    need_browser()
    with Appliance(settings.build, {"porch": SCENE}, settings={"storage": {"min_free_bytes": "64MiB", "volume": "required-marker"}}) as appliance:
        appliance.login()
        wait_until("the camera runs", 30, lambda: appliance.camera("porch")["state"] == "running")
        drive(appliance, "login,storage")


@case("dashboard: the health page tells of a killed worker, tests the camera and switches it; off, its stream shows a placeholder")
def health():
    need_browser()
    with Appliance(settings.build, {"porch": {**SCENE, "record": {"mode": "continuous"}}}) as appliance:
        appliance.login()
        wait_until("the camera runs", 30, lambda: appliance.camera("porch")["state"] == "running", 0.5)
        drive(appliance, "login,health,placeholder")


@case("dashboard: a wall of recorded streams as they come, one camera of it dead, over one connection")
def watch():
    need_browser()
    scene = {**SCENE, "record": {"mode": "continuous"}}
    dead = {"source": {"plugin": "ffmpeg", "url": "rtsp://127.0.0.1:9/nothing"}, "record": {"mode": "continuous"}}
    with Appliance(settings.build, {"porch": scene, "drive": scene, "yard": scene, "gate": dead}) as appliance:
        appliance.login()
        for name in ("porch", "drive", "yard"):
            wait_until(f"{name} runs", 60, lambda name=name: appliance.camera(name)["state"] == "running", 0.5)
        drive(appliance, "login,watch", folder=os.environ.get("OUT"))


@case("dashboard: a camera's controls by pointer, keys and screen reader, and only those that it offers")
def controls():
    need_browser()
    fetch_driver()
    node("node", os.path.join(BROWSER, "control.mjs"), os.path.join(settings.build, "webroot"), timeout_s=180)


@case("dashboard: 10,000 events stay smooth in the timeline and in the list")
def smooth():
    need_browser()
    fetch_driver()
    node("node", os.path.join(BROWSER, "smooth.mjs"), os.path.join(settings.build, "webroot"), timeout_s=180)
