"""Starts and stops the real programs for tests: the daemon, brokers, network cameras. Each is ended by its own pid.

    with Appliance(build, cameras={"porch": {"source": {"plugin": "testpattern"}}}) as appliance:
        appliance.get("/api/v1/cameras")
"""
import contextlib
import datetime
import http.client
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time

TESTS = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROOT = os.path.dirname(TESTS)
PASSWORD = "a password of twenty letters"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_alive(pid):
    """False for a zombie too: its work is over."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def is_reader(pid):
    """`porchlightd prove`, which is there for a moment after a stream began."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().split(b"\0")[1:2] == [b"prove"]
    except OSError:
        return False


def children(pid):
    """All but readers of footage, which come and go."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as file:
                    if int(file.read().rpartition(")")[2].split()[1]) == pid and not is_reader(entry):
                        found.append(int(entry))
            except (OSError, ValueError):
                pass
    return found


def seconds_of(text):
    """An ISO 8601 time of the API as seconds since 1970."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def run(*command, timeout_s=60, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, **options)


class Process:
    """A program in the background; what it prints goes to a file."""

    def __init__(self, command, log, **options):
        self.log_file = log
        with open(log, "ab") as out:
            self.popen = subprocess.Popen(command, **{"stdout": out, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL, **options})

    @property
    def pid(self):
        return self.popen.pid

    def log(self):
        with open(self.log_file, encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self, sig=signal.SIGTERM, timeout_s=20):
        """Ends it. -> seconds it took; kills it and raises when that takes longer than timeout_s."""
        started = time.monotonic()
        if self.popen.poll() is None:
            self.popen.send_signal(sig)
            try:
                self.popen.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
                raise
        return time.monotonic() - started


class Broker(Process):
    """A real Mosquitto on a free port of loopback, and everything that was published through it."""

    def __init__(self, folder, port=None, more=""):
        self.port = port or free_port()
        conf = os.path.join(folder, "mosquitto.conf")
        with open(conf, "w") as file:
            file.write(f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n{more}")
        path = os.environ["PATH"] + ":/usr/sbin"
        super().__init__(["mosquitto", "-c", conf], os.path.join(folder, "mosquitto.log"), env=dict(os.environ, PATH=path))
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        self.listener = Process(["mosquitto_sub", "-h", "127.0.0.1", "-p", str(self.port), "-t", "#", "-F", "%U %r %t %p"],
                                os.path.join(folder, "mqtt.txt"))

    def messages(self):
        """-> [(unix time, is_retained, topic, payload)]"""
        found = []
        for line in self.listener.log().splitlines():
            parts = line.split(" ", 3)
            # A picture in a payload breaks lines: what does not begin like a message belongs to the one before.
            if len(parts) >= 3 and re.fullmatch(r"\d+\.\d+", parts[0]):
                found.append((float(parts[0]), parts[1] == "1", parts[2], parts[3] if len(parts) > 3 else ""))
        return found

    def stop(self, *args, **options):
        self.listener.stop()
        return super().stop(*args, **options)


class Appliance:
    """One porchlightd with its own data directory and port. A context manager; start() may be called again after a kill."""
    scheme = "http"

    def __init__(self, build, cameras, mqtt_port=None, settings=None, folder=None, environment=None, port=None):
        self.build = os.path.abspath(build)
        self.environment = dict(os.environ, **(environment or {}))
        self.folder = folder or tempfile.mkdtemp(prefix="porchlight-test-")
        self.owns_folder = folder is None
        self.data = os.path.join(self.folder, "data")
        self.config = os.path.join(self.folder, "porchlight.yaml")
        self.port = port or free_port()
        self.cookie = None
        self.process = None
        os.makedirs(self.data, exist_ok=True)
        os.makedirs(os.path.join(self.folder, "cameras.d"), exist_ok=True)
        main = {"data_dir": self.data, "web": {"port": self.port, "bind": "127.0.0.1", "tls": "off"},
                "storage": {"min_free_bytes": "64MiB"},
                "mqtt": {"enabled": mqtt_port is not None, "host": "127.0.0.1", "port": mqtt_port or 1883}}
        main.update(settings or {})
        self._write(self.config, main)
        for name, camera in cameras.items():
            self._write(os.path.join(self.folder, "cameras.d", name + ".yaml"), {"name": name, "title": name, **camera})

    @staticmethod
    def _write(path, content):
        with open(path, "w") as file:
            file.write(json.dumps(content, indent=1))  # JSON is YAML

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        try:
            if self.process:
                self.process.stop()
        finally:
            if self.owns_folder and not os.environ.get("PORCHLIGHT_KEEP"):
                shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, wait=True):
        self.process = Process([f"{self.build}/bin/porchlightd", "--config", self.config], os.path.join(self.folder, "daemon.log"),
                               env=self.environment)
        self.cookie = None
        if wait:
            self.wait_ready()

    def wait_ready(self, timeout_s=20):
        until = time.monotonic() + timeout_s
        while True:
            try:
                if self.request("GET", "/api/v1/healthz")[0] == 200:
                    return
            except OSError:
                pass
            if self.process.popen.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the daemon did not come up:\n" + self.process.log()[-3000:])
            time.sleep(0.05)

    @property
    def pid(self):
        return self.process.pid

    def workers(self):
        """The fork server and the workers, its children - or the core's, when they were started without it."""
        return [pid for child in children(self.pid) for pid in (child, *children(child))]

    def kill(self):
        """kill -9 of the core."""
        self.process.popen.kill()
        self.process.popen.wait()

    def stop(self):
        return self.process.stop()

    def cli(self, *args, text=None, timeout_s=60):
        return run(f"{self.build}/bin/porchlight", "--config", self.config, *args, input=text, timeout_s=timeout_s)

    # -- HTTP ------------------------------------------------------------------------------------------------------

    def connect(self, timeout_s):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)

    def request(self, method, path, body=None, headers=None, timeout_s=15):
        """-> (status, headers, body)"""
        connection = self.connect(timeout_s)
        try:
            sent = {"Origin": f"{self.scheme}://127.0.0.1:{self.port}", **({"Cookie": self.cookie} if self.cookie else {}), **(headers or {})}
            if body is not None:
                body, sent["Content-Type"] = json.dumps(body), "application/json"
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def login(self, name="admin"):
        """Makes the account when there is none, then a session."""
        if f'"{name}"' not in self.cli("user", "list", "--json").stdout:
            made = self.cli("user", "add", name, "--role", "admin", text=PASSWORD + "\n")
            if made.returncode:
                raise RuntimeError(f"porchlight user add: {made.stdout}{made.stderr}")
        status, headers, body = self.request("POST", "/api/v1/login", {"username": name, "password": PASSWORD})
        if status != 204:
            raise RuntimeError(f"login: {status} {body[:200]!r}")
        self.cookie = headers["Set-Cookie"].split(";")[0]

    def get(self, path):
        """JSON of a route below /api/v1, with a session."""
        if not self.cookie:
            self.login()
        status, _, body = self.request("GET", "/api/v1" + path)
        if status != 200:
            raise RuntimeError(f"GET {path}: {status} {body[:300]!r}")
        return json.loads(body)

    def cameras(self):
        return {camera["name"]: camera for camera in self.get("/cameras")["cameras"]}

    def camera(self, name):
        return self.cameras()[name]

    def recoveries(self, camera):
        """-> [(unix time, name of the rung, outcome, steps)], oldest first"""
        rows = self.get(f"/cameras/{camera}/health")["recoveries"]
        return sorted((seconds_of(row["at"]), row["rung_name"], row["outcome"], row["steps"]) for row in rows)

    def events(self, camera=None):
        """Oldest first."""
        events = self.get("/events?limit=200" + (f"&camera={camera}" if camera else ""))["events"]
        return sorted(events, key=lambda event: event["started_at"])

    def live_frames(self, camera, seconds):
        """Watches live MJPEG. -> [(monotonic time, size in bytes)]"""
        self.get("/me")
        frames, until = [], time.monotonic() + seconds
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", f"/api/v1/cameras/{camera}/live.mjpeg", headers={"Cookie": self.cookie})
            answer = connection.getresponse()
            if answer.status != 200:
                raise RuntimeError(f"live.mjpeg: {answer.status}")
            pending = b""
            while time.monotonic() < until:
                piece = answer.read1(65536)
                if not piece:
                    break
                pending += piece
                while (end := pending.find(b"\xff\xd9")) >= 0 and (begin := pending.find(b"\xff\xd8")) >= 0:
                    frames.append((time.monotonic(), hash(pending[begin:end])))
                    pending = pending[end + 2:]
        finally:
            connection.close()
        return frames

    def rows(self, statement, *values):
        """Of the database as it is; nothing is written."""
        with contextlib.closing(sqlite3.connect(f"file:{self.data}/porchlight.db?mode=ro", uri=True, timeout=5)) as database:
            return database.execute(statement, values).fetchall()

    def recordings(self, camera=None):
        folder = os.path.join(self.data, "recordings", *([camera] if camera else []))
        return sorted(os.path.join(at, name) for at, _, names in os.walk(folder) for name in names if name.endswith(".mp4"))
