# Sourced by the tests of the verbs: usage SCRIPT BINARY SOURCE_DIR. A scratch folder, and
#   ok ARGS...              the command must succeed; output in ./out, words in ./err
#   no CODE TEXT ARGS...    it must fail with that exit code, and say TEXT on standard error
#   has TEXT, lacks TEXT    about ./out
#   study                   a fresh copy of the example in ./s
binary=$1
source_dir=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failures=0

fail() {
    echo "FAIL: $*"
    failures=$((failures + 1))
}

ok() {
    "$binary" "$@" >out 2>err </dev/null || fail "exit $? of: firstplace $*: $(head -n 3 err)"
}

no() {
    local want=$1 text=$2 code=0
    shift 2
    "$binary" "$@" >out 2>err </dev/null || code=$?
    [ "$code" = "$want" ] || fail "exit $code, not $want, of: firstplace $*: $(head -n 3 err)"
    grep -qF -- "$text" err || fail "firstplace $*: no \"$text\" in: $(cat err)"
    [ ! -s out ] || [ "$want" = 1 ] || [ "$want" = 4 ] || fail "firstplace $*: data on standard output after a failure"
}

has() {
    grep -qF -- "$1" out || fail "output lacks \"$1\""
}

lacks() {
    ! grep -qF -- "$1" out || fail "output has \"$1\""
}

study() {
    rm -rf s
    cp -r "$source_dir/examples/amsterdam" s
    chmod -R u+w s
    rm -rf s/out s/study.db*
}

finish() {
    echo "$failures failures"
    [ "$failures" = 0 ]
}
