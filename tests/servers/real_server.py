"""A server of somebody else as a camera: its programs, started, killed and started again on ports that stay.

    server = RealServer(row_of_servers_yaml, folder); server.clips = made_clips(rows, folder)
    server.start("first"); server.wait_listening(); server.kill(); server.start("then")
"""
import http.client
import os
import pwd
import shutil
import string
import subprocess
import threading
import time
import urllib.request

import material
from appliance import TESTS, Process, free_port
from cases import Skipped, wait_until

USER, PASSWORD = "viewer", "Tangerine7"
READY_S = 20
JPEG_BEGINS = b"\xff\xd8\xff"
PAUSE_S = 0.1   # before a program that ended is started again


def is_listening(port):
    """Told by the kernel: to connect would be to take the place of the one client that some servers serve."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(table, encoding="ascii") as file:
            for line in file.readlines()[1:]:
                address, state = line.split()[1], line.split()[3]
                if state == "0A" and int(address.rpartition(":")[2], 16) == port:
                    return True
    return False


def even_port():
    """RTP takes it, and others behind it. The kernel itself gives odd ones."""
    return (free_port() + 1) % 40000 // 2 * 2 + 20000


class AnyDigest(urllib.request.HTTPDigestAuthHandler):
    """libmicrohttpd, of which motion is made, writes `md5`."""

    def get_algorithm_impls(self, algorithm):
        return super().get_algorithm_impls(algorithm.upper())


def jpegs_from(url, seconds):
    """JPEGs over HTTP, as a browser would count them: ffmpeg's reader of multipart stumbles over some. -> (pictures, what went wrong)"""
    place = url.replace(f"{USER}:{PASSWORD}@", "")
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, place, USER, PASSWORD)
    opener = urllib.request.build_opener(AnyDigest(passwords), urllib.request.HTTPBasicAuthHandler(passwords))
    until, seen = time.monotonic() + seconds, b""
    try:
        with opener.open(place, timeout=seconds) as answer:
            while time.monotonic() < until and (piece := answer.read1(65536)):
                seen += piece
    except (OSError, http.client.HTTPException) as error:
        return seen.count(JPEG_BEGINS), str(error)
    return seen.count(JPEG_BEGINS), ""


class Program:
    """One process of a server; `again`: it is started again when it ends, until kill(). Owns a thread for that."""

    def __init__(self, command, log, again=False, as_nobody=False, folder=None):
        self.command, self.log_file, self.options = command, log, {}
        if as_nobody and os.geteuid() == 0:  # VLC refuses to be root
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            self.options = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "env": dict(os.environ, HOME=folder, XDG_RUNTIME_DIR=folder)}
        self.is_over, self.lock = threading.Event(), threading.Lock()
        self.process = Process(command, log, **self.options)
        self.keeper = threading.Thread(target=self._keep, daemon=True) if again else None
        if self.keeper:
            self.keeper.start()

    def _keep(self):
        while not self.is_over.wait(PAUSE_S):
            with self.lock:
                if not self.is_over.is_set() and self.process.popen.poll() is not None:
                    self.process = Process(self.command, self.log_file, **self.options)

    def has_ended(self):
        return not self.keeper and self.process.popen.poll() is not None

    def kill(self):
        self.is_over.set()
        with self.lock:
            self.process.popen.kill()
            self.process.popen.wait()


class RealServer:
    """Owns the programs of one row and its ports; kill() ends them by their pids."""

    def __init__(self, row, folder):
        self.row, self.folder, self.clips, self.programs, self.starts = row, folder, {}, [], 0
        os.makedirs(folder, exist_ok=True)
        self.words = {"folder": folder, "support": os.path.join(TESTS, "support"), "user": USER, "password": PASSWORD, "login": f"{USER}:{PASSWORD}"}
        self.words.update(port=str(free_port()), port2=str(free_port()), port3=str(even_port()))

    def need(self):
        """Skipped with the package's name where it is not here."""
        if "is_missing" in self.row:
            raise Skipped(self.row["is_missing"])
        command = self.filled(self.row["probe"])
        is_there = shutil.which(command[0]) and (len(command) == 1 or subprocess.run(command, capture_output=True, timeout=30).returncode == 0)
        if not is_there:
            raise Skipped(f"it is not here: apt-get install {self.row['package']}")

    def played(self, which):
        """The words of what is played: "first" or "then"."""
        words = dict(self.row[which])
        words["width"], words["height"] = words["size"].split("x")
        if "clip" in words:
            words["clip"] = self.clips[words["clip"]]
        return {**self.words, **words}

    def filled(self, value, words=None):
        """`value` with its $words, in lists and maps, too."""
        if isinstance(value, str):
            return string.Template(value).substitute(words or self.words)
        if isinstance(value, dict):
            return {key: self.filled(one, words) for key, one in value.items()}
        return [self.filled(one, words) for one in value] if isinstance(value, list) else value

    def source(self):
        return {"plugin": "ffmpeg", **self.filled(self.row["source"])}

    @property
    def port(self):
        return int(self.words["port"])

    def start(self, which):
        """Does not wait, but for what comes later than the others."""
        words = self.played(which)
        for name, text in self.row.get("files", {}).items():
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write(self.filled(text, words))
        self.starts += 1
        for number, step in enumerate(self.row["run"]):
            time.sleep(step.get("after_s", 0))
            log = os.path.join(self.folder, f"start-{self.starts}-{number}.log")
            self.programs.append(Program(self.filled(step["command"], words), log, step.get("again", False), step.get("as_nobody", False), self.folder))

    def wait_listening(self):
        """-> the wall time at which it was seen to listen"""
        wait_until(f"{self.row['name']} listens", READY_S, lambda: is_listening(self.port) or self._died(), 0.02)
        return time.time()

    def _died(self):
        for program in self.programs:
            if program.has_ended():
                raise RuntimeError(f"{program.command[0]} ended: {program.process.log()[-500:].strip()}")

    def kill(self):
        for program in self.programs:
            program.kill()
        self.programs.clear()

    def second_client(self, seconds=3):
        """Another client beside the appliance. -> (pictures that it got, what it said)"""
        if self.row["first"]["codec"] == "mjpeg":
            return jpegs_from(self.source()["url"], seconds)
        command = ["ffmpeg", "-v", "error", "-nostdin", "-i", self.source()["url"], "-map", "0:v", "-t", str(seconds), "-c", "copy", "-f", "framecrc", "-"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 12)
        except subprocess.TimeoutExpired as late:
            return (late.stdout or b"").count(b"\n0,"), "it got no end"
        return done.stdout.count("\n0,"), done.stderr.strip()


def clips_of(rows):
    return {row[which]["clip"] for row in rows for which in ("first", "then") if "clip" in row.get(which, {})}


def made_clips(rows, folder):
    return material.make(folder, clips_of(rows))
