"""ONVIF from the command line: cameras of every maker's shape, refusals, and from the proposal to a camera that runs."""
import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.parse

import clips
import settings
from appliance import TESTS, Appliance, Process, run
from cases import case, check, wait_until
from onvif_maker import Maker, shapes

USER, PASSWORD = "viewer", "Qz/hunter@22 ü"
CODECS = {"H264": "h264", "H265": "h265", "JPEG": "mjpeg", "MPEG4": "mpeg4"}


def ask(address, *options, user=USER, password=PASSWORD):
    """-> what `porchlight sources --onvif` did; nothing of it may hold the password, as it is or encoded."""
    login = ["--user", user] if user else []
    done = run(f"{settings.build}/bin/porchlight", "sources", "--onvif", str(address), *login, *options, input=password + "\n")
    for secret in (password, urllib.parse.quote(password, safe=""), urllib.parse.quote(password), json.dumps(password)[1:-1]):
        check(secret not in done.stdout + done.stderr, f"the password is shown: {done.stdout}{done.stderr}")
    return done


def place(camera):
    return f"[{camera.host}]:{camera.port}" if ":" in camera.host else f"{camera.host}:{camera.port}"


def check_read(name, camera, told):
    shape, wanted = camera.shape, camera.shape["expect"]
    check(not camera.complaints, f"{name}: the camera complains: {camera.complaints}")
    check(camera.refused_logins == 0, f"{name}: {camera.refused_logins} refused logins")
    check(told["device"]["model"] == shape["device"]["Model"], f"{name}: {told['device']}")
    skew = told["clock_ahead_s"]
    if shape["tells_clock"] and not shape.get("clock_login"):
        check(abs(skew - shape["clock_s"]) <= 2, f"{name}: clock {skew}, not {shape['clock_s']}")
    else:
        check(skew is None, f"{name}: a clock that it does not tell: {skew}")
    check(told["media_version"] == max(shape["media"]), f"{name}: media {told['media_version']}")
    with_pictures = [profile for profile in shape["profiles"] if "codec" in profile]
    check([profile["token"] for profile in told["profiles"]] == [profile["token"] for profile in with_pictures], f"{name}: {told['profiles']}")
    for found, made in zip(told["profiles"], with_pictures):
        left_out = shape["leaves_out"]
        numbers = [found["codec"], found["width_px"], found["height_px"], *([] if "RateControl" in left_out else [found["rate_hz"], found["bit_rate_kbit_s"]])]
        check(numbers == [CODECS[made["codec"]], *made["size"], *([] if "RateControl" in left_out else [made["fps"], made["kbit"]])], f"{name}: {found}")
        has_gop = made["codec"] in ("H264", "H265") and "GovLength" not in left_out
        check(found["keyframe_interval"] == (made["gop"] if has_gop else 0), f"{name}: GOP of {found}")
        check(bool(found["snapshot"]) == ("SnapshotUri" not in left_out), f"{name}: still of {found}")
        check(found["stream"].startswith("rtsp://127.0.0.1:554/") and not found["problem"], f"{name}: stream of {found}")
    proposals = told["proposals"]
    check(len(proposals) == wanted.get("proposals", 1), f"{name}: {proposals}")
    check((proposals[0]["main"], proposals[0]["sub"]) == (wanted["main"], wanted["sub"]), f"{name}: {proposals[0]}")
    return proposals


def check_configuration(appliance, proposals):
    """What is proposed, in both ways, is taken by check-config, when the password is filled in."""
    check(all("plugin: onvif" in one["camera_yaml"] and "plugin: ffmpeg" in one["by_address"]["camera_yaml"] for one in proposals), f"{proposals}")
    take_configuration(appliance, proposals)
    take_configuration(appliance, [{**one, **one["by_address"]} for one in proposals])


def take_configuration(appliance, proposals):
    folder = os.path.dirname(appliance.config)
    secrets = "".join(one["secrets_yaml"] for one in proposals).replace("PASSWORD", urllib.parse.quote(PASSWORD, safe="")).replace("***", "x")
    with open(os.path.join(folder, "secrets.yaml"), "w") as file:
        file.write(secrets)
    for one in proposals:
        with open(os.path.join(folder, "cameras.d", one["name"] + ".yaml"), "w") as file:
            file.write(one["camera_yaml"])
    done = appliance.cli("check-config")
    check(done.returncode == 0, f"check-config: {done.stdout}{done.stderr}\n{secrets}{proposals}")
    for one in proposals:
        os.remove(os.path.join(folder, "cameras.d", one["name"] + ".yaml"))


@case("onvif: cameras of every maker's shape are read, and what is proposed is a valid configuration")
def makers():
    appliance = Appliance(settings.build, {})
    try:
        for name in shapes():
            with Maker(name, user=f"{USER}:{PASSWORD}") as camera:
                done = ask(place(camera), "--json")
                check(done.returncode == 0, f"{name}: {done.returncode}: {done.stderr}")
                check_configuration(appliance, check_read(name, camera, json.loads(done.stdout)))
        for name in ("gsoap", "login-in-stream"):
            with Maker(name, user=f"{USER}:{PASSWORD}") as camera:
                shown = ask(place(camera)).stdout
                for wanted in (camera.shape["device"]["FirmwareVersion"], "H.264 Main 2560x1440, 25 fps, GOP 50 (2 s), 4096 kbit/s", "clock right",
                               "  main main: ", "  sub  sub: ", "!secret", f"rtsp://{USER}:PASSWORD@127.0.0.1:554/"):
                    check(wanted in shown, f"{name}: no {wanted!r} in\n{shown}")
        usage = run(f"{settings.build}/bin/porchlight", "sources", "--help").stdout
        check("--onvif ADDRESS [--user NAME]" in usage, f"sources --help: {usage}")
    finally:
        appliance.__exit__()


# What goes wrong -> (maker, arguments of it, user, password; refusal, exit code, what the sentence holds, refused logins)
REFUSALS = [
    ("token-only", {}, USER, "wrong-one", "wrong_password", 1, "tried once only", 1),
    ("digest-only", {}, USER, "wrong-one", "wrong_password", 1, "tried once only", 1),
    ("bad-request", {}, USER, "wrong-one", "wrong_password", 1, "tried once only", 1),
    ("server-error", {}, USER, "wrong-one", "wrong_password", 1, "tried once only", 1),
    ("plain", {"locked": True}, USER, PASSWORD, "account_locked", 1, "wait half an hour", 1),
    ("plain", {}, None, "", "password_asked", 1, "--user NAME", 0),
    ("token-only", {"odd": "expired"}, USER, PASSWORD, "wrong_clock", 1, "NTP", 1),
    ("token-only", {"tells_clock": False, "clock_s": 86400}, USER, PASSWORD, "wrong_password", 1, "a wrong clock", 1),
    ("plain", {"odd": "off"}, USER, PASSWORD, "onvif_off", 1, "switch ONVIF on", 0),
    ("plain", {"odd": "html"}, USER, PASSWORD, "not_onvif", 1, "is this the camera?", 0),
    ("plain", {"odd": "rtsp"}, USER, PASSWORD, "not_onvif", 1, "ADDRESS:PORT", 0),
    ("plain", {"odd": "huge"}, USER, PASSWORD, "not_onvif", 1, "1.0 MiB", 0),
    ("plain", {"odd": "deep"}, USER, PASSWORD, "not_onvif", 1, "too deep", 0),
    ("plain", {"odd": "doctype"}, USER, PASSWORD, "not_onvif", 1, "document type", 0),
    ("plain", {"odd": "silent"}, USER, PASSWORD, "timed_out", 2, "try again later", 0),
]


@case("onvif: each refusal is one sentence that says what to do; a wrong password is told once")
def refusals():
    for maker, odd, user, password, refusal, code, words, refused in REFUSALS:
        with Maker(maker, user=f"{USER}:{PASSWORD}", **odd) as camera:
            done = ask(place(camera), "--json", user=user, password=password or "none-at-all")
            what = f"{maker} {odd} {user}: {done.returncode}: {done.stdout}{done.stderr}"
            told = json.loads(done.stdout)
            check(done.returncode == code and told["refusal"] == refusal, what)
            check(words in done.stderr and told["message"] in done.stderr and done.stderr.count("\n") == 1, what)
            check(camera.refused_logins == refused and not camera.complaints, f"{camera.refused_logins} refused logins, {camera.complaints}: {what}")
    nobody = ask("127.0.0.1:1", "--json")
    check(nobody.returncode == 2 and json.loads(nobody.stdout)["refusal"] == "unreachable", f"{nobody.stdout}{nobody.stderr}")
    for wrong, words in (([f"http://a:{PASSWORD}@127.0.0.1/"], "--user NAME"), (["127.0.0.1", "--lines"], "--lines"), (["127.0.0.1", "--password", "x"], "--password")):
        done = run(f"{settings.build}/bin/porchlight", "sources", "--onvif", *wrong, input="")
        check(done.returncode in (1, 64) and words in done.stderr and PASSWORD not in done.stderr, f"{wrong}: {done.returncode} {done.stderr}")


@case("onvif: over TLS with a certificate of the camera's own, and over IPv6")
def lines():
    with tempfile.TemporaryDirectory() as folder:
        files = os.path.join(folder, "certificate.pem"), os.path.join(folder, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=camera", "-out", files[0], "-keyout", files[1]],
                       check=True, capture_output=True)
        with Maker("gsoap", user=f"{USER}:{PASSWORD}", certificate=files) as camera:
            done = ask("https://" + place(camera), "--json")
            check(done.returncode == 0, f"TLS: {done.stdout}{done.stderr}")
            check_read("TLS", camera, json.loads(done.stdout))
            plain = ask(place(camera), "--json")
            check(plain.returncode in (1, 2) and json.loads(plain.stdout)["refusal"] in ("not_onvif", "unreachable"), f"http to TLS: {plain.stdout}")
        with Maker("plain", user=f"{USER}:{PASSWORD}") as camera:
            done = ask("https://" + place(camera), "--json")
            check(done.returncode == 1 and "http://" in done.stderr, f"TLS to http: {done.stdout}{done.stderr}")
        try:
            camera = Maker("plain", user=f"{USER}:{PASSWORD}", host="::1")
        except OSError:
            return  # a machine without IPv6
        with camera:
            done = ask(place(camera), "--json")
            check(done.returncode == 0, f"IPv6: {done.stdout}{done.stderr}")
            check(json.loads(done.stdout)["profiles"][0]["stream"] == "rtsp://[::1]:554/stream/main", done.stdout)


@case("onvif: the appliance asks a camera for its streams and a picture before it is configured; nothing holds the password")
def before_saving():
    with Appliance(settings.build, {"porch": {"source": {"plugin": "testpattern"}}}) as appliance:
        appliance.login()

        def ask_appliance(camera, password=PASSWORD):
            status, _, body = appliance.request("POST", "/api/v1/onvif", {"address": place(camera), "user": USER, "password": password}, timeout_s=40)
            told = json.loads(body)
            check(password not in json.dumps(told, ensure_ascii=False) + appliance.process.log(), f"the password is shown: {told}")
            return status, told
        for name in ("plain", "token-only"):
            with Maker(name, user=f"{USER}:{PASSWORD}") as camera:
                status, told = ask_appliance(camera)
                check(status == 200 and told["device"]["model"] == camera.shape["device"]["Model"], f"{name}: {status} {told}")
                check(base64.b64decode(told["picture_jpeg_base64"] or "")[:3] == b"\xff\xd8\xff", f"{name}: {told['picture_problem']}")
                check(told["proposals"][0]["main"] == camera.shape["expect"]["main"], f"{name}: {told['proposals']}")
        with Maker("plain", user=f"{USER}:{PASSWORD}") as camera:
            status, told = ask_appliance(camera, "another")
            check(status == 502 and told["error"]["code"] == "wrong_password" and camera.refused_logins == 1, f"{status} {told} {camera.refused_logins}")


@case("onvif: from the camera's answer to a camera that runs")
def from_search_to_stream():
    with tempfile.TemporaryDirectory() as folder:
        clip = clips.walking_box(os.path.join(folder, "walk.mp4"))
        password = "Secret-22"
        server = Process([sys.executable, os.path.join(TESTS, "support", "camera_server.py"), f"main={clip.path}", "--auth", "digest",
                          "--user", f"{USER}:{password}"], os.path.join(folder, "serve.log"))
        appliance = Appliance(settings.build, {})
        try:
            ready = wait_until("the camera serves", 20, lambda: re.search(r"ready rtsp=(\d+)", server.log()))
            shape = {"stream": f"rtsp://10.98.7.6:{ready[1]}/main", "profiles": shapes()["no-sub"]["profiles"]}
            with Maker("token-only", user=f"{USER}:{password}", **shape) as camera:
                done = ask(place(camera), "--json", password=password)
            check(done.returncode == 0, f"{done.stdout}{done.stderr}")
            one = json.loads(done.stdout)["proposals"][0]
            one = {**one, **one["by_address"]}  # the other way: case_onvif_camera
            with open(os.path.join(appliance.folder, "secrets.yaml"), "w") as file:
                file.write(one["secrets_yaml"].replace("PASSWORD", password))
            with open(os.path.join(appliance.folder, "cameras.d", one["name"] + ".yaml"), "w") as file:
                file.write(one["camera_yaml"])
            appliance.start()
            wait_until("the camera runs", 20, lambda: appliance.camera(one["name"])["state"] == "running")
            wait_until("its pictures come", 20, lambda: appliance.request("GET", f"/api/v1/cameras/{one['name']}/snapshot.jpg")[0] == 200)
            check(password not in appliance.process.log(), "the password stands in the log")
        finally:
            appliance.__exit__()
            server.stop()
