"""A recording or clip as ffprobe and ffmpeg find it.

    file = File(path); file.said, file.streams["video"]["codec_name"], file.times["video"], file.span_s(), file.decoding()
"""
import array
import json
import os
import re
import statistics
import subprocess

from appliance import run
from ledger import PAUSE_S

SLACK = 0.02   # of a length: as far may it be from what was told


def first_line(text):
    """Of what a program complains: without the addresses of its parts and the place of the file."""
    lines = [re.sub(r"^\[(\w+) @ 0x\w+\]", r"\1:", re.sub(r"/\S*/", "", line)) for line in text.splitlines() if line.strip()]
    return lines[0] if lines else ""


class File:
    """One recording or clip as another reader finds it."""

    def __init__(self, path):
        self.path = path
        text = run("ffprobe", "-v", "error", "-show_entries", "stream=index,codec_type,codec_name,width,height:packet=stream_index,pts_time,duration_time",
                   "-of", "json", path)
        self.said = first_line(text.stderr)
        found = json.loads(text.stdout or "{}")
        self.streams = {stream["codec_type"]: stream for stream in found.get("streams", [])}
        kinds = {stream["index"]: stream["codec_type"] for stream in found.get("streams", [])}
        self.times = {"video": [], "audio": []}
        for packet in found.get("packets", []):
            kind = kinds.get(packet["stream_index"])
            if "pts_time" in packet and kind in self.times:
                self.times[kind].append((float(packet["pts_time"]), float(packet.get("duration_time", 0))))
        for times in self.times.values():
            times.sort()

    def span_s(self, kind="video"):
        times = self.times[kind]
        return times[-1][0] + times[-1][1] - times[0][0] if times else 0

    def moving_s(self, usual_s):
        """For how long pictures followed each other: a pause, in which the last one lasts, is none of it."""
        times = [at for at, _ in self.times["video"]]
        pauses = [after - before - usual_s for before, after in zip(times, times[1:]) if after - before > PAUSE_S + usual_s]
        return self.span_s() - sum(pauses)

    @property
    def pictures(self):
        return len(self.times["video"])

    def decoding(self):
        """What a whole decoding says against it, or nothing."""
        done = run("ffmpeg", "-v", "error", "-xerror", "-i", self.path, "-enc_time_base", "-1", "-f", "null", "-", timeout_s=120)
        if done.returncode or done.stderr.strip():
            return first_line(done.stderr) or f"exit code {done.returncode}"
        return ""

    @property
    def name(self):
        return os.path.basename(self.path)


def tone_hz(path):
    """How often the sound goes up through zero in a second, in those halves of a second in which there is any."""
    done = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-vn", "-ac", "1", "-ar", "16000", "-f", "s16le", "-"], capture_output=True, timeout=60)
    samples = array.array("h", done.stdout[:len(done.stdout) // 2 * 2])
    loud = [piece for at in range(0, len(samples) - 8000, 8000) if max(piece := samples[at:at + 8000]) > 1000]
    return statistics.median(sum(1 for a, b in zip(piece, piece[1:]) if a < 0 <= b) for piece in loud) * 2 if loud else 0
