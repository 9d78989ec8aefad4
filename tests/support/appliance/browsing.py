"""Drives the dashboard in headless Chromium for the cases (tests/e2e/browser/run.mjs)."""
import json
import os
import shutil
import subprocess
import sys

from appliance import PASSWORD, TESTS
from cases import Failed, Skipped

BROWSER = os.path.join(TESTS, "e2e", "browser")


def need_browser():
    if not shutil.which("chromium") or not shutil.which("npm"):
        raise Skipped("chromium or npm is not installed")


def reason_first(stdout, stderr):
    """What a failed run said, the line that tells why at the front: logs and lists are cut at their end."""
    lines = [line for line in stderr.splitlines() + stdout.splitlines() if line.strip()]
    why = next((line for line in lines if line.startswith("FAILED")), "")
    rest = [line for line in lines if line != why]
    return "\n   ".join([why or "the browser's run ended without saying why"] + rest)[:3000]


def node(*command, timeout_s, **options):
    """Runs a script of the browser's; its lines are shown. Failed with its reason first."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, **options)
    except subprocess.TimeoutExpired as late:
        said = [(text or b"").decode(errors="replace") for text in (late.stdout, late.stderr)]
        raise Failed(f"not done within {timeout_s} s\n   " + reason_first(*said)) from None
    if done.returncode != 0:
        raise Failed(reason_first(done.stdout, done.stderr))
    print("".join(f"   {line}\n" for line in done.stdout.splitlines()), end="")


def drive(appliance, checks, folder=None, **more):
    """The checks of tests/e2e/browser/run.mjs against a running appliance; `more`: for single checks."""
    told = {"url": f"http://127.0.0.1:{appliance.port}", "username": "admin", "password": PASSWORD, "out": folder or appliance.folder,
            "checks": checks, **more}
    node(sys.executable, os.path.join(BROWSER, "run.py"), json.dumps(told), timeout_s=400)


def fetch_driver():
    """The browser's driver, where a script is started without run.py."""
    sys.path.insert(0, BROWSER)
    import run
    run.fetch_driver()
