#!/bin/bash
# What an installation puts where, and that the unit of systemd is one. usage: install.sh CMAKE BUILD_DIR
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" --install "$2" --prefix "$work" >"$work/said"
found=$(cd "$work" && find bin lib share -type f | sort | tr '\n' ' ')
expected="bin/firstplace lib/systemd/system/firstplace@.service lib/sysusers.d/firstplace.conf "
expected+="share/bash-completion/completions/firstplace share/man/man1/firstplace.1 "
[ "$found" = "$expected" ] || { echo "installed: $found; expected: $expected"; exit 1; }
"$work/bin/firstplace" --version

# The unit's own words are known to systemd, and what it starts is a command of ours.
unit="$work/lib/systemd/system/firstplace@.service"
grep -qE '^ExecStart=/[^@ ]*/bin/firstplace serve ' "$unit" || { cat "$unit"; exit 1; }
for flag in $(grep '^ExecStart=' "$unit" | grep -oE ' --[a-z-]+'); do
    "$work/bin/firstplace" serve --help | grep -q -- "$flag" || { echo "serve has no $flag"; exit 1; }
done
if command -v systemd-analyze >/dev/null; then
    sed "s|^ExecStart=[^ ]*|ExecStart=$work/bin/firstplace|" "$unit" >"$work/firstplace@study.service"
    said=$(systemd-analyze verify --man=no "$work/firstplace@study.service" 2>&1) || true
    if grep -E 'firstplace@study.service:[0-9]+:' <<<"$said"; then exit 1; fi
fi
