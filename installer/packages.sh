# Which Debian packages are needed and whether they are there; sourced by installer/run and tests/run.
# The lists stand in installer/packages/*.txt: one package a line, "a|b" takes the first that exists.

PACKAGES_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/packages

# packages_listed LIST... : the lines of the named lists without comments.
packages_listed() {
    local list
    for list in "$@"; do grep -v -E '^(#|$)' "$PACKAGES_DIR/$list.txt"; done
}

# packages_missing LIST... : a line for each entry of which no alternative is installed.
packages_missing() {
    local installed line name found
    installed=" $(dpkg-query -W -f='${binary:Package}:${db:Status-Status} ' 2>/dev/null) "
    packages_listed "$@" | while read -r line; do
        found=
        for name in ${line//|/ }; do
            # dpkg names some packages with their architecture: "libssl-dev:amd64:installed".
            [[ $installed == *" $name:installed "* || $installed =~ \ $name:[a-z0-9-]+:installed\  ]] && found=1
        done
        [[ -n $found ]] || echo "$line"
    done
}

# as_root COMMAND... : runs it as root, through sudo where we are not.
as_root() {
    if [[ $(id -u) -eq 0 ]]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "Packages must be installed, which needs root: run this as root, or install sudo, or run yourself:" >&2
        echo "    $*" >&2
        return 1
    fi
}

# packages_install LIST... : installs what is missing, says what. Nothing missing costs a tenth of a second.
packages_install() {
    local missing line name chosen wanted=()
    mapfile -t missing < <(packages_missing "$@")
    [[ ${#missing[@]} -gt 0 ]] || return 0
    if ! command -v apt-get >/dev/null; then
        echo "This needs Debian 12 or newer (apt-get is not here). Missing: ${missing[*]}" >&2
        return 1
    fi
    echo "Updating the package lists"
    as_root apt-get update -q=2 || echo "The package lists could not be updated; trying with those that are here." >&2
    for line in "${missing[@]}"; do
        chosen=${line%%|*}
        for name in ${line//|/ }; do
            if [[ -n $(apt-cache show --no-all-versions "$name" 2>/dev/null) ]]; then chosen=$name; break; fi
        done
        wanted+=("$chosen")
    done
    echo "Installing ${#wanted[@]} packages and what they depend on: ${wanted[*]}"
    local log
    log=$(mktemp)
    if ! (set -o pipefail
          as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q=2 --no-install-recommends \
              -o Dpkg::Use-Pty=0 "${wanted[@]}" 2>&1 | tee "$log" |
              awk '/^Setting up/ && ++n % 50 == 0 {print "  " n " packages set up"; fflush()} END {print "  " n + 0 " packages set up"}'); then
        tail -n 20 "$log" >&2
        echo "apt-get could not install them. Its last messages stand above, all of them in $log;" \
             "check the network and the disk (df -h /), then run this again." >&2
        return 1
    fi
    rm -f "$log"
}

# has_usable_npm : Node.js 18 or newer with npm.
has_usable_npm() {
    command -v npm >/dev/null && command -v node >/dev/null &&
        [[ $(node -p 'parseInt(process.versions.node)' 2>/dev/null || echo 0) -ge 18 ]]
}
