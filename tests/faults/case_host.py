"""Faults of the host: it stands still, its clock jumps, the database is locked, the broker is gone. No camera is to blame."""
import contextlib
import os
import signal
import sqlite3
import struct
import tempfile
import threading
import time

import ledger
import options
import processes
import witness
from appliance import Appliance, Broker, Process, seconds_of
from cases import check, case, wait_until
from faulty import FaultyCamera, make_pictures, staged
from watch import Watch

STALL_S = 8          # of the core; --long: 20 s
LOCK_S = 6           # of the database; --long: 10 s
HOUR_S = 3600
SLACK_S = 0.2
RATE_HZ = 10


def two_cameras(folder):
    """A network-like camera (passthrough) and a drawn scene (encoded by the worker), both recorded all the time."""
    pictures = make_pictures(os.path.join(folder, "pictures"), size="160x128", rate_hz=RATE_HZ)
    network = FaultyCamera(folder, "network", pictures, rate_hz=RATE_HZ)
    scene = {"source": {"plugin": "testpattern", "width": 320, "height": 240, "fps": RATE_HZ, "figure_every": "0s"},
             "record": {"mode": "continuous"}}
    return {"network": network.config(), "scene": scene}


def wait_well(appliance):
    wait_until("all cameras run", 30, lambda: all(camera["state"] == "running" for camera in appliance.cameras().values()))


def workers_of(appliance):
    return {name: camera["worker"]["pid"] for name, camera in appliance.cameras().items()}


def check_nobody_blamed(appliance, watch, since, workers):
    for name, pid in workers.items():
        alerts = [text for _, alert, text in watch.alerts(name, since) if alert != "CAMERA_RECOVERY"]
        check(not alerts, f"{name} was blamed: {alerts}")
        check(appliance.camera(name)["worker"]["pid"] == pid, f"{name} lost its worker")
        check(appliance.camera(name)["score"] == 100, f"{name} lost its score")


def gaps_of(found, since):
    """Gaps of a ledger that end after a wall time, without the running one: [(cause, seconds)]"""
    return [(interval["cause"], seconds_of(interval["ended_at"]) - seconds_of(interval["started_at"]))
            for interval in found["intervals"] if interval["kind"] == "gap" and interval["ended_at"] and seconds_of(interval["ended_at"]) > since]


def check_records_on(appliance, watch, begin, end, names=("network", "scene")):
    """No hole in the recordings between two monotonic moments. The daemon must have ended. -> largest gap"""
    largest = 0
    for name in names:
        gap_s, at = witness.largest_gap(witness.recorded_times(appliance, name), watch.wall(begin), watch.wall(end))
        check(gap_s <= 1 / RATE_HZ + SLACK_S, f"{name}: {gap_s:.2f} s not recorded at {at - watch.wall(begin):.1f} s")
        largest = max(largest, gap_s)
    return largest


@case("faults: a core that gets no processor for seconds blames no camera, and its workers keep what it missed")
def core_stalls():
    stall_s = 20 if options.is_long else STALL_S
    with tempfile.TemporaryDirectory(prefix="porchlight-faults-") as folder:
        with Appliance(staged(options.build), two_cameras(folder)) as appliance:
            wait_well(appliance)
            time.sleep(2)
            workers, watch, began_at = workers_of(appliance), Watch(appliance), time.monotonic()
            os.kill(appliance.pid, signal.SIGSTOP)
            time.sleep(stall_s)
            os.kill(appliance.pid, signal.SIGCONT)
            appliance.wait_ready()
            time.sleep(7)
            check_nobody_blamed(appliance, watch, began_at, workers)
            check("HOST_STALL" in appliance.process.log(), "the log does not tell that the host stood still")
            causes = {name: gaps_of(ledger.coverage(appliance, name), watch.wall(began_at)) for name in workers}
            ended_at = time.monotonic() - 2
            appliance.stop()
            gap_s = check_records_on(appliance, watch, began_at, ended_at)
            print(f"   core stopped for {stall_s} s: {1000 * gap_s:.0f} ms not recorded at most; gaps in the ledger: {causes}", flush=True)
            check(all(cause == "host_stall" for gaps in causes.values() for cause, _ in gaps), f"gaps with another cause: {causes}")


@case("faults: a host that stands still with everything on it blames no camera, the ledger names the stall")
def host_stalls():
    with tempfile.TemporaryDirectory(prefix="porchlight-faults-") as folder:
        with Appliance(staged(options.build), two_cameras(folder)) as appliance:
            wait_well(appliance)
            time.sleep(2)
            workers, watch, began_at = workers_of(appliance), Watch(appliance), time.monotonic()
            everybody = [appliance.pid, *appliance.workers()]
            for pid in everybody:
                os.kill(pid, signal.SIGSTOP)
            time.sleep(STALL_S)
            for pid in everybody:
                os.kill(pid, signal.SIGCONT)
            appliance.wait_ready()
            time.sleep(8)
            check_nobody_blamed(appliance, watch, began_at, workers)
            check("HOST_STALL" in appliance.process.log(), "the log does not tell that the host stood still")
            for name in workers:
                gaps = gaps_of(ledger.coverage(appliance, name), watch.wall(began_at))
                print(f"   {name}: {gaps}", flush=True)
                check(gaps and all(cause == "host_stall" for cause, _ in gaps), f"{name}: gaps {gaps}, not one of host_stall")
                check(abs(sum(span for _, span in gaps) - STALL_S) < 1.5, f"{name}: gaps {gaps} after a stall of {STALL_S} s")


@case("faults: a database that somebody else locks does not stop the recording")
def database_locked():
    lock_s = 10 if options.is_long else LOCK_S
    with tempfile.TemporaryDirectory(prefix="porchlight-faults-") as folder:
        with Appliance(staged(options.build), two_cameras(folder)) as appliance:
            wait_well(appliance)
            time.sleep(2)
            workers, watch, began_at = workers_of(appliance), Watch(appliance), time.monotonic()
            database = sqlite3.connect(f"{appliance.data}/porchlight.db", isolation_level=None, timeout=10)
            database.execute("BEGIN EXCLUSIVE")
            time.sleep(lock_s)
            database.execute("COMMIT")
            database.close()
            time.sleep(7)
            check_nobody_blamed(appliance, watch, began_at, workers)
            checked = appliance.cli("check")
            check(checked.returncode == 0, f"porchlight check: {checked.stdout}{checked.stderr}")
            gaps = {name: gaps_of(ledger.coverage(appliance, name), watch.wall(began_at)) for name in workers}
            check(not any(gaps.values()), f"the ledger has gaps: {gaps}")
            ended_at = time.monotonic() - 2
            appliance.stop()
            gap_s = check_records_on(appliance, watch, began_at, ended_at)
            print(f"   database locked for {lock_s} s: {1000 * gap_s:.0f} ms not recorded at most", flush=True)


@case("faults: a broker that hangs, dies and comes back costs no recording and no connection")
def broker_gone():
    with tempfile.TemporaryDirectory(prefix="porchlight-faults-") as folder:
        broker = Broker(folder)
        try:
            with Appliance(staged(options.build), two_cameras(folder), mqtt_port=broker.port) as appliance:
                wait_well(appliance)
                is_online = lambda: any(topic.endswith("/status") and payload == "online" for _, _, topic, payload in broker.messages())
                wait_until("the appliance is online", 10, is_online)
                workers, watch, began_at = workers_of(appliance), Watch(appliance), time.monotonic()
                before, sockets = processes.look(appliance.pid), processes.sockets(appliance.pid)
                os.kill(broker.pid, signal.SIGSTOP)
                time.sleep(4)
                broker.popen.kill()
                broker.popen.wait()
                time.sleep(3)
                broker.listener.stop()
                os.remove(broker.listener.log_file)
                broker = Broker(folder, port=broker.port)
                wait_until("the appliance is online again", 30, is_online)
                time.sleep(2)
                check_nobody_blamed(appliance, watch, began_at, workers)
                wait_until(f"{before['threads']} threads again", 20, lambda: processes.look(appliance.pid)["threads"] <= before["threads"], 0.5)
                # Threads of the web server and connections of requests that just ended may linger a moment.
                wait_until(f"{sockets} sockets again", 10, lambda: processes.sockets(appliance.pid) <= sockets, 0.5)
                ended_at = time.monotonic() - 2
                took = appliance.stop()
                check(took < 10, f"stopping took {took:.1f} s")
                check_records_on(appliance, watch, began_at, ended_at)
        finally:
            broker.stop()


def full_pipe():
    """A pipe that takes nothing more: what a journal that hangs is to those who log. -> (its end to read, to write)"""
    out, into = os.pipe()
    os.set_blocking(into, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(into, b"#" * 4096)
    os.set_blocking(into, True)
    return out, into


@case("faults: a log that nobody reads holds up neither the start, nor cameras, recordings and answers, nor the stop")
def log_stalled():
    with tempfile.TemporaryDirectory(prefix="porchlight-faults-") as folder:
        appliance = Appliance(staged(options.build), two_cameras(folder), settings={"log_level": "debug"}, folder=folder)
        out, into = full_pipe()
        appliance.process = Process([f"{appliance.build}/bin/porchlightd", "--config", appliance.config],
                                    os.path.join(folder, "daemon.log"), env=appliance.environment, stderr=into)
        os.close(into)
        try:
            appliance.wait_ready()
            wait_well(appliance)
            watch, began_at = Watch(appliance), time.monotonic()
            time.sleep(4)
            check(all(camera["is_recording"] for camera in appliance.cameras().values()), "not all cameras record")
            said = bytearray()
            reader = threading.Thread(target=lambda: said.extend(iter_all(out)), daemon=True)
            reader.start()
            time.sleep(1)
            ended_at = time.monotonic() - 2
            took = appliance.stop()
            check(took < 10, f"stopping took {took:.1f} s")
            reader.join(5)
            check(b"stopped" in said, f"the log does not go on when it is read: {bytes(said[-300:])}")
            check_records_on(appliance, watch, began_at, ended_at)
        finally:
            appliance.process.stop()


def iter_all(descriptor):
    return b"".join(iter(lambda: os.read(descriptor, 65536), b""))


class ShiftedClock:
    """The wall clock of an appliance: clock/shift.cpp, preloaded."""

    def __init__(self, build, folder):
        self.path = os.path.join(folder, "clock.shift")
        self.set(0)
        library = os.path.join(os.path.abspath(build), "tests", "faults", "clock", "clock-shift.so")
        check(os.path.isfile(library), f"{library} is not built")
        self.environment = {"LD_PRELOAD": library, "PORCHLIGHT_CLOCK_SHIFT": self.path}

    def set(self, seconds):
        with open(self.path, "r+b" if os.path.exists(self.path) else "wb") as file:
            file.write(struct.pack("<q", round(seconds * 1e6)))


@case("faults: a clock that jumps an hour ahead and back again blames no camera and loses no picture")
def clock_steps():
    with tempfile.TemporaryDirectory(prefix="porchlight-faults-") as folder:
        clock = ShiftedClock(options.build, folder)
        with Appliance(staged(options.build), two_cameras(folder), environment=clock.environment) as appliance:
            wait_well(appliance)
            time.sleep(3)
            workers, watch, began_at = workers_of(appliance), Watch(appliance), time.monotonic()
            for shift_s in (HOUR_S, 0, -HOUR_S, 0):
                clock.set(shift_s)
                time.sleep(6)
                check_nobody_blamed(appliance, watch, began_at - 2 * HOUR_S, workers)
            ran_s = time.monotonic() - began_at
            found = {name: ledger.coverage(appliance, name) for name in workers}
            checked = appliance.cli("check")
            check(checked.returncode == 0, f"porchlight check: {checked.stdout}{checked.stderr}")
            took = appliance.stop()
            check(took < 10, f"stopping took {took:.1f} s")
            for name in workers:
                files_s = witness.footage_s(appliance, name)
                causes = {cause for cause, _ in gaps_of(found[name], 0)}
                print(f"   {name}: {files_s:.1f} s in the recordings, clock stepped four times in {ran_s:.1f} s; gaps by {causes or 'nothing'}", flush=True)
                check(files_s > ran_s, f"{name}: only {files_s:.1f} s of {ran_s:.1f} s are in the recordings")
                check(causes <= {"clock_step", "starting", "core_crash", "daemon_stopped"}, f"{name}: gaps by {causes}")
