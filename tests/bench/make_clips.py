#!/usr/bin/env python3
"""Makes the clips that the benchmark serves, once, into a cache folder.

  tests/bench/make_clips.py indoor-visits.mp4 OUTDIR

The source (768x432, 1394 frames, CC BY 4.0, intel-iot-devkit/sample-videos) shows people who walk in, stand at a
table and leave. Its frames are put into another order, so that at least 8 s of empty scene (its own empty frames,
back and forth) lie before each of four arrivals: frames 120, 383, 706 and 955 of 1146, 15 a second, 76.4 s. Fresh
noise is added, so that the bit rates are really reached:

  cam_720.mp4  1280x720 H.264 Main, 2 Mbit/s, a keyframe every 2 s      cam_360.mp4  640x360, 512 kbit/s
  cam_480.avi  640x480 MJPEG 4:2:2, about 37 kB a picture               cam_1080.mp4  1920x1080, 4 Mbit/s
"""
import mmap
import os
import sys
import tempfile

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support", "appliance"))
from clips import ffmpeg  # noqa: E402

WIDTH, HEIGHT, FRAMES = 768, 432, 1394
FRAME_BYTES = WIDTH * HEIGHT * 3 // 2
ARRIVALS = (120, 383, 706, 955)
RATE_HZ = 15
NAMES = ("cam_1080.mp4", "cam_720.mp4", "cam_360.mp4", "cam_480.avi")


def ping_pong(first, last, count):
    """`count` frames back and forth over [first, last], ending at last."""
    frames, at, step = [], last, -1
    while len(frames) < count:
        frames.append(at)
        if not first <= at + step <= last:
            step = -step
            if len(frames) < count:
                frames.append(at)
        at += step
    return frames[::-1]


def order():
    span = lambda first, last: list(range(first, last + 1))
    return (ping_pong(0, 59, 120) + span(60, 226) + ping_pong(470, 501, 96) + span(502, 730) + ping_pong(715, 744, 94) +
            span(745, 900) + ping_pong(1210, 1234, 93) + span(1235, 1393) + ping_pong(1366, 1393, 32))


def make(source, out):
    """-> the folder, filled. Does nothing when the clips are there already."""
    if all(os.path.exists(os.path.join(out, name)) for name in NAMES):
        return out
    os.makedirs(out, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        ffmpeg("-i", source, "-vsync", "0", "-pix_fmt", "yuv420p", "-f", "rawvideo", f"{scratch}/in.yuv")
        with open(f"{scratch}/in.yuv", "rb") as file, open(f"{scratch}/base.yuv", "wb") as base:
            pictures = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
            if len(pictures) // FRAME_BYTES != FRAMES:
                raise SystemExit(f"{source}: {len(pictures) // FRAME_BYTES} frames, expected {FRAMES}: another clip?")
            for frame in order():
                base.write(pictures[frame * FRAME_BYTES:(frame + 1) * FRAME_BYTES])
        raw = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE_HZ), "-i", f"{scratch}/base.yuv"]
        x264 = ("-c:v libx264 -preset veryfast -profile:v main -bf 0 -refs 1 -g 30 -keyint_min 30 -sc_threshold 0 "
                "-pix_fmt yuv420p -an").split()
        for name, size, noise, rate in (("cam_1080.mp4", "1920:1080", 5, "4M"), ("cam_720.mp4", "1280:720", 5, "2M"), ("cam_360.mp4", "640:360", 4, "512k")):
            ffmpeg(*raw, "-vf", f"scale={size}:flags=bicubic,noise=alls={noise}:allf=t", *x264, "-b:v", rate, "-maxrate", rate,
                   "-bufsize", rate, f"{scratch}/{name}")
        ffmpeg(*raw, "-vf", "scale=-2:480:flags=bicubic,crop=640:480:in_w-640:0,noise=alls=5:allf=t", "-c:v", "mjpeg",
               "-pix_fmt", "yuvj422p", "-q:v", "3", "-an", f"{scratch}/cam_480.avi")
        for name in NAMES:
            os.replace(f"{scratch}/{name}", os.path.join(out, name))
    return out


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    print(make(*sys.argv[1:]))
