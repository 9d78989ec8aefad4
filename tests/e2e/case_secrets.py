"""No secret anywhere: a different one in every field that can hold one, through every fault, searched for in everything that comes out."""
import base64
import io
import json
import os
import random
import shutil
import signal
import socket
import tempfile
import threading
import time
import urllib.parse
import zipfile

import clips
import settings
from appliance import PASSWORD, Appliance, Broker, free_port, run
from cases import case, check, wait_until

LETTERS = "QXZWKJVY"  # no word, id or hash of ours has four of them in a row


class Secrets:
    """Makes them and finds them again, whole, in pieces of four letters, and encoded."""

    def __init__(self):
        self.random = random.Random(11)
        self.made = {}
        self.places, self.bytes = 0, 0
        self.found = []

    def new(self, what, shape="{}"):
        """`shape`: where its pieces go. -> the secret as it is written"""
        pieces = ["".join(self.random.choice(LETTERS) for _ in range(7)) for _ in range(shape.count("{}"))]
        self.made[what] = (shape.format(*pieces), pieces)
        return self.made[what][0]

    def needles(self, is_text):
        for what, (whole, pieces) in self.made.items():
            for piece in pieces:
                # In pictures and footage four letters come by chance.
                parts = {piece[i:i + 4] for i in range(len(piece) - 3)} if is_text else {piece}
                yield from ((what, part.encode()) for part in parts)
                for shift in range(3):
                    # Without the letters that depend on what stands around it.
                    encoded = base64.b64encode(b"." * shift + piece.encode())
                    yield what, encoded[(0, 2, 3)[shift]:-(4 if encoded.endswith(b"=") else 1)]
            yield what, urllib.parse.quote(whole, safe="").encode()

    def search(self, place, content, is_text=True):
        content = content.encode(errors="replace") if isinstance(content, str) else content
        self.places += 1
        self.bytes += len(content)
        for what, needle in self.needles(is_text):
            if len(needle) >= 4 and needle in content:
                at = content.index(needle)
                self.found.append(f"{place}: {what} ({needle.decode()}): ...{content[max(0, at - 80):at + 30]!r}")


class Camera:
    """Answers each request with what `say(request)` gives, then hangs up. It says back what it was told, as bad firmware does."""

    def __init__(self, say, address="127.0.0.1"):
        self.socket = socket.create_server((address, 0))
        self.port = self.socket.getsockname()[1]
        self.say = say
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            with client:
                try:
                    client.settimeout(5)
                    client.sendall(self.say(client.recv(8192).decode(errors="replace")))
                except OSError:
                    pass

    def stop(self):
        self.socket.close()


def echo(request):
    """The request's line and what its Authorization says, on one line."""
    words = request.split("\r\n")[0].replace(" ", "_")
    for line in request.split("\r\n"):
        if line.lower().startswith("authorization: basic "):
            words += "_" + base64.b64decode(line.split()[2]).decode(errors="replace")
    return words


def http(status):
    return lambda request: f"HTTP/1.1 {status} {echo(request)}\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


def rtsp(status, extra="", body=""):
    def say(request):
        number = next((line.split(":")[1].strip() for line in request.split("\r\n") if line.lower().startswith("cseq")), "1")
        return (f"RTSP/1.0 {status} {echo(request)}\r\nCSeq: {number}\r\n{extra}Content-Length: {len(body)}\r\n\r\n{body}").encode()
    return say


def moved(port):
    return lambda request: f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.2:{port}/{echo(request)}\r\nContent-Length: 0\r\n\r\n".encode()


def source(url, **more):
    return {"source": {"plugin": "ffmpeg", "url": url, **more}, "record": {"mode": "off"}}


def cameras_of(secrets, servers, clip):
    def at(say):
        servers.append(Camera(say))
        return f"127.0.0.1:{servers[-1].port}"

    new, gone = secrets.new, f"127.0.0.1:{free_port()}"
    other = Camera(http(200), "127.0.0.2")  # all of 127/8 is here, but another host than the camera's
    servers.append(other)
    return {
        "refused": source(f"rtsp://{new('user, refused')}:{new('password, refused')}@{gone}/main"),
        "http-401": source(f"http://{new('user, 401')}:{new('password, 401')}@{at(http(401))}/v.mjpg"),
        "http-404": source(f"http://{new('user, 404')}:{new('password, 404')}@{at(http(404))}/v.mjpg"),
        "http-500": source(f"http://u:{new('password, encoded', '{}%2F{}%40%23{}')}@{at(http(500))}/v.mjpg"),
        "http-junk": source(f"http://u:{new('password, junk')}@{at(lambda request: ('junk ' + echo(request)).encode())}/v"),
        "moved": source(f"http://u:{new('password, moved')}@{at(moved(other.port))}/v"),
        "rtsp-401": source(f"rtsp://{new('user, rtsp')}:{new('password, rtsp')}@{at(rtsp(401, 'WWW-Authenticate: Basic realm=x' + chr(13) + chr(10)))}/main"),
        "rtsp-454": source(f"rtsp://u:{new('password, 454')}@{at(rtsp(454))}/main"),
        "rtsp-junk": source(f"rtsp://u:{new('password, sdp')}@{at(rtsp(200, 'Content-Type: application/sdp' + chr(13) + chr(10), 'v=0'))}/main"),
        "rtsp-mute": source(f"rtsp://u:{new('password, mute')}@{at(lambda request: b'')}/main"),
        "token-user": source(f"rtsp://{new('user that is a token')}@{gone}/main"),
        "path-query": source(f"rtsp://{gone}/user=admin&password={new('password in the path')}&channel=1"),
        "path-dvr": source(f"rtsp://{gone}/user=admin_password={new('password of a recorder')}_channel=1_stream=0.sdp"),
        "query": source(f"http://{gone}/v.cgi?usr={new('user in the query')}&pwd={new('password in the query')}&token={new('token in the query')}"),
        "query-at": source(f"http://{gone}/v.cgi?pwd={new('password with an at in the query', '{}@{}')}"),
        "path-key": source(f"rtsps://{at(http(400))}/{new('key as a path, TLS error', '{}1{}')}?enableSrtp"),
        "tls": source(f"https://u:{new('password, TLS error')}@{at(http(200))}/v"),
        "no-name": source(f"rtsp://u:{new('password, unknown host')}@no-such-host.invalid/main"),
        "no-scheme": source(f"gopherx://u:{new('password, unknown scheme')}@{gone}/main"),
        "slash": source(f"rtsp://u:{new('password with a slash', '{}/{}')}@{gone}/main"),
        "hash": source(f"rtsp://u:{new('password with a hash', '{}#{}')}@{gone}/main"),
        "question": source(f"rtsp://u:{new('password with a question mark', '{}?{}')}@{gone}/main"),
        "at": source(f"rtsp://u:{new('password with an at', '{}@{}')}@{gone}/main"),
        "lost-at": source(f"rtsp://u:{new('password whose at is lost')}"),
        "sub": source(clip, sub_url=f"rtsp://u:{new('password of the sub stream')}@{gone}/sub"),
        "bad-key": {"source": {"plugin": "testpattern", f"password:{new('key and value in one word')}": True}},
        "owner": {"source": {"plugin": "v4l2", "device": "/dev/video-none"},
                  "health": {"owner_action": {"command": ["/bin/echo", "--token", new("token of the owner's program"), "password=" + new("password of it")]}}},
        "good": {"source": {"plugin": "testpattern"}, "record": {"mode": "continuous"}},
    }


def routes(name):
    return ["/me", "/users", "/tokens", "/audit", "/cameras", f"/cameras/{name}", f"/cameras/{name}/health", f"/cameras/{name}/coverage",
            f"/cameras/{name}/snapshot.jpg", f"/cameras/{name}/snapshot.jpg?placeholder=false", "/events", "/events/summary", "/logs?limit=5000",
            "/sources", "/system", "/plugins", "/metrics", f"/timeline?camera={name}", f"/recordings?camera={name}", "/healthz"]


def search_api(secrets, appliance, names):
    for user in ("admin", "viewer"):
        appliance.cookie = None
        status, headers, _ = appliance.request("POST", "/api/v1/login", {"username": user, "password": PASSWORD})
        check(status == 204, f"login of {user}: {status}")
        appliance.cookie = headers["Set-Cookie"].split(";")[0]
        seen = set()
        for name in names:
            for route in routes(name):
                if route in seen:
                    continue
                seen.add(route)
                status, headers, body = appliance.request("GET", "/api/v1" + route, timeout_s=30)
                check(status != 404 or "timeline" in route, f"GET {route} as {user}: {status}")
                is_text = not headers.get("Content-Type", "").startswith("image/")
                secrets.search(f"GET {route} as {user}", str(headers).encode() + body, is_text)
        _, _, body = appliance.request("POST", "/api/v1/snapshots", {"timeout_s": 1, "attempts": 1}, timeout_s=60)
        for still in json.loads(body).get("snapshots", []):
            secrets.search(f"POST /snapshots as {user}", json.dumps({k: v for k, v in still.items() if k != "jpeg_base64"}))
        secrets.search(f"GET /stream as {user}", stream_of(appliance))
    appliance.cookie = None


def stream_of(appliance):
    """The first second of the stream of changes, of which a switch makes some."""
    with socket.create_connection(("127.0.0.1", appliance.port), 5) as client:
        client.sendall(f"GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nCookie: {appliance.cookie}\r\n\r\n".encode())
        client.settimeout(0.3)
        text, until = b"", time.monotonic() + 1
        while time.monotonic() < until:
            try:
                text += client.recv(65536)
            except TimeoutError:
                pass
        return text


def search_commands(secrets, appliance, names):
    secrets.search("doctor", "".join(map(str, (lambda done: (done.stdout, done.stderr))(appliance.cli("doctor", timeout_s=120)))))
    commands = [("status",), ("status", "--json"), ("status", "--detailed"), ("check-config",), ("check-config", "--json"), ("sources",), ("plugins",),
                ("logs", "--json"), ("events", "--json"), ("monitor", "--duration", "1s"), ("check",), ("recover", "owner", "--rung", "5"),
                ("detect", f"rtsp://u:{secrets.new('password on the command line', '{}/{}')}@127.0.0.1:9/x")]
    commands += [(command, name) for name in names[:6] for command in ("coverage",)]
    commands += [("test", "http-404", "-n", "1", "--timeout", "1s"), ("snapshot", "http-401", "--timeout", "1s", "--attempts", "1")]
    for words in commands:
        done = appliance.cli(*words, timeout_s=120)
        shown = words[0] if words[0] == "detect" else " ".join(words)
        secrets.search("porchlight " + shown, done.stdout + done.stderr)


def search_evidence(secrets, appliance):
    appliance.login()
    status, _, body = appliance.request("GET", "/api/v1/recordings/evidence.zip?camera=good&camera=http-404&from=-1m&to=-1s", timeout_s=60)
    check(status == 200, f"evidence: {status} {body[:200]!r}")
    with zipfile.ZipFile(io.BytesIO(body)) as pack:
        for name in pack.namelist():
            secrets.search("evidence " + name, pack.read(name), name.endswith((".txt", ".json", ".html")))


def search_bad_config(secrets, build, folder):
    """What check-config and the daemon say of a main file that is refused."""
    config = os.path.join(folder, "bad.yaml")
    with open(config, "w") as file:
        file.write(f"data_dir: {folder}/other\n"
                   f"web: {{url: 'https://u:{secrets.new('password in web.url')}@house.example', port: 70000}}\n"
                   f"mqtt: {{enabled: yes, host: 'u:{secrets.new('password in mqtt.host')}@broker', password:{secrets.new('mqtt password without a space')}: }}\n")
    for program in ("porchlight", "porchlightd"):
        words = ["check-config", config] if program == "porchlight" else ["--config", config]
        done = run(f"{build}/bin/{program}", *words)
        check(done.returncode != 0, f"{program} takes {done.stdout}")
        secrets.search(f"{program} with a bad configuration", done.stdout + done.stderr)


def check_search(secrets, appliance):
    """In the configuration itself each is found, or the search proves nothing."""
    for at, _, files in os.walk(appliance.folder):
        for file in files:
            with open(os.path.join(at, file), "rb") as written:
                secrets.search(file, written.read())
    lost = [what for what in secrets.made if what != "proxy of the environment" and not any(f": {what} (" in line for line in secrets.found)]
    check(not lost, f"the search is blind for {lost}")
    secrets.found, secrets.places, secrets.bytes = [], 0, 0


@case("secrets: one in every field, through every fault, and none in log, status, API, metrics, MQTT, evidence or process list")
def secrets_nowhere():
    began = time.monotonic()
    secrets, servers = Secrets(), []
    broker = appliance = None
    folder = os.path.realpath(tempfile.mkdtemp(prefix="porchlight-secrets-"))
    try:
        clip = clips.walking_box(os.path.join(folder, "walk.mp4"))
        cameras = cameras_of(secrets, servers, clip.path)
        names = list(cameras)
        broker = Broker(folder)
        mqtt = {"enabled": True, "host": "127.0.0.1", "port": broker.port, "username": secrets.new("mqtt user"), "password": secrets.new("mqtt password", "{} {}#{}")}
        proxy = {"all_proxy": f"http://u:{secrets.new('proxy of the environment')}@192.0.2.9:3128"}
        appliance = Appliance(settings.build, cameras, settings={"mqtt": mqtt, "log_level": "debug"}, folder=os.path.join(folder, "a"), environment=proxy)
        check_search(secrets, appliance)
        appliance.start()
        appliance.login()
        made = appliance.cli("user", "add", "viewer", "--role", "viewer", text=PASSWORD + "\n")
        check(made.returncode == 0, made.stderr)
        is_told = lambda: all(c["state"] not in ("starting",) and (c["reason"] or n in ("good", "sub")) for n, c in appliance.cameras().items())
        wait_until("each camera has said what is wrong with it", 60, is_told, every_s=0.5)
        shown = appliance.cameras()
        for pid in (appliance.pid, *appliance.workers()):
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                secrets.search(f"arguments of process {pid}", file.read())
        for name in ("http-401", "refused"):  # a worker that ends tells how
            pid = shown[name]["worker"]["pid"]
            if pid:
                os.kill(pid, signal.SIGSEGV)
        for name, camera in sorted(shown.items()):
            print(f"   {name}: {camera.get('kind')}: {camera['reason']}", flush=True)
        search_commands(secrets, appliance, names)
        search_api(secrets, appliance, names)
        search_evidence(secrets, appliance)
        search_bad_config(secrets, settings.build, folder)
        appliance.stop()
        secrets.search("standard error", appliance.process.log())
        for at, _, files in os.walk(os.path.join(appliance.data, "log")):
            for file in files:
                with open(os.path.join(at, file), "rb") as log:
                    secrets.search("data/log/" + file, log.read())
        with open(os.path.join(appliance.data, "porchlight.db"), "rb") as database:
            secrets.search("the database", database.read(), is_text=False)
        messages = broker.messages()
        check(any("http-404" in topic for _, _, topic, _ in messages), "nothing came to the broker")
        secrets.search("MQTT", "\n".join(f"{topic} {payload}" for _, _, topic, payload in messages))
        check(not secrets.found, f"{len(secrets.found)} found:\n   " + "\n   ".join(secrets.found[:40]))
        # Last: an appliance that names its faults otherwise is searched all the same.
        check(shown["http-401"]["kind"] == "auth_refused" and shown["http-404"]["kind"] == "not_found", "kinds")
        check(shown["slash"]["kind"] == "misconfigured" and "%2F" in shown["slash"]["reason"], f"{shown['slash']}")
        check(shown["moved"]["kind"] == "misconfigured" and "another machine" in shown["moved"]["reason"], f"{shown['moved']}")
        print(f"   {len(secrets.made)} secrets, {secrets.places} places, {secrets.bytes / 1e6:.1f} MB, {time.monotonic() - began:.0f} s", flush=True)
    finally:
        for server in servers:
            server.stop()
        if appliance and appliance.process:
            appliance.process.stop()
        if broker:
            broker.stop()
        if not os.environ.get("PORCHLIGHT_KEEP"):
            shutil.rmtree(folder, ignore_errors=True)
