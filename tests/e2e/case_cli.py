"""The command line against a running daemon, and without one."""
import json
import os

import clips
import settings
from appliance import ROOT, Appliance
from cases import Skipped, case, check, wait_until

SCENE = {"source": {"plugin": "testpattern"}}


@case("cli: status, plugins, events, user and check answer in JSON")
def answers():
    with Appliance(settings.build, {"porch": SCENE}) as appliance:
        wait_until("the camera runs", 15, lambda: appliance.camera("porch")["state"] == "running")
        status = appliance.cli("status", "--json")
        check(status.returncode == 0, f"status: exit code {status.returncode}: {status.stdout}{status.stderr}")
        check('"porch"' in json.dumps(json.loads(status.stdout)), f"status: {status.stdout[:300]}")
        plugins = appliance.cli("plugins", "--json")
        check(plugins.returncode == 0 and "testpattern" in plugins.stdout, f"plugins: {plugins.stdout}{plugins.stderr}")
        listed = json.loads(plugins.stdout)["plugins"]
        check(listed == appliance.get("/plugins")["plugins"], "the command line lists other plugins than the API")
        check(all(setting["help"] for plugin in listed for setting in plugin["settings"]), f"{listed}")
        none = appliance.cli("plugins", "nosuch")
        check(none.returncode == 1 and "there is no plugin nosuch" in none.stderr, f"plugins nosuch: {none.returncode} {none.stderr}")
        events = appliance.cli("events", "--json")
        check(events.returncode == 0, f"events: {events.stdout}{events.stderr}")
        users = appliance.cli("user", "list", "--json")
        check(users.returncode == 0 and '"admin"' in users.stdout, f"user list: {users.stdout}{users.stderr}")
        checked = appliance.cli("check")
        check(checked.returncode == 0, f"check: {checked.stdout}{checked.stderr}")
        again = appliance.cli("user", "add", "admin", "--role", "admin", text="another password 123\n")
        check(again.returncode != 0, "a second account of the same name was made")


@case("cli: without a daemon, status says so with exit code 2")
def unreachable():
    appliance = Appliance(settings.build, {"porch": SCENE})
    try:
        status = appliance.cli("status")
        check(status.returncode == 2, f"exit code {status.returncode}: {status.stdout}{status.stderr}")
        check("running" in status.stderr, f"it does not say what is wrong: {status.stderr}")
    finally:
        appliance.__exit__()


@case("cli: detect finds the events of a clip faster than real time")
def detect():
    appliance = Appliance(settings.build, {})
    try:
        clip = clips.walking_box(os.path.join(appliance.folder, "walk.mp4"))
        done = appliance.cli("detect", clip.path, "--json", timeout_s=clip.duration_s)
        check(done.returncode == 0, f"exit code {done.returncode}: {done.stdout}{done.stderr}")
        found = [json.loads(line) for line in done.stdout.splitlines()]
        for start, end in clip.events:
            check(any(event["start"] < end and event["end"] > start for event in found), f"{start}..{end} s: {found}")
    finally:
        appliance.__exit__()


@case("cli: the shipped configuration and the example camera are valid")
def shipped():
    path = os.path.join(ROOT, "config", "porchlight.yaml")
    if not os.path.exists(path):
        raise Skipped("config/porchlight.yaml is not there")
    appliance = Appliance(settings.build, {})
    try:
        done = appliance.cli("check-config", path)
        check(done.returncode == 0, f"{done.stdout}{done.stderr}")
    finally:
        appliance.__exit__()


@case("web: every route but a few is closed without a session; a wrong password is refused")
def closed():
    with Appliance(settings.build, {"porch": SCENE}) as appliance:
        for path in ("/cameras", "/events", "/system", "/cameras/porch/live.mjpeg", "/cameras/porch/snapshot.jpg", "/users", "/stream"):
            status, _, _ = appliance.request("GET", "/api/v1" + path)
            check(status == 401, f"GET {path} without a session: {status}")
        appliance.login()
        appliance.cookie = None
        status, _, _ = appliance.request("POST", "/api/v1/login", {"username": "admin", "password": "wrong"})
        unknown, _, _ = appliance.request("POST", "/api/v1/login", {"username": "nobody", "password": "wrong"})
        check(status == 401 and unknown == 401, f"wrong password: {status}, unknown user: {unknown}")
