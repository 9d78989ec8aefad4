"""capture-libcamera with the kernel's test camera (vimc) and a USB webcam made of software (uvcsim). Runs inside the VM."""
import os
import re
import subprocess
import sys
import time

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
from cases import Skipped, case, check, run_cases, wait_until  # noqa: E402
from devices import (FPS, Webcam, check_webcam_pictures, jpegs, options, percent_of_a_core, tell, told, wait_for_frames)  # noqa: E402
from probe import Probe  # noqa: E402

MODULES = ["vimc", "vhci_fw", "uvcvideo"]
MINUTES = 24
RUNS_ON_THIS_MACHINE = False

VIMC = "platform/vimc.0 Sensor B"  # an id with a space in it; those of USB cameras have a backslash. Its widths are multiples of 3
YUYV_FPS = 5  # 150 KB a picture through an emulated USB host
RECOVERY_S = 10  # the longest rest between two tries is 2 s; the rest is this emulated machine
CYCLES = 50 if options.minutes >= 10 else 6


def cameras():
    """The ids that libcamera's own tool lists, in its order."""
    said = subprocess.run(["cam", "-l"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=60).stdout
    return re.findall(r"^\d+: .* \((.*)\)$", said, re.MULTILINE)


def webcam_id(port=0):
    """Of the webcam at that port of the host controller: libcamera names USB cameras by where they are plugged in."""
    found = [identity for identity in cameras() if f"VHCI-{port + 1}:" in identity]
    check(len(found) == 1, f"libcamera lists {cameras()}")
    return found[0]


def open_probe(seconds, **settings):
    return Probe(options.build, "libcamera", seconds, **{"width": 318 if "VHCI" not in settings.get("camera", "") else 320, "height": 240, **settings})


def rate_of_cam(seconds=10):
    """Pictures a second that libcamera's own tool takes from vimc."""
    number = cameras().index(VIMC) + 1
    command = ["timeout", str(seconds), "cam", "-c", str(number), "--capture=100000", "-s", "width=320,height=240,role=viewfinder"]
    said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=seconds + 30).stdout
    stamps = [float(stamp) for stamp in re.findall(r"^(\d+\.\d+) \(", said, re.MULTILINE)]
    check(len(stamps) > 20, f"cam took {len(stamps)} pictures")
    return (len(stamps) - 1) / (stamps[-1] - stamps[0])


@case("vimc and two webcams (YUYV, MJPEG) at once: 320x240 in order at the rates that were asked for")
def in_order():
    seconds = 60 * options.minutes
    with Webcam(fps=YUYV_FPS) as raw, Webcam("--mjpeg", jpegs(), serial=78, port=1) as mjpeg:
        of_raw = open_probe(seconds, camera=webcam_id(), format="yuyv", fps=YUYV_FPS)
        of_mjpeg = of_raw.beside(camera=webcam_id(1), format="mjpeg", width=320, height=240, fps=FPS)
        sensor = of_raw.beside(camera=VIMC, width=318, height=240, fps=FPS)
        lasts = [probe.finish(seconds + 60) for probe in (of_raw, of_mjpeg, sensor)]
        sent = [camera.unplug() for camera in (raw, mjpeg)]
    for name, last, of in zip(("webcam YUYV", "webcam MJPEG", "vimc"), lasts, [f" of {sent[0]}", f" of {sent[1]}", ""]):
        tell(name, last, of)
    check("YUYV" in lasts[0]["description"], lasts[0]["description"])
    check(lasts[1]["codec"] == "mjpeg" and lasts[1]["bytes"] > 0, f"no MJPEG: {lasts[1]['description']}")
    check_webcam_pictures(lasts[0], sent[0], YUYV_FPS)
    check_webcam_pictures(lasts[1], sent[1], FPS)
    last = lasts[2]
    check(last["opens"] == 1 and last["faults"] == 0, f"{last['opens']} opens, {last['errors']}")
    check(last["out_of_order"] == 0 and last["bad"] == 0 and last["lost"] == 0, f"{last}")
    check((last["width_px"], last["height_px"]) == (318, 240), f"got {last['description']}")
    rate = last["samples"] / last["elapsed_s"]
    check(0.95 * FPS < rate < 1.05 * FPS, f"{rate:.2f} pictures a second")
    check(last["dated"] >= 0.98 * last["samples"], f"only {last['dated']} pictures with the sensor's time")
    check(last["rss_kib"] < 64 * 1024, f"{last['rss_kib']} KiB")


@case("vimc at its own pace: no picture is missing in its numbering")
def vimc_unpaced():
    # It makes the next picture 1/60 s after the last one is done: how many depends on this machine.
    before = rate_of_cam()
    last = open_probe(20, camera=VIMC, fps=120).finish()
    rate = last["samples"] / last["elapsed_s"]
    print(f"   {rate:.1f} a second; libcamera's own tool, which does not look at the pictures, takes {before:.1f}")
    check(last["out_of_order"] == 0 and last["bad"] == 0 and last["lost"] == 0 and last["opens"] == 1, f"{last}")
    check(rate > 0.5 * before, f"{rate:.1f} pictures a second, cam takes {before:.1f}")


@case("a webcam that is pulled and plugged in again is back under its id, without work while it is away")
def replug():
    with Webcam() as first:
        identity = webcam_id()
        probe = open_probe(600, camera=identity, fps=FPS)
        wait_for_frames(probe)
        first.unplug()
    wait_until("the fault", 15, lambda: told(probe, "unplugged"), 0.2)
    time.sleep(3)
    before = probe.last
    time.sleep(10)
    percent = percent_of_a_core(before, probe.last)
    check(told(probe, "not there; found: "), f"does not say what is there: {probe.get('errors')}")
    check(percent < 5, f"{percent:.1f} % of a core while the camera is away")
    with Webcam():
        plugged_at = time.monotonic()
        wait_for_frames(probe, timeout_s=RECOVERY_S + 5)
        print(f"   {percent:.1f} % of a core while away; pictures {time.monotonic() - plugged_at:.1f} s after it was plugged in")
        check(webcam_id() == identity, f"{webcam_id()} after, {identity} before")
        probe.stop()


@case("many times pulled and plugged in: no descriptor is lost")
def replug_often():
    with Webcam():
        identity = webcam_id()
    probe = open_probe(3600, camera=identity, fps=FPS)
    descriptors, sizes = [], []
    for _ in range(CYCLES):
        with Webcam() as webcam:
            wait_for_frames(probe, 3, RECOVERY_S + 10)
            descriptors.append(probe.get("descriptors"))
            sizes.append(probe.get("rss_kib") // 1024)
            webcam.unplug()
    check(max(descriptors) <= descriptors[0], f"descriptors: {descriptors}")
    print(f"   {CYCLES} cycles, {probe.get('opens')} opens, {descriptors[-1]} descriptors open at the end as at the start, "
          f"{sizes[0]} MiB at the start, {sizes[-1]} MiB at most")
    probe.stop()


@case("a frozen webcam is noticed and goes on when it thaws")
def freeze():
    with Webcam() as webcam:
        probe = open_probe(300, camera=webcam_id(), fps=FPS)
        wait_for_frames(probe)
        webcam.toggle_freeze()
        wait_until("the fault", 15, lambda: told(probe, "no picture for"), 0.2)
        before = probe.last
        time.sleep(6)
        percent = percent_of_a_core(before, probe.last)
        webcam.toggle_freeze()
        thawed_at = time.monotonic()
        wait_for_frames(probe, timeout_s=RECOVERY_S)
        print(f"   {percent:.1f} % of a core while frozen; pictures {time.monotonic() - thawed_at:.1f} s after it thawed")
        probe.stop()
        check(percent < 5, f"{percent:.1f} % of a core while it is frozen")


@case("damaged transfers are left out and counted")
def damaged():
    with Webcam("--error-every", "7", fps=YUYV_FPS) as webcam:
        last = open_probe(20, camera=webcam_id(), format="yuyv", fps=YUYV_FPS).finish()
        sent = webcam.unplug()
    check(last["opens"] == 1, f"the stream was restarted: {last['errors']}")
    check(last["out_of_order"] == 0, f"{last['out_of_order']} pictures out of order")
    counted = last["bad"] + last["lost"]
    print(f"   of {sent}, each seventh damaged: {last['samples']} whole, {counted} counted")
    check(abs(counted - sent // 7) <= 2 and sent - 8 <= last["samples"] + counted <= sent, f"of {sent} {last['samples']} whole, {counted} counted")


@case("a busy camera is told, and taken when it is free")
def busy():
    with Webcam():
        number = cameras().index(webcam_id()) + 1
        holder = subprocess.Popen(["cam", "-c", str(number), "--capture=100000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            time.sleep(3)
            probe = open_probe(60, camera=webcam_id(), fps=FPS)
            wait_until("the complaint", 15, lambda: told(probe, "busy"), 0.2)
            check(probe.get("samples") == 0, "pictures from a busy camera")
        finally:
            holder.kill()
            holder.wait()
        wait_for_frames(probe, timeout_s=RECOVERY_S)
        probe.stop()


@case("settings reach the camera where it has them; what it has not is an error with what it has")
def controls():
    version = subprocess.run(["cam", "--version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60).stdout
    last = open_probe(5, camera=VIMC, brightness=0.5, contrast=1.5, saturation=0.5).finish()
    check(not last["errors"] and last["samples"] > 5, f"{last['errors']}")
    said = last["description"]
    for wrong, complaint in (({"hdr": "multi"}, "has no control HdrMode; it has "), ({"gain": 2}, "has no control AnalogueGain"),
                             ({"contrast": 31}, "setting contrast: Contrast of camera"), ({"orientation": "mirror"}, "cannot turn its pictures"),
                             ({"width": 322}, "has no 322x240, nearest is "), ({"format": "mjpeg"}, "has no mjpeg; it offers ")):
        errors = open_probe(3, camera=VIMC, **wrong).finish()["errors"]
        check(any(complaint in error for error in errors), f"{wrong}: {errors}")
    check(re.match(r"libcamera \d+\.\d+\.\d+ \(built with \d+\.\d+\.\d+\) ", said), f"{said} / {version}")
    print(f"   {said}")


@case("a camera whose id is gone is found by its model; a wrong one is told with what there is")
def by_model():
    last = open_probe(6, camera="/base/soc/i2c0mux/i2c@1/imx708@1a", model="Sensor B").finish()
    check(last["samples"] > 5, f"{last['errors']}")
    last = open_probe(6, camera="/base/soc/i2c0mux/i2c@1/imx708@1a").finish()
    check(any(f"'{VIMC}'" in error for error in last["errors"]), f"{last['errors']}")


@case("the contract of capture plugins")
def contract():
    program = os.path.join(options.build, "bin/test-contract-capture")
    if not os.path.exists(program):
        raise Skipped("test-contract-capture is not built")
    with Webcam("--mjpeg", jpegs()):
        environment = dict(os.environ, PORCHLIGHT_CONTRACT_ONLY="libcamera", PORCHLIGHT_TEST_LIBCAMERA=webcam_id())
        result = subprocess.run([program, "[contract]"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=900)
    check(result.returncode == 0 and "All tests passed" in result.stdout, result.stdout[-3000:])


@case("cameras are found with their formats, once each, with a configuration to copy")
def discovery():
    program = os.path.join(options.build, "bin/porchlightd")
    if not os.path.exists(program):
        raise Skipped("porchlightd is not built")
    with Webcam():
        said = subprocess.run([program, "discover"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
    found = [line.split("\t") for line in said.stdout.splitlines() if line.startswith(("v4l2\t", "libcamera\t"))]
    check([words[0] for words in found].count("libcamera") == 1, f"{said.stdout} {said.stderr}")
    sensor = next(words for words in found if words[0] == "libcamera")
    check(sensor[1] == VIMC and sensor[2] == "Sensor B" and "RGB888" in sensor[3], f"{sensor}")
    check(f"camera={VIMC}" in sensor, f"{sensor}")
    check([words[0] for words in found].count("v4l2") == 1, f"the webcam is V4L2's, vimc's raw nodes are nobody's: {said.stdout}")
    folder = "/tmp/found"
    os.makedirs(folder + "/cameras.d", exist_ok=True)
    with open(folder + "/porchlight.yaml", "w", encoding="utf-8") as file:
        file.write(f"data_dir: {folder}/data\n")
    doctor = subprocess.run([os.path.join(options.build, "bin/porchlight"), "--config", folder + "/porchlight.yaml", "doctor", "--json"],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=200).stdout
    check("Sensor B" in doctor and re.search(r"built with libcamera \d", doctor), doctor[-3000:])
    print(f"   {' | '.join(sensor)}")


if __name__ == "__main__":
    sys.exit(run_cases(options.only))
