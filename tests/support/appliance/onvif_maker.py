#!/usr/bin/env python3
"""Plays ONVIF cameras of the shapes in onvif_makers.yaml: device and media services over HTTP, no pictures.

  onvif_maker.py --list
  onvif_maker.py MAKER [--port N] [--host ADDRESS] [--user NAME:PASSWORD]    prints its address, until it is ended

    with Maker("gsoap", user="viewer:secret") as camera:
        ... http://127.0.0.1:{camera.port}/onvif/device_service ...; camera.refused_logins, camera.asked

What it is asked must be SOAP 1.2 in the namespaces of ONVIF, and logins right to the second: it is a judge, too. What somebody
asks wrongly stands in camera.complaints. The refusals that no maker has alone are arguments: locked, and `odd`: off, html, expired, silent, rtsp, huge, deep, doctype.
"""
import argparse
import base64
import datetime
import hashlib
import http.server
import os
import socket
import ssl
import sys
import threading
import time
import xml.etree.ElementTree as tree
from xml.sax.saxutils import escape, quoteattr

import yaml

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from camera_login import Guard  # noqa: E402

SOAP = {"1.2": "http://www.w3.org/2003/05/soap-envelope", "1.1": "http://schemas.xmlsoap.org/soap/envelope/"}
SPACES = {"device": "http://www.onvif.org/ver10/device/wsdl", "media": "http://www.onvif.org/ver10/media/wsdl",
          "media2": "http://www.onvif.org/ver20/media/wsdl", "schema": "http://www.onvif.org/ver10/schema"}
WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
STRICT_S = 5  # how far a login may be from the camera's clock
WAYS = {"digest": ["digest"], "sha256": ["sha256"], "both": ["digest"], "basic": ["basic"]}


def shapes():
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "onvif_makers.yaml"), encoding="utf-8") as file:
        read = yaml.safe_load(file)
    return {name: {**read["defaults"], **shape} for name, shape in read["makers"].items()}


class Refused(Exception):
    """No login, or a wrong one."""

    def __init__(self, text="Sender not Authorized", code="ter:NotAuthorized"):
        super().__init__(text)
        self.code = code


class Maker:
    """A camera on loopback. **Thread**: answers on threads of its own."""

    def __init__(self, name, user="viewer:secret-pass", host="127.0.0.1", port=0, locked=False, odd=None, certificate=None, **changes):
        self.shape = {**shapes()[name], **changes}
        self.user, _, self.password = user.partition(":")
        self.host, self.locked, self.odd, self.certificate = host, locked, odd, certificate
        self.asked, self.complaints, self.refused_logins, self.nonces = [], [], 0, set()
        self.guard = Guard(WAYS.get(self.shape["login"], []), user, nonce_uses=self.shape.get("nonce_uses"))
        self.lock = threading.Lock()
        self.servers = [self.listen(port)]
        if self.shape["xaddr"] == "other-port":
            self.servers.append(self.listen(0))
        self.port = self.servers[0].server_address[1]

    def listen(self, port):
        class Server(http.server.ThreadingHTTPServer):
            address_family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
            daemon_threads = True
        server = Server((self.host, port), type("Handler", (Handler,), {"camera": self}))
        if self.certificate:  # (certificate, key)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return server

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server in self.servers:
            server.shutdown()
            server.server_close()

    def now(self):
        return time.time() + self.shape["clock_s"]

    # What it answers: (element, text | [(element, ...)...], attributes) as XML of its shape.
    def element(self, space, name, content=(), **attributes):
        if name in self.shape["leaves_out"]:
            return ""
        prefix = self.shape["prefixes"][space]
        tag = f"{prefix}:{name}" if prefix else name
        text = content if isinstance(content, Xml) else "".join(content) if isinstance(content, (list, tuple)) else escape(str(content))
        default = "" if prefix else f' xmlns="{SPACES[space]}"'
        return Xml(f"<{tag}{default}" + "".join(f" {key}={quoteattr(str(value))}" for key, value in attributes.items()) + f">{text}</{tag}>")

    def envelope(self, body):
        prefix = self.shape["prefixes"]["envelope"]
        mark = prefix + ":" if prefix else ""
        spaces = "" if self.shape.get("undeclared") else "".join(f' xmlns:{one}="{SPACES[space]}"' for space, one in self.shape["prefixes"].items() if one and space != "envelope")
        own = f' xmlns{":" + prefix if prefix else ""}="{SOAP[self.shape["soap"]]}"' if not self.shape.get("undeclared") else ""
        return self.shape.get("before", "") + f'<?xml version="1.0" encoding="UTF-8"?>\n<{mark}Envelope{own}{spaces}><!-- {mark} --><{mark}Body>{body}</{mark}Body></{mark}Envelope>'

    def fault(self, code, reason, general="Sender"):
        prefix = self.shape["prefixes"]["envelope"]
        mark = prefix + ":" if prefix else ""
        if self.shape["soap"] == "1.1":
            return self.envelope(f"<{mark}Fault><faultcode>{code if ':' in code else mark + 'Client'}</faultcode><faultstring>{escape(reason)}</faultstring></{mark}Fault>")
        return self.envelope(f"<{mark}Fault><{mark}Code><{mark}Value>{mark}{general}</{mark}Value><{mark}Subcode><{mark}Value>{code}</{mark}Value></{mark}Subcode></{mark}Code>"
                             f'<{mark}Reason><{mark}Text xml:lang="en">{escape(reason)}</{mark}Text></{mark}Reason></{mark}Fault>')

    def xaddr(self, path):
        port = self.servers[-1].server_address[1] if "media" in path else self.port
        here = f"[{self.host}]" if ":" in self.host else self.host
        own = f"{'https' if self.certificate else 'http'}://{here}:{port}{path}"
        return {"other-host": f"http://10.98.7.6:80{path}", "ipv6": f"http://[fe80::1]:80{path}", "no-port": f"http://camera.invalid{path}",
                "several": f"http://10.98.7.6:80{path} {own}\n http://[fe80::1]{path}"}.get(self.shape["xaddr"], own)

    def stream(self, token):
        here = f"[{self.host}]" if ":" in self.host else self.host
        return self.shape["stream"].format(host=here, token=token, user=self.user, password=self.password)

    def profile(self, one, version):
        space, of = ("media2", lambda *a, **k: self.element("media2", *a, **k)) if version == 2 else ("media", lambda *a, **k: self.element("schema", *a, **k))
        tt = lambda *a, **k: self.element("schema", *a, **k)
        parts = [tt("Name", one["name"]), tt("SourceToken", one["source"])]
        inside = [of("VideoSource" if version == 2 else "VideoSourceConfiguration", parts, token="vs")]
        if "codec" in one:
            rate = tt("RateControl", [tt("FrameRateLimit", one["fps"]), *([] if version == 2 else [tt("EncodingInterval", 1)]), tt("BitrateLimit", one["kbit"])])
            encoder = [tt("Name", "encoder"), tt("Encoding", one["codec"]), tt("Resolution", [tt("Width", one["size"][0]), tt("Height", one["size"][1])]), rate]
            more = {"GovLength": one["gop"], "Profile": "Main"} if version == 2 and "GovLength" not in self.shape["leaves_out"] else {}
            if version == 1 and one["codec"] == "H264":
                encoder.append(tt("H264", [tt("GovLength", one["gop"]), tt("H264Profile", "Main")]))
            inside.append(of("VideoEncoder" if version == 2 else "VideoEncoderConfiguration", encoder, token="ve", **more))
        name = self.element(space if version == 2 else "schema", "Name", one["name"])
        return self.element(space, "Profiles", [name, *([of("Configurations", inside)] if version == 2 else inside)], token=one["token"], fixed="true")

    def answer(self, space, name, request):
        """-> content of the body"""
        one = lambda *a, **k: self.element(space, *a, **k)
        tt = lambda *a, **k: self.element("schema", *a, **k)
        version = 2 if space == "media2" else 1
        token = request.findtext(f"{{{SPACES[space]}}}ProfileToken") or ""
        if name.startswith("Get") and name.endswith("Uri") and token not in [profile["token"] for profile in self.shape["profiles"]]:
            self.complaints.append(f"{name}: no profile {token!r}")
        response = lambda *content: one(name + "Response", content)
        if name == "GetSystemDateAndTime":
            now = datetime.datetime.fromtimestamp(self.now(), datetime.timezone.utc)
            utc = tt("UTCDateTime", [tt("Time", [tt("Hour", now.hour), tt("Minute", now.minute), tt("Second", now.second)]),
                                     tt("Date", [tt("Year", now.year), tt("Month", now.month), tt("Day", now.day)])])
            return response(one("SystemDateAndTime", [tt("DateTimeType", "NTP"), tt("DaylightSavings", "false"), *([utc] if self.shape["tells_clock"] else [])]))
        if name == "GetDeviceInformation":
            return response(*(one(key, text) for key, text in self.shape["device"].items()))
        if name == "GetServices" and self.shape["services"]:
            listed = [("device", "/onvif/device_service")] + [("media" if v == 1 else "media2", f"/onvif/media{v}_service") for v in self.shape["media"]]
            return response(*(one("Service", [one("Namespace", SPACES[s]), one("XAddr", self.xaddr(path)), one("Version", [tt("Major", 2), tt("Minor", 60)])]) for s, path in listed))
        if name == "GetCapabilities" and self.shape["capabilities"] and 1 in self.shape["media"]:
            return response(one("Capabilities", [tt("Device", [tt("XAddr", self.xaddr("/onvif/device_service"))]), tt("Media", [tt("XAddr", self.xaddr("/onvif/media1_service"))])]))
        if name == "GetProfiles" and space != "device":
            return response(*(self.profile(profile, version) for profile in self.shape["profiles"]))
        if name == "GetStreamUri" and space != "device":
            uri = self.stream(token)
            return response(one("Uri", uri) if version == 2 else one("MediaUri", [tt("Uri", uri), tt("InvalidAfterConnect", "false"), tt("Timeout", "PT0S")]))
        if name == "GetSnapshotUri" and space != "device" and "SnapshotUri" not in self.shape["leaves_out"]:
            uri = f"http://{self.host}:{self.port}/still/{token}"
            return response(one("Uri", uri) if version == 2 else one("MediaUri", [tt("Uri", uri)]))
        return None

    def check_token(self, envelope):
        """True: a right WS-Security login; False: none. Refused: a wrong one."""
        secext, utility = f"{{{WSS}wssecurity-secext-1.0.xsd}}", f"{{{WSS}wssecurity-utility-1.0.xsd}}"
        found = envelope.find(f"{{{SOAP['1.2']}}}Header/{secext}Security/{secext}UsernameToken")
        if found is None or self.shape["login"] in ("none", "digest", "sha256"):
            return False
        user, created = found.findtext(secext + "Username"), found.findtext(utility + "Created") or ""
        nonce = base64.b64decode(found.findtext(secext + "Nonce") or "")
        password = found.find(secext + "Password")
        wanted = base64.b64encode(hashlib.sha1(nonce + created.encode() + self.password.encode()).digest()).decode()
        made = datetime.datetime.fromisoformat(created.replace("Z", "+00:00")).timestamp()
        if self.odd == "expired":
            raise Refused("The message has expired", "wsse:MessageExpired")
        is_right = user == self.user and password is not None and password.text == wanted and password.get("Type", "").endswith("#PasswordDigest")
        if not is_right or nonce in self.nonces or abs(made - self.now()) > STRICT_S:
            raise Refused()
        self.nonces.add(nonce)
        return True

    def admit(self, envelope, authorization, path):
        """Refused, when it may not come in."""
        with self.lock:
            is_login = bool(authorization) or envelope.find(f".//{{{WSS}wssecurity-secext-1.0.xsd}}UsernameToken") is not None
            try:
                if is_login and self.locked:
                    raise Refused("The account is locked")
                if self.shape["login"] == "none" or self.check_token(envelope):
                    return
                if authorization.startswith("Basic"):
                    self.complaints.append("the password came in clear text")
                if self.shape["login"] not in ("token", "basic") and authorization and self.guard.admits("POST", authorization, path):
                    return
                raise Refused()
            except Refused:
                if is_login and not self.guard.is_stale:
                    self.refused_logins += 1
                raise


class Xml(str):
    """Text that is XML already."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    camera = None

    def log_message(self, *_):
        pass

    def do_POST(self):
        camera = self.camera
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with camera.lock:
            camera.asked.append(body.decode(errors="replace"))
        if camera.odd in ODD:
            return ODD[camera.odd](self)
        time.sleep(camera.shape.get("delay_s", 0))
        try:
            envelope = tree.fromstring(body)
            request = envelope.find(f"{{{SOAP['1.2']}}}Body")[0]
            uri, _, name = request.tag[1:].partition("}")
            space = next(key for key, value in SPACES.items() if value == uri)
        except Exception as error:  # noqa: BLE001 - whatever was sent
            camera.complaints.append(f"no request: {error!r}: {body[:200]!r}")
            return self.send(400, camera.fault("ter:WellFormed", "no request"))
        is_media_here = not (camera.shape["xaddr"] == "other-port" and self.server is camera.servers[0])
        version = {"media": 1, "media2": 2}.get(space)
        try:
            if name != "GetSystemDateAndTime" or camera.shape.get("clock_login"):
                camera.admit(envelope, self.headers.get("Authorization", ""), self.path)
        except Refused as refused:
            return self.refuse(refused)
        is_there = space == "device" or (version in camera.shape["media"] and is_media_here)
        content = camera.answer(space, name, request) if is_there else None
        if content is None:
            return self.send(400 if camera.shape["soap"] == "1.2" else 500, camera.fault("ter:ActionNotSupported", "Optional Action Not Implemented", "Receiver"))
        self.send(200, camera.envelope(content))

    def refuse(self, refused):
        how = self.camera.shape["refuses"]
        if how == 401:
            return self.send(401, "<html>401</html>", [("WWW-Authenticate", offer) for offer in self.camera.guard.offers()])
        if how == 400 and "UsernameToken" not in self.camera.asked[-1]:
            return self.send(400, "")
        if how == 500 and "UsernameToken" not in self.camera.asked[-1]:
            return self.send(500, self.camera.fault("SOAP-ENV:Server", "Action Failed", "Receiver"))
        self.send(400 if self.camera.shape["soap"] == "1.2" else 500, self.camera.fault(refused.code, str(refused)),
                  [("WWW-Authenticate", offer) for offer in self.camera.guard.offers()])

    def send(self, status, text, fields=()):
        shape, data = self.camera.shape, text.encode()
        self.send_response(status)
        self.send_header("Content-Type", shape["type"])
        for name, value in fields:
            self.send_header(name, value)
        if shape["transfer"] == "length":
            self.send_header("Content-Length", str(len(data)))
        elif shape["transfer"] == "chunked":
            self.send_header("Transfer-Encoding", "chunked")
            sizes = range(0, len(data), 300)
            data = b"".join(b"%X;x=1\r\n%s\r\n" % (len(data[i:i + 300]), data[i:i + 300]) for i in sizes) + b"0\r\nX-Trailer: 1\r\n\r\n"
        else:
            self.close_connection = True
        self.end_headers()
        step = 200 if shape.get("drip_s") else len(data) or 1
        for at in range(0, len(data), step):
            self.wfile.write(data[at:at + step])
            self.wfile.flush()
            time.sleep(shape.get("drip_s", 0))


def plain(handler, status, text):
    handler.close_connection = True
    handler.wfile.write(f"HTTP/1.0 {status}\r\nContent-Type: text/html\r\n\r\n{text}".encode())


def silent(handler):
    time.sleep(30)


# Whatever they are asked.
ODD = {"off": lambda handler: plain(handler, "404 Not Found", "<html><h1>404</h1></html>"),
       "html": lambda handler: plain(handler, "200 OK", "<html><body>Web viewer<br></body></html>"),
       "rtsp": lambda handler: handler.wfile.write(b"RTSP/1.0 400 Bad Request\r\nCSeq: 0\r\n\r\n"),
       "huge": lambda handler: plain(handler, "200 OK", "<a>" + "x" * (2 << 20)),
       "deep": lambda handler: plain(handler, "200 OK", "<a>" * 5000),
       "doctype": lambda handler: plain(handler, "200 OK", '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>'),
       "silent": silent}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("maker", nargs="?")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--user", default="viewer:secret-pass")
    arguments = parser.parse_args()
    if arguments.list or not arguments.maker:
        print("\n".join(shapes()))
        return
    with Maker(arguments.maker, arguments.user, arguments.host, arguments.port) as camera:
        print(f"http://{camera.host}:{camera.port}/onvif/device_service", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
