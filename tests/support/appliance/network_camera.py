"""Network cameras for tests: GStreamer's RTSP server as a process that can be killed, paused and replaced on the same port."""
import os
import re
import signal
import subprocess
import sys
import time

from appliance import TESTS, Process
from cases import Skipped, wait_until

PYTHON = "/usr/bin/python3"  # GObject introspection comes with the system's Python
SERVER = os.path.join(TESTS, "support", "gst_camera.py")
READY_S = 20


def need_gstreamer():
    done = subprocess.run([PYTHON, SERVER, "--help"], capture_output=True, text=True, timeout=30)
    if done.returncode:
        raise Skipped("GStreamer's RTSP server is not here: apt-get install gir1.2-gst-rtsp-server-1.0 and its plugins")


class GstCamera:
    """rtsp://127.0.0.1:PORT/main. The port stays when the process is replaced. Ends its process by pid."""

    def __init__(self, folder, name, **settings):
        """`settings` are options of gst_camera.py: codec="h265", size="640x480", user="viewer:secret", own_stream=True."""
        self.folder, self.name, self.settings = folder, name, settings
        self.port, self.process, self.starts = 0, None, 0  # the port is known when it is ready
        self.start()

    def start(self, **changed):
        """Starts it, with other settings where they are named. Does not wait."""
        self.settings.update(changed)
        options = []
        for key, value in self.settings.items():
            if value is True:
                options.append("--" + key.replace("_", "-"))
            elif value is not None:
                options += ["--" + key.replace("_", "-"), str(value)]
        self.starts += 1
        log = os.path.join(self.folder, f"{self.name}-{self.starts}.log")
        self.process = Process([PYTHON, SERVER, "--port", str(self.port), *options], log)

    def wait_ready(self):
        """-> when it was seen to listen (monotonic)"""
        ready = wait_until(f"the RTSP server {self.name} listens", READY_S, lambda: re.search(r"ready rtsp=(\d+)", self.process.log()) or self._died(), 0.01)
        self.port = int(ready[1])
        return time.monotonic()

    def _died(self):
        if self.process.popen.poll() is not None:
            raise RuntimeError(f"{self.name}: " + self.process.log()[-500:])

    def url(self, user=None, port=None, path="main"):
        return f"rtsp://{user + '@' if user else ''}127.0.0.1:{port or self.port}/{path}"

    def kill(self):
        self.process.popen.kill()
        self.process.popen.wait()

    def pause(self):
        os.kill(self.process.pid, signal.SIGSTOP)

    def resume(self):
        os.kill(self.process.pid, signal.SIGCONT)

    def stop(self):
        if self.process.popen.poll() is None:
            self.resume()
            self.kill()


class FileCameras:
    """tests/support/camera_server.py: files as cameras, with faults of its own. `streams` is {name: file}."""

    def __init__(self, folder, streams, *options, name="files", rtsp=0, http=0):
        script = os.path.join(TESTS, "support", "camera_server.py")
        self.log = os.path.join(folder, f"{name}.jsonl")
        self.process = Process([sys.executable, script, *(f"{key}={path}" for key, path in streams.items()), "--log", self.log,
                                "--rtsp", str(rtsp), "--http", str(http), *options], os.path.join(folder, f"{name}.log"))
        ready = wait_until("the file cameras listen", 60, lambda: re.search(r"ready rtsp=(\d+) http=(\d+)", self.process.log()) or self._died(), 0.02)
        self.rtsp_port, self.http_port = int(ready[1]), int(ready[2])

    def _died(self):
        if self.process.popen.poll() is not None:
            raise RuntimeError(self.process.log()[-500:])

    def rtsp(self, name, user=None):
        return f"rtsp://{user + '@' if user else ''}127.0.0.1:{self.rtsp_port}/{name}"

    def http(self, name, user=None):
        return f"http://{user + '@' if user else ''}127.0.0.1:{self.http_port}/{name}"

    def stop(self):
        self.process.stop(signal.SIGKILL)
