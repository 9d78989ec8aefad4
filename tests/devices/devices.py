"""The cameras of the VM: a USB webcam made of software (uvcsim) and the kernel's test drivers."""
import argparse
import glob
import os
import re
import signal
import subprocess
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from cases import check, wait_until  # noqa: E402

FPS = 10  # of a webcam: what software emulation of a CPU keeps up with
_parser = argparse.ArgumentParser()
_parser.add_argument("--build", required=True)
_parser.add_argument("--minutes", type=float, default=1)
_parser.add_argument("--only")
_parser.add_argument("--uvcsim", default="")
options = _parser.parse_args()


def by_id(serial=77):
    return f"/dev/v4l/by-id/usb-uvcsim_Porch_{serial}-video-index0"


class Webcam:
    """A plugged-in webcam; unplugged with the object's end. Each `port` of the host controller is a camera of its own."""

    def __init__(self, *extra, fps=FPS, serial=77, port=0):
        self.device = by_id(serial)
        self.process = subprocess.Popen([options.uvcsim, "--fps", str(fps), "--size", "320x240", "--name", "Porch", "--serial", str(serial),
                                         "--port", str(port), *extra], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        wait_until("the webcam's node", 60, lambda: os.path.exists(self.device) or self.process.poll() is not None, 0.1)
        check(self.process.poll() is None, f"the webcam did not start: {self.process.stdout.read() if self.process.poll() is not None else ''}")

    def unplug(self):
        """-> frames sent"""
        self.process.send_signal(signal.SIGTERM)
        said = self.process.communicate(timeout=20)[0]
        wait_until("the webcam's node to go", 20, lambda: not os.path.exists(self.device), 0.1)
        return int(re.search(r"after (\d+) frames", said).group(1))

    def toggle_freeze(self):
        self.process.send_signal(signal.SIGUSR1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.unplug()


def jpegs(name="plain.mjpeg", *sizes):
    path = "/tmp/" + name
    if os.path.exists(path):
        return path
    with open(path, "wb") as out:
        for size in sizes or ("320x240",):
            out.write(subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"testsrc2=s={size}:r=10:d=2", "-c:v", "mjpeg", "-q:v", "6",
                                      "-pix_fmt", "yuvj422p", "-f", "mjpeg", "-"], stdout=subprocess.PIPE, check=True).stdout)
    return path


def vivid(number=0):
    nodes = sorted(glob.glob("/sys/class/video4linux/video*/name"))
    found = [path.split("/")[4] for path in nodes if open(path, encoding="utf-8").read().startswith("vivid")]
    check(len(found) > number, f"no vivid camera {number}: {found}")
    return "/dev/" + found[number]


def control(device, name, value=1):
    subprocess.run(["v4l2-ctl", "-d", device, "--set-ctrl", f"{name}={value}"], check=True, timeout=20)


def wait_for_frames(probe, more=5, timeout_s=30):
    wanted = probe.get("samples") + more
    wait_until(f"{more} more pictures (there are {probe.get('samples')}; {probe.get('errors', [])})", timeout_s, lambda: probe.get("samples") >= wanted, 0.2)


def told(probe, text):
    return any(text in error for error in probe.get("errors", []))


def percent_of_a_core(before, after):
    return 100 * (after["cpu_s"] - before["cpu_s"]) / (after["elapsed_s"] - before["elapsed_s"])


def check_webcam_pictures(last, sent, fps):
    """All that a webcam sent is accounted for. What the emulated one could not send in time was never sent."""
    check(last["opens"] == 1 and last["faults"] == 0, f"{last['opens']} opens, {last['errors']}")
    check(last["out_of_order"] == 0, f"{last['out_of_order']} pictures out of order")
    seen = last["samples"] + last["lost"] + last["bad"]
    check(sent - 4 <= seen <= sent, f"the webcam sent {sent} pictures, {seen} are accounted for ({last['samples']} whole, {last['lost']} lost, {last['bad']} bad)")
    check(last["samples"] >= min(0.98 * sent, sent - 4), f"{last['samples']} of {sent} pictures arrived")
    check(sent >= 0.9 * fps * last["elapsed_s"], f"the webcam itself sent only {sent} in {last['elapsed_s']} s: this machine is too slow")


def tell(name, last, of=""):
    print(f"   {name}: {last['samples']}{of} pictures in {last['elapsed_s']} s, lost {last['lost']}, damaged {last['bad']}, "
          f"longest gap {last['longest_gap_ms']} ms, first after {last['first_frame_ms']} ms, {last['cpu_s']:.1f} s of CPU, "
          f"{last['rss_kib'] // 1024} MiB", flush=True)
