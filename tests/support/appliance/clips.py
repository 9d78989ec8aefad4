"""The clips that the end-to-end tests replay: annotated footage where it is there, made ones everywhere."""
import glob
import json
import os
import subprocess

from appliance import ROOT, run


def ffmpeg(*arguments):
    """Makes a file, which may be there already."""
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *arguments], check=True)


def footage_dir():
    """The folder with annotated footage, or None: PORCHLIGHT_FOOTAGE, else ../shared/footage beside the checkout."""
    for folder in (os.environ.get("PORCHLIGHT_FOOTAGE"), os.path.join(ROOT, "..", "shared", "footage")):
        if folder and os.path.isfile(os.path.join(folder, "parking-cars.json")):
            return os.path.abspath(folder)
    return None


class Clip:
    def __init__(self, path, events, duration_s):
        self.path, self.events, self.duration_s = path, events, duration_s


def annotated_names():
    """All clips of the footage folder."""
    return sorted(os.path.splitext(os.path.basename(path))[0] for path in glob.glob(os.path.join(footage_dir() or "/none", "*.json")))


def annotated(name):
    """A clip of the footage folder with its truth, or None."""
    folder = footage_dir()
    if not folder or not os.path.isfile(os.path.join(folder, name + ".json")):
        return None
    with open(os.path.join(folder, name + ".json")) as file:
        truth = json.load(file)
    events = [(event["start"], event["end"]) for event in truth["events"]]
    return Clip(os.path.join(folder, truth["clip"]), events, truth["duration_s"])


def walking_box(path, visits=((6, 11), (18, 23)), duration_s=30, rate_hz=10, size="640x360", codec="h264", sound=None):
    """Makes a clip: a textured, noisy, still scene through which a box walks during each visit. `sound`: ffmpeg's name of a codec of 8 kHz, for a tone."""
    width, height = (int(part) for part in size.split("x"))
    chain = f"smptehdbars=s={size}:r={rate_hz}:d={duration_s},eq=contrast=0.5,boxblur=4,noise=alls=6:allf=t[scene];"
    chain += f"color=c=0x302820:s={width // 10}x{height // 3}:r={rate_hz}:d={duration_s}[box];"
    inputs = "[box]split=" + str(len(visits)) + "".join(f"[b{i}]" for i in range(len(visits))) + ";"
    chain += inputs
    last = "scene"
    for i, (start, end) in enumerate(visits):
        step = f"s{i}"
        chain += (f"[{last}][b{i}]overlay=x='-w+(W+w)*(t-{start})/{end - start}':y=H/2:enable='between(t,{start},{end})'"
                  f"[{step}];")
        last = step
    chain += f"[{last}]format=yuv420p[out]"
    if codec == "mjpeg":
        encoder = ["-c:v", "mjpeg", "-q:v", "4", "-pix_fmt", "yuvj420p"]
    else:
        encoder = ["-c:v", "libx264", "-preset", "veryfast", "-bf", "0", "-g", str(rate_hz * 2), "-pix_fmt", "yuv420p"]
    tone = ["-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=8000:duration={duration_s}"] if sound else []
    encoder += ["-map", "0:a", "-c:a", sound] if sound else []
    ffmpeg(*tone, "-filter_complex", chain, "-map", "[out]", *encoder, path)
    return Clip(path, list(visits), duration_s)


def five_minutes(path):
    """A small recording of 7,500 pictures in fragments of a second, as the recorder writes them."""
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=300", "-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-bf", "0",
           "-pix_fmt", "yuv420p", "-movflags", "frag_keyframe+empty_moov+default_base_moof", path)
    return path


def complaints(path):
    """What ffprobe and a whole decoding say about a file; empty when it is sound."""
    probe = run("ffprobe", "-v", "error", path)
    # In the clip's own time base: at the guessed picture rate two pictures beside a hole would fall on one tick.
    decode = run("ffmpeg", "-v", "error", "-i", path, "-enc_time_base", "-1", "-f", "null", "-", timeout_s=120)
    return (probe.stdout + probe.stderr + decode.stdout + decode.stderr).strip()


def duration_of(path):
    return float(run("ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", path).stdout)


def frame_times(path):
    """Presentation times of the video packets, sorted."""
    text = run("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts_time", "-of", "csv=p=0", path).stdout
    return sorted(float(line.strip().rstrip(",")) for line in text.splitlines() if line.strip().rstrip(",") not in ("", "N/A"))


def packet_sizes(path):
    """Bytes of each picture, in the order of the file."""
    text = run("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=size", "-of", "csv=p=0", path).stdout
    return [int(line.strip().rstrip(",")) for line in text.splitlines() if line.strip().rstrip(",").isdigit()]
