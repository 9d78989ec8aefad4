"""Webhooks before a plain HTTP server of others: several targets, refusals, tests, secrets."""
import http.server
import json
import os
import ssl
import subprocess
import tempfile
import threading

import settings
from appliance import Appliance
from cases import case, check, wait_until

SCENE = {"source": {"plugin": "testpattern", "width": 320, "height": 240, "fps": 10, "figure_every": "4s", "figure_for": "1s"},
         "record": {"mode": "motion", "pre_roll": "1s", "post_roll": "1s"}, "detect": {"event_gap": "1s"}}
TOKEN = "tk-very-secret-4711"


class Service:
    """Python's http.server; `answers` is taken from the front, and the last one stays."""

    def __init__(self, certificate=None):
        self.heard, self.answers = [], [(200, {}, b"thanks")]
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                answer = service.answers.pop(0) if len(service.answers) > 1 else service.answers[0]
                service.heard.append((self.command, self.path, dict(self.headers), body, answer[0]))
                self.send_response(answer[0])
                for name, value in answer[1].items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer[2])))
                self.end_headers()
                self.wfile.write(answer[2])

            do_PUT = do_POST

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def ids(self, status=200):
        return [headers.get("Idempotency-Key") for _, _, headers, _, answered in self.heard if answered == status and "Idempotency-Key" in headers]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def make_certificate(folder):
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
                    "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


@case("webhook: several targets, each told once and in order, through refusals that pass and refusals for good")
def targets():
    with tempfile.TemporaryDirectory(prefix="porchlight-e2e-") as folder:
        certificate = make_certificate(folder)
        plain, safe, strange = Service(), Service(certificate), Service(certificate)
        plain.answers = [(503, {}, b"later"), (429, {"Retry-After": "1"}, b"slowly"), (422, {}, b"this one never"), (200, {}, b"")]
        token_file = os.path.join(folder, "token")
        with open(token_file, "w") as file:
            file.write(TOKEN + "\n")
        alerts = [{"plugin": "webhook", "name": "phone", "url": plain.url + "/hook", "ends": True, "picture": "part"},
                  {"plugin": "webhook", "name": "ntfy", "preset": "ntfy", "url": safe.url + "/topic", "token_file": token_file, "ca_file": certificate[0]},
                  {"plugin": "webhook", "name": "stranger", "url": strange.url + "/hook"}]
        try:
            with Appliance(settings.build, {"porch": SCENE}, settings={"alerts": alerts}, folder=os.path.join(folder, "appliance")) as appliance:
                wait_until("six alerts arrive", 60, lambda: len(plain.ids()) >= 6 and len(safe.ids()) >= 3)
                trial = appliance.cli("alerts", "test", "ntfy")
                check(trial.returncode == 0 and "answered 200: thanks" in trial.stdout, f"{trial.stdout}{trial.stderr}")
                bad = appliance.cli("alerts", "test", "stranger")
                check(bad.returncode == 1 and "certificate" in bad.stdout, f"{bad.stdout}{bad.stderr}")
                check(not strange.heard, "told to a server whose certificate nobody vouches for")
                dead = json.loads(appliance.cli("alerts", "list", "--dead", "--json").stdout)["alerts"]
                check([alert["target"] for alert in dead] == ["phone"] and "422: this one never" in dead[0]["reason"], f"{dead}")
                check(appliance.cli("alerts", "retry", dead[0]["id"], "--target", "phone").returncode == 0, "retry")
                wait_until("the one that was given up arrives", 20, lambda: dead[0]["id"] in plain.ids())
                waiting = {target["name"]: target for target in json.loads(appliance.cli("alerts", "--json").stdout)["targets"]}
                check(waiting["stranger"]["waiting"] > 0, f"{waiting}")
                order = [alert for alert in plain.ids() if alert != dead[0]["id"]]
                check(len(set(order)) == len(order), f"doubles: {order}")
                events = [event["id"] for event in appliance.events()]
                wanted = [f"{event}-{part}" for event in events for part in ("start", "end")]
                check(order == [alert for alert in wanted if alert in order], f"out of order: {order}")
                _, path, headers, body, _ = safe.heard[0]
                check(path == "/topic" and headers["Authorization"] == "Bearer " + TOKEN and body.startswith(b"Motion"), f"{path} {headers} {body}")
                check(any(b"\xff\xd8" in body and b'filename="picture.jpg"' in body for _, _, _, body, _ in plain.heard), "no picture came")
                said = appliance.process.log() + json.dumps(appliance.get("/system")) + trial.stdout
                check(TOKEN not in said, "the token is shown")
        finally:
            for service in (plain, safe, strange):
                service.stop()
