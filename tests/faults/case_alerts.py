"""Alerts are never lost: a broker that is away, and the core killed while it tells what waited."""
import contextlib
import json
import os
import sqlite3
import tempfile
import time

import options
from appliance import Appliance, Broker, free_port
from cases import case, check, wait_until

SCENE = {"source": {"plugin": "testpattern", "width": 320, "height": 240, "fps": 10, "figure_every": "4s", "figure_for": "1s"},
         "record": {"mode": "motion", "pre_roll": "1s", "post_roll": "1s"}, "detect": {"event_gap": "1s"}}
EVENTS_AWAY, EVENTS_A_ROUND = 200, 20
MAX_MEMORY, MAX_ROWS = 1 << 20, 2200
MAX_GROWTH = 2 << 20  # of the whole core, whose caches of everything else still warm up


class Past:
    """Events of yesterday that nobody was told of, written as the recorder writes them; the core may run meanwhile."""

    def __init__(self, appliance):
        self.appliance = appliance
        self.told = []  # alert ids, in order
        self.number = 0

    def add(self, count):
        with contextlib.closing(sqlite3.connect(f"{self.appliance.data}/porchlight.db", timeout=10)) as database, database:
            database.execute("INSERT OR IGNORE INTO camera (name, title) VALUES ('past', 'past')")
            camera, = database.execute("SELECT id FROM camera WHERE name = 'past'").fetchone()
            for _ in range(count):
                self.number += 1
                event, begin = f"{self.number:016x}", int((time.time() - 86400 + self.number) * 1e6)
                database.execute("INSERT INTO event (id, camera_id, state, started_at_us, ended_at_us, clip_started_at_us, clip_ended_at_us, score,"
                                 " area_percent, zone, label, has_thumbnail, is_kept, is_reviewed, note, close_reason, footage_gone_reason)"
                                 " VALUES (?, ?, 'closed', ?, ?, ?, ?, 0.5, 1, '', 'motion', 0, 0, 0, '', 'quiet', 'not_recorded')",
                                 (event, camera, begin, begin + 10**6, begin, begin + 10**6))
                for is_end in (0, 1):
                    alert = f"{event}-{'end' if is_end else 'start'}"
                    database.execute("INSERT INTO alert_outbox (target, alert_id, camera, event_id, is_end, at_us, started_at_us, ended_at_us, score,"
                                     " zone, has_thumbnail, expires_at_us) VALUES ('mqtt', ?, 'past', ?, ?, ?, ?, ?, 0.5, '', 0, ?)",
                                     (alert, event, is_end, begin + is_end * 10**6, begin, begin + 10**6 if is_end else None, begin + 7 * 86400 * 10**6))
                    self.told.append(alert)


def heard(broker):
    """What a consumer has that keeps to the contract: each alert once, by its id. -> [id], all messages"""
    ids, count = {}, 0
    for _, _, topic, payload in broker.messages():
        if topic.endswith("/event"):
            ids.setdefault(json.loads(payload)["alert_id"])
            count += 1
    return list(ids), count


def core_bytes(appliance):
    with open(f"/proc/{appliance.pid}/status") as file:
        return int(next(line for line in file if line.startswith("VmRSS")).split()[1]) << 10


def sink(appliance):
    return appliance.get("/system")["alerts"][0]


def check_all_told(appliance, broker, past):
    """Every alert of every event, in the order in which they happened."""
    wait_until("everything was told", 60, lambda: sink(appliance)["waiting"] == 0)
    appliance.stop()
    left = appliance.rows("SELECT alert_id, dead_reason FROM alert_outbox")
    ids, count = heard(broker)
    check([alert for alert in ids if alert in set(past.told)] == past.told, "alerts of the past are missing, or out of order")
    events = appliance.rows("SELECT event.id, name, state FROM event JOIN camera ON camera.id = camera_id WHERE name <> 'past' ORDER BY started_at_us")
    missing = [f"{event}-{part}" for event, _, state in events for part in ("start", "end")
               if f"{event}-{part}" not in ids and (part == "start" or state == "closed")]
    waiting = {alert for alert, reason in left if not reason}
    check(not set(missing) - waiting, f"never told: {sorted(set(missing) - waiting)}")
    check(not [reason for _, reason in left if reason], f"given up: {left}")
    place = {alert: at for at, alert in enumerate(ids)}
    wrong = [event for event, _, _ in events if place.get(f"{event}-start", 0) > place.get(f"{event}-end", len(ids))]
    check(not wrong, f"the end before the start: {wrong}")
    return len(events), count, count - len(ids)


@case("faults: a broker that was away hears of everything that happened meanwhile, in order")
def broker_away():
    with tempfile.TemporaryDirectory(prefix="porchlight-faults-") as folder:
        port = free_port()
        with Appliance(options.build, {"porch": SCENE}, mqtt_port=port, folder=os.path.join(folder, "appliance")) as appliance:
            wait_until("an event waits", 30, lambda: sink(appliance)["waiting"] > 0)
            time.sleep(5)
            before, past = core_bytes(appliance), Past(appliance)
            past.add(EVENTS_AWAY)
            time.sleep(60 if options.is_long else 10)
            growth, waiting = core_bytes(appliance) - before, sink(appliance)
            check(waiting["waiting_bytes"] <= MAX_MEMORY, f"{waiting} in memory")
            check(growth <= MAX_GROWTH, f"the core grew by {growth >> 10} KiB")
            rows, = appliance.rows("SELECT count(*) FROM alert_outbox")[0]
            check(2 * EVENTS_AWAY < rows <= MAX_ROWS, f"{rows} alerts wait on disk")
            broker = Broker(folder, port=port)
            try:
                began = time.monotonic()
                wait_until("the broker is found", 70, lambda: sink(appliance)["is_connected"])
                motion = len(broker.messages())
                events, count, doubles = check_all_told(appliance, broker, past)
                motion = [payload for _, _, topic, payload in broker.messages() if topic == "porchlight/cam/past/motion"]
                check("ON" not in motion, f"the motion of yesterday is told as that of now: {motion}")
                print(f"   {rows} alerts waited, {waiting['waiting_bytes']} bytes of them in memory, the core grew by {growth >> 10} KiB; told "
                      f"{time.monotonic() - began:.1f} s after the broker came, {doubles} twice; {events} events seen", flush=True)
            finally:
                broker.stop()


@case("faults: the core killed while it tells what waited: every alert arrives, in order, once by its id")
def killed_telling():
    chance = options.chance
    with tempfile.TemporaryDirectory(prefix="porchlight-faults-") as folder:
        broker = Broker(folder)
        try:
            cameras = {name: SCENE for name in ("porch", "yard")}
            with Appliance(options.build, cameras, mqtt_port=broker.port, folder=os.path.join(folder, "appliance")) as appliance:
                past, in_delivery = Past(appliance), 0
                for _ in range(options.rounds):
                    appliance.kill()
                    past.add(EVENTS_A_ROUND)
                    before = len(heard(broker)[0])
                    appliance.start()
                    wait_until("alerts are told", 30, lambda: len(heard(broker)[0]) > before, 0.005)
                    time.sleep(chance.choice((0, chance.uniform(0, 0.05), chance.uniform(0, 0.5), chance.uniform(1, 5))))
                    in_delivery += heard(broker)[0][-1] != past.told[-1]
                appliance.kill()
                appliance.start()
                events, count, doubles = check_all_told(appliance, broker, past)
                check(appliance.cli("check").returncode == 0, "porchlight check finds something")
                print(f"   {options.rounds + 1} kills, {in_delivery} in the middle of telling; {len(past.told)} alerts of the past and {events} events "
                      f"seen: {count} messages, {doubles} of them doubles", flush=True)
        finally:
            broker.stop()
