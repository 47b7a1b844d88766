#!/usr/bin/env bash
# Every verb of a study does what it says.
set -eu
. "$2/tests/run/common.sh"

# new: can be checked, imported and reported as it is; never touches a folder with something in it
ok new n
for f in study.yaml data/coaches.csv data/people.csv data/episodes.csv .gitignore; do
    [ -s "n/$f" ] || fail "new wrote no $f"
done
ok check n
has "No errors. Nothing was written."
[ ! -e n/study.db ] || fail "check made study.db"
ok report n
[ -s n/out/report.html ] || fail "no report of a new study"
before=$(cat n/study.yaml n/data/*.csv | sha256sum)
no 3 "is not empty" new n
[ "$before" = "$(cat n/study.yaml n/data/*.csv | sha256sum)" ] || fail "new changed a folder"

# import: idempotent; a changed file is a new version
study
ok import s
has "imported (import 3)"
events=$(sqlite_events() { ok verify s; grep -o '^[0-9]* event' out; }; sqlite_events)
ok import s
lacks "imported"
has "unchanged"
ok verify s
[ "$events" = "$(grep -o '^[0-9]* event' out)" ] || fail "a second import added an event"
echo "p001,2020-01-02,2020-03-02,24,regular" >>s/data/episodes.csv
ok verify s
has "the file has changed since"
ok import s --why "a late row"
has "changed: imported as a new version (import 6)"
ok verify s
has "6 events in the chain"

# outcomes
study
ok outcomes s --csv
[ "$(head -n 1 out)" = "person,outcome,time,event,reason" ] || fail "header of outcomes --csv"
[ "$(wc -l <out)" = 119 ] || fail "outcomes --csv has not a row a person"
[ "$(awk -F, '$4==1' out | wc -l)" = 48 ] || fail "outcomes --csv: not 48 events"
lacks "usual"
cp out first
ok outcomes s --csv
cmp -s out first || fail "outcomes --csv twice gives other bytes"
ok outcomes s --explain p004
has "data/episodes.csv, line 10"
has "reversed-dates"
has "Outcome: event, sustained work on 2019-04-25, day 77."
ok outcomes s --counts
has "unknown-person"
ok outcomes s --sensitivity
has "dated on the qualifying day"
has "hours above 80 counted as 80"
has "unknown hours count as enough"
no 2 "give one of" outcomes s --csv --counts
no 2 'there is no person "nobody"' outcomes s --explain nobody
no 2 'there is no outcome "nothing"' outcomes s --csv --outcome nothing

# analyse
ok analyse s --json
cp out first
has '"id": "primary_ips"'
has '"id": "readiness"'
ok analyse s --json --threads 1
cmp -s out first || fail "analyse --json depends on the number of threads"
ok analyse s
has "Permutation test"

# a plan may say cluster(coach) itself: the same numbers
cp -r s c
sed -i 's/~ ips + pa"/~ ips + pa + cluster(coach)"/' c/study.yaml
ok trace c primary_ips.ipswith.lower
exactly=$(sed -n 2p out)
ok trace s primary_ips.ipswith.lower
[ "$exactly" = "$(sed -n 2p out)" ] || fail "cluster(coach) in the plan changes an interval"

# report: the same bytes twice; Dutch; checked; a changed row is found
ok report s
cp s/out/report.html first
ok report s
cmp -s s/out/report.html first || fail "report twice gives other bytes"
grep -qE '>5, [0-9a-f]{64}<' s/out/report.html || fail "no head of the log in the report"
ok report s --lang nl --out nl.html
grep -q 'lang="nl"' nl.html || fail "no Dutch report"
no 2 "xx" report s --lang xx
no 2 "needs the name of a file" report s --out ""
ok report s --check
has "all as the data give them now"
ok report s --seed 2 --out seed2.html
ok report s --check --out seed2.html
has "all as the data give them now"
sed 's/<meta name="seed" content="2">/<meta name="seed" content="two">/' seed2.html >broken.html
no 3 "not a report of this program" report s --check --out broken.html
sed -i 's/^p004,2019-04-25/p004,2019-04-26/' s/data/episodes.csv
before=$(sha256sum <s/study.db)
no 1 "differ from what the data give now" report s --check
has "data/episodes.csv: the report says"
[ "$before" = "$(sha256sum <s/study.db)" ] || fail "report --check changed study.db"
study
ok report s
sed -i 's/\(data-id="primary_ips.ipswith.hr"[^>]*>\)[^<]*</\19.99</' s/out/report.html
no 1 "differ" report s --check
has "primary_ips.ipswith.hr: the report says 9.99, the data give 1.44"
study
no 3 "there is no report to check" report s --check

# trace
ok trace s primary_ips.ipswith.hr
has "analysis primary_ips"
has "118 people"
has "data/episodes.csv, line 10"
has "sha256"
ok trace s flow.total.set_aside:reversed-dates
[ "$(grep -c 'reversed-dates\]' out)" = 9 ] || fail "trace of the reversed rows"
ok trace s
has "neither.arms.p"
no 2 'did you mean "primary_ips.ipswith.hr"' trace s primary_ips.ipswith.hx

# verify
study
no 3 "nothing was registered yet" verify s

finish
