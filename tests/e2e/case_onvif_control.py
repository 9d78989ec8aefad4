"""What an ONVIF camera can be told, from the command line and the API to the camera itself."""
import os
import re
import sys
import tempfile
import time

import clips
import settings
from appliance import TESTS, Appliance, Process
from cases import Skipped, case, check, wait_until
from onvif_maker import Maker

USER, PASSWORD = "viewer", "Qz/hunter@22"


@case("onvif control: moved, switched, set and restarted by hand; what is held ends by itself, and nothing holds the password")
def control():
    if not os.path.exists(os.path.join(settings.build, "plugins", "capture-onvif.so")):
        raise Skipped("the plugin onvif is not built")
    with tempfile.TemporaryDirectory() as folder:
        clip = clips.walking_box(os.path.join(folder, "main.mp4")).path
        server = Process([sys.executable, os.path.join(TESTS, "support", "camera_server.py"), f"main={clip}", f"sub={clip}", "--auth", "digest",
                          "--user", f"{USER}:{PASSWORD}"], os.path.join(folder, "serve.log"))
        try:
            port = wait_until("the camera serves", 20, lambda: re.search(r"ready rtsp=(\d+)", server.log()))[1]
            with Maker("gsoap", user=f"{USER}:{PASSWORD}", stream="rtsp://{host}:" + port + "/{token}", clock_s=90) as camera:
                source = {"plugin": "onvif", "address": f"127.0.0.1:{camera.port}", "user": USER, "password": PASSWORD}
                with Appliance(settings.build, {"yard": {"source": source, "record": {"mode": "continuous"}}}) as appliance:
                    by_hand(appliance, camera)
                    check(PASSWORD not in appliance.process.log(), "the password stands in the log")
                    check(not camera.complaints and not camera.refused_logins, f"{camera.complaints}, {camera.refused_logins} refused logins")
        finally:
            server.stop()


def did(camera, name):
    with camera.lock:
        return [arguments for what, arguments in camera.performed if what == name]


def by_hand(appliance, camera):
    appliance.login()
    offer = wait_until("the camera tells what it offers", 40, lambda: (appliance.camera("yard").get("offer") or {}).get("actions") and appliance.camera("yard")["offer"])
    check({"move", "stop", "go_to_preset", "set_output", "set_time", "restart", "keyframe"} <= set(offer["actions"]), f"{offer}")
    check({item["token"] for item in offer["presets"]} == {"1", "2"} and offer["is_there"], f"{offer}")
    check(abs(offer["clock_ahead_us"] - 90e6) < 3e6, f"clock: {offer}")

    def tell(*words, code=0):
        told = appliance.cli("control", "yard", *words)
        check(told.returncode == code, f"{words}: {told.returncode} {told.stdout}{told.stderr}")
        return told
    check("Gate" in tell().stdout, "places are listed")
    tell("move", "--pan", "-0.5", "--for", "2s")
    check(camera.hands.is_moving(), f"it does not move: {camera.performed}")
    tell("stop")
    check(not camera.hands.is_moving(), f"it was not stopped: {camera.performed}")
    tell("move", "--pan", "0.5", "--for", "1s")
    time.sleep(1.5)
    check(not camera.hands.is_moving(), "it does not end by itself")
    tell("preset", "2")
    check(tell("preset", "9", code=1).stderr.count("\n") == 1, "a place that is not there is told in a line")
    tell("save-preset", "Shed")
    wait_until("the new place is offered", 20, lambda: "Shed" in [item["name"] for item in appliance.camera("yard")["offer"]["presets"]])
    tell("output", "RELAY_0", "on")
    wait_until("the output is shown as on", 5, lambda: {"RELAY_0": True}.items() <= {item["token"]: item["is_on"] for item in appliance.camera("yard")["offer"]["outputs"]}.items())
    check(camera.hands.outputs["RELAY_0"], f"{camera.hands.outputs}")
    tell("set-time")
    check(abs(camera.shape["clock_s"]) < 3, f"clock {camera.shape['clock_s']}")
    tell("keyframe")
    status, _, body = appliance.request("POST", "/api/v1/cameras/yard/control", {"action": "set_infrared", "token": "on"})
    check(status == (200 if "set_infrared" in offer["actions"] else 409), f"{status} {body}")
    rows = [detail for (detail,) in appliance.rows("SELECT detail FROM audit WHERE action = 'camera_control' ORDER BY id")]
    check(rows[0] == "yard move" and "yard set_output RELAY_0 on" in rows and rows.count("yard move") == 1, f"{rows}")
    tell("restart-camera")
    wait_until("the camera was restarted", 10, lambda: any("Reboot" in what or "restart" in what.lower() for what, _ in camera.performed))
