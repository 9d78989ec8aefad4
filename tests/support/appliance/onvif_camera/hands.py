"""What a simulated camera can be told to do: move, presets, outputs, infrared, time, restart, keyframes.

camera.performed lists what was done: (name, {argument: value}).
"""
import datetime
import threading
import time

from onvif_camera.words import SPACES

TT = f"{{{SPACES['schema']}}}"


class Fault(Exception):
    """The camera does not do it."""

    def __init__(self, code, reason):
        super().__init__(reason)
        self.code = code


def seconds_in(duration):
    """Of PT3S, PT1.5S, PT1M."""
    if not duration or not duration.startswith("PT"):
        raise Fault("ter:InvalidArgVal", f"no duration: {duration}")
    rest, total = duration[2:], 0.0
    for unit, factor in (("H", 3600), ("M", 60), ("S", 1)):
        number, found, after = rest.partition(unit)
        if found:
            total, rest = total + float(number) * factor, after
    return total


class Hands:
    """**Thread**: any."""

    def __init__(self, camera):
        self.camera, self.shape, self.words = camera, camera.shape, camera.words
        self.lock = threading.Lock()
        self.presets = {str(token): name for token, name in (self.shape["ptz"] or {}).get("presets", {}).items()}
        self.cut_filter = (self.shape["imaging"] or {}).get("filter", "AUTO")
        self.outputs = {str(one): False for one in (self.shape["outputs"] or {}).get("tokens", [])}
        self.moving_until, self.speed = 0.0, None

    def is_moving(self):
        return time.monotonic() < self.moving_until

    def did(self, what, /, **arguments):
        with self.camera.lock:
            self.camera.performed.append((what, arguments))

    def answer(self, space, name, request):
        """-> content of the body, or None. Raises Fault."""
        act = {"ptz": self.ptz, "imaging": self.imaging, "device": self.device, "deviceio": self.device,
               "media": self.media, "media2": self.media}.get(space)
        found = act(space, name, lambda path: request.findtext("/".join(f"{{{SPACES[space]}}}{one}" if i == 0 else TT + one for i, one in enumerate(path.split("/")))), request) if act else None
        return None if found is None else self.words.element(space, name + "Response", found)

    def tt(self, *arguments, **attributes):
        return self.words.element("schema", *arguments, **attributes)

    def media(self, space, name, text, _):
        if name != "SetSynchronizationPoint" or not self.shape["keyframes"]:
            return None
        if text("ProfileToken") not in [one["token"] for one in self.shape["profiles"]]:
            raise Fault("ter:NoProfile", "no such profile")
        self.did("keyframe", profile=text("ProfileToken"))
        return []

    def node(self):
        shape, spaces = self.shape["ptz"], []
        low, high = shape.get("speeds", [-1, 1])
        limits = lambda axis: self.tt(axis + "Range", [self.tt("Min", low), self.tt("Max", high)])
        if shape.get("pans", True):
            spaces.append(self.tt("ContinuousPanTiltVelocitySpace", [self.tt("URI", "http://www.onvif.org/ver10/tptz/PanTiltSpaces/VelocityGenericSpace"), limits("X"), limits("Y")]))
        if shape.get("zooms", True):
            spaces.append(self.tt("ContinuousZoomVelocitySpace", [self.tt("URI", "http://www.onvif.org/ver10/tptz/ZoomSpaces/VelocityGenericSpace"), limits("X")]))
        return [self.tt("Name", "node"), self.tt("SupportedPTZSpaces", spaces), self.tt("MaximumNumberOfPresets", shape.get("most", 16)),
                self.tt("HomeSupported", "true" if shape.get("home", True) else "false")]

    def ptz(self, space, name, text, request):
        shape = self.shape["ptz"]
        if not shape:
            return None
        one = lambda *a, **k: self.words.element("ptz", *a, **k)
        if name == "GetNodes":
            return [one("PTZNode", self.node(), token="node", FixedHomePosition="false")]
        if text("ProfileToken") not in shape.get("profiles", [profile["token"] for profile in self.shape["profiles"]]):
            raise Fault("ter:NoProfile", "no such profile")
        if name == "ContinuousMove":
            return self.move(text, request)
        if name == "Stop":
            self.moving_until = 0.0
            self.did("stop")
            return []
        if name == "GetPresets":
            with self.lock:
                return [one("Preset", [self.tt("Name", preset)], token=token) for token, preset in self.presets.items()]
        if name == "SetPreset":
            return self.save(text("PresetToken"), text("PresetName") or "")
        if name in ("GotoPreset", "RemovePreset"):
            token = text("PresetToken")
            with self.lock:
                if token not in self.presets:
                    raise Fault("ter:NoToken", "no such preset")
                if name == "RemovePreset":
                    del self.presets[token]
            self.did("go_to_preset" if name == "GotoPreset" else "remove_preset", token=token)
            return []
        if name in ("GotoHomePosition", "SetHomePosition") and shape.get("home", True):
            self.did("go_home" if name == "GotoHomePosition" else "set_home")
            return []
        return None

    def move(self, text, request):
        shape, (low, high) = self.shape["ptz"], self.shape["ptz"].get("speeds", [-1, 1])
        pan, zoom = request.find(f"{{{SPACES['ptz']}}}Velocity/{TT}PanTilt"), request.find(f"{{{SPACES['ptz']}}}Velocity/{TT}Zoom")
        speed = [float(pan.get("x")) if pan is not None else 0.0, float(pan.get("y")) if pan is not None else 0.0, float(zoom.get("x")) if zoom is not None else 0.0]
        if (pan is not None and not shape.get("pans", True)) or (zoom is not None and not shape.get("zooms", True)):
            raise Fault("ter:SpaceNotSupported", "this axis does not move")
        if any(not low <= one <= high for one in speed):
            raise Fault("ter:InvalidVelocity", "out of the range")
        timeout = text("Timeout")
        if timeout and shape.get("no_timeout"):
            raise Fault("ter:TimeoutNotSupported", "the timeout is not supported")
        self.speed, self.moving_until = speed, time.monotonic() + (seconds_in(timeout) if timeout else 3600)
        self.did("move", pan=speed[0], tilt=speed[1], zoom=speed[2], lasts_s=seconds_in(timeout) if timeout else None)
        return []

    def save(self, token, name):
        with self.lock:
            if token and token not in self.presets:
                raise Fault("ter:NoToken", "no such preset")
            if not token and len(self.presets) >= self.shape["ptz"].get("most", 16):
                raise Fault("ter:TooManyPresets", "too many presets")
            token = token or next(str(number) for number in range(1, 1000) if str(number) not in self.presets)
            self.presets[token] = name
        self.did("save_preset", token=token, name=name)
        return [self.words.element("ptz", "PresetToken", token)]

    def imaging(self, space, name, text, request):
        if not self.shape["imaging"]:
            return None
        if text("VideoSourceToken") not in [profile["source"] for profile in self.shape["profiles"]]:
            raise Fault("ter:NoSource", "no such source")
        if name == "GetImagingSettings":
            parts = [self.tt("Brightness", 50), self.tt("Exposure", [self.tt("Mode", "AUTO")])]
            return [self.words.element("imaging", "ImagingSettings", parts + ([self.tt("IrCutFilter", self.cut_filter)] if self.cut_filter else []))]
        if name == "SetImagingSettings":
            wanted = text("ImagingSettings/IrCutFilter")
            if wanted not in self.shape["imaging"].get("takes", ["ON", "OFF", "AUTO"]):
                raise Fault("ter:SettingsInvalid", "no such setting")
            self.cut_filter = wanted
            self.did("cut_filter", value=wanted)
            return []
        return None

    def device(self, space, name, text, request):
        outputs = self.shape["outputs"]
        if outputs and outputs.get("service", "device") == space:
            if name == "GetRelayOutputs":
                inside = [self.tt("Properties", [self.tt("Mode", "Bistable"), self.tt("DelayTime", "PT0S"), self.tt("IdleState", "open")])]
                return [self.words.element(space, "RelayOutputs", inside, token=token) for token in self.outputs]
            if name == "SetRelayOutputState":
                token, state = text("RelayOutputToken"), text("LogicalState")
                if token not in self.outputs or state not in ("active", "inactive"):
                    raise Fault("ter:RelayToken", "no such output")
                self.outputs[token] = state == "active"
                self.did("output", token=token, is_on=state == "active")
                return []
        if space != "device":
            return None
        if name == "SystemReboot" and self.shape["restarts"]:
            self.did("restart")
            threading.Timer(0.05, self.camera.restart).start()
            return [self.words.element("device", "Message", "Rebooting in 30 seconds")]
        if name == "SetSystemDateAndTime" and self.shape["takes_time"]:
            return self.set_time(text)
        return None

    def set_time(self, text):
        if text("DateTimeType") != "Manual" or text("DaylightSavings") not in ("true", "false"):
            raise Fault("ter:InvalidArgVal", "no time")
        if self.shape["time_zone"] and text("TimeZone/TZ") != self.shape["time_zone"]:
            raise Fault("ter:InvalidTimeZone", "a time zone is needed")
        number = lambda path: int(text("UTCDateTime/" + path))
        wanted = datetime.datetime(*(number("Date/" + one) for one in ("Year", "Month", "Day")), *(number("Time/" + one) for one in ("Hour", "Minute", "Second")),
                                   tzinfo=datetime.timezone.utc)
        self.shape["clock_s"] = wanted.timestamp() - time.time()
        self.did("time", clock_s=self.shape["clock_s"])
        return []
