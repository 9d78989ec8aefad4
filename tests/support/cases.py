"""A test runner small enough to read: cases are functions, each says in a line how it went.

    @case("the clip plays")
    def clip_plays(): check(size > 0, "the clip is empty")

    sys.exit(run_cases())

Lines are `ok NAME (1.2 s)`, `FAIL NAME: why`, `SKIP NAME: why`; the last is `N passed, N failed, N skipped`.
"""
import sys
import time
import traceback


class Failed(AssertionError):
    """What a case claims is not so."""


class Skipped(Exception):
    """A case cannot run on this machine; says why."""


class MadeOnce:
    """Made on first use and shared by the cases that ask with get(); what failed to be made fails each of them."""
    _made = None

    @classmethod
    def get(cls):
        if cls._made is None:
            try:
                cls._made = cls()
            except Exception as error:
                cls._made = error
        if isinstance(cls._made, (Failed, Skipped)):
            raise cls._made
        if isinstance(cls._made, Exception):
            raise Failed(f"what the cases share failed: {cls._made}")
        return cls._made


_cases = []


def case(name):
    def add(function):
        _cases.append((name, function))
        return function
    return add


def check(claim, text):
    if not claim:
        raise Failed(text)


def wait_until(what, timeout_s, probe, every_s=0.05):
    """Polls probe() until it returns something true, which is returned. Failed when it takes longer."""
    until = time.monotonic() + timeout_s
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > until:
            raise Failed(f"{what}: not within {timeout_s:g} s")
        time.sleep(every_s)


def run_cases(only=None):
    """Runs all cases (those whose name contains `only`). -> exit code"""
    passed = failed = skipped = 0
    for name, function in _cases:
        if only and only not in name:
            continue
        started = time.monotonic()
        try:
            function()
            passed += 1
            print(f"ok {name} ({time.monotonic() - started:.1f} s)", flush=True)
        except Skipped as why:
            skipped += 1
            print(f"SKIP {name}: {why}", flush=True)
        except Failed as why:
            failed += 1
            print(f"FAIL {name}: {why}", flush=True)
        except Exception as error:  # a case that breaks is a failed case, the others still run
            failed += 1
            print(f"FAIL {name}: {type(error).__name__}: {error}", flush=True)
            traceback.print_exc(file=sys.stdout)
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if failed or not passed + skipped else 0
