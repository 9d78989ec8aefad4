"""Watches an appliance from outside while faults happen: what it shows ten times a second, and what its log says."""
import datetime
import re
import threading
import time

LINE = re.compile(r"(\S+Z) (?:debug|info|warning|error) camera/([a-z0-9-]+) (CAMERA_[A-Z]+) ([a-z_]+): (.*)")


def is_well(camera):
    """As GET /cameras shows it."""
    return camera["state"] == "running" and not camera.get("kind") and camera["packet_age_us"] is not None


class Watch:
    """Keeps a timeline of all cameras as GET /cameras shows them. Times are monotonic seconds."""

    def __init__(self, appliance, every_s=0.1):
        self.appliance, self.every_s = appliance, every_s
        self.samples = []  # (monotonic, {name: camera})
        self.failures = []
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        # Wall and monotonic clock at one moment: the log speaks wall time.
        self.wall_minus_mono = time.time() - time.monotonic()

    def __enter__(self):
        self.appliance.get("/me")
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()

    def _run(self):
        while not self.is_over.is_set():
            try:
                cameras = self.appliance.cameras()
                self.samples.append((time.monotonic(), cameras))
            except Exception as error:  # kept: a page that does not answer is a finding
                self.failures.append((time.monotonic(), str(error)))
            self.is_over.wait(self.every_s)

    def wall(self, monotonic):
        return monotonic + self.wall_minus_mono

    def first(self, camera, since, holds):
        """The first moment after `since` at which holds(camera as shown) is true, or None."""
        for at, cameras in list(self.samples):
            if at > since and holds(cameras[camera]):
                return at
        return None

    def seen(self, camera, since, until, key):
        """All values of a key in a time range, in order of appearance."""
        values = []
        for at, cameras in list(self.samples):
            if since < at <= until and cameras[camera].get(key) not in values:
                values.append(cameras[camera].get(key))
        return values

    def alerts(self, camera, since=0.0):
        """CAMERA_ISSUE, CAMERA_RECOVERY and CAMERA_CRITICAL of a camera. -> [(monotonic time, alert, "kind detail")]"""
        found = []
        for line in self.appliance.process.log().splitlines():
            match = LINE.match(line)
            if match and match[2] == camera:
                at = datetime.datetime.fromisoformat(match[1].replace("Z", "+00:00")).timestamp() - self.wall_minus_mono
                if at >= since - 0.002:  # the log has milliseconds
                    found.append((at, match[3], f"{match[4]} {match[5]}"))
        return found
