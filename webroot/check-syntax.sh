#!/bin/sh
# `node --check` of every module of the dashboard and of the browser tests; prints the first error of each broken one.
set -u
here=$(cd "$(dirname "$0")" && pwd)
failed=0
count=0
for file in $(find "$here" "$here/../tests/e2e" "$here/../tests/unit/webroot" -name node_modules -prune -o \
    \( -name '*.js' -o -name '*.mjs' \) -print 2>/dev/null | sort); do
    count=$((count + 1))
    node --check "$file" || failed=$((failed + 1))
done
if [ "$failed" -gt 0 ]; then
    echo "check-syntax: $failed of $count modules do not parse" >&2
    exit 1
fi
echo "check-syntax: $count modules parse"
