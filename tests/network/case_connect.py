"""From connecting to the first analysed picture, and how old the pictures are that are analysed afterwards."""
import http.client
import json
import os
import tempfile
import threading
import time

import made_clips
import options
from appliance import Appliance, free_port
from cases import case, check, wait_until
from network_camera import FileCameras

RATE_HZ, GOP, CLIP_S = 15, 30, 60
CONNECT_S = 1.5 + GOP / RATE_HZ
OLD_S = 0.5            # of 95 in 100, in the first seconds as later; a picture waits for the next one, which tells its end: 67 ms
ROUNDS = 3


class LiveView:
    """Watches live MJPEG, which shows each picture behind the analysis; begins again when it ends. -> .pictures: [(unix time, JPEG)]"""

    def __init__(self, appliance, camera):
        self.appliance, self.camera, self.pictures, self.is_over = appliance, camera, [], False
        appliance.get("/me")
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def stop(self):
        self.is_over = True
        self.thread.join(12)

    def _run(self):
        while not self.is_over:
            try:
                self._watch()
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.1)

    def _watch(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.appliance.port, timeout=10)
        try:
            connection.request("GET", f"/api/v1/cameras/{self.camera}/live.mjpeg", headers={"Cookie": self.appliance.cookie})
            answer, pending = connection.getresponse(), b""
            while not self.is_over:
                piece = answer.read1(65536)
                if not piece:
                    return
                pending += piece
                while (end := pending.find(b"\xff\xd9")) >= 0 and (begin := pending.find(b"\xff\xd8")) >= 0:
                    self.pictures.append((time.time(), pending[begin:end + 2]))
                    pending = pending[end + 2:]
        finally:
            connection.close()


def size_of(jpeg):
    """(width, height), from the frame header."""
    at = 2
    while at + 9 < len(jpeg) and jpeg[at] == 0xFF:
        if 0xC0 <= jpeg[at + 1] <= 0xC3:
            return jpeg[at + 7] << 8 | jpeg[at + 8], jpeg[at + 5] << 8 | jpeg[at + 6]
        at += 2 + (jpeg[at + 2] << 8 | jpeg[at + 3])
    return 0, 0


def ages(pictures, play, until):
    """[(arrival, age in s)] of the numbered pictures that came between the stream's start and `until`."""
    since = play["t"]
    shown = [(at, jpeg) for at, jpeg in pictures if since <= at < until and size_of(jpeg) == (made_clips.WIDTH, made_clips.HEIGHT)]
    found = []
    for (at, _), number in zip(shown, made_clips.numbers_in([jpeg for _, jpeg in shown])):
        if number is None or number >= CLIP_S * RATE_HZ:
            continue
        sent_at = play["frame_0_at"] + number / RATE_HZ  # the clip is longer than the test
        if at >= sent_at:  # else it was sent in the round before, and stood in a buffer
            found.append((at, at - sent_at))
    return found


def one_round(folder, appliance, view, clip, ports, number, options_of_server):
    server = FileCameras(folder, {"gate": clip}, "--shared-clock", *options_of_server, name=f"round-{number}", rtsp=ports[0], http=ports[1])
    try:
        wait_until("the camera runs", 15, lambda: appliance.camera("gate")["state"] == "running")
        time.sleep(6)
    finally:
        ended_at = time.time()
        server.stop()
    with open(server.log) as file:
        events = [json.loads(line) for line in file]
    play = [event for event in events if event["event"] == "play"][0]
    connected_at = max(event["t"] for event in events if event["event"] == "connect" and event["t"] <= play["t"])
    seen = ages(view.pictures, play, ended_at)
    check(seen, "no picture of the camera was shown")
    analysed = appliance.camera("gate")
    first_s = seen[0][0] - connected_at
    by_age = sorted(age for _, age in seen)
    late, late_95 = by_age[-1], by_age[len(by_age) * 95 // 100]
    last = sorted(age for _, age in seen[len(seen) // 2:])[len(seen) // 4]
    print(f"   connected -> first analysed picture {first_s:.2f} s (joined {play['first'] % GOP} pictures after a keyframe); age of"
          f" {len(seen)} analysed pictures: first {1000 * seen[0][1]:.0f} ms, 95 % {1000 * late_95:.0f} ms, oldest {1000 * late:.0f} ms, later median {1000 * last:.0f} ms", flush=True)
    check(first_s <= CONNECT_S, f"the first picture was analysed {first_s:.2f} s after connecting, limit {CONNECT_S:.1f} s")
    check(late_95 <= OLD_S, f"one picture in twenty was analysed {1000 * late_95:.0f} ms after it was sent: {analysed}")
    check(late <= OLD_S + 2 * options.late_s, f"a picture was analysed {1000 * late:.0f} ms after it was sent: {analysed}")


def run_rounds(options_of_server=()):
    with tempfile.TemporaryDirectory(prefix="porchlight-network-") as folder:
        clip = made_clips.numbered(os.path.join(folder, "numbered.mp4"), CLIP_S, RATE_HZ, GOP)
        ports = free_port(), free_port()
        camera = {"source": {"plugin": "ffmpeg", "url": f"rtsp://127.0.0.1:{ports[0]}/gate"}, "detect": {"plugin": "motion", "fps": RATE_HZ},
                  "record": {"mode": "motion"}, "health": {"max_consecutive_failures": 100}}
        with Appliance(options.build, {"gate": camera}) as appliance:
            view = LiveView(appliance, "gate")
            try:
                for number in range(ROUNDS if options.is_long else 2):
                    one_round(folder, appliance, view, clip, ports, number, options_of_server)
            finally:
                view.stop()


@case("network: the first picture is analysed 1.5 s and a GOP after connecting at the latest, and nothing is caught up on")
def connect():
    run_rounds()


@case("network: the same where the camera describes no parameter sets")
def connect_bare():
    run_rounds(["--no-parameter-sets"])
