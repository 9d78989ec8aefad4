"""What the servers play: clips longer than any server plays, so that none begins again. Made by ffmpeg, each once for a run.

    clips = material.make(folder, {"h264-aac", "jpeg"})   # -> {name: path}
"""
import concurrent.futures
import os
import subprocess

SECONDS = {"h265": 30}   # costs most, and is played last and least
USUAL_S = 60
RATE_HZ = 10
LARGE = "-large"
SCENE = "testsrc2=size={size}:rate={rate}:duration={seconds},noise=alls=8:allf=t"
KEYS = ["-g", str(RATE_HZ), "-pix_fmt", "yuv420p"]
PICTURES = {
    "h264": ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-b:v", "400k", *KEYS],
    "h265": ["-c:v", "libx265", "-preset", "ultrafast", "-tune", "zerolatency", "-b:v", "400k", "-x265-params", "log-level=none:pools=none:frame-threads=1", "-tag:v", "hvc1", *KEYS],
    "mjpeg": ["-c:v", "mjpeg", "-huffman", "default", "-q:v", "6", "-pix_fmt", "yuvj420p"],
    "jpeg": ["-c:v", "mjpeg", "-huffman", "default", "-q:v", "6", "-pix_fmt", "yuvj420p", "-frames:v", "1"],
}
SOUNDS = {"aac": ["-c:a", "aac", "-b:a", "48k"]}
ENDINGS = {"h264": "mp4", "h265": "mp4", "mjpeg": "avi", "jpeg": "jpg"}


def size_of(name):
    return "640x480" if name.endswith(LARGE) else "320x240"


def make_one(folder, name):
    codec, *sound = name.removesuffix(LARGE).split("-")
    path, seconds = os.path.join(folder, f"{name}.{ENDINGS[codec]}"), SECONDS.get(codec, USUAL_S)
    command = ["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", SCENE.format(size=size_of(name), rate=RATE_HZ, seconds=seconds)]
    if sound:
        command += ["-f", "lavfi", "-i", f"sine=frequency=440:beep_factor=3:sample_rate=16000:duration={seconds}", *SOUNDS[sound[0]]]
    subprocess.run([*command, *PICTURES[codec], "-y", path], check=True, timeout=300)
    return path


def make(folder, names):
    os.makedirs(folder, exist_ok=True)
    names = sorted(names)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(names, pool.map(lambda name: make_one(folder, name), names)))
