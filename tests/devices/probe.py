"""Runs porchlight-capture-probe and reads what it prints."""
import json
import os
import subprocess
import threading


class Probe:
    """One source kept open for some seconds. `last` is the newest line it printed, `lines` all of them.

    A new one ends those that an earlier case left behind; beside() opens another at the same time.
    """
    _running = []

    def __init__(self, build, plugin, seconds, is_beside=False, **settings):
        for left in [] if is_beside else Probe._running:
            left.stop()
        Probe._running[:] = (Probe._running if is_beside else []) + [self]
        self._opened_as = (build, plugin, seconds)
        words = [f"{name}={value}" for name, value in settings.items()]
        self.process = subprocess.Popen(
            [os.path.join(build, "bin/porchlight-capture-probe"), os.path.join(build, "plugins"), plugin, str(seconds)] + words,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines = []
        self.errors = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(json.loads(line))
        self.errors = self.process.stderr.read()

    def beside(self, **settings):
        """The same plugin for the same time with other settings, at the same time."""
        return Probe(*self._opened_as, is_beside=True, **settings)

    @property
    def last(self):
        return self.lines[-1] if self.lines else {}

    def get(self, name, otherwise=0):
        return self.last.get(name, otherwise)

    def finish(self, timeout_s=60):
        """Waits until it is done. -> its last line"""
        self.process.wait(timeout_s)
        self._reader.join(5)
        if self.process.returncode:
            raise AssertionError(f"the probe ended with {self.process.returncode}: {self.errors.strip()}")
        return self.last

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
