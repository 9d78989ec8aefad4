#!/usr/bin/env python3
"""The checks of the dashboard in headless Chromium against a running appliance.

  run.py '{"url": "http://127.0.0.1:8443", "username": "admin", "password": "..."}'
  BASE_URL=... USER=... PASSWORD=... run.py

Fetches the driver (npm ci) when the lock file changed. Exit status and output are those of run.mjs.
"""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = {"url": "BASE_URL", "username": "USER", "password": "PASSWORD", "out": "OUT", "checks": "CHECKS", "export": "EXPORT", "resolve": "RESOLVE"}


def fetch_driver():
    lock = os.path.join(HERE, "package-lock.json")
    stamp = os.path.join(HERE, "node_modules", ".fetched")
    if os.path.exists(stamp) and os.path.getmtime(stamp) >= os.path.getmtime(lock):
        return
    subprocess.run(["npm", "ci", "--loglevel=error"], cwd=HERE, check=True, stdout=sys.stderr)
    open(stamp, "w").close()


def main():
    told = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}
    environment = dict(os.environ, **{NAMES[key]: str(value) for key, value in told.items() if key in NAMES})
    fetch_driver()
    return subprocess.run(["node", os.path.join(HERE, "run.mjs")], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
