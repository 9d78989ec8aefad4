"""What stands in the configuration counts, or is refused alike by check-config and the daemon; who may change it; what installer/run says."""
import json
import os
import socket
import subprocess
import tempfile

import settings
from appliance import ROOT, Appliance, free_port, run
from cases import Skipped, case, check, wait_until
from case_input import start_fails

SCENE = {"source": {"plugin": "testpattern"}}
GOOD = {"good": SCENE}


def write(path, text, mode=0o600):
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)


@case("config: bind: localhost is listened on")
def localhost():
    appliance = Appliance(settings.build, GOOD)
    write(appliance.config, f"data_dir: {appliance.data}\nweb: {{bind: localhost, port: {appliance.port}, tls: off}}\n")
    try:
        check(appliance.cli("check-config").returncode == 0, "check-config refuses it")
        appliance.start()
    finally:
        appliance.__exit__()


@case("config: what check-config refuses, the daemon refuses with the same words and place")
def refused_alike():
    wrong = {
        "web: {bind: 192.0.2.77}\n": "this machine has no such address",
        "web: {bind: porch.example}\n": "web.bind must be an address",
        "storage: {max_age: 90}\n": "write 90d or 90s",
        "mqtt: {topic: a/#}\n": "mqtt.topic must be a plain topic",
        "mqtt: {discovery_prefix: +/x}\n": "mqtt.discovery_prefix must be a plain topic",
        "mqtt: {password: open #sesame\n}\n": "ends before the #",
        "mqtt:\n  password: #geheim1\n": "has no value",
        "mqtt: {password: !secret mqtt_password}\n": "!secret needs secrets.yaml",
        "web: {max_viewers: 5}\nweb: {max_viewers: 6}\n": "stands here again",
    }
    appliance = Appliance(settings.build, GOOD)
    try:
        for text, words in wrong.items():
            write(appliance.config, f"data_dir: {appliance.data}\n{text}")
            judged = appliance.cli("check-config", "--json")
            problems = json.loads(judged.stdout)["problems"]
            check(judged.returncode == 1 and len(problems) == 1 and words in problems[0]["message"], f"check-config of {text!r}: {judged.stdout[:500]}")
            place = f"{appliance.config}:{problems[0]['line']}:{problems[0]['column']}: "
            check(problems[0]["line"] > 1 and problems[0]["column"] > 0, f"no place: {place}")
            log = start_fails(appliance)
            check(place in log and words in log, f"the daemon says something else than {place}{words}: {log[-500:]}")
            check("geheim" not in log and "sesame" not in log, f"a secret in the log: {log[-500:]}")
    finally:
        appliance.__exit__()


@case("config: a folder that everybody may write is no configuration: nothing in it is started")
def open_folder():
    appliance = Appliance(settings.build, GOOD)
    try:
        proof = os.path.join(appliance.folder, "proof")
        planted = os.path.join(appliance.folder, "cameras.d", "evil.yaml")
        write(planted, f"source: {{plugin: testpattern}}\nhealth: {{owner_action: {{command: [/usr/bin/touch, {proof}]}}}}\n")
        for name in ("cameras.d", "data", "porchlight.yaml"):
            path = os.path.join(appliance.folder, name)
            mode = os.stat(path).st_mode & 0o7777
            os.chmod(path, 0o777)
            judged = appliance.cli("check-config")
            check(judged.returncode == 1 and "chmod o-w " + path in judged.stdout, f"check-config of {name} with 0777: {judged.stdout}")
            if name == "data":
                doctor = json.loads(appliance.cli("doctor", "--json").stdout)["findings"]
                check(any(finding["verdict"] == "bad" and path in finding["text"] for finding in doctor), f"doctor of {name} with 0777: {doctor}")
            log = start_fails(appliance)
            check("chmod o-w " + path in log, f"the daemon does not say why: {log[-500:]}")
            os.chmod(path, mode)
        os.chmod(planted, 0o666)
        appliance.start()
        evil = appliance.camera("evil")
        check(evil["state"] != "running" and "chmod o-w " + planted in evil["reason"], f"{evil}")
        appliance.cli("recover", "evil", "--rung", "5")
        check(not os.path.exists(proof), "the command of a file that everybody may write was run")
    finally:
        appliance.__exit__()


@case("config: links that somebody laid into the data folder are not followed")
def planted_links():
    appliance = Appliance(settings.build, GOOD, settings={"web": {"port": (port := free_port()), "bind": "127.0.0.1", "tls": "auto"}})
    try:
        victim = os.path.join(appliance.folder, "victim")
        write(victim, "mine\n")
        for name in ("tls/key.pem.new", "tls/certificate.pem.new", "log/log.jsonl"):
            os.makedirs(os.path.dirname(os.path.join(appliance.data, name)), exist_ok=True)
            os.symlink(victim, os.path.join(appliance.data, name))
        appliance.start(wait=False)
        wait_until("the certificate is there", 20, lambda: os.path.exists(os.path.join(appliance.data, "tls", "certificate.pem")))
        wait_until("it listens", 20, lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0)
        with open(victim) as file:
            text = file.read()
        check(text == "mine\n", f"the file behind a link was written: {text[:80]!r}")
        check(os.stat(os.path.join(appliance.data, "tls", "key.pem")).st_mode & 0o077 == 0, "the key can be read by others")
    finally:
        appliance.__exit__()


@case("config: files that begin with a dot are no cameras; odd bytes in names reach nobody")
def hidden_files():
    appliance = Appliance(settings.build, GOOD)
    try:
        folder = os.fsencode(os.path.join(appliance.folder, "cameras.d"))
        for name in (b"._good.yaml", b".#good.yaml", b".good.yaml.swp", b"good.yaml~", b"K\xfcche\x1b[31m.yaml"):
            with open(os.path.join(folder, name), "wb") as file:
                file.write(b"\x00\x05\x16\x07 Mac OS X")
        appliance.start()
        cameras = {camera["name"]: camera for camera in appliance.get("/cameras")["cameras"]}
        check(set(cameras) == {"good", "k-che--31m"}, f"{sorted(cameras)}")
        check("K\\xfcche\\x1b" in cameras["k-che--31m"]["reason"], f"{cameras['k-che--31m']['reason']}")
        check("\x1b" not in appliance.process.log(), "an escape sequence in the log")
        judged = subprocess.run([f"{settings.build}/bin/porchlight", "--config", appliance.config, "check-config"], capture_output=True, timeout=60)
        check(judged.returncode == 1 and b"\x1b" not in judged.stdout and judged.stdout.decode("utf-8"), f"{judged.stdout}")
    finally:
        appliance.__exit__()


@case("config: doctor asks at the address that the appliance listens on")
def doctor_port():
    port = free_port()
    appliance = Appliance(settings.build, GOOD, settings={"web": {"port": port, "bind": "127.0.0.2", "tls": "off"}})
    try:
        with socket.socket() as other:
            other.bind(("127.0.0.2", port))
            other.listen()
            found = [finding for finding in json.loads(appliance.cli("doctor", "--json").stdout)["findings"] if finding["subject"] == "port"]
            check(found and found[0]["verdict"] == "bad" and str(os.getpid()) in found[0]["text"], f"{found}")
    finally:
        appliance.__exit__()


ORDINARY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


@case("config: an ordinary user's port 443 was refused without a word on what to do")
def refused_port():
    if os.geteuid() != 0:
        raise Skipped("needs root, to run the daemon as nobody")
    with open("/proc/sys/net/ipv4/ip_unprivileged_port_start") as file:
        if int(file.read()) <= 443:
            raise Skipped("everybody may use port 443 here")
    if run(*ORDINARY, "test", "-x", f"{settings.build}/bin/porchlightd").returncode:
        raise Skipped("the build is not readable for others")
    appliance = Appliance(settings.build, GOOD, settings={"web": {"port": 443, "bind": "127.0.0.1", "tls": "off"}})
    try:
        run("chown", "-R", "65534:65534", appliance.folder)
        for words in (["porchlight", "check-config", appliance.config], ["porchlightd", "--config", appliance.config]):
            done = run(*ORDINARY, f"{settings.build}/bin/{words[0]}", *words[1:])
            said = done.stdout + done.stderr
            check(done.returncode != 0 and "web.port 443" in said and "ports below 1024" in said and "8443" in said, f"{words[0]}: {done.returncode}: {said}")
    finally:
        appliance.__exit__()


FOREIGN_DISK = """
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>
int statfs(const char* path, struct statfs* found) {
    int result = (int)syscall(SYS_statfs, path, found);
    if (result == 0 && strncmp(path, getenv("FOREIGN"), strlen(getenv("FOREIGN"))) == 0) found->f_type = 0x2011bab0;
    return result;
}
int statfs64(const char* path, struct statfs64* found) { return statfs(path, (struct statfs*)found); }
"""


@case("config: a data folder on exFAT is refused with what to do, by check-config and the daemon")
def foreign_disk():
    # Few machines that run tests can make exFAT: only what the kernel says of the folder is exchanged.
    appliance = Appliance(settings.build, GOOD)
    try:
        library = os.path.join(appliance.folder, "exfat.so")
        if run("cc", "-shared", "-fPIC", "-x", "c", "-", "-o", library, input=FOREIGN_DISK).returncode:
            raise Skipped("there is no C compiler, or sizes of files are not 64 bits")
        there = dict(os.environ, LD_PRELOAD=library, FOREIGN=appliance.data)
        for words in (["porchlight", "check-config", appliance.config], ["porchlightd", "--config", appliance.config]):
            done = run(f"{settings.build}/bin/{words[0]}", *words[1:], env=there)
            said = done.stdout + done.stderr
            check(done.returncode != 0 and "data_dir" in said and "exFAT" in said and "format it with ext4" in said, f"{words[0]}: {done.returncode}: {said}")
    finally:
        appliance.__exit__()


def installer(appliance, config, **variables):
    """Runs write_config of installer/setup.sh on this configuration. -> (exit code, what it said, the file afterwards)"""
    write(appliance.config, config)
    script = f'. {ROOT}/installer/setup.sh; fail() {{ printf "%s\\n" "$@"; exit 1; }}; write_config'
    done = subprocess.run(["bash", "-ceu", script], capture_output=True, text=True, timeout=60,
                          env=dict(os.environ, root=ROOT, build=settings.build, data=appliance.data, config=appliance.config,
                                   **{"port": "", "with_broker": "", **variables}))
    with open(appliance.config) as file:
        return done.returncode, done.stdout + done.stderr, file.read()


@case("installer: says that it set the port or switched the broker on only when it did")
def installer_words():
    appliance = Appliance(settings.build, GOOD)
    try:
        data = f"data_dir: {appliance.data}\n"
        sound = [
            ("web: {port: 8443}\n", {"port": "9443"}, "web: {port: 9443}\n", "Set web.port to 9443"),
            ("web: {bind: 127.0.0.1, port: 8443, tls: auto} # mine\n", {"port": "9443"}, "web: {bind: 127.0.0.1, port: 9443, tls: auto} # mine\n", "Set web.port"),
            ("web:\n    port:   8443   # mine\nmqtt: {port: 1}\n", {"port": "9443"}, "web:\n    port:   9443   # mine\nmqtt: {port: 1}\n", "Set web.port"),
            ("log_level: info\n", {"port": "9443"}, "log_level: info\nweb:\n  port: 9443\n", "Set web.port"),
            ("web: {port: 9443}\n", {"port": "9443"}, "web: {port: 9443}\n", ""),
            ("mqtt: {enabled: false}\n", {"with_broker": "1"}, "mqtt: {enabled: true}\n", "Switched mqtt on"),
            ("mqtt:\n  enabled: no\n", {"with_broker": "1"}, "mqtt:\n  enabled: true\n", "Switched mqtt on"),
        ]
        for before, asked, after, words in sound:
            code, said, text = installer(appliance, data + before, **asked)
            check(code == 0 and text == data + after and words in said and bool(words) == bool(said), f"{before!r} {asked}: {code} {said!r} {text!r}")
        for before, asked, words in (("web: {port: &p 8443}\nmqtt: {port: *p}\n", {"port": "9443"}, "Write there"),
                                     ("mqtt: {enabled: false, host: 192.0.2.1}\n", {"with_broker": "1"}, "Write there")):
            code, said, text = installer(appliance, data + before, **asked)
            check(code == 1 and text == data + before and words in said and "Set web" not in said, f"{before!r} {asked}: {code} {said!r} {text!r}")
        check(not os.path.exists(appliance.config + ".new"), "a copy of the configuration was left behind")
    finally:
        appliance.__exit__()


@case("installer: folders and files it makes are the owner's alone, whatever the umask")
def installer_modes():
    appliance = Appliance(settings.build, GOOD)
    try:
        data = os.path.join(appliance.folder, "new", "porchlight")
        script = f'umask 000; . {ROOT}/installer/setup.sh; fail() {{ printf "%s\\n" "$@"; exit 1; }}; make_data_dir; write_config; write_camera porch "{{plugin: testpattern}}"'
        done = run("bash", "-ceu", script, env=dict(os.environ, root=ROOT, build=settings.build, data=data, port="", with_broker=""))
        check(done.returncode == 0, done.stdout + done.stderr)
        for folder, _, names in os.walk(os.path.dirname(data)):
            for path in [folder, *(os.path.join(folder, name) for name in names)]:
                check(os.stat(path).st_mode & 0o077 == 0, f"{path}: {oct(os.stat(path).st_mode)}")
    finally:
        appliance.__exit__()


@case("installer: says its address also when a camera's file is faulty")
def installer_address():
    appliance = Appliance(settings.build, GOOD)
    try:
        write(os.path.join(os.path.dirname(appliance.config), "cameras.d", "bad.yaml"), "source: {plugin: testpattern, fps: many}\n")
        check(appliance.cli("check-config").returncode == 1, "a faulty camera is called good")
        script = f'set -o pipefail; . {ROOT}/installer/setup.sh; fail() {{ printf "%s\\n" "$@"; exit 1; }}; print_addresses'
        done = run("bash", "-ceu", script, env=dict(os.environ, root=ROOT, build=settings.build, data=appliance.data, config=appliance.config))
        check(done.returncode == 0 and f"Dashboard: http://localhost:{appliance.port}/" in done.stdout, f"{done.returncode}: {done.stdout}{done.stderr}")
    finally:
        appliance.__exit__()


# Letters that no name of ours has four of in a row; {} stands for a piece of a secret.
PIECES = ["qxzwkjv", "zvqkxwj", "jkwvzqx"]
SOURCES = ["rtsp://u:{}@192.0.2.5/main", "rtsp://u:{}/{}@192.0.2.5/main", "rtsp://u:{}?{}@192.0.2.5/main", "rtsp://u:{}#{}@192.0.2.5:554/main",
           "rtsp://u:{}@{}@192.0.2.5/main", "rtsp://u:{}/{}?{}@cam.example/ch/1", "rtsp://u:{}:{}@[2001:db8::5]:554/main", "rtsp://{}@192.0.2.5",
           "rtsp://u:{}", "rtsp://u:{}/main", "rtsp://u:{}?{}", "rtsp://192.0.2.5/user=admin&password={}&channel=1", "rtsp://192.0.2.5/admin_password={}_channel=1.sdp",
           "http://192.0.2.5/v.cgi?usr={}&pwd={}#{}", "http://192.0.2.5/v.cgi?pwd={}@{}", "http://192.0.2.5/pwd={}@{}/main", "http://192.0.2.5/v.cgi#token={}@{}",
           "rtsps://192.0.2.5:7441/{}1{}?enableSrtp", "rtsp://192.0.2.5/live/{}{}",
           "http://h/v.cgi?x@{}", "http://192.0.2.5:80/v.cgi?{}@{}", "http://u:{}@192.0.2.5/v.cgi?x@{}", "rtsp://[2001:db8::5]/{}@{}", "rtsp://h/{}@{}"]
NO_SOURCES = ["u:{}@192.0.2.5/main", "rtsp:/u:{}/{}@192.0.2.5", "192.0.2.5/v.cgi?pwd={}", "rtsp//u:{}#{}@192.0.2.5",
              "rtsp:/nvr/{}1{}", "rtsp:nvr/{}1{}", "rtsp//nvr/{}1{}", "//nvr/{}1{}", "192.0.2.5:7441/{}1{}", "nvr/{}1{}", "//192.0.2.5/{}#{}"]


def pieces_in(text):
    return {piece[at:at + 4] for piece in PIECES for at in range(len(piece) - 3) if piece[at:at + 4] in text.lower()}


@case("installer: a piece of a password became a camera's name, a file's name, or was printed")
def installer_passwords():
    filled = lambda shape: shape.format(*(piece.upper() for piece in PIECES))
    with tempfile.TemporaryDirectory(prefix="porchlight-test-") as data:
        os.mkdir(os.path.join(data, "cameras.d"))
        script = (f'. {ROOT}/installer/setup.sh; fail() {{ printf "%s\\n" "$@"; exit 1; }}\n'
                  'for source in "$@"; do echo "for $source"; write_cameras "$source"; head -n 3 "$data"/cameras.d/*; done')
        done = run("bash", "-ceu", script, "-", *map(filled, SOURCES), env=dict(os.environ, root=ROOT, data=data))
        check(done.returncode == 0, done.stdout + done.stderr)
        answers = done.stdout.split("for ")[1:]
        check(len(answers) == len(SOURCES) and all("Camera " in answer and "\nname: " in answer for answer in answers), done.stdout)
        names = {shape: answer.split("\nname: ")[1].split("\n")[0] for shape, answer in zip(SOURCES, answers)}
        told = [f"{shape}: {answer}" for shape, answer in zip(SOURCES, answers) if pieces_in(answer.split("\n", 1)[1])]
        check(not told and not pieces_in(done.stderr), "\n".join(told) + done.stderr)
        check(names[SOURCES[0]] == "192-0-2-5-main" and names[SOURCES[5]] == "cam-example-ch-1", f"{names}")
    for shape in NO_SOURCES:
        script = f'. {ROOT}/installer/setup.sh; fail() {{ printf "%s\\n" "$@"; exit 1; }}; check_sources "$@"'
        done = run("bash", "-ceu", script, "-", ROOT + "/README.md", filled(shape))
        check(done.returncode == 1 and "no such file" in done.stdout and not pieces_in(done.stdout + done.stderr), f"{shape}: {done.stdout}{done.stderr}")
