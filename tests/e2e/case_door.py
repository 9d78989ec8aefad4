"""The way in: crowds of strangers, plain HTTP where TLS is spoken, certificates that are not ours."""
import contextlib
import http.client
import json
import os
import socket
import ssl
import subprocess
import threading
import time

import settings
from appliance import Appliance
from cases import case, check, wait_until

TLS = ssl._create_unverified_context()  # noqa: S323, the certificate is the appliance's own


class SecureAppliance(Appliance):
    """An appliance that speaks HTTPS, as one does that nobody configured."""
    scheme = "https"

    def __init__(self, build, cameras, web=None):
        super().__init__(build, cameras)
        with open(self.config) as file:
            main = json.load(file)
        main["web"] = {"port": self.port, "bind": "127.0.0.1", **(web or {})}
        self._write(self.config, main)

    def connect(self, timeout_s):
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout_s, context=TLS)


def connect(port, source, secure):
    plain = socket.create_connection(("127.0.0.1", port), 10, source_address=(source, 0))
    return TLS.wrap_socket(plain) if secure else plain


class Crowd:
    """Connections that stay as they are; who is closed comes again. Two threads."""

    def __init__(self, port, sources, count, speaks):
        self.port, self.sources, self.speaks = port, sources, speaks
        self.open = [None] * count
        self.is_over = False
        self.opened = self.failed = 0
        self.threads = [threading.Thread(target=self.run, args=(half,), daemon=True) for half in range(2)]
        for thread in self.threads:
            thread.start()

    def run(self, half):
        while not self.is_over:
            for number in range(half, len(self.open), 2):
                if self.is_over:
                    return
                self.tend(number)
                time.sleep(0.002)

    def tend(self, number):
        try:
            if self.open[number] is None:
                self.open[number] = connect(self.port, self.sources[number % len(self.sources)], self.speaks)
                self.opened += 1
                if self.speaks:
                    self.open[number].sendall(b"GET / HTTP/1.1\r\nHost: a\r\n")
            elif self.speaks:
                self.open[number].sendall(b"X-Slow: 1\r\n")
            else:
                self.open[number].setblocking(False)
                if self.open[number].recv(1) == b"":
                    raise ConnectionError("closed")
        except BlockingIOError:
            pass
        except OSError:
            self.failed += 1
            if self.open[number] is not None:
                self.open[number].close()
            self.open[number] = None

    def end(self):
        self.is_over = True
        for thread in self.threads:
            thread.join()
        for one in self.open:
            if one is not None:
                one.close()


def page_views(appliance, count):
    """GET /cameras on a new connection each. -> sorted milliseconds"""
    took = []
    for _ in range(count):
        began = time.monotonic()
        status, _, _ = appliance.request("GET", "/api/v1/cameras")
        check(status == 200, f"GET /cameras: {status}")
        took.append(1000 * (time.monotonic() - began))
    return sorted(took)


def p99(took):
    return took[int(len(took) * 0.99) - 1]


@case("door: strangers in crowds, silent or slow, from one address or fifty, keep nobody from the dashboard")
def crowds():
    crowds = {"80 silent from 2 addresses": ([f"127.0.0.{n}" for n in (2, 3)], 80, False),
              "500 slow headers from 1 address": (["127.0.0.4"], 500, True),
              "500 slow headers from 50 addresses": ([f"127.0.1.{n}" for n in range(1, 51)], 500, True)}
    with SecureAppliance(settings.build, {"porch": {"source": {"plugin": "testpattern"}}}) as appliance:
        appliance.login()
        quiet = page_views(appliance, 50)
        print(f"   alone: median {quiet[25]:.0f} ms, p99 {p99(quiet):.0f} ms")
        for name, (sources, count, speaks) in crowds.items():
            crowd = Crowd(appliance.port, sources, count, speaks)
            try:
                # Not all at once: the test's own threads make them one after the other.
                wait_until("the crowd stands", 60, lambda: crowd.opened >= min(count, 400))
                took = page_views(appliance, 50)
                web = appliance.get("/system")["web"]
            finally:
                crowd.end()
            print(f"   {name}: median {took[25]:.0f} ms, p99 {p99(took):.0f} ms, {web['connections']} open, {crowd.failed} closed meanwhile")
            # A machine that is busy with other things is slow alone, too.
            check(p99(took) < max(300, 5 * p99(quiet)), f"{name}: p99 {p99(took):.0f} ms, alone {p99(quiet):.0f} ms")
        problems = appliance.get("/system")["problems"]
        check(any("127.0.0.4" in problem for problem in problems), f"nobody is told of the crowd: {problems}")


@case("door: plain HTTP where TLS is spoken is told where to go")
def plain_http():
    with SecureAppliance(settings.build, {}) as appliance:
        connection = http.client.HTTPConnection("127.0.0.1", appliance.port, timeout=5)
        connection.request("GET", "/events?camera=porch")
        answer = connection.getresponse()
        check(answer.status == 308, f"status {answer.status}")
        check(answer.getheader("Location") == f"https://127.0.0.1:{appliance.port}/events?camera=porch", f"{answer.getheaders()}")
        connection.close()


def make_pair(folder, days):
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
    os.makedirs(folder, exist_ok=True)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", str(days),
                    "-subj", "/CN=porch.example"], check=True, capture_output=True, timeout=30)
    return certificate, key


def served_by(port):
    with contextlib.closing(connect(port, "127.0.0.1", True)) as wire:
        return ssl.DER_cert_to_PEM_cert(wire.getpeercert(True))


def read(path):
    with open(path) as file:
        return file.read()


@case("door: an owner's certificate is served, never overwritten, taken again when it changes, and its end is told")
def own_certificate():
    with SecureAppliance(settings.build, {}) as appliance:
        appliance.stop()
        certificate, key = make_pair(os.path.join(appliance.data, "tls"), 29)
        before = read(certificate), read(key)
        appliance.start()
        check(served_by(appliance.port) == before[0], "the owner's certificate is not served")
        check((read(certificate), read(key)) == before, "the owner's files were changed")
        check(any(certificate in problem for problem in appliance.get("/system")["problems"]), "its end is not told")
        check("certificate" in appliance.cli("doctor").stdout, "the doctor does not tell of it")
        make_pair(os.path.dirname(key), 300)
        wait_until("the renewed pair is served", 15, lambda: served_by(appliance.port) == read(certificate))
        with open(key, "w") as file:
            file.write("no key at all\n")
        wait_until("the broken key is told", 15, lambda: any("key.pem" in problem for problem in appliance.get("/system")["problems"]))
        check(served_by(appliance.port) == read(certificate), "the good pair from before is not served on")
        appliance.stop()
        appliance.start()
        check("Porchlight" in subprocess.run(["openssl", "x509", "-noout", "-subject"], input=served_by(appliance.port), text=True,
                                             capture_output=True, check=True).stdout, "no pair of its own is served")
        check(read(key) == "no key at all\n", "the owner's key was overwritten")


@case("door: web.certificate and web.key are served and reloaded")
def configured_certificate():
    appliance = SecureAppliance(settings.build, {})
    certificate, key = make_pair(os.path.join(appliance.folder, "mine"), 300)
    with open(appliance.config) as file:
        main = json.load(file)
    main["web"].update(certificate=certificate, key=key)
    appliance._write(appliance.config, main)
    with appliance:
        check(served_by(appliance.port) == read(certificate), "web.certificate is not served")
        make_pair(os.path.dirname(key), 200)
        wait_until("the renewed pair is served", 15, lambda: served_by(appliance.port) == read(certificate))
