"""The encoder for picture sources beside the kernel's codec test driver (vicodec), which makes no H.264. Runs inside the VM."""
import glob
import json
import os
import subprocess
import sys

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
from cases import case, check, run_cases  # noqa: E402
from devices import options  # noqa: E402

MODULES = ["v4l2-mem2mem", "vicodec"]
EXTRA_MODULES = ["vicodec"]  # that the VM's own scripts do not build
MINUTES = 5
RUNS_ON_THIS_MACHINE = False

WIDTH, HEIGHT, COUNT = 640, 480, 40  # vicodec takes nothing smaller than 640x360


def node(name):
    for path in glob.glob("/sys/class/video4linux/video*/name"):
        if name in open(path, encoding="utf-8").read():
            return "/dev/" + path.split("/")[4]
    check(False, f"no {name} node")


def probe(*words):
    result = subprocess.run([os.path.join(options.build, "bin/porchlight-encoder-probe"), *map(str, words)],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
    check(result.returncode == 0, f"{result.returncode}: {result.stderr}")
    return json.loads(result.stdout), result.stderr


@case("a codec that makes no H.264 is refused with the reason, libx264 encodes")
def refused():
    said, log = probe("choose", WIDTH, HEIGHT)
    encoder = node("stateful-encoder")
    check(said["told"].startswith("libx264 (") and f"{encoder}: makes FWHT, not H264" in said["told"], f"{said}")
    check(said["packets"] == said["decoded"] == 100 and said["keys"] == 4, f"{said}")
    check("pictures are encoded by libx264" in log, f"not logged: {log}")
    print(f"   {said['told']}")


@case("the queues of a real codec: what goes in comes out in order and decodes to the same")
def queues():
    for name in ("/tmp/coded.fwht", "/tmp/raw.yuv", "/tmp/back.yuv"):
        if os.path.exists(name):
            os.remove(name)
    said, _ = probe("queue", node("stateful-encoder"), "FWHT", WIDTH, HEIGHT, COUNT, "/tmp/coded.fwht", "/tmp/raw.yuv")
    check(said["in"] == said["out"] == COUNT and said["out_of_order"] == 0, f"{said}")
    check(0 < said["keys"] < COUNT, f"{said['keys']} keyframes of {COUNT}")
    subprocess.run(["v4l2-ctl", "-d", node("stateful-decoder"), "--stream-mmap", "--stream-out-mmap", "--stream-from", "/tmp/coded.fwht",
                    "--stream-to", "/tmp/back.yuv"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120, check=False)
    raw, back = (open(path, "rb").read() for path in ("/tmp/raw.yuv", "/tmp/back.yuv"))
    size = WIDTH * HEIGHT * 3 // 2
    check(len(raw) == COUNT * size, f"{len(raw)} bytes went in")
    check(len(back) == len(raw), f"{len(back) / size} of {COUNT} pictures were decoded")
    worst = 0
    for number in range(COUNT):
        at = number * size
        samples = range(at, at + WIDTH * HEIGHT, 97)
        worst = max(worst, sum(abs(raw[i] - back[i]) for i in samples) / len(samples))
    check(worst < 10, f"a mean difference of {worst:.1f}")
    print(f"   {said['name']}: {COUNT} pictures, {said['keys']} keyframes, {os.path.getsize('/tmp/coded.fwht')} of {len(raw)} bytes, "
          f"a mean difference of {worst:.2f} at most")


if __name__ == "__main__":
    sys.exit(run_cases(options.only))
