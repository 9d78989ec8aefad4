"""What Home Assistant and the doctor see of a real broker, judged from outside: mosquitto_sub, json, and Home Assistant's rules."""
import json
import os
import tempfile
import time

import settings
from appliance import Appliance, Broker, run
from cases import case, check, wait_until

SCENE = {"source": {"plugin": "testpattern"}, "record": {"mode": "off"}}

# Rules of Home Assistant's MQTT integration for device discovery: what else stands at the root refuses the whole message.
ROOT_KEYS = {"device", "origin", "components", "availability", "availability_mode", "state_topic", "command_topic", "qos", "encoding"}
NEEDED = {"binary_sensor": {"state_topic"}, "sensor": {"state_topic"}, "image": {"image_topic"}, "event": {"state_topic", "event_types"}}
DEVICE_CLASSES = {"binary_sensor": {"motion", "connectivity", "problem"}, "sensor": {"enum", None}, "event": {"motion"}, "image": {None}}


def retained(broker):
    """-> {topic: payload as bytes} of all that the broker keeps."""
    said = run("mosquitto_sub", "-h", "127.0.0.1", "-p", str(broker.port), "-t", "#", "--retained-only", "-W", "1", "-F", "%t %x").stdout
    return {topic: bytes.fromhex(payload) for topic, _, payload in (line.partition(" ") for line in said.splitlines())}


def check_component(key, part):
    platform = part.get("platform")
    check(platform in NEEDED and NEEDED[platform] <= part.keys(), f"{key}: a {platform} without {NEEDED.get(platform)}")
    check(part.get("unique_id"), f"{key} has no unique_id")
    check(part.get("device_class") in DEVICE_CLASSES[platform], f"{key}: device_class {part.get('device_class')}")
    check(part.get("entity_category", "diagnostic") == "diagnostic", f"{key}: entity_category {part.get('entity_category')}")
    check("availability_topic" not in part, f"{key}: availability_topic beside the list of the root")
    if part.get("device_class") == "enum":
        check(part.get("options") and "unit_of_measurement" not in part, f"{key}: an enum wants options and no unit")


def check_device(topic, payload):
    """The message as Home Assistant reads it."""
    message = json.loads(payload.decode("utf-8"))
    check(not message.keys() - ROOT_KEYS, f"{topic}: {message.keys() - ROOT_KEYS} at the root")
    check(message["device"].get("identifiers") and message["device"].get("name"), f"{topic}: device without identifiers or name")
    check(message["origin"].get("name"), f"{topic}: no origin")
    for key, part in message["components"].items():
        check_component(f"{topic} {key}", part)
    return message


def devices(kept):
    return {topic: check_device(topic, payload) for topic, payload in kept.items() if topic.endswith("/config")}


def wait_online(appliance, camera):
    until = time.monotonic() + 30
    while appliance.camera(camera)["state"] != "running" or not appliance.get("/system")["alerts"][0]["is_connected"]:
        check(time.monotonic() < until, f"{camera} does not run: {appliance.camera(camera)['reason']}")
        time.sleep(0.2)
    time.sleep(0.5)


def camera_file(appliance, name):
    return os.path.join(appliance.folder, "cameras.d", name + ".yaml")


@case("mqtt: Home Assistant takes every announcement, and of a camera that was renamed nothing stays")
def home_assistant():
    with tempfile.TemporaryDirectory(prefix="porchlight-e2e-") as folder:
        broker = Broker(folder)
        try:
            appliance = Appliance(settings.build, {"porch": SCENE}, mqtt_port=broker.port, folder=os.path.join(folder, "appliance"))
            with open(camera_file(appliance, "latin"), "wb") as file:
                file.write(b"name: latin\ntitle: K\xfcche\nsource: {plugin: nothing}\n")
            with appliance:
                wait_online(appliance, "porch")
                kept = retained(broker)
                found = devices(kept)
                check(len(found) == 2, f"announced: {sorted(found)}")
                camera = next(topic for topic in found if topic.endswith("_porch/config"))
                parent = found[camera.replace("_porch/config", "/config")]
                check(found[camera]["device"]["via_device"] in parent["device"]["identifiers"], "via_device names no device")
                for part in found[camera]["components"].values():
                    topic = part.get("state_topic", part.get("image_topic"))
                    check(topic in kept or topic.endswith(("/event", "/snapshot")), f"{topic} is announced and holds nothing")
                check(not [topic for topic in kept if "latin" in topic], "a camera whose file is broken was announced")
                check(kept["porchlight/cam/porch/status"] == b"online", "the camera is not online")
            kept = retained(broker)
            check(kept["porchlight/cam/porch/status"] == b"offline" and kept["porchlight/status"] == b"offline", "online after a clean stop")
            os.remove(camera_file(appliance, "latin"))
            os.rename(camera_file(appliance, "porch"), camera_file(appliance, "front"))
            with open(camera_file(appliance, "front"), "w") as file:
                json.dump({"name": "front", **SCENE}, file)
            with appliance:
                wait_online(appliance, "front")
                kept = retained(broker)
                check(not [topic for topic in kept if "porch/" in topic.removeprefix("porchlight/")], f"a ghost: {sorted(kept)}")
                check(len(devices(kept)) == 2, f"announced: {sorted(devices(kept))}")
                check_doctor(appliance, "good", "lets us in and takes messages")
            check_switched_off(appliance, broker)
        finally:
            broker.stop()


def check_switched_off(appliance, broker):
    """`enabled: false` at a restart: Home Assistant is left with nothing, and nobody is bothered with it."""
    main = os.path.join(appliance.folder, "porchlight.yaml")
    with open(main) as file:
        text = json.load(file)
    text["mqtt"]["enabled"] = False
    with open(main, "w") as file:
        json.dump(text, file)
    with appliance:
        wait_until("the broker keeps nothing", 15, lambda: not retained(broker) and not appliance.get("/system")["alerts"])
        system = appliance.get("/system")
        check(not [text for text in system["problems"] if "mqtt" in text], f"{system['problems']}")
    check(not retained(broker), f"told at the stop: {sorted(retained(broker))}")


def check_doctor(appliance, verdict, words):
    said = json.loads(appliance.cli("doctor", "--json").stdout)["findings"]
    found = [finding for finding in said if finding["subject"] == "broker"]
    check([finding["verdict"] for finding in found] == [verdict] and words in found[0]["text"], f"the doctor says {found}")


@case("mqtt: the doctor does not call a broker good that takes no pictures")
def doctor():
    with tempfile.TemporaryDirectory(prefix="porchlight-e2e-") as folder:
        broker = Broker(folder, more="max_packet_size 10000\n")
        try:
            appliance = Appliance(settings.build, {"porch": {**SCENE, "enabled": False}}, mqtt_port=broker.port, folder=os.path.join(folder, "appliance"))
            check_doctor(appliance, "doubtful", "the broker takes no message over 10000 bytes")
        finally:
            broker.stop()
