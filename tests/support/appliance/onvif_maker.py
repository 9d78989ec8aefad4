#!/usr/bin/env python3
"""Plays ONVIF cameras of the shapes in onvif_makers.yaml: all their services over HTTP, no pictures.

  onvif_maker.py --list
  onvif_maker.py MAKER [--port N] [--host ADDRESS] [--user NAME:PASSWORD]    prints its address, until it is ended
  onvif_maker.py --all      plays them all at once: a line "MAKER ADDRESS" each, then an empty one

    with Maker("gsoap", user="viewer:secret") as camera:
        ... http://127.0.0.1:{camera.port}/onvif/device_service ...
        camera.detect("person", True)        # as the maker says it (onvif_topics.yaml)
        camera.refused_logins, camera.asked, camera.performed, camera.events.subscriptions, camera.complaints

What it is asked must be SOAP 1.2 in the namespaces of ONVIF, and logins right to the second: it is a judge, too. What somebody
asks wrongly stands in camera.complaints. The refusals that no maker has alone are arguments: locked, and `odd`: off, html, expired, silent, rtsp, huge, deep, doctype.

Who is no Python has GET /control (the counts, what was performed, complaints) and POST /control, without a login: {"detect": LABEL, "on": true},
{"tell": TOPIC, "data": {NAME: VALUE}, "source": {...}, "operation": "Changed"}, {"away_s": 5} (no answers), {"forget": true} (subscriptions), {"shape": {...}} (changes).
"""
import argparse
import os
import sys
import threading
import time

import yaml

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from camera_login import Guard  # noqa: E402
from onvif_camera import door  # noqa: E402
from onvif_camera.events import Events  # noqa: E402
from onvif_camera.hands import Hands  # noqa: E402
from onvif_camera.logins import WAYS  # noqa: E402
from onvif_camera.streams import Streams  # noqa: E402
from onvif_camera.words import Words  # noqa: E402


def read(name):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), encoding="utf-8") as file:
        return yaml.safe_load(file)


def shapes():
    """Maker -> its shape, complete."""
    told = read("onvif_makers.yaml")
    defaults = told["defaults"]

    def complete(shape):
        parts = {key: {**defaults[key], **shape[key]} for key in ("events", "ptz", "imaging", "outputs") if shape.get(key) and defaults[key]}
        return {**defaults, **shape, **parts}
    return {name: complete(shape) for name, shape in told["makers"].items()}


class Maker:
    """A camera on loopback. **Thread**: answers on threads of its own."""

    def __init__(self, name, user="viewer:secret-pass", host="127.0.0.1", port=0, locked=False, odd=None, certificate=None, **changes):
        self.shape = {**shapes()[name], **changes}
        self.user, _, self.password = user.partition(":")
        self.host, self.locked, self.odd, self.certificate = host, locked, odd, certificate
        self.asked, self.complaints, self.performed, self.refused_logins, self.nonces = [], [], [], 0, set()
        self.guard = Guard(WAYS.get(self.shape["login"], []), user, nonce_uses=self.shape.get("nonce_uses"))
        self.lock, self.words, self.away_until = threading.Lock(), Words(self.shape), 0.0
        self.dialect = read("onvif_topics.yaml")[(self.shape["events"] or {}).get("dialect", "standard")]
        self.events, self.hands, self.streams = Events(self), Hands(self), Streams(self)
        for one in self.dialect.values():  # what it can say, it says at the beginning of a subscription
            if one.get("is_state", True):
                self.events.states[one["topic"], tuple(one.get("source", {}).items()), (one["item"],)] = (one["topic"], one.get("source", {}), self.data_of(one, False))
        self.servers = [door.listen(self, port)]
        if self.shape["xaddr"] == "other-port" or (self.shape["events"] or {}).get("port") == "other":
            self.servers.append(door.listen(self, 0))
        self.port = self.servers[0].server_address[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.events.forget()
        for server in self.servers:
            server.shutdown()
            server.server_close()

    def now(self):
        return time.time() + self.shape["clock_s"]

    def is_away(self):
        return time.monotonic() < self.away_until

    def restart(self, away_s=1.0):
        """Takes no questions for a while, and knows no subscription after it."""
        self.away_until = time.monotonic() + away_s
        self.events.forget()

    def here(self):
        return f"[{self.host}]" if ":" in self.host else self.host

    def xaddr(self, path, is_other_port=False):
        is_other_port |= self.shape["xaddr"] == "other-port" and "media" in path
        port = self.servers[-1].server_address[1] if is_other_port else self.port
        own = f"{'https' if self.certificate else 'http'}://{self.here()}:{port}{path}"
        return {"other-host": f"http://10.98.7.6:80{path}", "ipv6": f"http://[fe80::1]:80{path}", "no-port": f"http://camera.invalid{path}",
                "several": f"http://10.98.7.6:80{path} {own}\n http://[fe80::1]{path}"}.get(self.shape["xaddr"], own)

    def stream(self, token):
        return self.shape["stream"].format(host=self.here(), token=token, user=self.user, password=self.password)

    @staticmethod
    def data_of(one, is_on):
        words = one.get("words", ["false", "true"])
        return {**one.get("data", {}), **({one["item"]: words[is_on]} if one["item"] else {})}

    def detect(self, label, is_on=True):
        """KeyError: its maker has no word for it."""
        one = self.dialect[label]
        self.events.tell(one["topic"], self.data_of(one, is_on), one.get("source", {}), one.get("operation", "Changed"), one.get("is_state", True))

    def tell(self, topic, data, source=None, operation="Changed"):
        self.events.tell(topic, data, source, operation)

    def answer(self, space, name, request, envelope, handler):
        """-> content of the body, or None"""
        for content in (self.events.answer(space, name, request, envelope, handler.path), self.hands.answer(space, name, request), self.streams.answer(space, name, request)):
            if content is not None:
                return content
        return None

    def state(self):
        with self.lock:
            return {"asked": len(self.asked), "refused_logins": self.refused_logins, "complaints": self.complaints, "performed": self.performed, "clock_s": self.shape["clock_s"],
                    "subscriptions": len(self.events.alive()), "subscriptions_made": self.events.made, "pulls": self.events.pulls, "renewals": self.events.renewals,
                    "presets": self.hands.presets, "outputs": self.hands.outputs, "cut_filter": self.hands.cut_filter, "is_moving": self.hands.is_moving(),
                    "says": list(self.dialect) if self.shape["events"] else [], "shape": {key: self.shape[key] for key in ("login", "profiles", "events", "ptz", "imaging", "outputs", "keyframes", "restarts", "takes_time", "tells_clock")}}

    def control(self, wanted):
        if "detect" in wanted:
            self.detect(wanted["detect"], wanted.get("on", True))
        if "tell" in wanted:
            self.tell(wanted["tell"], wanted["data"], wanted.get("source"), wanted.get("operation", "Changed"))
        if "away_s" in wanted:
            self.restart(wanted["away_s"])
        if wanted.get("forget"):
            self.events.forget()
        for name, value in wanted.get("shape", {}).items():
            (self.shape[name].update if isinstance(self.shape.get(name), dict) else lambda new, name=name: self.shape.__setitem__(name, new))(value)
        return self.state()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("maker", nargs="?")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--user", default="viewer:secret-pass")
    arguments = parser.parse_args()
    address = lambda camera: f"http://{camera.here()}:{camera.port}/onvif/device_service"
    if arguments.all:
        cameras = [(name, Maker(name, arguments.user, arguments.host)) for name in shapes()]
        print("\n".join(f"{name} {address(camera)}" for name, camera in cameras) + "\n", flush=True)
        threading.Event().wait()
    if arguments.list or not arguments.maker:
        print("\n".join(shapes()))
        return
    with Maker(arguments.maker, arguments.user, arguments.host, arguments.port) as camera:
        print(address(camera), flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
