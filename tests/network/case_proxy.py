"""Real reverse proxies with the lines of docs/reverse-proxy.md: login, streams, addresses, at the root and below a path."""
import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.parse

import options
from appliance import PASSWORD, ROOT, Appliance, Process, free_port
from browsing import drive, need_browser
from cases import Skipped, case, check, wait_until

CLIENT = "127.0.0.2"  # another address than the proxy's
MODULES = "/usr/lib/apache2/modules"


def program(name):
    found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
    if not found:
        raise Skipped(f"{name} is not installed")
    return found


def documented(heading, language):
    """The first block of that language below the heading of docs/reverse-proxy.md."""
    with open(os.path.join(ROOT, "docs/reverse-proxy.md")) as file:
        part = file.read().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.search(rf"```{language}\n(.*?)```", part, re.S).group(1)


def make_certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                    "/CN=porch.example.org", "-keyout", f"{folder}/porch.key", "-out", f"{folder}/porch.pem"], check=True, capture_output=True)


def localized(text, folder, port, appliance_port):
    return (text.replace("/etc/ssl/", folder + "/").replace("127.0.0.1:8443", f"127.0.0.1:{appliance_port}")
            .replace("listen 443", f"listen 127.0.0.1:{port}").replace("*:443", f"127.0.0.1:{port}"))


def start_nginx(folder, port, appliance_port, heading):
    text = documented("nginx", "nginx")
    if heading != "nginx":
        text = re.sub(r"    location / \{.*?\n    \}\n", lambda _: documented(heading, "nginx"), text, flags=re.S)
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    config = f"{folder}/nginx.conf"
    with open(config, "w") as file:
        file.write(f"pid {folder}/nginx.pid;\nerror_log stderr;\ndaemon off;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}"
                   + localized(text, folder, port, appliance_port) + "}\n")
    return Process([program("nginx"), "-p", folder, "-c", config, "-e", "stderr"], f"{folder}/proxy.log")


def start_caddy(folder, port, appliance_port, site):
    name = "home.example.org" if site else "porch.example.org"
    block = re.search(rf"^{re.escape(name)} \{{\n.*?^\}}\n", documented("Caddy", ""), re.S | re.M).group(0)
    block = block.replace(name + " {", f"https://{name}:{port} {{\n    bind 127.0.0.1\n    tls {folder}/porch.pem {folder}/porch.key", 1)
    config = f"{folder}/Caddyfile"
    with open(config, "w") as file:
        file.write("{\n    admin off\n    auto_https disable_redirects\n}\n" + localized(block, folder, port, appliance_port))
    environment = dict(os.environ, XDG_DATA_HOME=folder, XDG_CONFIG_HOME=folder, HOME=folder)
    return Process([program("caddy"), "run", "--config", config, "--adapter", "caddyfile"], f"{folder}/proxy.log", env=environment)


def start_apache(folder, port, appliance_port, _):
    modules = "".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so\n" for name in
                      ("mpm_event", "authz_core", "proxy", "proxy_http", "headers", "ssl", "socache_shmcb") if os.path.exists(f"{MODULES}/mod_{name}.so"))
    config = f"{folder}/apache.conf"
    with open(config, "w") as file:
        file.write(f"ServerRoot {folder}\nPidFile {folder}/apache.pid\nErrorLog {folder}/apache.log\nListen 127.0.0.1:{port}\n{modules}"
                   f"DefaultRuntimeDir {folder}\nServerName porch.example.org\n" + localized(documented("Apache", "apache"), folder, port, appliance_port))
    return Process([program("apache2"), "-DFOREGROUND", "-f", config], f"{folder}/proxy.log")


class Browser:
    """Speaks HTTPS with the proxy as a browser does that knows nothing of what is behind it."""

    def __init__(self, port, url):
        self.port, self.host, self.path = port, urllib.parse.urlsplit(url).hostname, urllib.parse.urlsplit(url).path
        self.cookie = None
        self.tls = ssl.create_default_context()
        self.tls.check_hostname, self.tls.verify_mode = False, ssl.CERT_NONE

    def ask(self, method, path, body=None, headers=None):
        """-> the answer, its body not read"""
        raw = socket.create_connection(("127.0.0.1", self.port), 10, source_address=(CLIENT, 0))
        connection = http.client.HTTPConnection(self.host, timeout=10)
        connection.sock = self.tls.wrap_socket(raw, server_hostname=self.host)
        sent = {"Host": self.host, **(headers or {})}
        if body is not None:
            sent.update({"Content-Type": "application/json", "Origin": f"https://{self.host}", "Sec-Fetch-Site": "same-origin"})
        if self.cookie:
            sent["Cookie"] = self.cookie
        connection.request(method, self.path + path, None if body is None else json.dumps(body), sent)
        return connection.getresponse()

    def wait_ready(self, proxy):
        until = time.monotonic() + 15
        while time.monotonic() < until and proxy.popen.poll() is None:
            try:
                if self.ask("GET", "/healthz").status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        check(False, "the proxy did not answer:\n" + proxy.log()[-1500:])


def judge(browser, appliance):
    answer = browser.ask("POST", "/api/v1/login", {"username": "admin", "password": PASSWORD})
    cookie = answer.getheader("Set-Cookie") or ""
    check(answer.status == 204, f"login: {answer.status} {answer.read()[:200]}")
    check(cookie.endswith("; Secure"), f"cookie: {cookie}")
    browser.cookie = cookie.split(";")[0]
    row = json.loads(browser.ask("GET", "/api/v1/audit?action=login").read())["audit"][0]
    check(row["address"] == CLIENT, f"the audit log saw {row['address']}, not {CLIENT}")
    page = browser.ask("GET", "/").read().decode()
    for asset in re.findall(r'(?:src|href)="([^"]+)"', page):
        check(not asset.startswith("/") and browser.ask("GET", "/" + asset).status == 200, f"{asset} of the page")
    for path, sign in (("/api/v1/stream", b"event: hello"), ("/api/v1/cameras/porch/live.mjpeg", b"\xff\xd9")):
        began, answer, seen = time.monotonic(), browser.ask("GET", path), b""
        while sign not in seen and time.monotonic() - began < 8:
            seen += answer.read1(65536)
        check(sign in seen, f"{path}: nothing within 8 s")
        print(f"   {path}: {time.monotonic() - began:.1f} s", flush=True)
    socket = browser.ask("GET", "/api/v1/live", headers={"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
                                                       "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Origin": f"https://{browser.host}"})
    check(socket.status == 101 and socket.getheader("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
          f"a WebSocket: {socket.status} {socket.read1(200)}")
    change = browser.ask("PUT", "/api/v1/cameras/porch/detect", {"enabled": True})
    check(change.status == 200, f"a change: {change.status} {change.read()[:200]}")
    browser.cookie = None
    click = browser.ask("GET", "/api/v1/events/0123456789abcdef/clip.mp4", headers={"Sec-Fetch-Mode": "navigate"})
    there = urllib.parse.urljoin(f"https://{browser.host}{browser.path}/api/v1/events/0123456789abcdef/clip.mp4", click.getheader("Location") or "")
    check(click.status == 303 and there == f"https://{browser.host}{browser.path}/#/event/0123456789abcdef", f"a link: {click.status} {there}")


def look(browser, appliance):
    """With Chromium."""
    wait_until("a closed event with a thumbnail", 60, lambda: any(event["state"] == "closed" and event["thumbnail_url"] for event in appliance.events()), 0.5)
    url = f"https://{browser.host}{browser.path}"
    drive(appliance, "paths", url=url, resolve=f"MAP {browser.host}:443 127.0.0.1:{browser.port}")


def run_behind(start, which, url, judge=judge):
    with tempfile.TemporaryDirectory(prefix="porchlight-proxy-") as folder:
        make_certificate(folder)
        port = free_port()
        web = {"port": free_port(), "bind": "127.0.0.1", "tls": "off", "url": url, "trusted_proxies": ["127.0.0.1"]}
        proxy = start(folder, port, web["port"], which)
        try:
            camera = {"porch": {"source": {"plugin": "testpattern", "figure_every": "10s", "figure_for": "4s"}, "detect": {"event_gap": "1s"}, "record": {"pre_roll": "1s", "post_roll": "1s"}}}
            with Appliance(options.build, camera, settings={"web": web}, port=web["port"]) as appliance:
                appliance.login()
                browser = Browser(port, url)
                browser.wait_ready(proxy)
                judge(browser, appliance)
        finally:
            proxy.stop()


@case("network: behind the proxy nginx, at the root")
def nginx():
    run_behind(start_nginx, "nginx", "https://porch.example.org")


@case("network: behind the proxy nginx, below a path")
def nginx_below():
    run_behind(start_nginx, "nginx, below a path", "https://porch.example.org/porch")


@case("network: below a path of a proxy the dashboard showed no thumbnails and played no clips")
def nginx_pictures():
    need_browser()
    run_behind(start_nginx, "nginx, below a path", "https://home.example.org/porch", look)


@case("network: behind the proxy Caddy, at the root")
def caddy():
    run_behind(start_caddy, "", "https://porch.example.org")


@case("network: behind the proxy Caddy, below a path")
def caddy_below():
    run_behind(start_caddy, "below", "https://home.example.org/porch")


@case("network: behind the proxy Apache")
def apache():
    run_behind(start_apache, "", "https://porch.example.org")
