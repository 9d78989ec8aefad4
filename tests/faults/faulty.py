"""The faulty camera of the fault tests: the appliance with its plugin, its pictures, and the page that orders faults.

    stage = staged("build/dev")                       # the build with one more plugin
    camera = FaultyCamera(folder, "porch")
    with Appliance(stage, {"porch": camera.config()}) as appliance:
        camera.order("hang-read", once=True)          # the next worker is well
        camera.order("frozen"); camera.clear()
"""
import mmap
import os
import shutil
import struct
import subprocess
import time

NAME_BYTES = 64
DELIVERED, OPENED, BEGUN, BEGUN_AT, LATE = range(8, 13)  # numbers on the page, 8 bytes each; see plugin/control.h


def staged(build):
    """A folder that the programs take for their installation: everything of the build, and capture-faulty.so."""
    build = os.path.abspath(build)
    stage = os.path.join(build, "tests", "faults", "stage")
    shutil.rmtree(stage, ignore_errors=True)
    os.makedirs(os.path.join(stage, "bin"))
    os.makedirs(os.path.join(stage, "plugins"))
    for program in ("porchlightd", "porchlight"):
        # A hard link or a copy: /proc/self/exe looks through a symbolic one, and the plugins are looked for beside it.
        source, target = os.path.join(build, "bin", program), os.path.join(stage, "bin", program)
        try:
            os.link(source, target)
        except OSError:
            shutil.copy2(source, target)
    for folder in (os.path.join(build, "plugins"), os.path.join(build, "tests", "faults", "plugins")):
        for name in os.listdir(folder):
            if name.endswith(".so"):
                os.symlink(os.path.join(folder, name), os.path.join(stage, "plugins", name))
    for folder in ("lib", "webroot"):
        os.symlink(os.path.join(build, folder), os.path.join(stage, folder))
    return stage


def encode(path, chain, size, rate_hz, seconds):
    """A short H.264 loop with delimiters; one quantiser for all pictures, so that a still scene decodes to equal pictures."""
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", chain, "-t", str(seconds), "-s", size, "-r", str(rate_hz),
                    "-c:v", "libx264", "-preset", "ultrafast", "-qp", "26", "-bf", "0", "-g", str(max(rate_hz, 2)),
                    "-x264-params", "ipratio=6.0:scenecut=0:keyint_min=1", "-pix_fmt", "yuv420p",
                    "-bsf:v", "h264_metadata=aud=insert", "-f", "h264", path], check=True)


def make_pictures(folder, size="320x240", rate_hz=15, seconds=4):
    """moving.h264: a still scene with sensor noise, every picture distinct. frozen.h264: one picture. black.h264: a covered lens."""
    os.makedirs(folder, exist_ok=True)
    scene = f"smptehdbars=s={size}:r={rate_hz},eq=contrast=0.6,boxblur=2"
    encode(os.path.join(folder, "moving.h264"), scene + ",noise=alls=7:allf=t", size, rate_hz, seconds)
    encode(os.path.join(folder, "frozen.h264"), scene, size, rate_hz, seconds)
    encode(os.path.join(folder, "black.h264"), f"color=c=black:s={size}:r={rate_hz},noise=alls=3:allf=t", size, rate_hz, seconds)
    return folder


class FaultyCamera:
    """One camera of the plugin `faulty`. Its control page outlives its workers."""

    def __init__(self, folder, name, pictures, rate_hz=15):
        self.name, self.pictures, self.rate_hz = name, pictures, rate_hz
        self.control = os.path.join(folder, name + ".control")
        with open(self.control, "wb") as file:
            file.write(bytes(128))
        with open(self.control, "r+b") as file:
            self.page = mmap.mmap(file.fileno(), 128)

    def config(self, record="continuous", health=None, **more):
        return {"source": {"plugin": "faulty", "control": self.control, "pictures": self.pictures, "fps": self.rate_hz},
                "record": {"mode": record}, "health": health or {}, **more}

    def order(self, fault, once=False):
        """The fault begins with the next call of the plugin. -> monotonic time of the order"""
        text = (("once:" if once else "") + fault).encode()
        self.page[:NAME_BYTES] = bytes(NAME_BYTES)
        # The rest first: the plugin reads while this is written, and "rozen" is no fault.
        self.page[1:len(text)] = text[1:]
        self.page[0:1] = text[:1]
        return time.monotonic()

    def clear(self):
        """The fault is over. -> monotonic time of that"""
        self.page[0:1] = b"\0"
        self.page[1:NAME_BYTES] = bytes(NAME_BYTES - 1)
        return time.monotonic()

    def _number(self, index):
        return struct.unpack_from("<Q", self.page, 8 * index)[0]

    delivered = property(lambda self: self._number(DELIVERED))
    opened = property(lambda self: self._number(OPENED))
    begun = property(lambda self: self._number(BEGUN))
    begun_at = property(lambda self: self._number(BEGUN_AT) / 1e6)
    late_s = property(lambda self: self._number(LATE) / 1e6)
