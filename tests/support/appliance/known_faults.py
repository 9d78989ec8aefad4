"""The tally of suites that judge many things: a line for each, as cases.py tells a case, and the faults of the product that are known.

    report = Report("servers", KnownFaults("expected.yaml", lambda entry, server: server in entry["servers"]))
    found = report.known.sorted_out("vlc", complaints)   # [(question, text)]
    report.tell("vlc", found)
    sys.exit(report.end())

An entry of the file: `questions` that are answered wrongly, `why`, and whom it concerns, in words of the suite. May have `says` (words of the complaint;
one of other words is new), `hides` (nothing else can be asked meanwhile), `is_seldom` (it depends on the moment, and need not be seen again).
"""
import dataclasses

import yaml


@dataclasses.dataclass
class Sorted:
    """What is to be said of one that was judged."""
    new: list      # [(question, text)]
    seen: list     # entries, seen once more
    unseen: list   # entries that should have been


class KnownFaults:
    """The known faults, and whether each was seen again."""

    def __init__(self, path, concerns):
        """`concerns(entry, subject)`: whether a subject may have the fault."""
        self.concerns = concerns
        with open(path, encoding="utf-8") as file:
            self.entries = yaml.safe_load(file) or []
        for entry in self.entries:
            entry["asked"] = entry["seen"] = 0

    @staticmethod
    def covers(entry, complaint):
        question, text = complaint
        return question in entry["questions"] and entry.get("says", "") in text

    def sorted_out(self, subject, complaints, can_show=True):
        """-> Sorted. `can_show`: one that never shows a picture shows no fault either."""
        mine = [entry for entry in self.entries if self.concerns(entry, subject)]
        seen = [entry for entry in mine if any(self.covers(entry, complaint) for complaint in complaints)]
        if hiding := [entry for entry in seen if entry.get("hides")]:
            mine = seen = hiding
        for entry in mine:
            entry["asked"] += can_show
        for entry in seen:
            entry["seen"] += 1
        new = [] if hiding else [complaint for complaint in complaints if not any(self.covers(entry, complaint) for entry in seen)]
        return Sorted(new, seen, [entry for entry in mine if entry not in seen and not entry.get("is_seldom")])

    def gone(self):
        """Those that nobody showed."""
        return [entry for entry in self.entries if entry["asked"] and not entry["seen"] and not entry.get("is_seldom")]


class Report:
    """Counts. **Thread**: of whoever tells, one at a time."""

    def __init__(self, suite, known, is_quiet=False):
        self.suite, self.known, self.is_quiet = suite, known, is_quiet
        self.passed = self.failed = self.skipped = 0

    def say(self, line):
        if not self.is_quiet:
            print(line, flush=True)

    def skip(self, name, why):
        self.skipped += 1
        self.say(f"SKIP {self.suite}: {name}: {why}")

    def fail(self, name, why):
        self.failed += 1
        self.say(f"FAIL {self.suite}: {name}: {why}")

    def tell(self, name, found, more=""):
        if found.new:
            self.fail(name, "; ".join(f"{question}: {text}" for question, text in found.new))
        elif found.seen:
            self.skip(name, "known: " + "; ".join(entry["why"] for entry in found.seen))
        else:
            self.passed += 1
            self.say(f"ok {self.suite}: {name}{more}")

    def end(self):
        """-> exit code"""
        self.say(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 1 if self.failed or not self.passed + self.skipped else 0
