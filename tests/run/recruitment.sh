#!/usr/bin/env bash
# Recruitment after the allocation: what its source may say, the numbers by hand, the panel in both
# languages, and the effects with prognostic covariates.
set -eu
. "$2/tests/run/common.sh"

# Four coaches in two arms; eight offers.
town() {
    rm -rf t
    mkdir -p t/data
    cat >t/study.yaml <<EOF
study: { id: town, title: "Synthetic: recruitment" }
design: { kind: cluster-randomised, factors: { ips: [without, with] }, cluster: coach }
sources:
  coaches: { file: data/coaches.csv, id: coach, allocated: allocated, columns: [ips] }
  people: { file: data/people.csv, id: person, start: start, end: end, columns: [coach, age] }
  episodes: { file: data/episodes.csv, person: person, start: start, end: end, hours: hours }
  recruitment: { file: data/offers.csv, person: person, coach: coach, offered: offered, eligible: eligible, consented: consented, reason: reason, included: included }
outcomes:
  - { id: work, kind: time-to-event, follow_up: 350d }
analysis:
  - { id: ips, role: primary, outcome: work, model: cox, formula: "~ ips", effect: ips, prognostic: [age] }
EOF
    printf 'coach,ips,allocated\na,with,2023-01-01\nb,without,2023-01-01\nc,with,2023-01-11\nd,without,2023-01-01\n' >t/data/coaches.csv
    printf 'person,coach,start,end,age\np1,a,2023-02-01,2024-06-01,30\np2,b,2023-02-10,2024-06-01,40\np3,c,2023-02-20,2024-06-01,50\np4,d,2023-03-01,2024-06-01,35\n' >t/data/people.csv
    printf 'person,start,end,hours\np1,2023-03-05,2024-01-31,20\np2,2023-05-05,2024-01-31,20\np3,2023-04-05,2024-01-31,20\n' >t/data/episodes.csv
    cat >t/data/offers.csv <<EOF
person,coach,offered,eligible,consented,reason,included
p1,a,2023-01-20,yes,yes,,2023-02-01
p2,b,2023-01-21,ja,1,,2023-02-10
p3,c,2023-01-22,yes,true,,2023-02-20
p4,d,2023-01-23,yes,yes,,2023-03-03
,a,2023-01-24,yes,no,ill,
,b,2023-01-25,no,,moved,
,b,2023-01-26,yes,nee,ill,
,d,2023-01-27,yes,yes,gone,
EOF
}

is() {
    ok trace t "$1"
    grep -qF "$1 = $2" out || fail "$1 is not $2: $(head -n 1 out)"
}

town
ok check t
has "data/offers.csv: 8 offers"
has "7 eligible, 5 consented, 4 included"
ok import t
has "recruitment"
ok verify t
is recruitment.total.offered 8
is recruitment.ips=with.offered 3
is recruitment.total.not_eligible 1
is recruitment.total.not_eligible:moved 1
is recruitment.ips=without.refused 1
is recruitment.total.refused:ill 2
is recruitment.total.refused_share 29%
is recruitment.total.not_started 1
is recruitment.total.included 4
# 31, 40, 40 (from the 11th), 61 days
is recruitment.total.days_mean 43
is recruitment.total.days_median 40
is recruitment.total.days_min 31
is recruitment.total.days_max 61
ok trace t recruitment.total.refused:ill
has "data/offers.csv, line 6: ,a,2023-01-24,yes,no,ill,"
has "data/offers.csv, line 8:"
lacks "line 7:"
ok trace t ips.ipswith.hr_adjusted
is ips.ipswith.n_adjusted 4
ok report t
grep -q 'id="table-recruitment"' t/out/report.html || fail "no panel"
grep -q 'id="table-adjusted"' t/out/report.html || fail "no adjusted effects"
grep -q 'Recruitment after the coaches were allocated' t/out/report.html || fail "no words"
ok report t --lang nl
grep -q 'Werving nadat de coaches waren geloot' t/out/report.html || fail "no Dutch words"

# One wrong thing each in the offers: nothing is analysed, nothing written.
wrong() {
    town
    sed -i "$2" t/data/offers.csv
    no 3 "$1" check t
    no 3 "$1" analyse t
    [ ! -e t/study.db ] || fail "a study.db for: $2"
}
wrong 'coach "zz" is not in the coaches' '2s/,a,/,zz,/'
wrong 'there is no coach' '2s/,a,/,,/'
wrong 'there is no date' '2s/2023-01-20//'
wrong 'not a day that exists' '2s/2023-01-20/2023-02-30/'
wrong '"perhaps" is neither yes nor no' '6s/yes,no/perhaps,no/'
wrong 'there is neither yes nor no' '6s/yes,no/yes,/'
wrong 'consented, and not eligible' '7s/no,,/no,yes,/'
wrong 'included without consent' '2s/yes,yes/yes,no/'
wrong 'included before it was offered' '2s/2023-02-01/2023-01-02/'
wrong 'person p9 was included and is not in the people' '2s/^p1/p9/'
wrong 'somebody was included who has no id' '2s/^p1//'
wrong 'person p1 stands there twice, first in line 2' '3s/^p2,b/p1,a/'
wrong 'was included by coach b and belongs to coach a' '2s/,a,/,b,/'
wrong '1 of the people is not included here, for example p4' '5d'
wrong 'there is no column "offered"' '1s/offered/asked/'

# One wrong thing each in the plan.
plan() {
    town
    sed -i "$2" t/study.yaml
    no 3 "$1" check t
}
plan 'sources.recruitment needs "coach"' 's/person: person, coach: coach, offered/person: person, offered/'
plan 'unknown key "offer"' 's/offered: offered/offer: offered/'
plan '"agee" is not among the columns' 's/prognostic: \[age\]/prognostic: [agee]/'
plan 'belongs to the design' 's/prognostic: \[age\]/prognostic: [ips]/'
plan 'belongs to the design' 's/prognostic: \[age\]/prognostic: [coach]/'
plan 'stands in the formula already' 's/"~ ips"/"~ ips + age"/'
plan 'this analysis has none' 's/effect: ips, prognostic/prognostic/'
town
sed -i '3s/2023-01-01/soon/' t/data/coaches.csv
no 3 '"soon" is not a date' check t

# The panel says what it does not know, and what comes before the allocation.
town
sed -i '2s/2023-01-01//; 3s/2023-01-01/2023-01-22/' t/data/coaches.csv
ok report t
grep -q 'before their coach was allocated' t/out/report.html || fail "no word on who was asked early"
grep -q 'left out of the days to inclusion' t/out/report.html || fail "no word on unknown days"
ok report t --lang nl
grep -q 'mensen kregen een plek aangeboden voordat hun coach was geloot' t/out/report.html ||
    fail "no Dutch word on who was asked early"
finish
