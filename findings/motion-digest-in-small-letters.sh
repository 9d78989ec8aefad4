#!/usr/bin/env bash
# motion 4.5.1 and FFmpeg 5.1, both of Debian 12: the stream of one, behind HTTP Digest, read by the other.
#
# One would guess: with stream_auth_method 2 (Digest) FFmpeg plays http://name:password@host/ as it does with method 1 (Basic), for
# both know Digest with MD5, and algorithm names are tokens that no server writes in another way.
#
# Seen: motion's web server (libmicrohttpd) offers `algorithm=md5`. FFmpeg compares that with "MD5", letter by letter, finds no
# algorithm that it knows, sends no login at all and ends with 401, although name and password are right. curl plays it.
#
# For Porchlight: a camera made of motion was "wrong password". Offers are read whatever their letters are, and what libavformat
# cannot answer is answered for it (plugins/capture-ffmpeg/reach/digest.cpp).
set -euo pipefail

dir=$(mktemp -d)
pids=()
trap 'kill -9 "${pids[@]}" 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"

# With all that they need, whatever is installed here.
mkdir -p archives/partial
: >status
apt-get -o Dir::State::status="$dir/status" -o Dir::Cache::archives="$dir/archives" -o Debug::NoLocking=1 -y --download-only \
    --no-install-recommends install motion=4.5.1-2 ffmpeg=7:5.1.9-0+deb12u1 curl=7.88.1-10+deb12u15 >apt.log 2>&1 ||
    { tail -n 5 apt.log >&2; exit 1; }
for package in archives/*.deb; do dpkg -x "$package" tree; done
libraries=$(find "$dir/tree" -name '*.so.*' -printf '%h\n' | sort -u | paste -sd:)
run() { LD_LIBRARY_PATH=$libraries "tree/usr/bin/$@"; }

run ffmpeg -v error -f lavfi -i testsrc2=s=320x240:r=10:d=5 -c:v mpeg4 clip.mp4
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

# serve METHOD: motion plays the clip.
serve() {
    printf '%s\n' 'daemon off' 'setup_mode off' "target_dir $dir" "netcam_url file://$dir/clip.mp4" 'width 320' 'height 240' 'framerate 10' \
        'picture_output off' 'movie_output off' 'webcontrol_port 0' "stream_port $port" 'stream_localhost on' "stream_auth_method $1" \
        'stream_authentication viewer:porch' >motion.conf
    LD_LIBRARY_PATH=$libraries tree/usr/bin/motion -n -c motion.conf >motion.log 2>&1 &
    pids=($!)
    for _ in $(seq 100); do
        asked 2>/dev/null | grep -qi '^www-authenticate' && return
        sleep 0.1
    done
    echo "motion does not ask for a password" >&2
    exit 1
}
asked() { timeout 5 env LD_LIBRARY_PATH="$libraries" tree/usr/bin/curl -s -D - -o /dev/null "http://127.0.0.1:$port/" || true; }
reads_ffmpeg() { timeout 20 env LD_LIBRARY_PATH="$libraries" tree/usr/bin/ffmpeg -v error -nostdin -i "http://viewer:porch@127.0.0.1:$port/" -frames:v 2 -f null - 2>&1 || true; }
reads_curl() { timeout 5 env LD_LIBRARY_PATH="$libraries" tree/usr/bin/curl -s -m 3 --anyauth -u viewer:porch "http://127.0.0.1:$port/" -o /dev/null -w '%{http_code}' || true; }

serve 1
basic=$(reads_ffmpeg)
kill "${pids[0]}"; wait "${pids[0]}" 2>/dev/null || true
serve 2
offer=$(asked | grep -i '^www-authenticate' | tr -d '\r' | grep -o 'algorithm=[^,]*' || true)
digest=$(reads_ffmpeg)
code=$(reads_curl)
echo "Basic: FFmpeg says \"${basic}\""
echo "Digest, $offer: FFmpeg says \"${digest##*: }\"; curl gets $code"
[[ -z $basic && $offer == *md5* && $digest == *401* && $code == 200 ]] || { echo "it has changed"; exit 1; }
