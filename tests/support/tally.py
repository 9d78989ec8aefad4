#!/usr/bin/env python3
"""Counts what a test log says: tally.py LOG -> "PASSED FAILED SKIPPED" and a line for each failure and skip.

Understood are Catch2 (2 and 3) summaries inside `ctest -V`, the suites of tests/support/cases.py, and `node --test`.
"""
import re
import sys

CATCH_ALL = re.compile(r"All tests passed \(\d+ assertions? in (\d+) test cases?\)")
CATCH_SOME = re.compile(r"test cases:\s*(\d+)((?:\s*\|\s*\d+ \w+(?: as expected)?)*)")
CTEST = re.compile(r"Test\s+#\d+:\s+(\S+)\s+\.+\s*(?:\*+)?(Passed|Failed|Timeout|Exception|Not Run|Subprocess aborted|\*\*\*\w+)", re.I)
OURS = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$")
NODE = re.compile(r"^(?:#|ℹ) (pass|fail|skipped|cancelled|todo) (\d+)$")
CTEST_PREFIX = re.compile(r"^\d+: ")


def tally(text):
    """-> (passed, failed, skipped, notes)"""
    passed = failed = skipped = 0
    notes, catch_failures = [], 0
    for raw in text.splitlines():
        line = CTEST_PREFIX.sub("", re.sub(r"\x1b\[[0-9;]*m", "", raw)).rstrip()
        if match := CATCH_ALL.search(line):
            passed += int(match.group(1))
        elif match := CATCH_SOME.search(line):
            parts = {word: int(count) for count, word in re.findall(r"(\d+) (\w+)", match.group(2))}
            passed += parts.get("passed", 0)
            failed += parts.get("failed", 0)
            skipped += parts.get("skipped", 0)
            catch_failures += 1 if parts.get("failed") else 0
        elif match := CTEST.search(line):
            if match.group(2) != "Passed":
                notes.append(f"FAIL {match.group(1)}: {match.group(2).strip('*').lower()}")
        elif match := OURS.match(line):
            passed, failed, skipped = passed + int(match.group(1)), failed + int(match.group(2)), skipped + int(match.group(3))
        elif match := NODE.match(line):
            count = int(match.group(2))
            passed += count if match.group(1) == "pass" else 0
            failed += count if match.group(1) in ("fail", "cancelled") else 0
            skipped += count if match.group(1) in ("skipped", "todo") else 0
        elif line.startswith(("FAIL ", "SKIP ", "not ok ")):
            notes.append(line)
    # A program that crashed or timed out has no summary of its own.
    silent = sum(1 for note in notes if note.startswith("FAIL ")) - catch_failures
    if failed == 0 and silent > 0:
        failed = silent
    return passed, failed, skipped, notes


def self_test():
    cases = [
        ("1: All tests passed (10 assertions in 3 test cases)\n1/1 Test #1: unit-a ...........   Passed    0.1 sec", (3, 0, 0)),
        ("test cases: 4 | 3 passed | 1 failed\n1/1 Test #1: unit-a ...........***Failed    0.1 sec", (3, 1, 0)),
        ("test cases: 4 | 2 passed | 1 failed | 1 skipped", (2, 1, 1)),
        ("1/2 Test #1: unit-a ...........***Timeout   9 sec", (0, 1, 0)),
        ("1/2 Test #1: unit-a ...........***Exception: SegFault  0.1 sec", (0, 1, 0)),
        ("FAIL a case: why\n7 passed, 1 failed, 2 skipped", (7, 1, 2)),
        ("# pass 5\n# fail 0\n# skipped 1", (5, 0, 1)),
    ]
    wrong = [(text, tally(text)[:3], want) for text, want in cases if tally(text)[:3] != want]
    for text, got, want in wrong:
        print(f"tally self-test: {text!r}: {got}, should be {want}")
    return 1 if wrong else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test())
    with open(sys.argv[1], encoding="utf-8", errors="replace") as file:
        counts = tally(file.read())
    print(*counts[:3])
    for note in counts[3]:
        print("   ", note[:200])
