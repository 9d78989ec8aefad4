"""A camera that is configured by its ONVIF address alone: its streams are found, and found again."""
import json
import os
import re
import socket
import struct
import sys
import tempfile
import threading
import time

import clips
import settings
from appliance import TESTS, Appliance, Process
from cases import case, check, wait_until
from onvif_maker import Maker, shapes

USER, PASSWORD = "viewer", "Qz/hunter@22"
ENDPOINT = "urn:uuid:5f5a69c2-e0ae-504f-829b-00112233aabb"
FIRST_PICTURE_S = 5


class Streams:
    """main and sub of a camera at a free port, with a login. A context manager; move() is a firmware that has other ideas."""

    def __init__(self, folder):
        self.folder, self.number, self.process = folder, 0, None
        self.clips = {name: clips.walking_box(os.path.join(folder, name + ".mp4"), visits=((3, 7),), duration_s=12, size=size).path for name, size in (("main", "640x360"), ("sub", "320x180"))}
        self.move("main", "sub")

    def move(self, main, sub):
        if self.process:
            self.process.stop()
        self.number += 1
        self.log_file = os.path.join(self.folder, f"plays-{self.number}.log")
        served = [f"{main}={self.clips['main']}"] + ([f"{sub}={self.clips['sub']}"] if sub else [])
        self.process = Process([sys.executable, os.path.join(TESTS, "support", "camera_server.py"), *served, "--auth", "digest", "--user", f"{USER}:{PASSWORD}",
                                "--log", self.log_file], os.path.join(self.folder, f"serve-{self.number}.log"))
        self.port = int(wait_until("the camera serves", 20, lambda: re.search(r"ready rtsp=(\d+)", self.process.log()))[1])

    def played(self):
        if not os.path.exists(self.log_file):
            return set()
        with open(self.log_file) as file:
            return {entry["name"] for entry in map(json.loads, file) if entry["event"] == "play"}


class Responder:
    """Answers WS-Discovery on loopback for a camera that is at `port` now. **Thread**: answers on its own."""

    def __init__(self, endpoint):
        self.endpoint, self.port, self.probes = endpoint, None, 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("", 3702))
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack("4s4s", socket.inet_aton("239.255.255.250"), socket.inet_aton("127.0.0.1")))
        self.socket.settimeout(0.1)
        self.is_over = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.is_over:
            try:
                probe, sender = self.socket.recvfrom(65536)
            except TimeoutError:
                continue
            found = re.search(rb"MessageID>(.*?)<", probe)
            if not found or self.port is None:
                continue
            self.probes += 1
            match = "".join(f"<d:ProbeMatch><a:EndpointReference><a:Address>{endpoint}</a:Address></a:EndpointReference><d:XAddrs>http://10.98.7.6:{port}/onvif/device_service</d:XAddrs></d:ProbeMatch>"
                            for endpoint, port in (("urn:uuid:another", 9), (self.endpoint, self.port)))
            self.socket.sendto((f'<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
                                f'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><e:Header><a:RelatesTo>{found[1].decode()}</a:RelatesTo></e:Header>'
                                f"<e:Body><d:ProbeMatches>{match}</d:ProbeMatches></e:Body></e:Envelope>").encode(), sender)

    def stop(self):
        self.is_over = True
        self.thread.join()
        self.socket.close()


def stream_at(streams):
    return "rtsp://{host}:" + str(streams.port) + "/{token}"


def pictures(appliance):
    return appliance.camera("front")["counters"]["packets"]


def flows(appliance):
    """Pictures came after this moment."""
    before = pictures(appliance)
    wait_until("pictures come again", 30, lambda: appliance.camera("front")["state"] == "running" and pictures(appliance) != before)


def asked(camera, what):
    with camera.lock:
        return sum(what in one for one in camera.asked)


@case("onvif camera: two streams are found without their addresses, and found again when path, port and address changed")
def found_again():
    with tempfile.TemporaryDirectory() as folder:
        streams, appliance, responder = Streams(folder), None, None
        camera = Maker("gsoap", user=f"{USER}:{PASSWORD}", stream=stream_at(streams))
        try:
            responder = Responder(ENDPOINT)
            source = {"plugin": "onvif", "address": f"127.0.0.1:{camera.port}", "user": USER, "password": PASSWORD, "id": "00112233AABB"}
            appliance = Appliance(settings.build, {"front": {"source": source, "record": {"mode": "continuous"}, "health": {"frame_timeout": "2s", "open_timeout": "10s"}}})
            appliance.start()
            began = time.monotonic()
            wait_until("the first picture", 30, lambda: pictures(appliance) > 0, 0.1)
            took_s = time.monotonic() - began
            print(f"  first picture {took_s:.1f} s after the daemon was ready", flush=True)
            check(took_s < FIRST_PICTURE_S, f"the first picture took {took_s:.1f} s")
            wait_until("both streams play", 10, lambda: streams.played() == {"main", "sub"})
            questions = asked(camera, "GetStreamUri")  # each once more where it is refused without a login, or with an old nonce
            check(2 <= questions <= 4, f"{questions} questions for two streams")
            check(not camera.refused_logins and not camera.complaints, f"{camera.refused_logins} refused, {camera.complaints}")

            camera.shape["profiles"] = [{**one, "token": "new-" + one["token"]} for one in camera.shape["profiles"]]
            streams.move("new-main", "new-sub")
            camera.shape["stream"] = stream_at(streams)
            wait_until("the streams are found at another port and path", 40, lambda: streams.played() == {"new-main", "new-sub"})
            flows(appliance)

            camera.__exit__()
            shape = {"profiles": camera.shape["profiles"], "stream": camera.shape["stream"], "device": {**camera.shape["device"], "FirmwareVersion": "2.0"}}
            camera = Maker("gsoap", user=f"{USER}:{PASSWORD}", **shape)
            streams.move("new-main", "new-sub")
            camera.shape["stream"] = stream_at(streams)
            responder.port = camera.port
            wait_until("the camera is found at another address", 60, lambda: streams.played() == {"new-main", "new-sub"})
            flows(appliance)
            check(responder.probes > 0, "nobody searched")
            described = json.dumps(appliance.camera("front"))
            check("firmware 2.0 (was " in described, f"the other firmware is not told: {described}")
            check(PASSWORD not in appliance.process.log() + described, "the password is shown")
            check(not camera.complaints, f"{camera.complaints}")
        finally:
            if appliance:
                appliance.__exit__()
            if responder:
                responder.stop()
            camera.__exit__()
            streams.process.stop()


@case("onvif camera: a wrong password is tried once by all that ask, and a camera that comes back is recorded")
def refused_once():
    with tempfile.TemporaryDirectory() as folder:
        streams = Streams(folder)
        appliance = None
        camera = Maker("token-only", user=f"{USER}:{PASSWORD}", stream=stream_at(streams))
        port = camera.port
        try:
            source = {"plugin": "onvif", "address": f"127.0.0.1:{port}", "user": USER, "password": "wrong-one"}
            appliance = Appliance(settings.build, {"front": {"source": source}})
            appliance.start()
            wait_until("the refusal is told", 20, lambda: "tried once only" in json.dumps(appliance.camera("front")))
            time.sleep(10)
            check(camera.refused_logins == 1, f"the password was tried {camera.refused_logins} times")
            appliance.stop()
            camera.__exit__()
            source["password"] = PASSWORD
            Appliance._write(os.path.join(appliance.folder, "cameras.d", "front.yaml"), {"name": "front", "source": source})
            appliance.start()
            time.sleep(3)
            camera = Maker("token-only", user=f"{USER}:{PASSWORD}", stream=stream_at(streams), port=port)
            wait_until("the camera that came back runs", 30, lambda: appliance.camera("front")["state"] == "running")
            check(camera.refused_logins == 0, f"{camera.refused_logins} refused logins")
        finally:
            if appliance:
                appliance.__exit__()
            camera.__exit__()
            streams.process.stop()


@case("onvif camera: one stream alone is detected on without a complaint")
def one_stream():
    with tempfile.TemporaryDirectory() as folder:
        streams = Streams(folder)
        camera = Maker("plain", user=f"{USER}:{PASSWORD}", stream=stream_at(streams), profiles=shapes()["plain"]["profiles"][:1])
        appliance = None
        try:
            source = {"plugin": "onvif", "address": f"127.0.0.1:{camera.port}", "user": USER, "password": PASSWORD}
            appliance = Appliance(settings.build, {"front": {"source": source, "health": {"frame_timeout": "2s"}}})
            appliance.start()
            wait_until("the camera runs", 20, lambda: appliance.camera("front")["state"] == "running")
            wait_until("motion is detected", 40, lambda: appliance.events("front"))
            check(not appliance.camera("front")["worker"]["is_detecting_on_main"], "a sub stream is missed that there is not")
            told = [line for line in appliance.process.log().splitlines() if "smaller stream" in line]
            check(len(told) == 1, f"told {len(told)} times: {told}")
        finally:
            if appliance:
                appliance.__exit__()
            camera.__exit__()
            streams.process.stop()
