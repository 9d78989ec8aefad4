#!/usr/bin/env bash
# Two MQTT 5 clients and a broker that tells them its limit: Mosquitto 2.0.11 with max_packet_size 10000 (Debian 12),
# MQTT.js 5.16.0 (npm) and Debian's mosquitto_pub 2.0.11, each publishing 20,000 bytes.
#
# One would guess: in MQTT 5 the broker tells its Maximum Packet Size in CONNACK and a client must not send more
# (MQTT 5, 3.2.2.3.6). So a publish that is too large fails where it was asked for, with an error, and the connection
# stays up.
#
# Seen, opposite ways to the same end, a picture that is lost while the sender was told that all is well:
# - MQTT.js has the limit (it stands in the argument of 'connect'), sends the packet all the same and calls back without
#   an error (QoS 0); the broker cuts the connection with reason 149, and whatever else was in flight waits for a new one.
# - mosquitto_pub -V mqttv5 obeys: it sends nothing - and exits with 0, without a word, at QoS 1 as well. Its debug
#   output (-d) has CONNECT and DISCONNECT and no PUBLISH in between.
#
# For Porchlight: neither an exit code nor a callback says that a picture arrived. Sizes are minded before publishing,
# and a test that publishes with mosquitto_pub has to look at what a subscriber gets.
set -euo pipefail

dir=$(mktemp -d)
broker=0
trap '[[ $broker -eq 0 ]] || kill "$broker" 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"

apt-get download mosquitto=2.0.11-1.2+deb12u2 mosquitto-clients=2.0.11-1.2+deb12u2 libmosquitto1=2.0.11-1.2+deb12u2 \
    libdlt2 libcjson1 libwrap0 libnsl2 libtirpc3 >apt.log 2>&1 || { cat apt.log >&2; exit 1; }
for package in *.deb; do dpkg -x "$package" tree; done
libraries=$(find "$dir/tree" -name '*.so.*' -printf '%h\n' | sort -u | paste -sd:)
npm init -y >npm.log
npm install --no-audit --no-fund mqtt@5.16.0 >>npm.log 2>&1 || { tail -n 5 npm.log >&2; exit 1; }

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
printf 'listener %s 127.0.0.1\nallow_anonymous true\nmax_packet_size 10000\n' "$port" >broker.conf
LD_LIBRARY_PATH=$libraries tree/usr/sbin/mosquitto -c broker.conf >broker.log 2>&1 &
broker=$!
for _ in $(seq 50); do (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.2; done

cat >client.js <<'JS'
const mqtt = require('mqtt');
const client = mqtt.connect(`mqtt://127.0.0.1:${process.argv[2]}`, {protocolVersion: 5, reconnectPeriod: 0});
const seen = {limit: null, sent_bytes: 0, callback: 'none', reason: null};
client.on('connect', (answer) => {
  seen.limit = answer.properties.maximumPacketSize;
  client.publish('picture', Buffer.alloc(20000), {qos: 0}, (error) => { seen.callback = error ? 'error' : 'success'; });
});
client.on('packetsend', (packet) => { if (packet.cmd === 'publish') seen.sent_bytes = packet.payload.length; });
client.on('disconnect', (packet) => { seen.reason = packet.reasonCode; });
const finish = () => { console.log(JSON.stringify(seen)); process.exit(0); };
client.on('close', () => setTimeout(finish, 100));
client.on('error', () => {});
setTimeout(finish, 15000);
JS
mqttjs=$(node client.js "$port")
echo "MQTT.js 5.16.0:        $mqttjs"

# publish BYTES: what mosquitto_pub says and does.
publish() {
    local status=0 words
    head -c "$1" /dev/zero >picture
    LD_LIBRARY_PATH=$libraries timeout 15 tree/usr/bin/mosquitto_pub -d -q 1 -V mqttv5 -h 127.0.0.1 -p "$port" -t picture \
        -f picture >pub.log 2>&1 || status=$?
    words=$(grep -oE 'sending [A-Z]+|received [A-Z]+|Error' pub.log | paste -sd,)
    echo "exit $status: $words"
}
small=$(publish 5000)
large=$(publish 20000)
echo "mosquitto_pub  5,000:  $small"
echo "mosquitto_pub 20,000:  $large"

as_expected() { [[ $2 == "$3" ]] || { echo "changed: $1: expected $3" >&2; exit 1; }; }
as_expected MQTT.js "$mqttjs" '{"limit":10000,"sent_bytes":20000,"callback":"success","reason":149}'
as_expected 'small' "$small" 'exit 0: sending CONNECT,received CONNACK,sending PUBLISH,received PUBACK,sending DISCONNECT'
as_expected 'large' "$large" 'exit 0: sending CONNECT,received CONNACK,sending DISCONNECT'
echo "as described"
