#!/bin/bash
# What cmake --install puts where. usage: install.sh CMAKE BUILD_DIR
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" --install "$2" --prefix "$work" >"$work/said"
found=$(cd "$work" && find bin share -type f | sort | tr '\n' ' ')
expected="bin/firstplace share/bash-completion/completions/firstplace share/man/man1/firstplace.1 "
[ "$found" = "$expected" ] || { echo "installed: $found; expected: $expected"; exit 1; }
"$work/bin/firstplace" --version
