#!/usr/bin/env bash
# docs/reference.md has a row for each reference case, and promises no more digits than agree.
# usage: page.sh TEST_REFERENCE PAGE            compare
#        page.sh TEST_REFERENCE PAGE --write    write the rows anew
# One digit less is let pass: processors with other vector instructions round otherwise.
set -euo pipefail
page=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" --table >"$work/all" || { cat "$work/all"; exit 1; }
grep '^| ' "$work/all" >"$work/rows"
{
    sed '/^|--/q' "$page"
    cat "$work/rows"
    sed -n '/^|--/,$p' "$page" | sed '1d; /^| /d'
} >"$work/page"
if [ "${3:-}" = --write ]; then
    cat "$work/page" >"$page"
    exit
fi
# the page without its digits, and what agrees least, which is a matter of a last digit
plain='s/ \| [0-9]+ \| [a-z0-9_ ]* \|$/ |/'
if ! diff -u <(sed -E "$plain" "$page") <(sed -E "$plain" "$work/page"); then
    echo "the cases are not those of $page: tests/reference/page.sh --write"
    exit 1
fi
digits() {
    sed -nE 's/^\| .* \| ([0-9]+) \| [a-z0-9_ ]* \|$/\1/p' "$1"
}
paste -d' ' <(digits "$page") <(digits "$work/page") | awk '$2 < $1 - 1 {
    printf "row %d promises %d digits, %d agree\n", NR, $1, $2; bad = 1 } END { exit bad }'
echo "$(wc -l <"$work/rows") cases agree as the page says"
