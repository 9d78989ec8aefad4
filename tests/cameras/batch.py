"""Some of the drawn cameras at once: played, recorded by one real daemon, watched from outside, and the evidence kept.

    batch = Batch(build, folder, cameras, streams)
    batch.serve()              # the cameras listen; nothing is played before somebody asks
    evidence = batch.run()     # {name: Evidence}
"""
import concurrent.futures
import dataclasses
import json
import os
import re
import subprocess
import sys
import time

import drawn
import ledger
import witness
from appliance import TESTS, Appliance, Process
from cases import Failed, wait_until

WATCHED_S = 30       # from the daemon's start to the last look; the visit is over, its event closed
EVERY_S = 0.5


@dataclasses.dataclass
class Evidence:
    """What is known of one camera when all is over. Times are seconds since 1970."""
    samples: list                  # [(time, camera as the API shows it)]
    events: list
    clips: dict                    # {event id: path, or the status of a refusal}
    coverage: dict                 # None: `coverage_error` says why
    coverage_error: str
    rows: list                     # [(path, began, ended)]
    plays: list                    # when the camera sent pictures: [[time]], one list for each time it was played
    stopped_at: float
    log: list                      # lines of the daemon that name it


class Batch:
    """Owns the cameras' server and the appliance; both are ended when run() returns, the server else by close()."""

    def __init__(self, build, folder, cameras, streams):
        self.build, self.folder, self.cameras, self.streams = build, folder, cameras, streams
        self.samples, self.server = {camera.name: [] for camera in cameras}, None
        os.makedirs(folder, exist_ok=True)

    # -- the cameras -----------------------------------------------------------------------------------------------

    def plan(self, camera):
        settings, odd = camera.settings, camera.settings.get("camera", {})
        plan = {key: settings[key] for key in ("protocol", "codec", "rate_hz", "sound", "ask", "camera", "tls", "tunnel") if key in settings}
        plan["user"] = f"{drawn.USER}:{drawn.PASSWORD}"
        if not {"status", "absent", "mute", "page", "no_pictures", "codec_name"} & set(odd) and "password" not in settings:
            plan.update(video=self.streams.video(settings), sound_file=self.streams.sound(settings), other_video=self.streams.other_video(settings))
        elif "no_pictures" in odd:
            plan.update(sound_file=self.streams.sound(settings))
        return plan

    def serve(self):
        """Makes the streams and starts the cameras. Any thread; the machine's others go first."""
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            plans = dict(zip([camera.name for camera in self.cameras], pool.map(self.plan, self.cameras)))
        self.report = os.path.join(self.folder, "sent.json")
        path = os.path.join(self.folder, "plan.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"report": self.report, **self.certificate(), "cameras": plans}, file, indent=1)
        self.server = Process([sys.executable, os.path.join(TESTS, "support", "odd_cameras.py"), path], os.path.join(self.folder, "cameras.log"))
        ready = wait_until("the cameras listen", 90, lambda: re.search(r"ready (\{.*\})", self.server.log()) or self._died(), 0.1)
        self.ports = json.loads(ready[1])

    def certificate(self):
        """What cameras under TLS show: nobody signed it."""
        if not any(camera.settings.get("tls") for camera in self.cameras):
            return {}
        made = {"certificate": os.path.join(self.folder, "certificate.pem"), "key": os.path.join(self.folder, "key.pem")}
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=camera", "-days", "30",
                        "-keyout", made["key"], "-out", made["certificate"]], check=True, capture_output=True)
        return made

    def _died(self):
        if self.server.popen.poll() is not None:
            raise RuntimeError("the cameras ended: " + self.server.log()[-1500:])

    def configuration(self, camera, port):
        settings = camera.settings
        scheme = ("rtsp" if settings["protocol"] == "rtsp" else "http") + ("s" if settings.get("tls") else "")
        user = f"{drawn.USER}:{settings.get('password', drawn.PASSWORD)}@" if "ask" in settings else ""
        path = {"rtsp": "main", "ts": "stream.ts", "still": "now.jpg"}.get(settings["protocol"], "video")
        source = {"plugin": "ffmpeg", "url": f"{scheme}://{user}127.0.0.1:{port}/{path}", **settings.get("source", {})}
        return {"source": {key: value for key, value in source.items() if value is not None},
                "detect": {"event_gap": "2s"}, "record": {"mode": settings["record"], "pre_roll": "3s", "post_roll": "2s"},
                **settings.get("configuration", {})}

    # -- watching --------------------------------------------------------------------------------------------------

    def run(self):
        try:
            made = {camera.name: self.configuration(camera, self.ports[camera.name]) for camera in self.cameras}
            appliance = Appliance(self.build, made, folder=os.path.join(self.folder, "appliance"))
            with appliance:
                appliance.login()
                self.watch(appliance)
                found = {camera.name: self.ask(appliance, camera.name) for camera in self.cameras}
                stopped_at = time.time()
            sent = self.sent()
        finally:
            self.close()
        return {name: Evidence(self.samples[name], *found[name], witness.rows(appliance, name), sent[name], stopped_at,
                               [line for line in appliance.process.log().splitlines() if re.search(rf"\b{name}\b", line)])
                for name in found}

    def watch(self, appliance):
        until = time.monotonic() + WATCHED_S
        while time.monotonic() < until:
            for name, shown in appliance.cameras().items():
                self.samples[name].append((time.time(), shown))
            time.sleep(EVERY_S)

    def ask(self, appliance, name):
        """-> events, clips, coverage, why there is no coverage"""
        events, clips = appliance.events(name), {}
        for event in events:
            if not event["clip_url"]:
                continue
            status, _, body = appliance.request("GET", event["clip_url"], timeout_s=30)
            clips[event["id"]] = status
            if status == 200:
                clips[event["id"]] = os.path.join(self.folder, f"{name}-{event['id']}.mp4")
                with open(clips[event["id"]], "wb") as file:
                    file.write(body)
        try:
            return events, clips, ledger.coverage(appliance, name), ""
        except Failed as why:
            return events, clips, None, str(why)

    def close(self):
        if self.server:
            self.server.stop()

    def sent(self):
        self.server.stop()
        with open(self.report, encoding="utf-8") as file:
            return json.load(file)
