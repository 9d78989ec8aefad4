"""The camera hangs up again and again: the worker comes back each time, and neither it nor the core grows."""
import tempfile
import time

import options
import processes
from appliance import Appliance
from cases import case, check, wait_until
from damaging_proxy import DamagingProxy
from network_camera import GstCamera, need_gstreamer

SETTINGS = {"tcp-aac": {"audio": "aac"}, "h265": {"codec": "h265"}, "mjpeg": {"codec": "mjpeg"}, "digest": {"user": "viewer:Tangerine7"}}
HEALTH = {"frame_timeout": "3s", "max_consecutive_failures": 100}  # no climbing: the same process is to live through all
GROWTH_BYTES = 2 << 20    # of resident memory over all reconnects: what a heap may still spread
WARM_UP = 5               # reconnects until memory counts


def look_at(appliance):
    """-> {process: {"rss_bytes", "descriptors", "threads"}} of the core and of each worker"""
    found = {"core": processes.look(appliance.pid)}
    for name, camera in appliance.cameras().items():
        found[name] = processes.look(camera["worker"]["pid"])
    return found


@case("network: reconnects cost neither memory nor descriptors")
def reconnects():
    need_gstreamer()
    rounds = options.reconnects
    with tempfile.TemporaryDirectory(prefix="porchlight-network-") as folder:
        cameras = {name: GstCamera(folder, name, **settings) for name, settings in SETTINGS.items()}
        proxies = {}
        try:
            for name, camera in cameras.items():
                camera.wait_ready()
                proxies[name] = DamagingProxy(camera.port)
            made = {name: {"source": {"plugin": "ffmpeg", "url": camera.url(camera.settings.get("user"), proxies[name].port)},
                           "record": {"mode": "motion", "pre_roll": "3s"}, "health": HEALTH} for name, camera in cameras.items()}
            with Appliance(options.build, made) as appliance:
                before, after = reconnect(appliance, proxies, rounds)
        finally:
            for camera in cameras.values():
                camera.stop()
            for proxy in proxies.values():
                proxy.close()
    problems = []
    for name, now in after.items():
        was = before[name]
        print(f"   {name:8} {rounds} reconnects: RSS {was['rss_bytes'] / 1e6:.1f} -> {now['rss_bytes'] / 1e6:.1f} MB,"
              f" descriptors {was['descriptors']} -> {now['descriptors']}, threads {was['threads']} -> {now['threads']}", flush=True)
        if now["rss_bytes"] - was["rss_bytes"] > GROWTH_BYTES:
            problems.append(f"{name} grew by {(now['rss_bytes'] - was['rss_bytes']) / 1e6:.1f} MB")
        if now["descriptors"] > was["descriptors"] + 2 or now["threads"] > was["threads"] + 1:
            problems.append(f"{name}: {was} became {now}")
    check(not problems, "\n     " + "\n     ".join(problems))


def reconnect(appliance, proxies, rounds):
    """Hangs up on all cameras `rounds` times. -> what the processes were like after the warm-up, and at the end"""
    all_run = lambda: all(c["state"] == "running" and c["packet_age_us"] is not None for c in appliance.cameras().values())
    wait_until("all cameras run", 30, all_run)
    pids = {name: camera["worker"]["pid"] for name, camera in appliance.cameras().items()}
    before = None
    for number in range(rounds + WARM_UP):
        known = {name: proxy.connections for name, proxy in proxies.items()}
        for proxy in proxies.values():
            proxy.drop()
        # A camera that answers is connected to once per outage: no storm.
        wait_until(f"reconnect {number}: all are back", 20, lambda: all(p.connections > known[n] for n, p in proxies.items()), 0.02)
        time.sleep(0.7)
        if number == WARM_UP - 1:
            wait_until("all cameras run", 15, all_run)
            time.sleep(2)
            before = look_at(appliance)
    wait_until("all cameras run", 15, all_run)
    time.sleep(3)
    after = look_at(appliance)
    now = {name: camera["worker"]["pid"] for name, camera in appliance.cameras().items()}
    check(now == pids, f"workers were replaced: {pids} became {now}")
    return before, after
