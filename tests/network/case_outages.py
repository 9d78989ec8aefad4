"""The outages: each on a camera of its own, in one appliance, beside two cameras that must not notice.

For each: a picture is recorded less than 3 s after the source is good again, the camera is shown well, its recordings are in order.
For the two witnesses: no hole in what they recorded that is longer than one frame interval and 200 ms. Each limit has options.late_s
on top, for a machine that runs all these cameras' encoders beside the appliance.
"""
import dataclasses
import os
import tempfile
import threading
import time
import typing

import clips
import damaging_proxy as proxy
import options
import witness
from appliance import Appliance
from cases import case, check, wait_until
from network_camera import FileCameras, GstCamera, need_gstreamer
from watch import Watch, is_well

RECOVERY_S = 3.0
SEEN_LATER_S = 1.0      # heartbeats and samples come once a second and ten times a second
WITNESS_SLACK_S = 0.2
INTERVAL_S = 0.1
WHILE_IT_STARTS = ("frame_timeout",)   # on a busy machine a camera answers long before it has pictures
SECRET, OTHER_SECRET = "Tangerine7", "Mandarin8"
HEALTH = {"frame_timeout": "2s", "unresponsive_after": "4s", "recovery_cooldown": "1s"}


@dataclasses.dataclass
class Victim:
    """A camera, and what happens to it: break_it(victim) harms it, waits, and returns when it was good again (monotonic)."""
    name: str
    break_it: typing.Callable
    settings: dict = dataclasses.field(default_factory=dict)
    transport: str = "tcp"
    user: str = None
    kinds: tuple = ("connection_error",)   # any of these is right
    is_damaged: bool = False               # what was recorded meanwhile need not decode
    camera: GstCamera = None
    between: proxy.DamagingProxy = None
    begun_at: float = 0
    good_at: float = 0
    error: str = None

    def url(self):
        return self.camera.url(self.user, self.between and self.between.port)


def killed(victim, away_s=4, **changed):
    victim.camera.kill()
    time.sleep(away_s)
    victim.camera.start(**changed)
    return victim.camera.wait_ready()


def replaced(**changed):
    return lambda victim: killed(victim, 0, **changed)


def paused(victim):
    victim.camera.pause()
    time.sleep(20 if options.is_long else 8)
    victim.camera.resume()
    return time.monotonic()


def other_password(victim):
    """As when somebody changes it at the camera, and changes it back."""
    killed(victim, 0, user=f"viewer:{OTHER_SECRET}")
    time.sleep(8)
    return killed(victim, 1, user=f"viewer:{SECRET}")


def damaged(how):
    def break_it(victim):
        victim.between.damage = how
        time.sleep(8)
        victim.between.damage = None
        return time.monotonic()
    return break_it


def hung_up(victim):
    """The connection ends and nothing answers for a while."""
    victim.camera.pause()
    victim.between.drop()
    time.sleep(5)
    victim.camera.resume()
    return time.monotonic()


def victims():
    any_damage = ("buffer_error", "unplayable", "frame_timeout", "connection_error", "low_rate", "frozen_picture")
    silent = ("frame_timeout", "connection_error")
    return [
        Victim("killed-tcp", killed, {"audio": "aac"}),
        Victim("killed-udp", killed, transport="udp", kinds=silent),
        Victim("killed-h265", killed, {"codec": "h265"}),
        Victim("killed-mjpeg", killed, {"codec": "mjpeg"}),
        Victim("paused-tcp", paused, kinds=silent),
        Victim("paused-udp", paused, {"codec": "h265"}, transport="udp", kinds=silent),
        Victim("resized", replaced(size="640x480"), {"audio": "aac"}),
        Victim("recoded", replaced(codec="h265")),
        Victim("password", other_password, {"user": f"viewer:{SECRET}"}, user=f"viewer:{SECRET}", kinds=("auth_refused", "connection_error", "frame_timeout")),
        Victim("garbled", damaged(proxy.garbled), kinds=any_damage, is_damaged=True),
        Victim("truncated", damaged(proxy.truncated), {"codec": "h265"}, kinds=any_damage, is_damaged=True),
        Victim("lossy", damaged(proxy.lost), kinds=any_damage, is_damaged=True),
        Victim("headless", damaged(proxy.headless), {"audio": "aac"}, kinds=any_damage, is_damaged=True),
        Victim("torn", damaged(proxy.torn), kinds=any_damage, is_damaged=True),
        Victim("hung-up", hung_up, kinds=silent),
    ]


def suffer(victim):
    victim.begun_at = time.monotonic()
    try:
        victim.good_at = victim.break_it(victim)
    except Exception as error:  # told by the case, which waits for all
        victim.error = f"{type(error).__name__}: {error}"
        victim.good_at = time.monotonic()


def disorder(path):
    """What is wrong with the order of packets in a recording, or None."""
    text = clips.run("ffprobe", "-v", "error", "-show_entries", "packet=stream_index,dts", "-of", "csv=p=0", path).stdout
    last = {}
    for line in text.split():
        stream, dts = line.split(",")[:2]
        if dts == "N/A" or int(dts) <= last.get(stream, -1 << 62):
            return f"track {stream}: dts {dts} after {last.get(stream)}"
        last[stream] = int(dts)
    return None


def complain(appliance, watch, victim, times):
    """Everything in which the appliance fell short. -> [text]; prints a line of figures"""
    if victim.error:
        return [victim.error]
    back = witness.first_after(times, watch.wall(victim.good_at))
    well = watch.first(victim.name, victim.good_at, is_well)
    kinds = [k for k in watch.seen(victim.name, victim.begun_at, victim.good_at + 1, "kind") if k]
    back_s = None if back is None else back - watch.wall(victim.good_at)
    well_s = None if well is None else well - victim.good_at
    say = lambda value: "-" if value is None else f"{value:.2f} s"
    print(f"   {victim.name:14} recorded again after {say(back_s):>7}, shown well after {say(well_s):>7}; {', '.join(kinds) or 'nothing shown'}", flush=True)
    problems = []
    if back_s is None or back_s > RECOVERY_S + options.late_s:
        problems.append(f"a picture was recorded again after {say(back_s)}")
    if well_s is None or well_s > RECOVERY_S + SEEN_LATER_S + options.late_s:
        problems.append(f"shown well after {say(well_s)}")
    # A camera that is back within its frame_timeout was never seen without a picture.
    is_long = victim.good_at - victim.begun_at > 2
    if is_long and not victim.is_damaged and not any(kind in victim.kinds for kind in kinds):
        problems.append(f"shown as {kinds}, not as {victim.kinds}")
    if kinds and (kinds[0] not in victim.kinds or any(kind not in victim.kinds + WHILE_IT_STARTS for kind in kinds)):
        problems.append(f"shown as {kinds}, right are {victim.kinds}")
    for path in appliance.recordings(victim.name):
        wrong = disorder(path) or (not victim.is_damaged and clips.complaints(path))
        if wrong:
            problems.append(f"{os.path.basename(path)}: {wrong[:300]}")
    return problems


def configuration(rows, watched):
    made = {victim.name: {"source": {"plugin": "ffmpeg", "url": victim.url(), "transport": victim.transport},
                          "record": {"mode": "continuous"}, "health": HEALTH} for victim in rows}
    made["witness-network"] = {"source": {"plugin": "ffmpeg", "url": watched.url()}, "record": {"mode": "continuous"}}
    made["witness-scene"] = {"source": {"plugin": "testpattern", "width": 320, "height": 240, "fps": 10, "figure_every": "0s"},
                             "record": {"mode": "continuous"}}
    return made


def log_of(appliance):
    """What was logged anywhere: the daemon's output and all its log files."""
    text = appliance.process.log()
    for folder, _, names in os.walk(os.path.join(appliance.data, "log")):
        for name in names:
            with open(os.path.join(folder, name), errors="replace") as file:
                text += file.read()
    return text


@case("network: each outage ends within 3 s of the source being good again, and two other cameras record on")
def outages():
    need_gstreamer()
    with tempfile.TemporaryDirectory(prefix="porchlight-network-") as folder:
        rows, watched = victims(), GstCamera(folder, "watched")
        try:
            for victim in rows:
                victim.camera = GstCamera(folder, victim.name, **victim.settings)
            for camera in (watched, *(victim.camera for victim in rows)):
                camera.wait_ready()
            for victim in rows:
                if victim.is_damaged or victim.break_it is hung_up:
                    victim.between = proxy.DamagingProxy(victim.camera.port)
            with Appliance(options.build, configuration(rows, watched)) as appliance:
                watch_outages(appliance, rows)
        finally:
            for victim in rows:
                if victim.camera:
                    victim.camera.stop()
                if victim.between:
                    victim.between.close()
            watched.stop()


def watch_outages(appliance, rows):
    wait_until("all cameras run", 40, lambda: all(is_well(camera) for camera in appliance.cameras().values()))
    time.sleep(2)
    with Watch(appliance) as watch:
        began_at = time.monotonic()
        threads = [threading.Thread(target=suffer, args=(victim,)) for victim in rows]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        time.sleep(RECOVERY_S + 2 * SEEN_LATER_S)
        ended_at = time.monotonic()
    issues = {victim.name: [text for _, alert, text in watch.alerts(victim.name, began_at) if alert == "CAMERA_ISSUE"] for victim in rows}
    appliance.stop()
    problems = [f"the page did not answer: {text}" for _, text in watch.failures[:3]]
    times_shown = [at for at, _ in watch.samples]
    print(f"   the page: {len(times_shown)} answers, {max(b - a for a, b in zip(times_shown, times_shown[1:])):.2f} s apart at most", flush=True)
    for victim in rows:
        times = witness.recorded_times(appliance, victim.name)
        problems += [f"{victim.name}: {text}" for text in complain(appliance, watch, victim, times)]
    refused = [text for text in issues["password"] if text.startswith("auth_refused")]
    print(f"   refused password: {refused}", flush=True)
    if len(refused) != 1 or "401" not in refused[0]:
        problems.append(f"password: {len(refused)} lines tell of the refusal, one is right: {refused}")
    told = log_of(appliance)
    for secret in (SECRET, OTHER_SECRET):
        if secret in told:
            problems.append("a password stands in the log: " + told[max(0, told.index(secret) - 200):][:300])
    for name in ("witness-network", "witness-scene"):
        gap, _ = witness.largest_gap(witness.recorded_times(appliance, name), watch.wall(began_at), watch.wall(ended_at))
        print(f"   {name}: {1000 * gap:.0f} ms at most between two pictures", flush=True)
        if gap > INTERVAL_S + WITNESS_SLACK_S + options.late_s:
            problems.append(f"{name} lost {1000 * gap:.0f} ms")
    check(not problems, "\n     " + "\n     ".join(problems))
