"""The device and media services of a simulated camera."""
import datetime

from onvif_camera.words import SPACES


class Streams:
    """**Thread**: any."""

    def __init__(self, camera):
        self.camera, self.shape, self.words = camera, camera.shape, camera.words

    def tt(self, *arguments, **attributes):
        return self.words.element("schema", *arguments, **attributes)

    def profile(self, one, version):
        of = (lambda *a, **k: self.words.element("media2", *a, **k)) if version == 2 else self.tt
        inside = [of("VideoSource" if version == 2 else "VideoSourceConfiguration", [self.tt("Name", one["name"]), self.tt("SourceToken", one["source"])], token="vs")]
        if "codec" in one:
            rate = self.tt("RateControl", [self.tt("FrameRateLimit", one["fps"]), *([] if version == 2 else [self.tt("EncodingInterval", 1)]), self.tt("BitrateLimit", one["kbit"])])
            encoder = [self.tt("Name", "encoder"), self.tt("Encoding", one["codec"]), self.tt("Resolution", [self.tt("Width", one["size"][0]), self.tt("Height", one["size"][1])]), rate]
            more = {"GovLength": one["gop"], "Profile": "Main"} if version == 2 and "GovLength" not in self.shape["leaves_out"] else {}
            if version == 1 and one["codec"] == "H264":
                encoder.append(self.tt("H264", [self.tt("GovLength", one["gop"]), self.tt("H264Profile", "Main")]))
            inside.append(of("VideoEncoder" if version == 2 else "VideoEncoderConfiguration", encoder, token="ve", **more))
        if self.shape["ptz"] and one["token"] in self.shape["ptz"].get("profiles", [one["token"]]):
            inside.append(of("PTZ" if version == 2 else "PTZConfiguration", [self.tt("Name", "ptz"), self.tt("UseCount", 1), self.tt("NodeToken", "node")], token="ptzconf"))
        name = self.words.element("media2" if version == 2 else "schema", "Name", one["name"])
        space = "media2" if version == 2 else "media"
        return self.words.element(space, "Profiles", [name, *([self.words.element("media2", "Configurations", inside)] if version == 2 else inside)], token=one["token"], fixed="true")

    def services(self):
        """-> [(space, path)]"""
        out = [("device", "/onvif/device_service")] + [("media" if v == 1 else "media2", f"/onvif/media{v}_service") for v in self.shape["media"]]
        out += [(name, f"/onvif/{name}_service") for name in ("events", "ptz", "imaging") if self.shape[name]]
        return out + ([("deviceio", "/onvif/deviceio_service")] if self.shape["outputs"] and self.shape["outputs"].get("service") == "deviceio" else [])

    def capabilities(self):
        paths = dict(self.services())
        known = [("device", "Device"), ("events", "Events"), ("imaging", "Imaging"), ("media", "Media"), ("ptz", "PTZ")]
        inside = [self.tt(name, [self.tt("XAddr", self.camera.xaddr(paths[space]))]) for space, name in known if space in paths]
        if "deviceio" in paths:
            inside.append(self.tt("Extension", [self.tt("DeviceIO", [self.tt("XAddr", self.camera.xaddr(paths["deviceio"]))])]))
        return inside

    def time(self):
        now = datetime.datetime.fromtimestamp(self.camera.now(), datetime.timezone.utc)
        utc = self.tt("UTCDateTime", [self.tt("Time", [self.tt("Hour", now.hour), self.tt("Minute", now.minute), self.tt("Second", now.second)]),
                                      self.tt("Date", [self.tt("Year", now.year), self.tt("Month", now.month), self.tt("Day", now.day)])])
        zone = self.tt("TimeZone", [self.tt("TZ", self.shape["time_zone"])]) if self.shape["time_zone"] else ""
        return [self.tt("DateTimeType", "NTP"), self.tt("DaylightSavings", "false"), zone, *([utc] if self.shape["tells_clock"] else [])]

    def answer(self, space, name, request):
        """-> content of the body, or None"""
        if space not in ("device", "media", "media2"):
            return None
        one = lambda *a, **k: self.words.element(space, *a, **k)
        response = lambda *content: one(name + "Response", content)
        version = 2 if space == "media2" else 1
        token = request.findtext(f"{{{SPACES[space]}}}ProfileToken") or ""
        if name.startswith("Get") and name.endswith("Uri") and token not in [profile["token"] for profile in self.shape["profiles"]]:
            self.camera.complaints.append(f"{name}: no profile {token!r}")
        if space == "device":
            if name == "GetSystemDateAndTime":
                return response(one("SystemDateAndTime", self.time()))
            if name == "GetDeviceInformation":
                return response(*(one(key, text) for key, text in self.shape["device"].items()))
            if name == "GetServices" and self.shape["services"]:
                return response(*(one("Service", [one("Namespace", SPACES[s]), one("XAddr", self.camera.xaddr(path)), one("Version", [self.tt("Major", 2), self.tt("Minor", 60)])])
                                  for s, path in self.services()))
            if name == "GetCapabilities" and self.shape["capabilities"] and 1 in self.shape["media"]:
                return response(one("Capabilities", self.capabilities()))
            return None
        if name == "GetProfiles":
            return response(*(self.profile(profile, version) for profile in self.shape["profiles"]))
        if name == "GetStreamUri":
            uri = self.camera.stream(token)
            return response(one("Uri", uri) if version == 2 else one("MediaUri", [self.tt("Uri", uri), self.tt("InvalidAfterConnect", "false"), self.tt("Timeout", "PT0S")]))
        if name == "GetSnapshotUri" and "SnapshotUri" not in self.shape["leaves_out"]:
            uri = f"http://{self.camera.here()}:{self.camera.port}/still/{token}"
            return response(one("Uri", uri) if version == 2 else one("MediaUri", [self.tt("Uri", uri)]))
        return None
