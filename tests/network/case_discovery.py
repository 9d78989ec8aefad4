"""ONVIF cameras on two networks that are not loopback: each in a network namespace, joined by a cable of its own."""
import json
import os
import sys
import tempfile

import options
from appliance import Process, run
from cases import Skipped, case, check, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
NETWORKS = {"Garage": "10.91.1", "Attic": "10.91.2"}


def ip(*arguments):
    done = run("ip", *arguments)
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(arguments)}: {done.stderr}")


def reason_against(prefix):
    """Why network namespaces cannot be had here; empty when they can."""
    if os.geteuid() != 0:
        return "needs root, for network namespaces"
    made = run("ip", "netns", "add", prefix)
    tried = run("ip", "netns", "exec", prefix, "true") if made.returncode == 0 else made
    run("ip", "netns", "del", prefix)
    return f"no network namespaces here: {tried.stderr.strip()}" if tried.returncode else ""


def build(prefix):
    """A namespace for the appliance, one for each camera, a pair of interfaces between. -> names of all namespaces"""
    home = f"{prefix}-home"
    made = [home]
    ip("netns", "add", home)
    for number, (name, network) in enumerate(NETWORKS.items()):
        yard, here, there = f"{prefix}-{name.lower()}", f"{prefix}h{number}", f"{prefix}c{number}"
        ip("netns", "add", yard)
        made.append(yard)
        ip("link", "add", here, "netns", home, "type", "veth", "peer", "name", there, "netns", yard)
        for where, link, address in ((home, here, f"{network}.1/24"), (yard, there, f"{network}.2/24")):
            ip("-n", where, "address", "add", address, "dev", link)
            ip("-n", where, "link", "set", link, "up")
            ip("-n", where, "link", "set", "lo", "up")
    return made


@case("network: ONVIF cameras on two networks in namespaces are found, with a configuration to fill in")
def discovery():
    prefix = f"pl{os.getpid() % 10_000}"
    why_not = reason_against(prefix)
    if why_not:
        raise Skipped(why_not)
    spaces, cameras = [], []
    try:
        spaces = build(prefix)
        with tempfile.TemporaryDirectory(prefix="porchlight-network-") as folder:
            for space, (name, network) in zip(spaces[1:], NETWORKS.items()):
                cameras.append(Process(["ip", "netns", "exec", space, sys.executable, os.path.join(HERE, "onvif_camera.py"), f"{network}.2", name],
                                       os.path.join(folder, name + ".log")))
            for camera in cameras:
                wait_until("the camera listens", 10, lambda: "ready" in camera.log())
            done = run("ip", "netns", "exec", spaces[0], f"{options.build}/bin/porchlight", "sources", "--json", timeout_s=40)
            probes = [camera.log().count("probe from") for camera in cameras]
            for camera in cameras:
                camera.stop()
        check(done.returncode == 0, f"porchlight sources: exit code {done.returncode}: {done.stdout[-400:]}{done.stderr[-400:]}")
        found = [text for text in map(json.dumps, json.loads(done.stdout)["sources"])]
        for name, network in NETWORKS.items():
            mine = [text for text in found if name in text and f"{network}.2" in text]
            print(f"   {name}: {mine[0][:260] if mine else 'not found'}", flush=True)
            check(len(mine) == 1, f"{name} is in the list {len(mine)} times: {found}")
            check("USER:PASSWORD" in mine[0] and "rtsp://" in mine[0], f"no configuration to fill in: {mine[0]}")
        check(all(1 <= count <= 4 for count in probes), f"the cameras were asked {probes} times")
    finally:
        for camera in cameras:
            camera.stop()
        for space in spaces:
            run("ip", "netns", "del", space)
