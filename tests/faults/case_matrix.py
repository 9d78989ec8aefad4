"""The matrix: every fault on a camera of its own, in one appliance, beside two cameras that must not notice.

For each fault: found within its deadline, called by its name, answered on the right rung, over within 3 s of its end.
For the two witnesses: no hole in what they recorded that is longer than one frame interval and 200 ms.
"""
import dataclasses
import os
import signal
import tempfile
import threading
import time

import options
import witness
from appliance import Appliance, seconds_of
from cases import case, check, wait_until
from faulty import FaultyCamera, make_pictures, staged
from watch import Watch, is_well

FRAME_TIMEOUT_S = 2.0
UNRESPONSIVE_S = 4.0
WITNESS_SLACK_S = 0.2
RECOVERY_S = 3.0
CPU_WINDOW_S = 5.0
CPU_LIMIT_CORES = 0.25
SCHEDULING_S = 1.0       # heartbeats and samples come once a second and ten times a second
HEALTH = {"frame_timeout": f"{FRAME_TIMEOUT_S:g}s", "unresponsive_after": f"{UNRESPONSIVE_S:g}s", "recovery_cooldown": "1s",
          "max_consecutive_failures": 1}  # climbs at the first failure: what it waits for is another case's matter


@dataclasses.dataclass
class Fault:
    """One row. `once`: the fault takes the process with it, and the next worker is well; else it lasts `holds_s`."""
    order: str               # as the plugin calls it; "SIGSTOP" is done from outside
    kinds: tuple             # any of these is right
    detected_s: float        # deadline, as docs/health.md says
    rungs: tuple             # any of these may be the first answer
    once: bool = False
    holds_s: float = 0
    begins_s: float = 0      # heavy ones do not begin together: the machine has two cores
    may_fail: bool = False   # the attempt itself hangs: the new process, no attempt of its own, may bring the picture behind its end
    back_s: float = None     # the fault's beginning to a recorded picture; default: detected_s + RECOVERY_S


FAULTS = [
    Fault("hang-open", ("hung",), FRAME_TIMEOUT_S + 1.2, ("retry", "restart_stream", "respawn_worker"), once=True, may_fail=True, back_s=FRAME_TIMEOUT_S + RECOVERY_S),
    Fault("hang-read", ("hung",), FRAME_TIMEOUT_S + 0.2, ("respawn_worker",), once=True, back_s=FRAME_TIMEOUT_S + RECOVERY_S),
    Fault("hang-close", ("hung",), 3, ("retry", "respawn_worker"), once=True, back_s=FRAME_TIMEOUT_S + RECOVERY_S),
    Fault("SIGSTOP", ("heartbeat_missing",), 2.5, ("respawn_worker",), once=True, back_s=FRAME_TIMEOUT_S + RECOVERY_S),
    Fault("crash", ("worker_died",), 0.5, ("respawn_worker",), once=True),
    Fault("abort", ("worker_died",), 0.5, ("respawn_worker",), once=True),
    Fault("exit", ("worker_died",), 0.5, ("respawn_worker",), once=True),
    Fault("babble", ("worker_garbage",), 0.5, ("respawn_worker",), once=True),
    Fault("disconnect", ("connection_error",), 1, ("retry",), once=True),
    Fault("refuse-open", ("connection_error", "capture_failure"), 1, ("retry", "restart_stream", "respawn_worker"), holds_s=4),
    Fault("stall", ("frame_timeout",), FRAME_TIMEOUT_S + 1, ("retry", "restart_stream"), holds_s=5),
    Fault("frozen", ("frozen_picture",), UNRESPONSIVE_S + 1, ("retry", "restart_stream"), holds_s=7),
    Fault("black", ("black_picture",), UNRESPONSIVE_S + 1, ("none", "retry", "restart_stream"), holds_s=7),
    Fault("garbage", ("buffer_error",), FRAME_TIMEOUT_S + 1, ("retry", "restart_stream"), holds_s=5),
    Fault("truncated", ("buffer_error",), FRAME_TIMEOUT_S + 1, ("retry", "restart_stream"), holds_s=5),
    Fault("slow", ("low_rate",), 16, ("none", "retry"), holds_s=18),
    Fault("leak-descriptors", ("descriptor_leak",), 12, ("respawn_worker",), holds_s=4),
    Fault("spin-read", ("cpu_limit", "hung"), FRAME_TIMEOUT_S + 0.2, ("respawn_worker",), once=True, begins_s=13, back_s=FRAME_TIMEOUT_S + RECOVERY_S),
    Fault("grow-memory", ("memory_limit",), 12, ("respawn_worker",), holds_s=10, begins_s=17),
    Fault("flood", ("worker_flood",), 3, ("respawn_worker",), holds_s=4, begins_s=22),
    Fault("burn-cpu", ("cpu_limit",), CPU_WINDOW_S + 1, ("respawn_worker",), holds_s=2.5 * CPU_WINDOW_S, begins_s=27),
]


@dataclasses.dataclass
class Outcome:
    ordered_at: float = 0    # monotonic; what is done about a fault in open() begins before the fault
    begun_at: float = 0
    ended_at: float = 0      # of the fault: cleared, or its process gone
    detected_at: float = None
    well_at: float = None
    kinds: list = dataclasses.field(default_factory=list)
    rungs: list = dataclasses.field(default_factory=list)      # of its recovery attempts, in their order
    outcomes: list = dataclasses.field(default_factory=list)
    back_at: float = None    # first recorded picture after it, monotonic
    witness_gap_s: float = 0
    complaints: list = dataclasses.field(default_factory=list)


def suffer(appliance, camera, fault, outcome):
    """Lets one fault happen to its camera. Runs on a thread of its own."""
    time.sleep(fault.begins_s)
    before = appliance.camera(camera.name)["worker"]["pid"]
    outcome.ordered_at = time.monotonic()
    if fault.order == "SIGSTOP":
        os.kill(before, signal.SIGSTOP)
        outcome.begun_at = time.monotonic()
    else:
        begun = camera.begun
        camera.order(fault.order, once=fault.once)
        wait_until(f"{fault.order} begins", 5, lambda: camera.begun > begun, 0.005)
        outcome.begun_at = camera.begun_at
    if fault.once:
        is_over = (lambda: camera.opened > opened) if fault.order == "disconnect" else (lambda: not os.path.exists(f"/proc/{before}"))
        opened = camera.opened
        wait_until(f"{fault.order} ends", fault.detected_s + 5, is_over, 0.02)
        outcome.ended_at = time.monotonic()
    else:
        time.sleep(fault.holds_s)
        outcome.ended_at = camera.clear()


def judge(watch, camera, fault, outcome):
    """What the appliance said of the fault while it happened."""
    issues = [(at, text.split()[0]) for at, alert, text in watch.alerts(camera.name, outcome.begun_at) if alert == "CAMERA_ISSUE"]
    shown = lambda shown_camera: shown_camera.get("kind") in fault.kinds
    found = [at for at, kind in issues if kind in fault.kinds]
    seen = watch.first(camera.name, outcome.begun_at, shown)
    outcome.detected_at = min([at for at in (*found, seen) if at is not None], default=None)
    outcome.kinds = list(dict.fromkeys(kind for _, kind in issues)) or [k for k in watch.seen(camera.name, outcome.begun_at, outcome.ended_at + 3, "kind") if k]
    outcome.well_at = watch.first(camera.name, max(outcome.ended_at, outcome.detected_at or 0), is_well)
    recoveries = watch.appliance.get(f"/cameras/{camera.name}/health")["recoveries"]
    since = watch.wall(outcome.ordered_at) - 0.01
    attempts = sorted((seconds_of(row["at"]), row["rung_name"], row["outcome"]) for row in recoveries if seconds_of(row["at"]) >= since)
    outcome.rungs = [rung for _, rung, _ in attempts]
    outcome.outcomes = [result for _, _, result in attempts]


def complain(fault, outcome):
    """Everything in which the appliance fell short of the table."""
    say = outcome.complaints.append
    if outcome.detected_at is None:
        say(f"not found as {' or '.join(fault.kinds)}, but as {outcome.kinds or 'nothing'}")
    elif outcome.detected_at - outcome.begun_at > fault.detected_s + SCHEDULING_S:
        say(f"found after {outcome.detected_at - outcome.begun_at:.1f} s, deadline {fault.detected_s:g} s")
    if outcome.rungs and outcome.rungs[0] not in fault.rungs:
        say(f"answered with {outcome.rungs[0]}, not with {' or '.join(fault.rungs)}")
    if not outcome.rungs and "none" not in fault.rungs:
        say("nothing was done about it")
    if outcome.outcomes and outcome.outcomes[-1] != "recovered" and not fault.may_fail:
        say(f"the last attempt is in the history as {outcome.outcomes[-1]}")
    if outcome.well_at is None:
        say("did not recover")
    elif outcome.well_at - outcome.ended_at > RECOVERY_S + SCHEDULING_S:
        say(f"recovered {outcome.well_at - outcome.ended_at:.1f} s after its end")
    if fault.back_s and outcome.back_at and outcome.back_at - outcome.begun_at > fault.back_s:
        say(f"picture again after {outcome.back_at - outcome.begun_at:.1f} s, limit {fault.back_s:g} s")
    return outcome.complaints


def table(rows):
    def cell(value):
        return "-" if value is None else f"{value:.1f}" if isinstance(value, float) else str(value)
    print(f"   {'fault':17} {'found after':>11} {'well after':>10} {'picture':>8} {'witness gap':>11}  kind, rungs")
    for fault, outcome in rows:
        since = lambda at, zero: None if at is None else at - zero
        print(f"   {fault.order:17} {cell(since(outcome.detected_at, outcome.begun_at)):>9} s {cell(since(outcome.well_at, outcome.ended_at)):>8} s"
              f" {cell(since(outcome.back_at, outcome.begun_at)):>6} s {1000 * outcome.witness_gap_s:>8.0f} ms"
              f"  {','.join(outcome.kinds) or '-'}; {','.join(outcome.rungs) or '-'}", flush=True)


def cameras(folder):
    """-> ({fault: faulty camera}, configuration with the witnesses, names of the witnesses with their frame interval)"""
    pictures = make_pictures(os.path.join(folder, "pictures"), size="160x128", rate_hz=10)
    victims = {fault.order: FaultyCamera(folder, fault.order.lower(), pictures, rate_hz=10) for fault in FAULTS}
    steady = FaultyCamera(folder, "witness-network", pictures, rate_hz=10)
    configuration = {camera.name: camera.config(health=HEALTH) for camera in victims.values()}
    configuration["burn-cpu"] = victims["burn-cpu"].config(health={**HEALTH, "cpu_limit": CPU_LIMIT_CORES, "cpu_window": f"{CPU_WINDOW_S:g}s"})
    configuration[steady.name] = steady.config()
    configuration["witness-scene"] = {"source": {"plugin": "testpattern", "width": 320, "height": 240, "fps": 10, "figure_every": "0s"},
                                      "record": {"mode": "continuous"}}
    return victims, configuration, {steady.name: 0.1, "witness-scene": 0.1}


@case("faults: each fault is found, named and overcome, and two other cameras record on")
def matrix():
    with tempfile.TemporaryDirectory(prefix="porchlight-faults-") as folder:
        victims, configuration, witnesses = cameras(folder)
        rows = [(fault, Outcome()) for fault in FAULTS]
        with Appliance(staged(options.build), configuration) as appliance:
            wait_until("all cameras run", 40, lambda: all(is_well(camera) for camera in appliance.cameras().values()))
            time.sleep(2)
            with Watch(appliance) as watch:
                began_at = time.monotonic()
                threads = [threading.Thread(target=suffer, args=(appliance, victims[fault.order], fault, outcome)) for fault, outcome in rows]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                time.sleep(RECOVERY_S + 2 * SCHEDULING_S)
                ended_at = time.monotonic()
            for fault, outcome in rows:
                judge(watch, victims[fault.order], fault, outcome)
            appliance.stop()
            times = {name: witness.recorded_times(appliance, name) for name in witnesses}
            for fault, outcome in rows:
                recorded = witness.recorded_times(appliance, victims[fault.order].name)
                back = witness.first_after(recorded, watch.wall(outcome.ended_at if not fault.once else outcome.begun_at + 0.2))
                outcome.back_at = None if back is None else back - watch.wall_minus_mono
                until = (outcome.well_at or outcome.ended_at) + 1
                outcome.witness_gap_s = max(witness.largest_gap(times[name], watch.wall(outcome.begun_at), watch.wall(until))[0] for name in witnesses)
            table(rows)
            gaps = {name: witness.largest_gap(times[name], watch.wall(began_at), watch.wall(ended_at))[0] for name in witnesses}
            print("   witnesses: " + ", ".join(f"{name} {1000 * gap:.0f} ms at most" for name, gap in gaps.items()), flush=True)
            if watch.failures:
                print(f"   {len(watch.failures)} answers failed: {watch.failures[0]}")
        problems = [f"{fault.order}: {text}" for fault, outcome in rows for text in complain(fault, outcome)]
        for name, interval_s in witnesses.items():
            if gaps[name] > interval_s + WITNESS_SLACK_S:
                problems.append(f"{name} lost {1000 * gaps[name]:.0f} ms")
        check(not problems, "\n     " + "\n     ".join(problems))
