#!/usr/bin/env bash
# yaml-cpp 0.7.0 (Debian 12) on four texts that are no YAML, each a slip of a person who edits a configuration.
#
# One would guess: YAML::Load throws a ParserException with line and column, as it does for a text like "a: [1". PyYAML 6.0
# (Debian 12), the reader beside it, refuses all four with the place.
#
# Seen: no exception, and part of the file is gone or became something else without a word:
#   a: 'x        a quote that is never closed: the rest of the file becomes the value, and the key b is not there
#   %b: 2        a line that begins with %: it and everything behind it is dropped, c as well
#   {a: 1} b     text behind the end of a flow mapping: dropped
#   b            a word alone on a line: a key with the value null
#
# For Porchlight: that yaml-cpp read a file says nothing about whether it read all of it. The loader looks at the text
# itself for what the parser leaves out in silence.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

apt-get download libyaml-cpp0.7=0.7.0+dfsg-8+b1 libyaml-cpp-dev=0.7.0+dfsg-8+b1 python3-yaml=6.0-3+b2 >apt.log 2>&1 ||
    { cat apt.log >&2; exit 1; }
for package in *.deb; do dpkg -x "$package" tree; done
library=$(dirname "$(find "$dir/tree" -name 'libyaml-cpp.so.0.7' | head -n 1)")

cat >read.cpp <<'CPP'
#include <iostream>
#include <iterator>
#include <yaml-cpp/yaml.h>

int main() {
    const std::string text((std::istreambuf_iterator<char>(std::cin)), {});
    try {
        const YAML::Node root = YAML::Load(text);
        for (const auto& entry : root) std::cout << entry.first << "=<" << (entry.second.IsNull() ? "null" : entry.second.Scalar()) << "> ";
    } catch (const YAML::Exception& error) {
        std::cout << "refused in line " << error.mark.line + 1;
    }
}
CPP
g++ -std=c++17 -O0 -I tree/usr/include read.cpp -o read -L "$library" -lyaml-cpp
cat >read.py <<'PYTHON'
import sys

import yaml

try:
    yaml.safe_load(sys.stdin.read())
    print("taken")
except yaml.YAMLError as error:
    print("refused in line", error.problem_mark.line + 1)
PYTHON

# reads TEXT EXPECTED: what both make of it.
status=0
reads() {
    local ours judge
    ours=$(printf '%b' "$1" | LD_LIBRARY_PATH=$library ./read)
    judge=$(printf '%b' "$1" | PYTHONPATH=$dir/tree/usr/lib/python3/dist-packages /usr/bin/python3 read.py)
    printf '%-28s yaml-cpp: %-22s PyYAML: %s\n' "$1" "$ours" "$judge"
    [[ $ours == "$2" && $judge == refused* ]] || { echo "changed: expected $2" >&2; status=1; }
}
reads "a: 'x\nb: 1\n" 'a=<x b: 1 > '
reads 'a: 1\n%b: 2\nc: 3\n' 'a=<1> '
reads '{a: 1} b\n' 'a=<1> '
reads 'a: 1\nb\n' 'a=<1> b=<null> '
reads 'a: [1\n' 'refused in line 2'
[[ $status -eq 0 ]] || exit 1
echo "as described"
