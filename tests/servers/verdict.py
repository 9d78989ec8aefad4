"""What an owner would ask of a camera that somebody else's server plays.

    complaints, told = Verdict(course, evidence).all()   # [(question, text)], a line of figures

Questions: start, rate, plays, stream, length, pictures, sound, second, told, back, ledger, state.
"""
import dataclasses
import subprocess

import ledger
import witness
from appliance import seconds_of
from footage_file import SLACK, File, tone_hz

START_S = 12.0       # from the appliance's start, with all the other cameras, to a picture in a recording
BACK_S = 5.0         # from listening again to a picture in a recording, if the row says nothing else
TOLD_S = 3.0         # from the end of a connection to a state that says so
CLOCK_S = 1.5        # between two clocks that tell of the same footage
SHORT_S = 1.5        # a file may end this much before the server's end, or its sound before its pictures; servers begin with as much at once
HOLE_S = 1.5         # beyond the interval: without a recorded picture while a second client comes and goes
SHORT_FILE_S = 3.0   # is not asked for its sound
LOST = 0.1           # of the pictures of a clip that is played as it is
CLIP_HZ = (400, 560)   # of the tone in a clip (material.py), with its beeps; of others that tick anything must be heard
KINDS = ["connection_error", "frame_timeout"]
PAUSE_CAUSES = {"connection_lost", "no_frames", "starting"}
RECORDED = {"mjpeg": "h264"}   # the appliance encodes it


@dataclasses.dataclass
class Evidence:
    """What the appliance showed and kept. Wall times."""
    started_at: float    # of the daemon
    samples: list        # [(time, camera as the API shows it)]
    coverage: dict       # None: `coverage_error` says why
    coverage_error: str
    rows: list           # [(path, began, ended)]
    log: list            # the daemon's lines that name it


class Verdict:
    def __init__(self, course, evidence):
        self.row, self.course, self.evidence, self.complaints = course.server.row, course, evidence, []
        self.plays, self.rate_hz = course.plays, self.row.get("rate_hz", 10)
        self.files = [(File(path), began, ended) for path, began, ended in evidence.rows]
        self.times = sorted(began + at - file.times["video"][0][0] for file, began, _ in self.files for at, _ in file.times["video"])
        self.figures = []

    def say(self, question, text):
        self.complaints.append((question, text))

    def files_of(self, play):
        """Those that began while it served."""
        until = next((other.ready_at for other in self.plays if other.ready_at > play.ready_at), float("inf"))
        return [(file, began, ended) for file, began, ended in self.files if play.ready_at - CLOCK_S < began < until - CLOCK_S and file.pictures]

    def times_of(self, play):
        return sorted(began + at - file.times["video"][0][0] for file, began, _ in self.files_of(play) for at, _ in file.times["video"])

    def shown(self, since, until):
        return [(at, camera) for at, camera in self.evidence.samples if since <= at < until]

    # -- start and rate --------------------------------------------------------------------------------------------

    def starts(self):
        first = witness.first_after(self.times, self.evidence.started_at)
        if first is None:
            camera = self.evidence.samples[-1][1]
            return self.say("start", f"nothing was recorded; it is {camera['state']}, {camera['kind']}: {camera['reason']}")
        took_s = first - self.evidence.started_at
        self.figures.append(f"start {took_s:.1f} s")
        if took_s > START_S:
            self.say("start", f"the first picture is recorded {took_s:.1f} s after the daemon's start")

    def rate(self):
        last = self.shown(self.plays[0].ready_at, self.plays[0].ended_at)[-1][1]
        self.figures.append(f"{last['rate_hz']:.1f} pictures/s")
        if abs(last["rate_hz"] - self.rate_hz) > self.row.get("rate_slack", 0.1) * self.rate_hz + 0.4:
            self.say("rate", f"{last['rate_hz']:.1f} pictures/s are told, it plays {self.rate_hz}")

    # -- files -----------------------------------------------------------------------------------------------------

    def plays_well(self):
        for file, _, _ in self.files:
            if wrong := file.said or file.decoding() or ("" if file.pictures else "no picture in it"):
                where = ", its last picture" if self.begins_well(file) else ""
                return self.say("plays", f"{file.name}{where}: {wrong[:200]}")

    @staticmethod
    def begins_well(file):
        """Whether all but its last picture decode."""
        ffmpeg, several = ["ffmpeg", "-v", "error", "-nostdin"], file.pictures > 1
        begin = [*ffmpeg, "-i", file.path, "-map", "0:v", "-c", "copy", "-frames:v", str(file.pictures - 1), "-f", "nut", "-"]
        first = subprocess.run(begin, capture_output=True, timeout=60).stdout if several else b""
        done = subprocess.run([*ffmpeg, "-xerror", "-i", "-", "-enc_time_base", "-1", "-f", "null", "-"], input=first, capture_output=True, timeout=60)
        return several and not done.returncode and not done.stderr

    def stream(self):
        """Codec and size are what was served, before the change and after it."""
        for play in self.plays:
            words = self.row[play.which]
            codec = RECORDED.get(words["codec"], words["codec"]).replace("h265", "hevc")
            found = self.files_of(play)
            if not found:
                self.say("stream", f"no file of the {'changed' if play.which == 'then' else 'first'} stream")
            for file, _, _ in found:
                video = file.streams["video"]
                has = f"{video['codec_name']} {video['width']}x{video['height']}"
                if has != f"{codec} {words['size']}":
                    return self.say("stream", f"{file.name} has {has}, {words['codec']} {words['size']} was served")

    def length(self):
        slack_s = 0.3 + 1 / self.rate_hz
        for file, began, ended in self.files:
            if abs(file.span_s() - (ended - began)) > SLACK * (ended - began) + slack_s:
                return self.say("length", f"{file.name} lasts {file.span_s():.2f} s, its row says {ended - began:.2f} s")
        for play in self.plays:
            times = self.times_of(play)
            if not times or self.row.get("stands"):
                continue  # a picture that stands still is opened again and again
            served_s, kept_s = play.ended_at - times[0], sum(file.span_s() for file, _, _ in self.files_of(play))
            if not -SLACK * served_s - SHORT_S - slack_s < served_s - kept_s < SLACK * served_s + SHORT_S + slack_s:
                return self.say("length", f"from the first picture to the server's end {served_s:.2f} s passed, {kept_s:.2f} s are recorded")

    def pictures(self):
        """Of a clip that is played as it is no more than a tenth is missing between the first and the last one."""
        if not self.row.get("copies"):
            return
        for play in self.plays:
            times = self.times_of(play)
            due = (times[-1] - times[0]) * self.rate_hz + 1 if times else 0
            if abs(len(times) - due) > LOST * due:
                return self.say("pictures", f"{len(times)} pictures in {times[-1] - times[0]:.2f} s, it plays {self.rate_hz} a second")

    def sound(self):
        for play in self.plays:
            if self.row[play.which].get("sound") != "aac":
                continue
            for file, _, _ in self.files_of(play):
                if file.span_s() < SHORT_FILE_S:
                    continue
                if not file.times["audio"]:
                    left_out = [line for line in self.evidence.log if "left out" in line]
                    return self.say("sound", f"no sound in {file.name}" + (f" ({left_out[-1].rpartition('audio ')[2]})" if left_out else ""))
                if abs(file.span_s() - file.span_s("audio")) > SHORT_S:
                    return self.say("sound", f"{file.span_s('audio'):.2f} s of sound for {file.span_s():.2f} s of pictures")
                heard = tone_hz(file.path)
                if not (CLIP_HZ[0] < heard < CLIP_HZ[1] if "clip" in self.row[play.which] else heard > 0):
                    return self.say("sound", f"{heard:.0f} Hz are heard in {file.name}")

    # -- a second client -------------------------------------------------------------------------------------------

    def second(self):
        least, came = self.row.get("second", 12), self.course.second_pictures
        self.figures.append(f"second client {came} pictures" if came or least else "second client refused")
        if came < least:
            self.say("second", f"another client got {came} pictures: {self.course.second_said[:150]}")
        if not least and came:
            self.say("second", f"it serves one client, and another one got {came} pictures")
        begin, end = self.course.second_at
        hole_s, _ = witness.largest_gap(self.times, begin, end + 1)
        if hole_s > HOLE_S + 1 / self.rate_hz and not self.row.get("stands"):
            self.say("second", f"{hole_s:.1f} s without a recorded picture while another client came and went")

    # -- killed and started again ----------------------------------------------------------------------------------

    def told(self):
        ended_at, ready_at = self.plays[0].ended_at, self.plays[1].ready_at
        wrong = [(at, camera) for at, camera in self.shown(ended_at, ready_at) if camera["kind"] not in (None, "frozen_picture")]
        if not wrong:
            return self.say("told", f"it was away for {ready_at - ended_at:.1f} s, and nothing said so")
        kinds = list(dict.fromkeys(camera["kind"] for _, camera in wrong))
        took_s = wrong[0][0] - ended_at
        self.figures.append(f"told after {took_s:.1f} s ({', '.join(kinds)})")
        if took_s > self.row.get("told_s", TOLD_S):
            self.say("told", f"told {took_s:.1f} s after its end: {kinds[0]}")
        if set(kinds) - set(self.row.get("kinds", KINDS)):
            self.say("told", f"is shown as {', '.join(kinds)}: {wrong[-1][1]['reason']}")

    def back(self):
        for play in self.plays[1:]:
            times, limit_s = self.times_of(play), self.row.get("back_s", BACK_S)
            if not times:
                shown = self.shown(play.ready_at, play.ended_at)[-1][1]
                self.say("back", f"nothing was recorded after it served again: {shown['state']}, {shown['kind']}: {shown['reason']}")
                continue
            took_s = times[0] - play.ready_at
            self.figures.append(f"back after {took_s:.1f} s")
            if took_s > limit_s:
                self.say("back", f"a picture is recorded {took_s:.1f} s after it served again")

    # -- the whole -------------------------------------------------------------------------------------------------

    def ledger_agrees(self):
        told = self.evidence.coverage
        if told is None:
            return self.say("ledger", self.evidence.coverage_error)
        begin, end = seconds_of(told["from_at"]), seconds_of(told["to_at"])
        kept_s = ledger.covered_s([(began, [at for at, _ in file.times["video"]]) for file, began, _ in self.files if file.pictures], begin, end)
        if abs(kept_s - told["recorded_s"]) > CLOCK_S + len(self.files) / self.rate_hz:  # the last picture of each lasts
            self.say("ledger", f"it claims {told['recorded_s']:.2f} s, the recordings hold {kept_s:.2f} s")
        causes = PAUSE_CAUSES | ({"not_found"} & set(self.row.get("kinds", KINDS))) | ({"frozen_picture"} if self.row.get("stands") else set())
        for gap in told["intervals"]:
            if gap["kind"] == "gap" and gap["cause"] not in causes:
                self.say("ledger", f"a gap is told as {gap['cause']}")
        gaps_s = sum(self.gap_s(told, play.ready_at + self.late_s(play), play.ended_at - SHORT_S) for play in self.plays)
        if gaps_s > CLOCK_S and not self.row.get("stands"):
            self.say("ledger", f"{gaps_s:.2f} s of gaps while pictures came")

    def late_s(self, play):
        times = self.times_of(play)
        return max(0, times[0] - play.ready_at) if times else play.ended_at - play.ready_at

    @staticmethod
    def gap_s(told, since, until):
        total = 0.0
        for gap in told["intervals"]:
            if gap["kind"] == "gap":
                end = seconds_of(gap["ended_at"]) if gap["ended_at"] else seconds_of(told["to_at"])
                total += max(0, min(end, until) - max(seconds_of(gap["started_at"]), since))
        return total

    def state(self):
        """In the end it is well; a picture that stands still is told."""
        _, camera = self.shown(self.plays[-1].ready_at, self.plays[-1].ended_at)[-1]
        right = ("degraded", "frozen_picture") if self.row.get("stands") else ("running", None)
        if (camera["state"], camera["kind"]) != right:
            self.say("state", f"in the end it is {camera['state']}, {camera['kind']}: {camera['reason']}")

    def all(self):
        if self.course.error:
            self.say("server", self.course.error)
            return self.complaints, ""
        self.starts()
        self.rate()
        self.plays_well()
        self.stream()
        self.length()
        self.pictures()
        self.sound()
        self.second()
        self.told()
        self.back()
        self.ledger_agrees()
        self.state()
        return self.complaints, ", ".join(self.figures)
