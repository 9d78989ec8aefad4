"""Exact recordings: every picture of a clip is matched, by the hash of its decoded pixels, with a picture of its source.

The sources carry fresh noise in each picture, so a match is unambiguous. No picture may be missing between the first and
the last, none broken; the first is a keyframe; pre-roll is at least as configured.
"""
import atexit
import contextlib
import json
import os
import subprocess
import sys
import tempfile

import clips
import settings
from appliance import TESTS, Appliance, Process, run, seconds_of
from cases import MadeOnce, case, check, wait_until

RATE_HZ, GOP, LENGTH_S, PRE_ROLL_S = 15, 30, 40, 3
VISIT_S = (14, 18)      # far enough from the start for any pre-roll; the second round of the source comes after the test
CAP_BYTES = 256 << 10   # of pre-roll: about four seconds


def make_source(path, encoder):
    """A still, noisy scene with one visitor, and a tone."""
    scene = f"smptehdbars=s=480x272:r={RATE_HZ}:d={LENGTH_S},eq=contrast=0.5,boxblur=4,noise=alls=6:allf=t[scene];"
    scene += f"color=c=0x302820:s=48x90:r={RATE_HZ}:d={LENGTH_S}[box];"
    begin, end = VISIT_S
    scene += f"[scene][box]overlay=x='-w+(W+w)*(t-{begin})/{end - begin}':y=H/2:enable='between(t,{begin},{end})',format=yuv420p[out]"
    tone = f"sine=frequency=440:sample_rate=16000:duration={LENGTH_S}"
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", tone, "-filter_complex", scene, "-map", "[out]", "-map", "0:a", "-c:a", "aac",
                    *encoder, "-b:v", "500k", "-maxrate", "500k", "-bufsize", "500k", "-g", str(GOP), path], check=True, timeout=300)


X264 = ["-c:v", "libx264", "-preset", "veryfast", "-bf", "0", "-sc_threshold", "0"]
X265 = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:bframes=0:scenecut=0:pools=none:frame-threads=1:wpp=0", "-tag:v", "hvc1"]


def hashes(path):
    """The hash of each decoded picture, in order; what the decoder complained about."""
    out = run("ffmpeg", "-v", "error", "-i", path, "-map", "0:v:0", "-vsync", "0", "-f", "framemd5", "-", timeout_s=120)
    return [line.split(",")[-1].strip() for line in out.stdout.splitlines() if not line.startswith("#")], out.stderr.strip()


def first_is_key(path):
    flags = run("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=flags", "-read_intervals", "%+#1", "-of", "csv=p=0", path).stdout
    return flags.startswith("K")


def check_exact(what, path, source):
    """-> source index of the first picture, pictures"""
    found, said = hashes(path)
    check(not said, f"{what}: {said[:200]}")
    check(found and all(value in source for value in found),
          f"{what}: {sum(value not in source for value in found)} of {len(found)} pictures match none of the source")
    at = [source[value] for value in found]
    missing = sum(max(0, later - earlier - 1) for earlier, later in zip(at, at[1:]))
    check(missing == 0 and at == sorted(at), f"{what}: {missing} pictures are missing between {at[0]} and {at[-1]}")
    check(first_is_key(path), f"{what} does not begin with a keyframe")
    return at[0], len(at)


def check_audio(what, path):
    """Sound as long as the pictures, to a fragment."""
    streams = json.loads(run("ffprobe", "-v", "error", "-show_entries", "stream=codec_name,codec_type,duration", "-of", "json", path).stdout)["streams"]
    length = {stream["codec_type"]: float(stream.get("duration") or clips.duration_of(path)) for stream in streams}
    check("audio" in length, f"{what} has no sound")
    check(abs(length["audio"] - length["video"]) < 1.0, f"{what}: {length['audio']:.2f} s of sound for {length['video']:.2f} s of pictures")


class Recorded(MadeOnce):
    """Four cameras record one visit, one of them everything; read once, used by the cases."""

    def __init__(self):
        self.stack = contextlib.ExitStack()
        atexit.register(self.stack.close)
        self.folder = self.stack.enter_context(tempfile.TemporaryDirectory(prefix="porchlight-span-"))
        self.files = {name: os.path.join(self.folder, name + ".mp4") for name in ("plain", "modern")}
        make_source(self.files["plain"], X264)
        make_source(self.files["modern"], X265)
        self.sources = {name: {value: number for number, value in enumerate(hashes(path)[0])} for name, path in self.files.items()}
        self.sources.update(capped=self.sources["plain"], always=self.sources["plain"])
        server = Process([sys.executable, os.path.join(TESTS, "support", "camera_server.py"), *(f"{n}={p}" for n, p in self.files.items())],
                         f"{self.folder}/serve.log")
        self.stack.callback(server.stop)
        ready = wait_until("the cameras serve", 90, lambda: [line for line in server.log().splitlines() if line.startswith("ready ")])
        port = dict(part.split("=") for part in ready[0].split()[1:])["rtsp"]
        motion = {"mode": "motion", "pre_roll": f"{PRE_ROLL_S}s", "post_roll": "2s"}
        camera = lambda name: {"source": {"plugin": "ffmpeg", "url": f"rtsp://127.0.0.1:{port}/{name}"}, "detect": {"event_gap": "2s"}, "record": dict(motion)}
        cameras = {"plain": camera("plain"), "modern": camera("modern"), "capped": camera("plain"), "always": camera("plain")}
        cameras["capped"]["record"].update(pre_roll="20s", pre_roll_max_bytes=f"{CAP_BYTES}B")
        cameras["always"]["record"]["mode"] = "continuous"
        with Appliance(settings.build, cameras, folder=os.path.join(self.folder, "appliance")) as appliance:
            closed = lambda name: [event for event in appliance.events(name) if event["state"] == "closed" and event["clip_ended_at"]]
            try:
                wait_until("each camera has an event", 50, lambda: all(closed(name) for name in ("plain", "modern", "capped")), 0.5)
            except Exception:
                print(appliance.events(), appliance.process.log()[-2000:], flush=True)
                raise
            self.events = {name: closed(name)[0] for name in ("plain", "modern", "capped")}
            self.clips = {}
            for name, event in self.events.items():
                status, _, body = appliance.request("GET", event["clip_url"], headers={"Cookie": appliance.cookie}, timeout_s=60)
                check(status == 200, f"clip of {name}: status {status}")
                self.clips[name] = os.path.join(self.folder, name + "-clip.mp4")
                with open(self.clips[name], "wb") as file:
                    file.write(body)
        self.rows = appliance.rows("SELECT path, started_at_us, ended_at_us FROM recording JOIN camera ON camera.id = camera_id"
                                   " WHERE camera.name = 'always' ORDER BY started_at_us")
        self.recordings = os.path.join(appliance.data, "recordings")


def check_pre_roll(recorded, name):
    """-> seconds of pre-roll; that they are there was seen in the pictures."""
    first, count = check_exact(f"clip of {name}", recorded.clips[name], recorded.sources[name])
    event = recorded.events[name]
    began_s = first / RATE_HZ + seconds_of(event["started_at"]) - seconds_of(event["clip_started_at"])
    pre_roll_s = began_s - first / RATE_HZ
    check(VISIT_S[0] - 0.3 <= began_s <= VISIT_S[0] + 2.5, f"{name}: the event began {began_s:.2f} s into the source, the visit at {VISIT_S[0]} s")
    print(f"   {name}: {count} pictures from source picture {first} on, none missing, none broken; pre-roll {pre_roll_s:.2f} s, "
          f"{VISIT_S[0] - first / RATE_HZ:.2f} s before the visitor", flush=True)
    return pre_roll_s


@case("span: a clip over RTSP holds every picture from its pre-roll to its end, bit for bit")
def plain_clip():
    recorded = Recorded.get()
    pre_roll_s = check_pre_roll(recorded, "plain")
    check(PRE_ROLL_S <= pre_roll_s <= PRE_ROLL_S + GOP / RATE_HZ + 1, f"pre-roll of {pre_roll_s:.2f} s, {PRE_ROLL_S} s are configured")


@case("span: so does one in H.265 with AAC, and its sound goes with it")
def modern_clip():
    recorded = Recorded.get()
    check(check_pre_roll(recorded, "modern") >= PRE_ROLL_S, "the pre-roll is too short")
    check_audio("clip of modern", recorded.clips["modern"])
    codec = run("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=codec_name", "-of", "csv=p=0", recorded.clips["modern"]).stdout
    check(codec.strip() == "hevc", f"the clip is {codec}")


@case("span: pre-roll that its bytes cap is shorter, begins with a keyframe all the same, and nothing is missing in it")
def capped_clip():
    recorded = Recorded.get()
    pre_roll_s = check_pre_roll(recorded, "capped")
    check(pre_roll_s < 20, f"{pre_roll_s:.2f} s of pre-roll do not fit into {CAP_BYTES} bytes")


@case("span: continuous recording with sound holds every picture")
def always_recorded():
    recorded = Recorded.get()
    check(recorded.rows, "nothing was recorded")
    for path, started_at_us, ended_at_us in recorded.rows:
        file = os.path.join(recorded.recordings, path)
        first, count = check_exact(path, file, recorded.sources["always"])
        check_audio(path, file)
        check(abs((ended_at_us - started_at_us) / 1e6 - count / RATE_HZ) < 0.2, f"{path}: {count} pictures in {(ended_at_us - started_at_us) / 1e6:.2f} s")
        print(f"   {path}: {count} pictures from source picture {first} on", flush=True)
