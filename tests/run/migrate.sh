#!/usr/bin/env bash
# Studies whose database an older firstplace wrote: verified, and analysed to the same outcomes.
set -eu
. "$2/tests/run/common.sh"

for old in "$source_dir"/tests/data/store/schema-*; do
    rm -rf s
    cp -r "$old" s
    chmod -R u+w s
    python3 - <<'P'
import sqlite3
db = sqlite3.connect("s/study.db")
db.executescript(open("s/study.sql").read())
db.close()
P
    ok verify s
    has "$(cat s/verified.txt)"
    [ "$(grep -c 'as imported' out)" -ge 3 ] || fail "$old: files that are not as imported"
    ok outcomes s --csv
    cmp out s/outcomes.csv || fail "$old: other outcomes"
    ok analyse s --json
    has '"exp_estimate"'
    ok report s
    ok verify s
    has "$(cat s/verified.txt)"
done
finish
