"""capture-v4l2 with the kernel's test camera (vivid) and a USB webcam made of software (uvcsim). Runs inside the VM."""
import os
import subprocess
import sys
import time

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
from cases import Skipped, case, check, run_cases, wait_until  # noqa: E402
from devices import (FPS, Webcam, by_id, check_webcam_pictures, control, jpegs, options, percent_of_a_core, tell, told, vivid,  # noqa: E402
                     wait_for_frames)
from probe import Probe  # noqa: E402

# vivid 0: input 0 a webcam, input 1 a TV receiver that scales to 320x240; vivid 1: the multi-planar API.
MODULES = ["vivid n_devs=2 node_types=0x1,0x1 multiplanar=1,2 num_inputs=2,2 input_types=0x4,0x4", "vhci_fw", "uvcvideo"]
MINUTES = 24
RUNS_ON_THIS_MACHINE = False

WEBCAM = by_id()
YUYV_FPS = 5  # 150 KB a picture through an emulated USB host
RECOVERY_S = 10  # the longest rest between two tries is 2 s; the rest is this emulated machine
CYCLES = 50 if options.minutes >= 10 else 6


def open_probe(seconds, **settings):
    return Probe(options.build, "v4l2", seconds, **settings)


def check_orderly(last, rate_hz, what):
    """Nothing twice, nothing out of order, the nominal rate; `rate_hz` of the device."""
    check(last["opens"] == 1 and last["faults"] == 0, f"{what}: {last['opens']} opens, {last['errors']}")
    check(last["out_of_order"] == 0, f"{what}: {last['out_of_order']} pictures out of order")
    check(last["bad"] == 0, f"{what}: {last['bad']} damaged pictures")
    delivered = last["samples"] + last["lost"]
    expected = rate_hz * last["elapsed_s"]
    check(abs(delivered - expected) <= max(0.05 * expected, 1.5 * rate_hz), f"{what}: {delivered} pictures, {expected:.0f} are nominal")
    check(last["lost"] <= 0.05 * expected, f"{what}: {last['lost']} of {expected:.0f} lost")


@case("vivid and two webcams (YUYV, MJPEG) at once: 320x240 in order at their nominal rates")
def in_order():
    seconds = 60 * options.minutes
    with Webcam(fps=YUYV_FPS) as raw, Webcam("--mjpeg", jpegs(), serial=78, port=1) as mjpeg:
        tv = open_probe(seconds, device=vivid(), input=1, format="yuyv", width=320, height=240)
        of_raw = tv.beside(device=raw.device, format="yuyv", width=320, height=240, fps=YUYV_FPS)
        of_mjpeg = tv.beside(device=mjpeg.device, format="mjpeg", width=320, height=240, fps=FPS)
        lasts = [probe.finish(seconds + 60) for probe in (tv, of_raw, of_mjpeg)]
        sent = [camera.unplug() for camera in (raw, mjpeg)]
    for name, last, of in zip(("vivid", "webcam YUYV", "webcam MJPEG"), lasts, ["", f" of {sent[0]}", f" of {sent[1]}"]):
        tell(name, last, of)
    check((lasts[0]["width_px"], lasts[0]["height_px"]) == (320, 240), f"got {lasts[0]['description']}")
    check(lasts[0]["dated"] >= 0.98 * lasts[0]["samples"], f"only {lasts[0]['dated']} pictures with the driver's time")
    check(lasts[2]["codec"] == "mjpeg" and lasts[2]["bytes"] > 0, f"no MJPEG: {lasts[2]['description']}")
    check_orderly(lasts[0], lasts[0]["rate_hz"], "vivid")
    check_webcam_pictures(lasts[1], sent[0], YUYV_FPS)
    check_webcam_pictures(lasts[2], sent[1], FPS)


@case("raw formats of both APIs")
def raw_formats():
    for number, encodings in ((0, ("yuyv", "nv12", "yuv420", "grey")), (1, ("yuyv", "nv12", "yuv420"))):
        for encoding in encodings:
            last = open_probe(3, device=vivid(number), input=1, format=encoding, width=320, height=240).finish()
            check(last["samples"] > 20 and not last["errors"], f"vivid {number} {encoding}: {last['samples']} pictures, {last['errors']}")


@case("a webcam that is pulled and plugged in again is back by itself, without work while it is away")
def replug():
    with Webcam() as first:
        probe = open_probe(600, device=WEBCAM, width=320, height=240, fps=FPS)
        wait_for_frames(probe)
        first.unplug()
    wait_until("the fault", 10, lambda: told(probe, "unplugged"), 0.2)
    time.sleep(3)
    before = probe.last
    time.sleep(8)
    after = probe.last
    percent = percent_of_a_core(before, after)
    check(told(probe, "plugged in?"), f"does not say what is missing: {probe.get('errors')}")
    check(percent < 5, f"{percent:.1f} % of a core while the camera is away")
    with Webcam():
        plugged_at = time.monotonic()
        wait_for_frames(probe, timeout_s=RECOVERY_S)
        print(f"   {percent:.1f} % of a core while away; pictures {time.monotonic() - plugged_at:.1f} s after it was plugged in")
        probe.stop()


@case("many times pulled and plugged in: no descriptor is lost")
def replug_often():
    probe = open_probe(3600, device=WEBCAM, width=320, height=240, fps=FPS)
    descriptors = []
    for _ in range(CYCLES):
        with Webcam() as webcam:
            wait_for_frames(probe, 3, RECOVERY_S + 6)
            descriptors.append(probe.get("descriptors"))
            webcam.unplug()
    probe.stop()
    check(max(descriptors) <= descriptors[0], f"descriptors: {descriptors}")
    print(f"   {CYCLES} cycles, {descriptors[-1]} descriptors open at the end as at the start")


@case("a frozen webcam is noticed and goes on when it thaws")
def freeze():
    with Webcam() as webcam:
        probe = open_probe(300, device=WEBCAM, width=320, height=240, fps=FPS)
        wait_for_frames(probe)
        webcam.toggle_freeze()
        wait_until("the fault", 15, lambda: told(probe, "no picture for"), 0.2)
        before = probe.last
        time.sleep(5)
        percent = percent_of_a_core(before, probe.last)
        webcam.toggle_freeze()
        wait_for_frames(probe, timeout_s=RECOVERY_S)
        probe.stop()
        check(percent < 5, f"{percent:.1f} % of a core while it is frozen")


@case("a webcam that the ladder's helper resets gives pictures again; what is no USB device is refused")
def reset():
    def helper(device):
        return subprocess.run([os.path.join(options.build, "bin/porchlight-device-reset"), device], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=30)
    refused = helper(vivid())
    check(refused.returncode == 2 and "not a USB device" in refused.stdout, f"{refused.returncode}: {refused.stdout}")
    with Webcam():
        probe = open_probe(120, device=WEBCAM, width=320, height=240, fps=FPS)
        wait_for_frames(probe)
        done = helper(WEBCAM)
        check(done.returncode == 0, f"{done.returncode}: {done.stdout}")
        reset_at = time.monotonic()
        wait_for_frames(probe, timeout_s=RECOVERY_S)
        print(f"   {done.stdout.strip()}; pictures {time.monotonic() - reset_at:.1f} s later, {probe.get('opens')} opens")
        probe.stop()


@case("buffers with the error flag are dropped and counted")
def error_flag():
    device = vivid()
    probe = open_probe(120, device=device, input=1, width=320, height=240)
    wait_for_frames(probe)
    for _ in range(5):
        control(device, "inject_v4l2_buf_flag_error")
        time.sleep(0.3)
    wait_until("five damaged buffers", 10, lambda: probe.get("bad") >= 5, 0.2)
    wait_for_frames(probe)
    check(probe.get("opens") == 1, "the stream was restarted for single damaged buffers")
    check(probe.get("bad") == 5, f"{probe.get('bad')} counted")
    probe.stop()


@case("pictures that the driver drops are counted")
def dropped():
    device = vivid()
    control(device, "percentage_of_dropped_buffers", 20)
    try:
        last = open_probe(15, device=device, input=1, width=320, height=240).finish()
    finally:
        control(device, "percentage_of_dropped_buffers", 0)
    nominal = last["rate_hz"] * last["elapsed_s"]
    share = last["lost"] / (last["samples"] + last["lost"])
    check(0.1 < share < 0.32, f"lost {last['lost']} of {last['samples'] + last['lost']}: a fifth was dropped")
    check(abs(last["samples"] + last["lost"] - nominal) < 0.15 * nominal, f"{last['samples']} + {last['lost']} lost, {nominal:.0f} are nominal")


@case("a fatal streaming error costs a restart of the stream")
def fatal_error():
    device = vivid()
    probe = open_probe(120, device=device, input=1, width=320, height=240)
    wait_for_frames(probe)
    for round_ in range(1, 4):
        opens = probe.get("opens")
        control(device, "inject_fatal_streaming_error")
        wait_until("the stream to be restarted", 10, lambda: probe.get("opens") > opens, 0.2)
        wait_for_frames(probe, timeout_s=10)
        check(probe.get("faults") == round_, f"{probe.get('faults')} faults after {round_} errors: {probe.get('errors')}")
    check(probe.get("longest_gap_ms") < 5000, f"away for {probe.get('longest_gap_ms')} ms")
    probe.stop()


@case("refused calls while it is opened are tried again")
def refused_calls():
    device = vivid()
    for name in ("inject_vidioc_reqbufs_error", "inject_vidioc_qbuf_error", "inject_vidioc_streamon_error"):
        control(device, name)
        probe = open_probe(20, device=device, input=1, width=320, height=240)
        wait_for_frames(probe, timeout_s=15)
        check(probe.get("faults") <= 1, f"{name}: {probe.get('errors')}")
        probe.stop()


@case("damaged transfers and pictures of a wrong size are left out and counted")
def damaged():
    with Webcam("--error-every", "7", fps=YUYV_FPS) as webcam:
        last = open_probe(20, device=WEBCAM, format="yuyv", width=320, height=240, fps=YUYV_FPS).finish()
        sent = webcam.unplug()
    counted = last["bad"] + last["lost"]
    print(f"   of {sent}, each seventh damaged: {last['samples']} whole, {counted} counted")
    check(last["out_of_order"] == 0, f"{last['out_of_order']} pictures out of order")
    check(abs(counted - sent // 7) <= 2 and sent - 8 <= last["samples"] + counted <= sent, f"of {sent} {last['samples']} whole, {counted} counted")
    with Webcam("--mjpeg", jpegs("mixed.mjpeg", "320x240", "352x288")):
        probe = open_probe(15, device=WEBCAM, format="mjpeg", width=320, height=240, fps=FPS)
        last = probe.finish()
    check(last["samples"] > 2 * FPS and last["bad"] > 2 * FPS, f"{last['samples']} of the right size, {last['bad']} of another")


@case("a busy camera is told with its holder, and taken when it is free")
def busy():
    device = vivid()
    holder = subprocess.Popen(["v4l2-ctl", "-d", device, "--stream-mmap", "--stream-count=100000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(2)
        probe = open_probe(60, device=device, input=1, width=320, height=240)
        wait_until("the complaint", 15, lambda: told(probe, f"held by pid {holder.pid}, v4l2-ctl"), 0.2)
        check(probe.get("samples") == 0, "pictures from a busy camera")
    finally:
        holder.kill()
        holder.wait()
    wait_for_frames(probe, timeout_s=RECOVERY_S)
    probe.stop()


@case("settings reach the camera, wrong ones are told with what there is")
def controls():
    device = vivid()
    value = lambda name: int(subprocess.run(["v4l2-ctl", "-d", device, "-C", name], stdout=subprocess.PIPE, text=True, check=True).stdout.split(":")[1])
    last = open_probe(5, device=device, input=0, brightness=100, contrast=0, flip="horizontal", controls="saturation=77").finish()
    check(not last["errors"], last["errors"])
    got = {name: value(name) for name in ("brightness", "contrast", "horizontal_flip", "vertical_flip", "saturation")}
    check(got == {"brightness": 255, "contrast": 0, "horizontal_flip": 1, "vertical_flip": 0, "saturation": 77}, f"{got}")
    for settings, complaint in (({"brightness": 50, "contrast": 50, "flip": "none", "exposure_ms": 10}, "no such control; it has brightness, contrast"),
                                ({"input": 9}, "it has 0 Webcam"), ({"width": 1283, "height": 721}, "has no 1283x721, nearest is 1280x720; offers: "),
                                ({"controls": "saturation=999"}, "does not take 999: it takes 0 to 255"), ({"format": "h264"}, "has no h264; offers: YUYV")):
        probe = open_probe(60, **{"device": device, "input": 0, **settings})
        wait_until(f"'{complaint}'", 20, lambda: told(probe, complaint), 0.2)
        probe.stop()


@case("the contract of capture plugins")
def contract():
    program = os.path.join(options.build, "bin/test-contract-capture")
    if not os.path.exists(program):
        raise Skipped("test-contract-capture is not built")
    with Webcam("--mjpeg", jpegs()):
        environment = dict(os.environ, PORCHLIGHT_CONTRACT_ONLY="v4l2", PORCHLIGHT_TEST_CAMERA=WEBCAM, PORCHLIGHT_TEST_CAMERA_MJPEG=WEBCAM)
        result = subprocess.run([program, "[contract]"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)
    check(result.returncode == 0 and "All tests passed" in result.stdout, result.stdout[-3000:])


if __name__ == "__main__":
    sys.exit(run_cases(options.only))
