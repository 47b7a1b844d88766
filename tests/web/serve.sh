#!/bin/bash
# firstplace serve from outside: start, the link of the first administrator, health, the log, stopping
# by signals, wrong use. usage: serve.sh BINARY
set -eu
program=$1
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill -KILL "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
fail() { echo "serve.sh: $1"; cat said log 2>/dev/null; exit 1; }

# Start in the background; sets $server and $port when it listens.
start() {
    rm -f said
    "$program" serve "$@" --port 0 >said 2>log &
    server=$!
    for _ in $(seq 600); do
        grep -qs '^Control-C' said && break
        kill -0 "$server" 2>/dev/null || fail "it ended at once"
        sleep 0.1
    done
    port=$(sed -nE 's|.* is served at https?://[^ ]*:([0-9]+)$|\1|p' said)
    [ -n "$port" ] || fail "no address printed"
}

# GET a path; prints status and body.
get() {
    exec 3<>"/dev/tcp/127.0.0.1/$port"
    printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$1" >&3
    tr -d '\r' <&3
    exec 3<&-
}

stop() {
    kill -"$1" "$server"
    code=0
    wait "$server" || code=$?
    server=
    [ "$code" -eq 0 ] || fail "SIG$1 gives exit code $code"
}

refused() { # EXIT_CODE TEXT ARGUMENTS...
    local code=0 want=$1 text=$2
    shift 2
    "$program" serve "$@" >out 2>err </dev/null || code=$?
    [ "$code" -eq "$want" ] || fail "serve $*: exit code $code, not $want: $(cat err)"
    [ "$(wc -l <err)" -eq 1 ] && grep -qF -- "$text" err || fail "serve $*: $(cat err)"
}

"$program" new study >/dev/null

refused 2 "STUDY is missing"
refused 2 "no TLS" study --address 0.0.0.0
refused 2 "is not a port" study --port 70000
refused 2 "is not a port" study --port http
refused 2 "go together" study --tls-cert cert.pem
refused 3 "cert.pem" study --tls-cert cert.pem --tls-key key.pem
refused 3 "study.yaml" nowhere
refused 3 "key" study --key-file nowhere.key
refused 2 "--demo" study --demo
refused 2 "this machine alone" --demo --address 0.0.0.0 --behind-proxy
mkdir other && echo "study: { id: a }" >other/study.yaml && echo "not a database" >other/study.db
refused 3 "study.db" other

# Without a database there is no account that could want a new link.
"$program" new bare >/dev/null
refused 3 "firstplace serve bare" bare --new-link administrator

# The first start makes the link, a second does not.
start study
grep -qE "^  http://127.0.0.1:$port/welcome/[A-Za-z0-9_-]{43}$" said || fail "no link"
link=$(sed -nE 's|^  http://127.0.0.1:[0-9]+(/welcome/.*)$|\1|p' said)
for file in study.db study.db-wal study.db-shm; do
    [ "$(stat -c %a "study/$file")" = 600 ] || fail "$file can be read by others"
done
get /health/live | grep -q '^live$' || fail "not live"
get /health/ready | grep -q '^ready$' || fail "not ready"
get "$link" | grep -q '^HTTP/1.1 200' || fail "the link does not open"
get /nowhere | grep -q '^HTTP/1.1 404' || fail "no 404"
grep -q '"route":"/health/ready","status":200' log || fail "not logged"
grep -q '"route":"/welcome/{link}"' log || fail "not logged by its pattern"
if grep -qF -e "${link#/welcome/}" -e 127.0.0.1 log; then fail "a link or an address in the log"; fi
"$program" verify study >out 2>&1 || fail "verify while serving: $(cat out)"

# A link for who lost everything, made while it serves.
refused 3 "no account" study --new-link nobody
"$program" serve study --new-link administrator --port "$port" >out || fail "no new link"
again=$(sed -nE 's|^  http://127.0.0.1:[0-9]+(/welcome/.*)$|\1|p' out)
get "$again" | grep -q '^HTTP/1.1 200' || fail "the new link does not open"
get "$link" | grep -q '^HTTP/1.1 404' || fail "the old link still opens"
# Links are what a browser understands, and a path where nobody can know the address.
"$program" serve study --new-link administrator --address ::1 --port 8443 >out
grep -qE '^  http://\[::1\]:8443/welcome/' out || fail "no brackets around ::1: $(cat out)"
"$program" serve study --new-link administrator --address 0.0.0.0 --behind-proxy >out
grep -qE '^  /welcome/' out || fail "a link to every address: $(cat out)"
"$program" serve study --new-link administrator >out
grep -q 'at another address' out || fail "the usual address is not doubted: $(cat out)"
# A port that is in use is one line.
refused 3 "another program has it" study --port "$port" || true
stop TERM

start study --log access.log
if grep -q welcome said; then fail "a second first link"; fi
get /health/live >/dev/null
[ "$(wc -l <access.log)" -eq 1 ] || fail "no --log"
python3 - access.log 2>/dev/null <<'PY' || ! command -v python3 >/dev/null || fail "the log is not JSON"
import json, sys
for line in open(sys.argv[1]):
    assert set(json.loads(line)) == {"time", "method", "route", "status", "bytes", "ms", "role"}
PY
stop INT

# Behind a proxy the server does not know its address.
rm study/study.db*
start study --behind-proxy --address 0.0.0.0
grep -qE '^  /welcome/' said || fail "no path for the proxy"
get /sign-in | grep -qi '^Set-Cookie: .*; Secure' || fail "cookies are not Secure behind a proxy"
stop HUP

# The demonstration: accounts of every role, and nothing is left of it.
export TMPDIR=$work/place
mkdir "$TMPDIR"
start --demo
for role in administrator coordinator coach researcher reviewer; do
    grep -q "^  $role " said || fail "no $role in the demonstration"
done
get /sign-in | grep -q '^HTTP/1.1 200' || fail "the demonstration does not answer"
stop TERM
[ -z "$(ls "$TMPDIR")" ] || fail "the demonstration leaves $(ls "$TMPDIR")"

# Stopped while it is being made, it leaves nothing either.
"$program" serve --demo --port 0 >said 2>log &
server=$!
for _ in $(seq 600); do
    [ -z "$(ls "$TMPDIR")" ] || break
    sleep 0.02
done
[ -n "$(ls "$TMPDIR")" ] || fail "no demonstration is made"
stop TERM
[ -z "$(ls "$TMPDIR")" ] || fail "stopped halfway, the demonstration leaves $(ls "$TMPDIR")"
