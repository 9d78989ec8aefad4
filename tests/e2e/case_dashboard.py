"""The dashboard against the real daemon: timeline, filters, keys, notes, undo; and how smooth it stays with 10,000 events."""
import json
import os
import shutil
import subprocess
import sys

import settings
from appliance import PASSWORD, Appliance
from cases import Skipped, case, check, wait_until

BROWSER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "browser")
SCENE = {"source": {"plugin": "testpattern"}, "record": {"mode": "motion", "pre_roll": "2s", "post_roll": "2s"}}


def need_browser():
    if not shutil.which("chromium") or not shutil.which("npm"):
        raise Skipped("chromium or npm is not installed")


def drive(appliance, checks):
    told = {"url": f"http://127.0.0.1:{appliance.port}", "username": "admin", "password": PASSWORD, "out": appliance.folder,
            "checks": checks}
    done = subprocess.run([sys.executable, os.path.join(BROWSER, "run.py"), json.dumps(told)], capture_output=True, text=True,
                          timeout=400)
    check(done.returncode == 0, (done.stdout + done.stderr)[-1500:])
    print("".join(f"   {line}\n" for line in done.stdout.splitlines()), end="")


@case("dashboard: timeline, chips, keys, notes, delete and undo, all of it on a phone too")
def history():
    need_browser()
    with Appliance(settings.build, {"porch": SCENE, "drive": SCENE}) as appliance:
        appliance.login()
        wait_until("four closed events", 120, lambda: sum(event["state"] == "closed" for event in appliance.events()) >= 4, 1)
        drive(appliance, "login,timeline,chips,keys,note,undo,phone")


@case("dashboard: the health page tells of a killed worker, tests the camera and switches it")
def health():
    need_browser()
    with Appliance(settings.build, {"porch": {**SCENE, "record": {"mode": "continuous"}}}) as appliance:
        appliance.login()
        wait_until("the camera runs", 30, lambda: appliance.camera("porch")["state"] == "running", 0.5)
        drive(appliance, "login,health")


@case("dashboard: 10,000 events stay smooth in the timeline and in the list")
def smooth():
    need_browser()
    sys.path.insert(0, BROWSER)
    from run import fetch_driver
    fetch_driver()
    done = subprocess.run(["node", os.path.join(BROWSER, "smooth.mjs"), os.path.join(settings.build, "webroot")], capture_output=True,
                          text=True, timeout=180)
    check(done.returncode == 0, (done.stdout + done.stderr)[-1500:])
    print("".join(f"   {line}\n" for line in done.stdout.splitlines()), end="")
