# The steps of installer/run, in their order; sourced by it. Uses its variables (root build data port sources ...)
# and its say and fail.
# shellcheck shell=bash disable=SC2154

made_by="# Made by installer/run; it replaces this file at the next run with --source. Rename it to keep it."
broker_pid='' daemon_pid='' stop_asked=''

# check_sources SOURCE... : a file that is not there is noticed before anything is installed. An address that lost its :// is no
# file either, and may end in a password or a key: printed is only what can be nothing but a file's name, or its absolute path.
check_sources() {
    local source shown number=0
    for source in "$@"; do
        number=$((number + 1))
        shown=$source
        [[ $source =~ ^(\.{0,2}/)?[^/@=?:#]*$|^\.{0,2}/[^/@=?:#][^@=?:#]*$ ]] || shown="number $number"
        case $source in
            *://*) ;;
            *) [[ -f $source ]] || fail "--source $shown: there is no such file" \
                   "Give a video file, or a URL such as rtsp://user:password@camera/stream." ;;
        esac
    done
}

# The state of the sources as one line: names, sizes, times. Nothing in it changed = nothing to build.
source_state() {
    (cd "$root" && find CMakeLists.txt CMakePresets.json cmake core plugins webroot db config \
        -name node_modules -prune -o -type f -printf '%p %s %T@\n' | LC_ALL=C sort | sha256sum | cut -c1-64)
}

build_release() {
    local stamp=$build/.built state launcher=()
    state=$(source_state)
    if [[ -x $build/bin/porchlightd && -f $stamp && $(<"$stamp") == "$state" ]]; then
        echo "Nothing changed since the last build"
        return
    fi
    command -v ccache >/dev/null || launcher=(-DCMAKE_C_COMPILER_LAUNCHER= -DCMAKE_CXX_COMPILER_LAUNCHER=)
    local megabytes jobs unity=OFF
    megabytes=$(awk '/MemAvailable/ {print int($2 / 1024)}' /proc/meminfo)
    jobs=$(nproc)
    # 700 MB for each compiler are enough, also for large pieces: the largest took 403 MB.
    ((jobs * 700 <= megabytes)) || jobs=$((megabytes / 700 > 0 ? megabytes / 700 : 1))
    # Large pieces take less time. Where even one compiler has less memory, each source is compiled by itself.
    ((megabytes < jobs * 700)) || unity=ON
    (cd "$root" && cmake --preset release -DPORCHLIGHT_TESTS=OFF "-DCMAKE_UNITY_BUILD=$unity" "${launcher[@]}" >"$root/build-configure.log" 2>&1) || {
        tail -n 20 "$root/build-configure.log" >&2
        fail "the build could not be configured" "The whole output: $root/build-configure.log"
    }
    mv "$root/build-configure.log" "$build/configure.log"
    (cd "$root" && NINJA_STATUS='[%f/%t, %e s] ' cmake --build --preset release -j "$jobs") ||
        fail "the build failed" "Its messages stand above. Too little memory shows as 'Killed': close programs or add swap," \
             "then run this again; it goes on where it stopped."
    echo "$state" >"$stamp"
}

make_data_dir() {
    (umask 077 && mkdir -p "$data/cameras.d") 2>/dev/null ||
        fail "cannot make the data directory $data" "Run as root, or choose another place with --data DIR."
    data=$(cd "$data" && pwd)
    [[ -w $data ]] || fail "$data is not writable for $(id -un)" "Run as its owner ($(stat -c %U "$data")), or choose another place with --data DIR."
    config=$data/porchlight.yaml
}

# yaml_text TEXT : as a double-quoted YAML scalar.
yaml_text() {
    local text=${1//\\/\\\\}
    printf '"%s"' "${text//\"/\\\"}"
}

write_config() {
    local mqtt_enabled=false
    [[ -z $with_broker ]] || mqtt_enabled=true
    if [[ ! -f $config ]]; then
        (umask 077 && cat >"$config.new") <<TEXT
# Yours to edit; every key with its meaning and default: $root/config/porchlight.yaml
data_dir: $(yaml_text "$data")
web:
  port: ${port:-8443}
  bind: 0.0.0.0
  tls: auto
mqtt:
  enabled: $mqtt_enabled
  host: 127.0.0.1
  port: 1883
TEXT
        mv "$config.new" "$config"
        echo "Wrote $config"
        return
    fi
    [[ -z $port ]] || set_port
    [[ -z $with_broker ]] || set_broker
}

# configured KEY [FILE] : the value that counts, as the appliance itself reads the file.
# Also of a file with problems, with which the appliance may start all the same: check-config fails then.
configured() { { porchlight check-config "${2:-$config}" --json 2>/dev/null || true; } | tr -d '\n' | sed -nE "s/.*\"$1\" ?: ?\"([^\"]*)\".*/\1/p"; }

# edited SECTION KEY VALUE : a copy of the configuration with SECTION.KEY: VALUE, where it stands in a line of its own or in one
# line with its section ({...}), or at the end where there is no such section.
edited() {
    (umask 077 && cp "$config" "$config.new")
    chmod --reference "$config" "$config.new"
    chown --reference "$config" "$config.new" 2>/dev/null || true
    if grep -Eq "^$1:" "$config"; then
        sed -i -E -e "/^$1:[[:space:]]*(#.*)?\$/,/^[a-z]/ s/^([[:space:]]+$2:[[:space:]]*)[^#[:space:]]+/\1$3/" \
            -e "s/^($1:[[:space:]]*\{(.*[,[:space:]])?$2:[[:space:]]*)[^],}[:space:]]+/\1$3/" "$config.new"
    else
        printf '%s:\n  %s: %s\n' "$1" "$2" "$3" >>"$config.new"
    fi
}

# Says what was done only when it was: the configuration is read again afterwards.
set_port() {
    [[ $(configured web.port) != "$port" ]] || return 0
    edited web port "$port"
    if [[ $(configured web.port "$config.new") == "$port" ]]; then
        mv "$config.new" "$config"
        echo "Set web.port to $port in $config"
        return
    fi
    rm -f "$config.new"
    fail "--port $port: web.port in $config could not be set" "Write there, below web:     port: $port"
}

is_own_broker() { [[ $(configured mqtt.enabled "$1") == true && $(configured mqtt.host "$1") =~ ^(127\.0\.0\.1|localhost)$ && $(configured mqtt.port "$1") == 1883 ]]; }

set_broker() {
    ! is_own_broker "$config" || return 0
    edited mqtt enabled true
    if is_own_broker "$config.new"; then
        mv "$config.new" "$config"
        echo "Switched mqtt on in $config"
        return
    fi
    rm -f "$config.new"
    fail "--with-broker: mqtt in $config could not be switched on for the broker on 127.0.0.1" \
        "Write there:  mqtt: {enabled: true, host: 127.0.0.1, port: 1883}"
}

# camera_name SOURCE : [a-z0-9-], from the file's name, or from the host and a plain word of the path behind it. A password may
# hold a / and a path may hold a password: nothing in front of the last @ counts, no part of a path with more than letters, and
# nothing at all where the last @ may stand in a path or a query.
camera_name() {
    local text=$1
    if [[ $text == *://* ]]; then
        text=${text#*://}
        local first=${text%%[/?#]*}
        # An @ further on ends a password only where one began: "user:pass/word@host".
        if [[ $text =~ [/?#].*@ && ($text =~ [/?#].*=.*@ || ! $first =~ :.*[^0-9] || $first == *@* || $first == \[*) ]]; then
            text=camera
        fi
        text=${text##*@}
        local host=${text%%[/?#]*} path=''
        [[ $text != */* ]] || path=${text#*/}
        path=${path%%[?#]*}
        path=${path%.*}
        [[ $path =~ ^([A-Za-z]{1,12}[0-9]{0,3}|[0-9]{1,3})(/([A-Za-z]{1,12}[0-9]{0,3}|[0-9]{1,3}))*$ ]] || path=''
        [[ $host =~ ^[][A-Za-z0-9.:-]*$ ]] || host=camera
        [[ $text == "${1#*://}" && $host == *:* && ! $host =~ :[0-9]*$ ]] && host=camera
        [[ $host == \[* ]] || host=${host%%:*}
        text=$host-$path
    else
        text=${text##*/}
        text=${text%.*}
    fi
    text=$(LC_ALL=C tr 'A-Z' 'a-z' <<<"$text" | LC_ALL=C tr -cs 'a-z0-9\n' '-' | cut -c1-36)
    text=${text#-}
    text=${text%-}
    echo "${text:-camera}"
}

# write_camera NAME SOURCE_LINE : one file below cameras.d, with a free name.
write_camera() {
    local name=$1 number=2
    while [[ -e $data/cameras.d/$name.yaml ]]; do name=$1-$number; number=$((number + 1)); done
    (umask 077 && printf '%s\nname: %s\ntitle: %s\nsource: %s\n' "$made_by" "$name" "$(yaml_text "${3:-$name}")" "$2" \
        >"$data/cameras.d/$name.yaml")
    echo "Camera $name: $data/cameras.d/$name.yaml"
}

write_cameras() {
    local source file cameras=()
    if [[ $# -gt 0 ]]; then
        for file in "$data"/cameras.d/*.yaml; do
            [[ -f $file && $(head -n 1 "$file") == "$made_by" ]] && rm "$file"
        done
        for source in "$@"; do
            [[ $source == *://* ]] || source=$(realpath "$source")
            write_camera "$(camera_name "$source")" "{plugin: ffmpeg, url: $(yaml_text "$source")}"
        done
        return
    fi
    mapfile -t cameras < <(find "$data/cameras.d" -maxdepth 1 -type f ! -name '.*' \( -iname '*.yaml' -o -iname '*.yml' \))
    if [[ ${#cameras[@]} -gt 0 ]]; then
        echo "${#cameras[@]} camera(s) configured in $data/cameras.d"
        return
    fi
    find_cameras
}

# What the plugins find on this machine; else the built-in test scene. Cameras on the network need a password: they are named.
find_cameras() {
    local plugin name title source problem lines found=0
    lines=$(porchlight sources --lines) || echo "The search for cameras failed; its message stands above"
    while IFS=$'\t' read -r plugin name title source problem; do
        [[ -n $plugin ]] || continue
        if [[ -n $problem ]]; then
            echo "Found $title, not configured: $problem"
            echo "    source: $source"
            continue
        fi
        write_camera "$name" "$source" "$title"
        found=$((found + 1))
    done <<<"$lines"
    if [[ $found -eq 0 ]]; then
        echo "No camera found: showing the built-in test scene. Your own: installer/run --source rtsp://user:password@camera/stream"
        write_camera test-scene "{plugin: testpattern}" "Test scene"
    fi
}

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# What answers to an MQTT greeting on port 1883: "20 02 00 00" from a broker that lets us in.
greeting() {
    timeout 3 bash -c 'exec 3<>/dev/tcp/127.0.0.1/1883; printf "\x10\x0c\0\x04MQTT\x04\x02\0\x3c\0\0" >&3; head -c 4 <&3 | od -An -tx1' 2>/dev/null || true
}

start_broker() {
    [[ -n $with_broker ]] || return 0
    if answers 1883; then
        [[ $(greeting) == " 20 02 00 00" ]] ||
            fail "--with-broker: what answers on 127.0.0.1:1883 is no MQTT broker that lets us in" \
                "End that program, or leave --with-broker out and configure mqtt in $config."
        echo "A broker answers on 127.0.0.1:1883 already: using it"
        return
    fi
    (umask 077 && printf 'listener 1883 127.0.0.1\nallow_anonymous true\npersistence false\nlog_dest stderr\nlog_type error\n' >"$data/mosquitto.conf")
    PATH=$PATH:/usr/sbin mosquitto -c "$data/mosquitto.conf" &
    broker_pid=$!
    local tries=0
    until answers 1883; do
        kill -0 "$broker_pid" 2>/dev/null && ((++tries < 50)) || fail "the Mosquitto broker did not start" "Its message stands above."
        sleep 0.1
    done
    echo "Broker on 127.0.0.1:1883 (this machine only)"
}

porchlight() { "$build/bin/porchlight" --config "$config" "$@"; }

stop_all() {
    stop_asked=1
    [[ -z $daemon_pid ]] || kill -TERM "$daemon_pid" 2>/dev/null || true
}

# However this ends: nothing that it started goes on unseen.
end_all() {
    local pid
    for pid in $daemon_pid $broker_pid; do kill -TERM "$pid" 2>/dev/null || true; done
}

start_daemon() {
    if porchlight status >/dev/null 2>&1 || [[ $? -eq 1 ]]; then
        fail "an appliance with this data directory is running already" "Stop it first, or start a second one with --data DIR and --port N."
    fi
    trap stop_all INT TERM
    trap end_all EXIT
    "$build/bin/porchlightd" --config "$config" &
    daemon_pid=$!
    local status tries=0
    while true; do
        status=0
        porchlight status >/dev/null 2>&1 || status=$?
        [[ $status -eq 2 ]] || break
        kill -0 "$daemon_pid" 2>/dev/null || { wait "$daemon_pid" || true; fail "the appliance did not start" "Its message stands above."; }
        ((++tries < 300)) || { stop_all; fail "the appliance did not answer within 30 s" "Its messages stand above."; }
        [[ -z $stop_asked ]] || exit 130
        sleep 0.1
    done
}

make_first_account() {
    local users password
    users=$(porchlight user list --json) || fail "the accounts could not be read"
    [[ $users != *'"username"'* && $users != *'"name"'* ]] || return 0
    password=$(LC_ALL=C tr -dc 'a-km-zA-HJ-NP-Z2-9' </dev/urandom 2>/dev/null | head -c 20) || true
    printf '%s\n' "$password" | porchlight user add admin --role admin >/dev/null ||
        { stop_all; fail "the first account could not be made" "The message stands above."; }
    printf '\n    First account:  user %s   password %s\n    It is shown this once. Change it: %s --config %s user passwd admin\n\n' \
        admin "$password" "$build/bin/porchlight" "$config"
}

print_addresses() {
    local scheme=https web_port bind address
    web_port=$(configured web.port)
    bind=$(configured web.bind)
    [[ $(configured web.tls) != off ]] || scheme=http
    case $bind in
        127.*|::1|0.0.0.0|::) echo "Dashboard: $scheme://localhost:$web_port/" ;;
        *:*) echo "Dashboard: $scheme://[$bind]:$web_port/" ;;
        *) echo "Dashboard: $scheme://$bind:$web_port/" ;;
    esac
    if [[ $bind == 0.0.0.0 || $bind == :: ]]; then
        for address in $(hostname -I 2>/dev/null || true); do
            [[ $address != *:* ]] || address="[$address]"
            echo "           $scheme://$address:$web_port/"
        done
    fi
    [[ $scheme == http ]] || echo "The certificate is home-made: the browser asks once whether to trust it."
}

# A signal interrupts `wait`, so wait again until the daemon is really gone.
wait_for_end() {
    local status=0
    while kill -0 "$daemon_pid" 2>/dev/null; do
        status=0
        wait "$daemon_pid" || status=$?
    done
    [[ -z $stop_asked ]] || { say "Stopped"; exit 0; }
    exit "$status"
}
