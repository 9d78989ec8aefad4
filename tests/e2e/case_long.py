"""Long answers: who asked may leave, lose the right or be slow, and the appliance may stop; none of it waits for the work."""
import contextlib
import datetime
import http.client
import os
import re
import socket
import sqlite3
import time

import day
import settings
from appliance import PASSWORD, Appliance
from cases import case, check, wait_until

RECORDED = "porch"
OFF = [f"cam-{number:02}" for number in range(31)]


def iso(at):
    return datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextlib.contextmanager
def day_of(cameras, files=day.FILES):
    """A running appliance with one camera that records and others that are off but have the footage of a day."""
    configured = {RECORDED: {"source": {"plugin": "testpattern"}, "record": {"mode": "continuous"}}}
    configured.update({name: {"enabled": False, "source": {"plugin": "testpattern"}} for name in cameras})
    with Appliance(settings.build, configured, settings={"storage": {"min_free_bytes": "64MiB", "max_bytes": "900GiB"}}) as appliance:
        appliance.login()
        begin, end = day.add_day(appliance, cameras, day.make_file(appliance.folder), files)
        yield appliance, f"from={iso(begin)}&to={iso(end)}"


def add_viewer(appliance, name):
    """-> its cookie"""
    made = appliance.cli("user", "add", name, "--role", "viewer", text=PASSWORD + "\n")
    check(made.returncode == 0, f"user add: {made.stderr}")
    own, appliance.cookie = appliance.cookie, None  # a login ends the session whose cookie comes with it
    status, headers, _ = appliance.request("POST", "/api/v1/login", {"username": name, "password": PASSWORD})
    appliance.cookie = own
    check(status == 204, f"login of {name}: {status}")
    return headers["Set-Cookie"].split(";")[0]


def ask(appliance, path, cookie):
    """Sends a request and leaves the answer unread. -> the socket"""
    asking = socket.socket()
    asking.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)  # what waits here is not read yet, and soon old
    asking.connect(("127.0.0.1", appliance.port))
    asking.sendall(f"GET /api/v1{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode())
    return asking


def status_of(appliance, path, cookie, timeout_s=30):
    connection = http.client.HTTPConnection("127.0.0.1", appliance.port, timeout=timeout_s)
    try:
        connection.request("GET", "/api/v1" + path, headers={"Cookie": cookie})
        return connection.getresponse().status
    finally:
        connection.close()


@case("long: SIGTERM ends within 10 s while eight exports of a day of 32 cameras run, the recorder first")
def stop_under_exports():
    with day_of(OFF) as (appliance, day_range):
        wait_until("the camera records", 20, lambda: appliance.recordings(RECORDED))
        cookies = [appliance.cookie] + [add_viewer(appliance, f"viewer-{number}") for number in range(2)]
        asking = [ask(appliance, f"/recordings/evidence.zip?{day_range}", cookies[number % 3]) for number in range(8)]
        wait_until("two of them run", 10, lambda: appliance.get("/system")["web"]["streams"] == 2)
        took = appliance.stop()
        for one in asking:
            one.close()
        check(took < 10, f"stopping took {took:.1f} s")
        with sqlite3.connect(os.path.join(appliance.data, "porchlight.db")) as database:
            running = database.execute("SELECT count(*) FROM recording WHERE ended_at_us IS NULL").fetchone()[0]
        check(running == 0, "the recorder left a recording open")
        check("stopped" in appliance.process.log(), appliance.process.log()[-500:])
        print(f"   stopped in {took:.1f} s")


@case("long: two exports that were abandoned hold no place; a viewer's export leaves one for the administrator")
def abandoned_exports():
    with day_of(OFF[:8]) as (appliance, day_range):
        viewer = add_viewer(appliance, "vic")
        other = add_viewer(appliance, "val")
        pack = f"/recordings/evidence.zip?{day_range}"
        short = "/recordings/export.mp4?camera=cam-00&from=-20m&to=-10m"
        for one in [ask(appliance, pack, appliance.cookie), ask(appliance, pack, viewer)]:
            time.sleep(0.5)
            one.close()
        began = time.monotonic()
        check(status_of(appliance, short, other) == 200, "an abandoned export keeps its place")
        check(time.monotonic() - began < 8, "an abandoned export keeps its place for long")
        with contextlib.closing(ask(appliance, pack, viewer)):
            time.sleep(0.5)
            check(status_of(appliance, short, other) == 503, "two viewers export at once")
            check(status_of(appliance, short, appliance.cookie) == 200, "a viewer keeps the administrator from exporting")


def length_of(head):
    """Content-Length of an answer's head, 0 without one."""
    found = re.search(rb"Content-Length: (\d+)", head)
    return int(found.group(1)) if found else 0


def read_to_end(reading, slowly_s=5, then_s=3):
    """Reads slowly, then what is left. -> bytes, None when it goes on"""
    began, count = time.monotonic(), 0
    reading.settimeout(1)
    while time.monotonic() - began < slowly_s + then_s:
        with contextlib.suppress(TimeoutError):
            piece = reading.recv(4096)
            if not piece:
                return count
            count += len(piece)
        if time.monotonic() - began < slowly_s:
            time.sleep(0.05)  # 80 KB/s
    return None


@case("long: a download, an evidence pack and a live view end within 5 s when their user is removed")
def removed_user():
    with day_of(OFF[:2], files=48) as (appliance, day_range):
        viewers = {name: add_viewer(appliance, name) for name in ("export", "pack", "live")}
        paths = {"export": f"/recordings/export.mp4?camera=cam-00&{day_range}",
                 "pack": f"/recordings/evidence.zip?cameras=cam-01&{day_range}", "live": f"/cameras/{RECORDED}/live.mjpeg"}
        for name, path in paths.items():
            with contextlib.closing(ask(appliance, path, viewers[name])) as reading:
                reading.settimeout(60)
                head = reading.recv(600)
                check(b" 200 " in head, f"{name}: {head!r}")
                time.sleep(0.5)
                status, _, body = appliance.request("DELETE", f"/api/v1/users/{name}")
                check(status == 204, f"remove {name}: {status} {body!r}")
                got = read_to_end(reading)
                check(got is not None, f"{name}: goes on")
                size = length_of(head)
                check(size == 0 or got < size / 2, f"{name}: {got} of {size} bytes came")
                print(f"   {name}: ended, {got} of {size or 'endless'} bytes had come")
