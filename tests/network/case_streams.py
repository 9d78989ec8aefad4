"""What cameras send that is no outage: odd time stamps, formats that change, sound, redirects, names that nobody answers for."""
import os
import socket

import tempfile
import time

import clips
import damaging_proxy as proxy
import made_clips
import options
from appliance import Appliance, run
from case_outages import disorder, log_of
from cases import Skipped, case, check, wait_until
from network_camera import FileCameras, GstCamera, need_gstreamer

TICKS = 90_000
RECORD = {"mode": "continuous"}


def seconds_in(path):
    times = clips.frame_times(path)
    return times[-1] - times[0] if len(times) > 1 else 0


def run_cameras(cameras, seconds, meanwhile=lambda appliance: None):
    """Records all cameras for a while. -> (appliance, stopped; state of the cameras at the end). The caller closes it."""
    appliance = Appliance(options.build, {name: {"record": RECORD, **camera} for name, camera in cameras.items()})
    try:
        appliance.start()
        wait_until("all cameras run", 30, lambda: all(c["state"] == "running" for c in appliance.cameras().values()))
        time.sleep(seconds)
        meanwhile(appliance)
        shown = appliance.cameras()
        appliance.stop()
        return appliance, shown
    except BaseException:
        appliance.__exit__()
        raise


def ordered(appliance, name, least_s, gap_s=1.5):
    """The recordings decode, their stamps rise, nothing long is missing in them. -> [problem]"""
    paths, problems = appliance.recordings(name), []
    recorded_s = sum(seconds_in(path) for path in paths)
    for path in paths:
        times = clips.frame_times(path)
        hole = max((b - a for a, b in zip(times, times[1:])), default=0)
        if wrong := disorder(path) or clips.complaints(path):
            problems.append(f"{name}: {os.path.basename(path)}: {wrong[:300]}")
        if hole > gap_s:
            problems.append(f"{name}: {os.path.basename(path)}: a hole of {hole:.2f} s")
    print(f"   {name:12} {len(paths)} recordings, {recorded_s:.1f} s", flush=True)
    if recorded_s < least_s:
        problems.append(f"{name}: {recorded_s:.1f} s are recorded, at least {least_s} s should be")
    if len(paths) > 6:
        problems.append(f"{name}: {len(paths)} recordings: each oddity begins a new one")
    return problems


STAMPS = {  # seconds since the stream began -> ticks to add; None: the last stamp again
    "jump-ahead": lambda s: 3600 * TICKS if s > 4 else 0,
    "jump-back": lambda s: -3600 * TICKS if s > 4 else 0,
    "wrap": lambda s: 0,                                       # set below: 32 bits run over after 4 s
    "repeat": lambda s: None if 4 < s < 6 else 0,
    "to-and-fro": lambda s: 10 * TICKS if int(s) % 2 else 0,   # every second ten seconds ahead or back
}


class Wrapping(proxy.Stamps):
    """Begins 4 s before the end of 32 bits, whatever the camera begins with."""

    def __call__(self, packet, channel):
        if channel == 0 and self.first is None:
            self.first = int.from_bytes(packet[4:8], "big")
            begin = (1 << 32) - 4 * TICKS - self.first
            self.how = lambda _: begin
        return super().__call__(packet, channel)


@case("network: RTP time stamps that jump, wrap, repeat or run to and fro leave recordings that play in order")
def rtp_stamps():
    need_gstreamer()
    with tempfile.TemporaryDirectory(prefix="porchlight-network-") as folder:
        camera = GstCamera(folder, "stamps")
        proxies = {}
        try:
            camera.wait_ready()
            for name, how in STAMPS.items():
                proxies[name] = proxy.DamagingProxy(camera.port)
                proxies[name].damage = Wrapping(None) if name == "wrap" else proxy.Stamps(how)
            made = {name: {"source": {"plugin": "ffmpeg", "url": camera.url(port=between.port)}} for name, between in proxies.items()}
            appliance, shown = run_cameras(made, 12)
        finally:
            camera.stop()
            for between in proxies.values():
                between.close()
        try:
            problems = [problem for name in STAMPS for problem in ordered(appliance, name, 9)]
            problems += [f"{name}: {c['state']} {c.get('kind')} {c['reason']}" for name, c in shown.items() if c["state"] != "running"]
            check(not problems, "\n     " + "\n     ".join(problems))
        finally:
            appliance.__exit__()


@case("network: MPEG-TS over HTTP whose 33-bit clock runs over, and begins again with each pass, is recorded in order")
def transport_stream():
    with tempfile.TemporaryDirectory(prefix="porchlight-network-") as folder:
        clip = made_clips.h264(os.path.join(folder, "plain.mp4"), seconds=10)
        stream = os.path.join(folder, "wrap.ts")
        clips.ffmpeg("-i", clip, "-c", "copy", "-output_ts_offset", f"{2**33 / TICKS - 5:.3f}", "-f", "mpegts", stream)
        server = FileCameras(folder, {"wrap.ts": stream})
        try:
            made = {"http-ts": {"source": {"plugin": "ffmpeg", "url": server.http("wrap.ts")}},
                    "file-ts": {"source": {"plugin": "ffmpeg", "url": stream}}}
            appliance, shown = run_cameras(made, 15)
        finally:
            server.stop()
        try:
            problems = [problem for name in made for problem in ordered(appliance, name, 11, 2.5)]
            problems += [f"{name}: {c['state']} {c.get('kind')} {c['reason']}" for name, c in shown.items() if c["state"] != "running"]
            check(not problems, "\n     " + "\n     ".join(problems))
        finally:
            appliance.__exit__()


def streams_of(path):
    text = run("ffprobe", "-v", "error", "-show_entries", "stream=codec_name,width", "-of", "csv=p=0", path).stdout
    return text.split()


@case("network: a stream that changes its size mid-way, AAC kept, other sound encoded to it with one line, redirects followed")
def formats():
    need_gstreamer()
    with tempfile.TemporaryDirectory(prefix="porchlight-network-") as folder:
        sizes = made_clips.two_sizes(os.path.join(folder, "two-sizes.h264"))
        clip, usb = made_clips.h264(os.path.join(folder, "clip.mp4")), made_clips.mjpeg(os.path.join(folder, "usb.avi"))
        server = FileCameras(folder, {"sizes": sizes, "clip": clip, "usb": usb})
        aac, pcmu = GstCamera(folder, "aac", audio="aac"), GstCamera(folder, "pcmu", audio="pcmu", codec="h265")
        try:
            aac.wait_ready(), pcmu.wait_ready()
            urls = {"sizes": server.rtsp("sizes"), "aac": aac.url(), "pcmu": pcmu.url(), "moved-rtsp": server.rtsp("moved/clip"),
                    "moved-http": server.http("moved/usb"), "http-mjpeg": server.http("usb")}
            appliance, shown = run_cameras({name: {"source": {"plugin": "ffmpeg", "url": url}} for name, url in urls.items()}, 12)
        finally:
            server.stop(), aac.stop(), pcmu.stop()
        try:
            problems = [f"{name}: {c['state']} {c['reason']}" for name, c in shown.items() if c["state"] != "running"]
            for name in urls:
                problems += ordered(appliance, name, 9)
            widths = {part for path in appliance.recordings("sizes") for part in streams_of(path)}
            if not {"h264,320", "h264,640"} <= widths:
                problems.append(f"sizes: recorded are {widths}")
            if not any("aac" in part for part in streams_of(appliance.recordings("aac")[0])):
                problems.append(f"aac: the recording has {streams_of(appliance.recordings('aac')[0])}")
            if not any("aac" in part for part in streams_of(appliance.recordings("pcmu")[0])):
                problems.append(f"pcmu: the recording has {streams_of(appliance.recordings('pcmu')[0])}")
            told = [line for line in log_of_daemon(appliance) if "recorded as AAC" in line and "pcmu" in line]
            print(f"   {told}", flush=True)
            if len(told) != 1 or "mu-law 8 kHz mono" not in told[0]:
                problems.append(f"pcmu: {len(told)} lines tell what becomes of its sound: {told}")
            check(not problems, "\n     " + "\n     ".join(problems))
        finally:
            appliance.__exit__()


def log_of_daemon(appliance):
    return appliance.process.log().splitlines()


@case("network: a name that nobody answers for is said so in time, and stopping does not wait for it")
def mute_resolver():
    if os.geteuid() != 0 or run("unshare", "-m", "true").returncode:
        raise Skipped("needs root, to give the daemon a resolver of its own")
    mute = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        mute.bind(("127.0.0.77", 53))  # takes questions and never answers
    except OSError as error:
        raise Skipped(f"port 53 of 127.0.0.77: {error}") from None
    with tempfile.TemporaryDirectory(prefix="porchlight-network-") as folder, mute:
        resolver = os.path.join(folder, "resolv.conf")
        with open(resolver, "w") as file:
            file.write("nameserver 127.0.0.77\n")
        wrapped = os.path.join(folder, "build")
        os.makedirs(os.path.join(wrapped, "bin"))
        script = os.path.join(wrapped, "bin", "porchlightd")
        with open(script, "w") as file:
            file.write(f'#!/bin/sh\nmount --bind {resolver} /etc/resolv.conf && exec {options.build}/bin/porchlightd "$@"\n')
        os.chmod(script, 0o755)
        os.symlink(os.path.join(options.build, "bin", "porchlight"), os.path.join(wrapped, "bin", "porchlight"))
        cameras = {"nameless": {"source": {"plugin": "ffmpeg", "url": "rtsp://viewer:Tangerine7@camera.porchlight-test.example/main"}},
                   "good": {"source": {"plugin": "testpattern"}, "record": RECORD}}
        appliance = Appliance(options.build, cameras)
        real_start, appliance.build = appliance.build, wrapped
        try:
            appliance.process = None
            start_in_own_mounts(appliance, script)
            appliance.build = real_start
            began_at = time.monotonic()
            said = wait_until("the camera says that its name is not answered for", 12,
                              lambda: (lambda c: "name service does not answer" in (c["reason"] or "") and c)(appliance.camera("nameless")))
            print(f"   after {time.monotonic() - began_at:.1f} s: {said['kind']}: {said['reason']}", flush=True)
            time.sleep(16)
            shown = appliance.camera("nameless")
            check(shown["worker"]["starts"] == said["worker"]["starts"], f"its worker was killed for it: {shown['worker']}")
            check(appliance.camera("good")["state"] == "running" and appliance.camera("good")["worker"]["starts"] == 1, "the good camera suffered")
            check("Tangerine7" not in log_of(appliance), "the password stands in the log")
            took_s = appliance.stop()
            print(f"   worker starts {shown['worker']['starts']}; stopped in {took_s:.1f} s", flush=True)
            check(took_s < 5, f"stopping took {took_s:.1f} s")
        finally:
            appliance.build = real_start
            appliance.__exit__()


def start_in_own_mounts(appliance, script):
    """As Appliance.start, in a mount namespace of its own: its resolv.conf is another one."""
    from appliance import Process
    appliance.process = Process(["unshare", "-m", script, "--config", appliance.config], os.path.join(appliance.folder, "daemon.log"),
                                env=appliance.environment)
    appliance.wait_ready()
