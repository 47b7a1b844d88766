#!/usr/bin/env bash
# An import killed halfway leaves the study as it was, or whole: kill -9 at random moments.
set -eu
. "$2/tests/run/common.sh"

study
# enough rows that an import takes a while
awk -F, 'NR == 1 { print; next } { line[NR] = $0 }
         END { for (k = 0; k < 60; k++) for (i = 2; i <= NR; i++) print line[i] }' \
    s/data/episodes.csv >big.csv
cp s/data/episodes.csv small.csv
ok import s
seed=${SEED:-$RANDOM}
echo "seed $seed"
RANDOM=$seed
killed=0
for round in $(seq 1 20); do
    if [ $((round % 2)) = 1 ]; then cp big.csv s/data/episodes.csv; else cp small.csv s/data/episodes.csv; fi
    ok verify s
    before=$(grep -o '^[0-9]* event' out | cut -d' ' -f1)
    "$binary" import s >/dev/null 2>&1 &
    pid=$!
    sleep "0.0$((RANDOM % 90 + 10))"
    kill -9 $pid 2>/dev/null && killed=$((killed + 1))
    wait $pid 2>/dev/null || true
    ok verify s
    after=$(grep -o '^[0-9]* event' out | cut -d' ' -f1)
    [ "$after" = "$before" ] || [ "$after" = $((before + 1)) ] ||
        fail "round $round: $before events before, $after after"
done
echo "$killed of 20 imports were killed"
cp small.csv s/data/episodes.csv
ok outcomes s
has "48"
finish
