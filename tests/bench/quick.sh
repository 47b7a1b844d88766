#!/usr/bin/env bash
# bench/run on small tables, without R: every row is there and has its numbers.
# usage: quick.sh BUILD_DIR SOURCE_DIR
set -euo pipefail
build=$(realpath "$1")
cd "$2"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
fail() {
    echo "FAIL: $*"
    failures=$((failures + 1))
}

# the tables: the same bytes again, and a small one is the beginning of a large one
make=$build/bench/bench_make
kinds=$("$make" 2>&1 | sed 's/.* one of //' || true)
[ "$(wc -w <<<"$kinds")" -ge 6 ] || fail "bench_make lists no kinds: $kinds"
for kind in $kinds; do
    "$make" "$kind" 12000 >"$work/many"
    "$make" "$kind" 12000 | cmp -s - "$work/many" || fail "$kind: other bytes the second time"
    "$make" "$kind" 700 | cmp -s - <(head -n 701 "$work/many") || fail "$kind: 700 rows are other rows"
    [ "$(wc -l <"$work/many")" = 12001 ] || fail "$kind: not 12,000 rows"
done
"$make" nothing 5 >"$work/said" 2>&1 && fail "bench_make takes an unknown kind"

# a command that fails is not measured
measure=$build/bench/bench_measure
"$measure" 1 "$work/out" "$build/firstplace" cox nowhere.csv --formula "Surv(a, b) ~ c" \
    >"$work/said" 2>&1 && fail "a command that fails is measured"
grep -q "nowhere.csv" "$work/said" || fail "what the command said is lost: $(cat "$work/said")"
[ "$("$measure" 3 "$work/out" sleep 0.01 | awk '{ print ($1 >= 0.01), NF }')" = "1 4" ] ||
    fail "bench_measure measures something else"

bench/run --quick --no-r --build "$build" --page "$work/page.md" >"$work/said" 2>&1 ||
    fail "bench/run: $(cat "$work/said")"
rows=$(grep -cE '\brow [a-z_]+(\$[a-z]+)? "' bench/run) # in the text; one is in a loop
shown=$(awk -F'|' '/^## Est/ { on = 1 } /^## Whole/ { on = 0 } on && NF == 12 && $4 + 0 > 0 && $9 + 0 > 0' \
    "$work/page.md" | wc -l)
[ "$shown" -gt "$rows" ] || fail "$shown rows with seconds and memory; bench/run has $rows and one twice"
[ "$(grep -cE '^\| .* `.*` \| [0-9.]+ \([0-9]\) \| [0-9]+ \| [0-9]* \|$' "$work/page.md")" = \
    "$(grep -cE '\bcommand [a-z_]+ "' bench/run)" ] || fail "not every whole command is on the page"
grep -q "R was not measured" "$work/page.md" || fail "the page does not say that R was left out"
for wrong in --frob "--only"; do
    code=0
    bench/run $wrong >"$work/said" 2>&1 || code=$?
    [ "$code" = 2 ] || fail "bench/run $wrong: exit $code"
done

if [ "$failures" != 0 ]; then
    cat "$work/page.md"
    exit 1
fi
echo "bench/run measures $shown rows"
