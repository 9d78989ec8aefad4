#!/usr/bin/env python3
"""A camera that gives one JPEG at a time, and everything such cameras do wrong. On loopback; prints `ready rtsp=0 http=PORT`.

  still_server.py [--port N] [--user USER:PASSWORD] A.jpg B.jpg ...

/new.jpg       the next picture at each question, with ETag and Last-Modified; 304 to who has it
/same.jpg      always the first, the same way: 304
/dated.jpg     always the first, with Last-Modified only
/unmarked.jpg  always the first, without either
/basic/ /md5/ /sha256/ before one of these: asks for user and password
/page /stream /large /endless /half /broken /hang /drip /status/CODE /turns (good and damaged by turns) /marked-turns (good, twice damaged, with ETag) /fails (good once) /vast.jpg
/moved /loop /away /down redirects: to /new.jpg, to itself, to another host, to a file; /next/PORT/PATH: to that port
/log           what was asked: a JSON list of [path, status, the If-None-Match and Authorization it came with]
"""
import argparse
import email.utils
import hashlib
import http.server
import json
import sys
import time

from camera_login import Guard

DATE = email.utils.formatdate(1_700_000_000, usegmt=True)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    pictures, guards, log, turn = [], {}, [], 0

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", kind="image/jpeg", length=None, **headers):
        """`length` None: the body's own; -1: none, the connection ends it."""
        Handler.log.append([self.path, status, self.headers.get("If-None-Match", ""), self.headers.get("Authorization", "")])
        self.send_response(status)
        if status != 304:
            self.send_header("Content-Type", kind)
        if length == -1:
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = self.close_connection or length is not None

    def asked(self):
        """How often for this path, before."""
        return sum(path == self.path for path, *_ in Handler.log)

    def picture(self, number, marks=("ETag", "Last-Modified")):
        body = self.pictures[number % len(self.pictures)]
        values = {"ETag": f'"{hashlib.md5(body).hexdigest()}"', "Last-Modified": DATE}
        asked = self.headers.get("If-None-Match") if "ETag" in marks else self.headers.get("If-Modified-Since")
        sent = {name.replace("-", "_"): values[name] for name in marks}
        if marks and asked == values[marks[0]]:
            return self.answer(304, **sent)
        self.answer(200, body, **sent)

    def do_GET(self):
        parts = self.path.strip("/").split("/")
        if parts[0] in ("basic", "md5", "sha256"):
            guard = self.guards[parts[0]]
            if not guard.admits("GET", self.headers.get("Authorization", ""), self.path):
                return self.answer(401, b"<html>who are you?</html>", "text/html", WWW_Authenticate=guard.offers()[0])
            parts = parts[1:]
        whole = self.pictures[0]
        if parts[0] == "new.jpg":
            Handler.turn += 1
            self.picture(Handler.turn)
        elif parts[0] == "turns":
            self.answer(200, whole if self.asked() % 2 == 0 else whole[:len(whole) // 2])
        elif parts[0] == "marked-turns":
            good = self.asked() % 3 == 0
            if self.headers.get("If-None-Match") == f'"{good}"':
                return self.answer(304)
            self.answer(200, whole if good else whole[:len(whole) // 2], ETag=f'"{good}"')
        elif parts[0] == "fails":
            self.answer(200, *((b"<html>no</html>", "text/html") if self.asked() else (whole,)))
        elif parts[0] in ("same.jpg", "dated.jpg", "unmarked.jpg"):
            self.picture(0, {"same.jpg": ("ETag", "Last-Modified"), "dated.jpg": ("Last-Modified",), "unmarked.jpg": ()}[parts[0]])
        elif parts[0] == "page":
            self.answer(200, b"<html>please wait, the camera starts</html>", "text/html")
        elif parts[0] == "stream":
            self.answer(200, b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + whole, "multipart/x-mixed-replace; boundary=frame", -1)
        elif parts[0] == "large":
            self.answer(200, whole, length=9 << 20)
        elif parts[0] == "endless":
            self.answer(200, whole[:-2], length=-1)
            for _ in range(20):
                self.wfile.write(bytes(1 << 20))
        elif parts[0] == "half":
            self.answer(200, whole[:len(whole) // 2])
        elif parts[0] == "broken":
            self.answer(200, whole[:len(whole) // 2], length=len(whole))
        elif parts[0] == "vast.jpg":
            at = whole.index(b"\xff\xc0") + 5
            self.answer(200, whole[:at] + (4000).to_bytes(2, "big") + (6000).to_bytes(2, "big") + whole[at + 4:])
        elif parts[0] in ("hang", "drip"):
            self.answer(200, whole[:100], length=len(whole))
            for byte in whole[100:130]:
                time.sleep(1)
                if parts[0] == "drip":
                    self.wfile.write(bytes([byte]))
        elif parts[0] == "status":
            self.answer(int(parts[1]), b"<html>no</html>", "text/html")
        elif parts[0] in ("moved", "loop", "away", "down"):
            port = self.server.server_address[1]
            to = {"moved": "/new.jpg", "loop": "/loop", "away": f"http://127.0.0.2:{port}/new.jpg", "down": "file:///etc/passwd"}
            self.answer(302, Location=to[parts[0]])
        elif parts[0] == "next":
            self.answer(302, Location=f"http://127.0.0.1:{parts[1]}/" + "/".join(parts[2:]))
        elif parts[0] == "log":
            self.answer(200, json.dumps(Handler.log).encode(), "application/json")
        else:
            self.answer(404, b"<html>not here</html>", "text/html")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", nargs="+")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--user", default="viewer:secret")
    arguments = parser.parse_args()
    for path in arguments.pictures:
        with open(path, "rb") as file:
            Handler.pictures.append(file.read())
    Handler.guards = {way: Guard([way], arguments.user, "still") for way in ("basic", "md5", "sha256")}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", arguments.port), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # a client that hangs up is no error here
    print(f"ready rtsp=0 http={server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
