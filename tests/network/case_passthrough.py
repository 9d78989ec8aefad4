"""What a camera sends is what is recorded, byte by byte."""
import hashlib
import os
import subprocess
import tempfile
import time

import made_clips
import options
from appliance import Appliance
from camera_media import nal_units
from cases import case, check, wait_until
from network_camera import FileCameras


SETS = {"h264": (7, 8), "h265": (32, 33, 34)}
DELIMITERS = {"h264": 9, "h265": 35}


def units_of(path, codec):
    """-> (digests of all slices and messages in their order, digests of the different parameter sets). The filter that makes start
    codes of lengths repeats parameter sets before keyframes, so that these are no part of the order."""
    name = "hevc" if codec == "h265" else "h264"
    done = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", path, "-map", "0:v", "-c", "copy", "-bsf:v", f"{name}_mp4toannexb",
                           "-f", name, "-"], capture_output=True, check=True)
    order, sets = [], set()
    for unit in nal_units(done.stdout):
        kind = (unit[0] >> 1) & 63 if codec == "h265" else unit[0] & 31
        digest = hashlib.sha256(unit).hexdigest()[:16]
        if kind in SETS[codec]:
            sets.add(digest)
        elif kind != DELIMITERS[codec]:
            order.append(digest)
    return order, sets


def is_part(recorded, source):
    """Whether `recorded` is a piece of `source` repeated for ever."""
    if len(recorded) < len(source):
        raise AssertionError("less than one pass was recorded")
    begins = [at for at, unit in enumerate(source) if unit == recorded[0]]
    return any(all(unit == source[(begin + at) % len(source)] for at, unit in enumerate(recorded)) for begin in begins)


@case("network: recorded video is the camera's, bit by bit: H.264 and H.265, over TCP")
def bit_identical():
    with tempfile.TemporaryDirectory(prefix="porchlight-network-") as folder:
        paths = {codec: made_clips.h264(os.path.join(folder, f"{codec}.mp4"), seconds=4, size="1280x720", rate_hz=15, gop=15,
                                        codec="libx264" if codec == "h264" else "libx265") for codec in ("h264", "h265")}
        server = FileCameras(folder, paths)
        try:
            made = {codec: {"source": {"plugin": "ffmpeg", "url": server.rtsp(codec)}, "record": {"mode": "continuous"}} for codec in paths}
            with Appliance(options.build, made) as appliance:
                wait_until("the cameras run", 20, lambda: all(c["state"] == "running" for c in appliance.cameras().values()))
                time.sleep(10)
                appliance.stop()
                for codec, path in paths.items():
                    source, source_sets = units_of(path, codec)
                    recordings = appliance.recordings(codec)
                    parts = [units_of(recording, codec) for recording in recordings]
                    recorded = [unit for order, _ in parts for unit in order]
                    print(f"   {codec}: {len(recorded)} NAL units in {len(recordings)} recording(s), source has {len(source)}", flush=True)
                    check(all(sets == source_sets for _, sets in parts), f"{codec}: other parameter sets were recorded")
                    check(is_part(recorded, source), f"{codec}: what was recorded is not what the camera sent")
        finally:
            server.stop()
