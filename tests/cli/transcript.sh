# Sourced by run.sh and survival.sh: commands with their words and exit codes in a transcript, which
# is compared with $expected, or with --write written there.
set -eu
binary=$(realpath "$1")
source=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$source"/tests/data/cli/*.csv "$work"
cd "$work"
failures=0
[ -x "$binary" ] || { echo "no program at $binary"; exit 1; }

fail() {
    echo "FAIL: $*"
    failures=$((failures + 1))
}

# t CODE ARGS...: run, expect the exit code, put exit code and standard error into the transcript.
t() {
    local want=$1 code=0
    shift
    "$binary" "$@" >out 2>err </dev/null || code=$?
    [ "$code" = "$want" ] || fail "exit $code, wanted $want: firstplace $*"
    {
        printf '$ firstplace'
        [ $# = 0 ] || printf ' %q' "$@"
        printf '\n'
        cat err
        printf 'exit %s\n' "$code"
    } >>transcript
    # A failure before any computing prints no data; a failure is one line.
    if [ "$code" != 0 ] && [ "$code" != 4 ]; then
        [ ! -s out ] || fail "data on standard output: firstplace $*"
        [ "$(wc -l <err)" = 1 ] || fail "not one line of error: firstplace $*"
    fi
}

# has TEXT: the last run printed it on standard output.
has() {
    grep -qF -- "$1" out || fail "standard output lacks: $1"
}

finish() {
    if [ "$1" = --write ]; then
        cp transcript "$expected"
    else
        diff -u "$expected" transcript || fail "messages differ from $expected"
    fi
    if [ "$failures" != 0 ]; then
        echo "$failures failures"
        exit 1
    fi
    echo "$(grep -c '^\$ ' transcript) commands answer as expected"
}
