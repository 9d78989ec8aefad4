"""What takes the connections of a simulated camera, and how odd ones answer."""
import http.server
import json
import socket
import ssl
import threading
import time
import xml.etree.ElementTree as tree

from onvif_camera.hands import Fault
from onvif_camera.logins import Refused, admit
from onvif_camera.words import SOAP, SPACES


def listen(camera, port):
    class Server(http.server.ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in camera.host else socket.AF_INET
        daemon_threads = True
    server = Server((camera.host, port), type("Handler", (Handler,), {"camera": camera}))
    if camera.certificate:  # (certificate, key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*camera.certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    camera = None

    def log_message(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except (BrokenPipeError, ConnectionResetError):  # who asked has gone
            pass

    def do_GET(self):
        """/control: how the camera is, for tests that are no Python; /still/TOKEN: its picture, for who may come in by HTTP."""
        if self.path.startswith("/still/"):
            return self.send_still()
        if self.path != "/control":
            return self.send_error(404)
        self.send_json(self.camera.state())

    def send_still(self):
        guard = self.camera.guard
        if not guard.admits("GET", self.headers.get("Authorization", ""), self.path):
            return self.send(401, "<html>401</html>", [("WWW-Authenticate", offer) for offer in guard.offers()])
        data = b"\xff\xd8\xff\xd9"
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        return self.wfile.write(data)

    def control(self, body):
        try:
            self.send_json(self.camera.control(json.loads(body)))
        except (ValueError, KeyError, TypeError) as error:
            self.send_error(400, repr(error)[:80])

    def send_json(self, told):
        data = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        camera = self.camera
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/control":
            return self.control(body)
        if camera.is_away():
            self.close_connection = True
            return None
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
            return self.send(400, camera.words.fault("ter:WellFormed", "no request"))
        try:
            if name != "GetSystemDateAndTime" or camera.shape.get("clock_login"):
                admit(camera, envelope, self.headers.get("Authorization", ""), self.path)
            content = camera.answer(space, name, request, envelope, self) if self.is_there(space) else None
        except Refused as refused:
            return self.refuse(refused)
        except Fault as fault:
            return self.send(400 if camera.shape["soap"] == "1.2" else 500, camera.words.fault(fault.code, str(fault)))
        except ConnectionAbortedError:
            self.close_connection = True
            return None
        if content is None:
            return self.send(400 if camera.shape["soap"] == "1.2" else 500, camera.words.fault("ter:ActionNotSupported", "Optional Action Not Implemented", "Receiver"))
        self.send(200, camera.words.envelope(content))

    def is_there(self, space):
        """At this port."""
        camera = self.camera
        version = {"media": 1, "media2": 2}.get(space)
        if camera.shape["xaddr"] == "other-port" and version and self.server is camera.servers[0]:
            return False
        if "/subscription/" in self.path and (camera.shape["events"] or {}).get("port") == "other" and self.server is camera.servers[0]:
            return False
        return version is None or version in camera.shape["media"]

    def refuse(self, refused):
        camera = self.camera
        how, is_stranger = camera.shape["refuses"], "UsernameToken" not in camera.asked[-1]
        offers = [("WWW-Authenticate", offer) for offer in camera.guard.offers()]
        if how == 401:
            return self.send(401, "<html>401</html>", offers)
        if how == 400 and is_stranger:
            return self.send(400, "")
        if how == 500 and is_stranger:
            return self.send(500, camera.words.fault("SOAP-ENV:Server", "Action Failed", "Receiver"))
        self.send(400 if camera.shape["soap"] == "1.2" else 500, camera.words.fault(refused.code, str(refused)), offers)

    def send(self, status, text, fields=()):
        shape, data = self.camera.shape, text.encode()
        try:
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
        except (BrokenPipeError, ConnectionResetError):  # who asked has gone
            self.close_connection = True


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
