"""Bad input: a clear message with what to do, and the other cameras unharmed."""
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import http.server

import settings
from appliance import Appliance, free_port, run
from cases import Skipped, case, check, wait_until

GOOD = {"source": {"plugin": "testpattern"}, "record": {"mode": "continuous"}}


class NotFound(http.server.BaseHTTPRequestHandler):
    def do_GET(self):  # noqa: N802, the name is given
        self.send_error(404)

    def log_message(self, *_):
        pass


def source(url):
    return {"source": {"plugin": "ffmpeg", "url": url}}


def start_fails(appliance, timeout_s=15):
    """Starts a daemon that must give up. -> what it said"""
    appliance.start(wait=False)
    try:
        code = appliance.process.popen.wait(timeout_s)
    except subprocess.TimeoutExpired:
        raise AssertionError("the daemon runs on: " + appliance.process.log()[-500:]) from None
    check(code not in (0, None) and code > 0, f"exit code {code}: {appliance.process.log()[-500:]}")
    return appliance.process.log()


@case("input: missing file, refused and wrong address, no video, empty clip: each says why, the good camera runs")
def bad_sources():
    folder = tempfile.mkdtemp(prefix="porchlight-e2e-")
    text, empty = os.path.join(folder, "letter.mp4"), os.path.join(folder, "empty.mp4")
    with open(text, "w") as file:
        file.write("Dear camera, this is no video.\n" * 200)
    open(empty, "w").close()
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), NotFound)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    missing = os.path.join(folder, "missing.mp4")
    wrong = {"missing": (missing, "missing.mp4"), "letter": (text, "letter.mp4"), "empty": (empty, "empty.mp4"),
             "refused": (f"rtsp://someone:secret@127.0.0.1:{free_port()}/main", "127.0.0.1"),
             "wrong-path": (f"http://127.0.0.1:{web.server_port}/nothing.mjpeg", "127.0.0.1"),
             "no-host": ("rtsp://no-such-host.invalid/main", "no-such-host")}
    cameras = {name: source(url) for name, (url, _) in wrong.items()}
    try:
        with Appliance(settings.build, {"good": GOOD, **cameras}) as appliance:
            wait_until("the good camera runs", 15, lambda: appliance.camera("good")["state"] == "running")
            for name, (_, named) in wrong.items():
                camera = wait_until(f"{name} has a reason", 25, lambda: (lambda c: c["reason"] and c["state"] != "starting" and c)
                                    (appliance.camera(name)))
                check(named in camera["reason"], f"{name}: the reason does not name {named}: {camera['reason']}")
                check("secret" not in str(camera), f"{name}: the password stands in the state")
                print(f"   {name}: {camera['state']}: {camera['reason']}")
            good = appliance.camera("good")
            check(good["state"] == "running" and good["worker"]["starts"] == 1, f"the good camera: {good}")
            check("secret" not in appliance.process.log(), "the password stands in the log")
            status = appliance.cli("status", "--json")
            check(status.returncode == 1, f"porchlight status: exit code {status.returncode}, should be 1")
    finally:
        web.shutdown()
        shutil.rmtree(folder)


@case("input: a wrong key is named with file, line, column and the nearest name")
def wrong_config():
    appliance = Appliance(settings.build, {"good": GOOD})
    try:
        with open(appliance.config, "w") as file:
            file.write(f"data_dir: {appliance.data}\nweb:\n  port: 8443\n  bnid: 127.0.0.1\nlog_level: loud\n")
        said = appliance.cli("check-config", appliance.config)
        text = said.stdout + said.stderr
        check(said.returncode == 1, f"exit code {said.returncode}: {text}")
        check(f"{appliance.config}:4:" in text and "bind" in text, f"no place or no suggestion: {text}")
        check(f"{appliance.config}:5:" in text, f"the second error is missing: {text}")
        log = start_fails(appliance)
        check(f"{appliance.config}:4:" in log, f"the daemon does not name the place: {log}")
    finally:
        appliance.__exit__()


@case("input: a camera with a wrong configuration is shown, the others run")
def wrong_camera():
    wrong = {"source": {"plugin": "testpattern"}, "record": {"mode": "sometimes"}}
    with Appliance(settings.build, {"good": GOOD, "wrong": wrong}) as appliance:
        wait_until("the good camera runs", 15, lambda: appliance.camera("good")["state"] == "running")
        reason = appliance.camera("wrong")["reason"]
        check("wrong.yaml:" in reason and "mode" in reason, f"reason: {reason}")


@case("input: a port in use names who holds it")
def port_in_use():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        appliance = Appliance(settings.build, {"good": GOOD}, settings={})
        appliance.port = holder.getsockname()[1]
        appliance._write(appliance.config, {"data_dir": appliance.data,
                                            "web": {"port": appliance.port, "bind": "127.0.0.1", "tls": "off"}})
        try:
            log = start_fails(appliance)
            check(str(appliance.port) in log and str(os.getpid()) in log, f"port or holder is not named: {log[-600:]}")
        finally:
            appliance.__exit__()


@case("input: an unusable data directory is named")
def unusable_data():
    appliance = Appliance(settings.build, {"good": GOOD})
    try:
        shutil.rmtree(appliance.data)
        with open(appliance.data, "w") as file:
            file.write("not a folder")
        log = start_fails(appliance)
        check(appliance.data in log, f"the directory is not named: {log[-600:]}")
    finally:
        appliance.__exit__()


@case("input: a data directory of somebody else is named")
def unreadable_data():
    if os.geteuid() != 0:
        raise Skipped("needs root, to run the daemon as nobody")
    appliance = Appliance(settings.build, {"good": GOOD})
    os.chmod(appliance.folder, 0o755)
    os.chmod(appliance.data, 0o700)
    try:
        if run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "test", "-x", f"{settings.build}/bin/porchlightd").returncode:
            raise Skipped("the build is not readable for others")
        done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", f"{settings.build}/bin/porchlightd",
                               "--config", appliance.config], capture_output=True, text=True, timeout=20)
        text = done.stdout + done.stderr
        check(done.returncode > 0 and appliance.data in text and "ermission" in text, f"exit code {done.returncode}: {text[-600:]}")
    finally:
        appliance.__exit__()


def fill(path):
    """Takes all the room there is."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        while os.write(file, b"\0" * 4096):
            pass
    except OSError:
        pass
    finally:
        os.close(file)


@case("input: a full disk at start is said, live goes on")
def full_disk():
    if os.geteuid() != 0:
        raise Skipped("needs root, to mount a small disk")
    appliance = Appliance(settings.build, {"good": GOOD}, settings={"storage": {"min_free_bytes": "1MiB"}})
    if run("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", appliance.data).returncode:
        raise Skipped("tmpfs cannot be mounted here")
    try:
        fill(os.path.join(appliance.data, "filler"))
        appliance.start(wait=False)
        said = lambda: any(word in appliance.process.log().lower() for word in ("full", "no space"))
        wait_until("the log tells that the disk is full", 15, said)
        check(appliance.data in appliance.process.log(), f"the directory is not named: {appliance.process.log()[-600:]}")
        if appliance.process.popen.poll() is None:
            took = appliance.stop()
            check(took < 10, f"stopping took {took:.1f} s")
        else:
            check(appliance.process.popen.returncode > 0, "it gave up, but with exit code 0")
    finally:
        if appliance.process and appliance.process.popen.poll() is None:
            appliance.stop()
        run("umount", appliance.data)
        appliance.__exit__()
