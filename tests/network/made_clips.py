"""Clips that the network cameras of these tests play."""
import os
import subprocess

from clips import ffmpeg

BITS = 12  # of the picture's number, in blocks along the upper edge
BLOCK_PX = 24
WIDTH, HEIGHT = BITS * BLOCK_PX, 160


def h264(path, seconds=6, size="320x240", rate_hz=10, gop=10, audio=None, codec="libx264", more=()):
    """A picture that changes all the time. `audio`: "aac", "pcm_mulaw" or None."""
    sound = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=16000"] if audio else []
    sound_out = ["-c:a", audio, *(["-ar", "8000"] if audio == "pcm_mulaw" else [])] if audio else []
    own = ["-x265-params", f"log-level=none:keyint={gop}:min-keyint={gop}:scenecut=0:repeat-headers=1"] if codec == "libx265" else \
        ["-x264-params", f"keyint={gop}:min-keyint={gop}:scenecut=0:repeat-headers=1"]
    ffmpeg("-f", "lavfi", "-i", f"testsrc2=s={size}:r={rate_hz}", *sound, "-t", str(seconds), "-c:v", codec, "-preset", "ultrafast",
           "-bf", "0", *own, "-pix_fmt", "yuv420p", *sound_out, *more, path)
    return path


def mjpeg(path, seconds=6, size="320x240", rate_hz=10):
    ffmpeg("-f", "lavfi", "-i", f"testsrc2=s={size}:r={rate_hz}", "-t", str(seconds), "-c:v", "mjpeg", "-q:v", "5", "-pix_fmt", "yuvj420p", path)
    return path


def two_sizes(path):
    """Four seconds of 320x240, four of 640x480, with parameter sets in the stream: one session, two formats."""
    parts = [h264(f"{path}.{size}.h264", seconds=4, size=size) for size in ("320x240", "640x480")]
    with open(path, "wb") as whole:
        for part in parts:
            with open(part, "rb") as file:
                whole.write(file.read())
            os.unlink(part)
    return path


def numbered(path, seconds, rate_hz, gop):
    """Each picture has its number in it: a row of black and white blocks, the lowest bit on the left."""
    bits = f"255*mod(floor(N/pow(2,floor(X/{BLOCK_PX}))),2)"
    ffmpeg("-f", "lavfi", "-i", f"smptehdbars=s={WIDTH}x{HEIGHT}:r={rate_hz},format=gray,noise=alls=6:allf=t,"
           f"geq=lum='if(lt(Y,{BLOCK_PX}),{bits},lum(X,Y))'", "-t", str(seconds), "-c:v", "libx264", "-preset", "veryfast", "-bf", "0",
           "-g", str(gop), "-keyint_min", str(gop), "-sc_threshold", "0", "-crf", "20", "-pix_fmt", "yuv420p", path)
    return path


def numbers_in(pictures):
    """The numbers that JPEG pictures show; None for one that shows none. All have the size of numbered()."""
    raw = subprocess.run(["ffmpeg", "-v", "error", "-f", "mjpeg", "-i", "-", "-vsync", "0", "-vf",
                          f"crop={WIDTH}:{BLOCK_PX - 8}:0:4,scale={BITS}:1:flags=area,format=gray", "-f", "rawvideo", "-"],
                         input=b"".join(pictures), capture_output=True, check=True).stdout
    found = []
    for at in range(0, len(raw), BITS):
        row = raw[at:at + BITS]
        is_clear = len(row) == BITS and all(value < 70 or value > 185 for value in row)
        found.append(sum((value > 128) << bit for bit, value in enumerate(row)) if is_clear else None)
    return found
