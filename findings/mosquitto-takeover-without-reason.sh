#!/usr/bin/env bash
# Mosquitto 2.0.11 (Debian 12) and two MQTT 5 clients that use one client id, as two appliances do whose SD card was copied.
#
# One would guess: MQTT 5 was made to say why. Section 3.1.4: the server sends the first client a DISCONNECT with reason
# code 0x8E (142, session taken over) and then closes its connection. So the loser knows that it has a twin.
#
# Seen: the first client gets not one byte after its CONNACK, just the end of the connection - what it also gets when the
# broker restarts, when its keep-alive runs out, or when it sent a packet that is too large for MQTT 3.1.1.
#
# For Porchlight: "another client with the same id?" has to be guessed from how connections end: again and again, soon
# after each CONNACK, while nothing was published.
set -euo pipefail

dir=$(mktemp -d)
broker=0
trap '[[ $broker -eq 0 ]] || kill "$broker" 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"

apt-get download mosquitto=2.0.11-1.2+deb12u2 libdlt2 libwrap0 libnsl2 libtirpc3 >apt.log 2>&1 || { cat apt.log >&2; exit 1; }
for package in *.deb; do dpkg -x "$package" tree; done
libraries=$(find "$dir/tree" -name '*.so.*' -printf '%h\n' | sort -u | paste -sd:)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
printf 'listener %s 127.0.0.1\nallow_anonymous true\n' "$port" >broker.conf
LD_LIBRARY_PATH=$libraries tree/usr/sbin/mosquitto -c broker.conf >broker.log 2>&1 &
broker=$!
for _ in $(seq 50); do (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.2; done

seen=$(python3 - "$port" <<'PYTHON'
import socket
import sys


def connect():
    """An MQTT 5 client with the id "twin": CONNECT sent, CONNACK read whole."""
    client = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=10)
    name = b"twin"
    body = b"\x00\x04MQTT\x05\x02\x00\x3c\x00" + len(name).to_bytes(2, "big") + name
    client.sendall(b"\x10" + bytes([len(body)]) + body)
    head = client.recv(2)
    answer = client.recv(head[1])
    assert head[0] == 0x20 and answer[1] == 0, "CONNACK with success"
    return client


first = connect()
second = connect()
rest = first.recv(100)
second.sendall(b"\xc0\x00")  # PINGREQ: the second one is connected
pong = second.recv(2)
print("first gets", rest.hex() or "nothing, then the end;", "second", "lives" if pong == b"\xd0\x00" else "is gone")
PYTHON
)
echo "$seen"
grep -o 'already connected, closing old connection' broker.log || true
[[ $seen == "first gets nothing, then the end; second lives" ]] || { echo "changed" >&2; exit 1; }
echo "as described"
