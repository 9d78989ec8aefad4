"""The streams that cameras play: a noisy, still scene that a box crosses. Made by ffmpeg, each once for a run.

    streams = Streams(folder)
    streams.video(camera.settings)   # -> path
    streams.sound(camera.settings)   # -> path or None
"""
import hashlib
import json
import os
import subprocess
import threading

import jpegs

SECONDS = 38           # longer than a camera is watched, so that no stream ever begins again
VISITS_S = ((5.5, 8.5), (16, 19))  # when the box crosses
FORMS = {"aac": "adts", "pcm_mulaw": "mulaw", "pcm_alaw": "alaw", "g726le": "g726le", "libopus": "opus"}
TONE_HZ = 440


def scene(settings):
    """A filter chain that ends in [out]."""
    width, height = (int(part) for part in settings["size"].split("x"))
    rate = settings["rate_hz"]
    (first, first_end), (second, second_end) = VISITS_S
    since = f"if(lt(t,{second}),(t-{first})/{first_end - first},(t-{second})/{second_end - second})"
    seconds, noise = settings.get("seconds", SECONDS), settings.get("noise", 6)
    box = f"{max(8, width // 8)}x{height // 2}"
    # The scene is drawn and blurred once; the noise makes each picture another one.
    return (f"smptehdbars=s={width}x{height}:r=1:d=1,eq=contrast=0.5,boxblur=4,loop=-1:1,fps={rate},setpts=N/{rate}/TB,noise=alls={noise}:allf=t[scene];"
            f"color=c=0x181410:s={box}:r={rate}[box];"
            f"[scene][box]overlay=x='-w+(W+w)*{since}':y=H/3:enable='between(t,{first},{first_end})+between(t,{second},{second_end})':shortest=1,"
            f"trim=duration={seconds}[out]")


def encoder(settings):
    """ffmpeg's options for the pictures."""
    options = ["-pix_fmt", settings.get("pixels", "yuv420p")]
    if settings["codec"] == "mjpeg":
        return [*options, "-c:v", "mjpeg", "-huffman", "default", "-q:v", str(settings.get("quality", 5))]
    rate = settings["rate_hz"]
    gop = max(1, round(settings["gop_s"] * rate)) if settings["gop_s"] else 100_000
    b_pictures = settings.get("b_pictures", 0)
    if settings["codec"] == "h265":
        return [*options, "-c:v", "libx265", "-preset", "ultrafast", "-x265-params",
                f"log-level=none:keyint={gop}:min-keyint={gop}:scenecut=0:bframes={b_pictures}:b-adapt=0:open-gop=0:repeat-headers=1:pools=1:frame-threads=1"]
    more = [part for key, value in settings.get("encoder", {}).items() for part in (f"-{key}", str(value))]
    tools = {"main": ":cabac=1", "high": ":cabac=1:8x8dct=1"}.get(settings.get("encoder", {}).get("profile:v"), "")
    return [*options, "-c:v", "libx264", "-preset", "ultrafast", "-crf", str(settings.get("crf", 28)), "-threads", "1", *more, "-bf", str(b_pictures), "-x264-params",
            f"keyint={gop}:min-keyint={gop}:scenecut=0:b-adapt=0:repeat-headers=1{tools}"]


def run(*arguments):
    done = subprocess.run(["nice", "-n", "10", "ffmpeg", "-v", "error", "-nostdin", "-y", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"ffmpeg {' '.join(arguments)}: {done.stderr[-400:]}")


class Streams:
    """Owns the files in a folder; each is made when it is asked for first. Any thread."""

    def __init__(self, folder):
        self.folder, self.locks = folder, {}
        os.makedirs(folder, exist_ok=True)

    def _once(self, what, suffix, make):
        """The file of `what`; make(path) makes it, whole or not at all."""
        name = hashlib.md5(json.dumps(what, sort_keys=True).encode()).hexdigest()[:12]
        path = os.path.join(self.folder, name + suffix)
        with self.locks.setdefault(path, threading.Lock()):
            if not os.path.exists(path):
                part = os.path.join(self.folder, name + "-part" + suffix)
                make(part)
                os.replace(part, path)
        return path

    def video(self, settings):
        suffix = ".avi" if settings["codec"] == "mjpeg" else ".mp4"
        arguments = ["-filter_complex", scene(settings), "-map", "[out]", *encoder(settings)]
        if "chroma" in settings:
            return self._once([arguments[1], settings["chroma"]], suffix, lambda to: self._sample(settings, to))
        path = self._once(arguments, suffix, lambda to: run(*arguments, to))
        if settings["protocol"] != "ts":
            return path
        sound = ["-i", self.sound(settings)] if "sound" in settings else []
        return self._once([path, "ts", *sound], ".ts", lambda to: run("-i", path, *sound, "-c", "copy", "-f", "mpegts", to))

    @staticmethod
    def _sample(settings, path):
        """JPEGs of a chroma that ffmpeg does not make, by libturbojpeg."""
        width, height = (int(part) for part in settings["size"].split("x"))
        raw = subprocess.run(["nice", "-n", "10", "ffmpeg", "-v", "error", "-nostdin", "-filter_complex", scene(settings), "-map", "[out]", "-pix_fmt", "rgb24", "-f", "rawvideo",
                              "-"], capture_output=True, check=True).stdout
        with open(path + ".mjpg", "wb") as file:
            for at in range(0, len(raw), width * height * 3):
                file.write(jpegs.compressed(raw[at:at + width * height * 3], width, height, str(settings["chroma"])))
        run("-f", "mjpeg", "-framerate", str(settings["rate_hz"]), "-i", path + ".mjpg", "-c", "copy", path)

    def other_video(self, settings):
        """What follows after a change of size, or None."""
        return self.video({**settings, "size": settings["other_size"]}) if "other_size" in settings else None

    def sound(self, settings):
        sound = settings.get("sound")
        if not sound:
            return None
        form = FORMS[sound["codec"]]
        arguments = ["-f", "lavfi", "-i", f"sine=frequency={TONE_HZ}:sample_rate={sound['rate_hz']}", "-ac", str(sound["channels"]), "-t", str(SECONDS),
                     "-c:a", sound["codec"], *(["-b:a", "32k"] if sound["codec"] in ("libopus", "g726le") else []), "-f", form]
        return self._once(arguments, "." + form, lambda to: run(*arguments, to))
