#!/usr/bin/env bash
# Wrong input: one clear line each with file, line and column and what to do; study.db untouched.
set -eu
. "$2/tests/run/common.sh"

# bare_study: without the offers, whose rows name people and coaches too (recruitment.sh is theirs)
bare_study() {
    study
    sed -i '/^  recruitment:/,/^$/d' s/study.yaml
    rm s/data/recruitment.csv
}
# edit FILE SED: a study with one thing wrong, already imported when it was right
edit() {
    bare_study
    "$binary" import s >/dev/null
    sha256sum <s/study.db >db
    sed -i "$2" "s/$1"
}
# wrong TEXT...: every verb refuses it in one line with all these texts, and study.db stays as it was
wrong() {
    local text verb
    for verb in check import outcomes analyse report; do
        no 3 "$1" $verb s
        [ "$(wc -l <err)" = 1 ] || fail "$verb: not one line: $(cat err)"
        for text in "$@"; do grep -qF -- "$text" err || fail "$verb: no \"$text\" in $(cat err)"; done
    done
    sha256sum <s/study.db | cmp -s - db || fail "study.db changed: $1"
}

no 3 "there is no such study folder" check nowhere
no 3 "firstplace new nowhere" report nowhere
no 3 "there is no such study folder" verify nowhere
: >file
no 3 "is not a folder" check file
mkdir bare
no 3 "study.yaml" check bare

edit data/people.csv ''
rm s/data/people.csv
wrong "data/people.csv" "cannot open"
edit data/people.csv '1,$d'
wrong "data/people.csv" "empty"
edit data/people.csv '2,$d'
wrong "data/people.csv"
edit data/people.csv '1s/register_end/last_day/'
wrong "data/people.csv" 'register_end'
edit data/people.csv '5s/,/;/'
wrong "data/people.csv" "line 5"
edit data/people.csv '5s/$/,extra/'
wrong "data/people.csv" "line 5"
edit data/people.csv '7s/20[0-9-]*,/2021-02-30,/'
wrong "data/people.csv" "line 7" 'start_date' "2021-02-30"
edit data/episodes.csv '9s/20[0-9-]*,/2021-13-01,/'
wrong "data/episodes.csv" "line 9" 'start' "2021-13-01"
edit data/episodes.csv '2s/,\([0-9.]*\),regular/,twelve,regular/'
wrong "data/episodes.csv" "line 2" 'hours_per_week' "twelve"
edit data/answers.csv '2s/,0m,/,3m,/'
wrong "data/answers.csv" "line 2" '"3m" is none of the waves' "0m, 6m, 12m, 18m, 24m"
edit data/answers.csv '3s/,[0-9]*$/,high/'
wrong "data/answers.csv" "line 3" '"high" is not a number'
edit data/answers.csv '$a p001,0m,participation,40'
wrong "data/answers.csv" "line 1002" "answered participation twice at month 0" "line 2"
edit study.yaml 's/item: participation/itme: participation/'
no 3 'unknown key "itme"' check s
edit study.yaml 's/outcome: participation, model: lmm/outcome: participation, model: cox/'
wrong "study.yaml" "model cox cannot analyse" "name a time-to-event outcome"
edit study.yaml 's/baseline + ips \* pa \* wave/baseline + ips * pa * waves/'
wrong "study.yaml" '"waves", which is no factor and no column'
edit study.yaml 's/^schedule:.*//'
no 3 'needs "waves" in schedule' check s
edit study.yaml 's/participation_waves, role: secondary/participation_waves, role: primary/'
wrong "study.yaml" "role secondary or exploratory"
edit study.yaml 's/model: lmm, formula/model: lmm, family: binomial, formula/'
wrong "study.yaml" 'takes no "family"'
edit data/answers.csv '3s/p001/p999/'
ok check s
has 'line 3, column "person": 1 row was left out: the person is not in the people (first: "p999")'
bare_study
sed -i 's/item: participation/item: participatoin/' s/study.yaml
ok check s
has 'which nobody answered (did you mean "participation"?)'
edit data/coaches.csv '2s/with,/maybe,/'
wrong "data/coaches.csv" "line 2" "maybe"
edit data/coaches.csv '$a k01,without,without,north,6,2021-03-01'
wrong "k01" "line 2" "line 14"
edit data/people.csv '3s/k[0-9]*/k99/'
wrong "data/people.csv" "line 3" "k99"
edit data/people.csv '4s/^p003/p002/'
wrong "data/people.csv" "line 4" "p002"
edit data/coaches.csv '3,$d'
sed -i '1!{/,k01,/!d}' s/data/people.csv
wrong "data/coaches.csv" "there is one cluster"

# study.yaml: all errors at once, each a line
study
sed -i 's/min_days: 28/min_dayz: 28/; s/gap_days: 0/gap_days: -1/; s/kind: cluster-randomised/kind: cluster/' s/study.yaml
no 3 "3 problems in s" check s
[ "$(grep -c 'study.yaml, line' err)" = 3 ] || fail "not three lines: $(cat err)"
grep -qF 'did you mean "min_days"' err || fail "no hint: $(cat err)"
[ ! -e s/study.db ] || fail "check made study.db"

# a formula that does not fit the data names the plan
study
sed -i '0,/~ ips + pa/s//~ ips + nobody/' s/study.yaml
no 3 "nobody" analyse s
grep -qF "study.yaml" err || fail "the plan is not named: $(cat err)"

# a subgroup by a column with a value for nearly everybody
study
sed -i 's/by: readiness/by: age/' s/study.yaml
no 3 "too many for a subgroup analysis" analyse s
grep -qF "group the values" err || fail "no hint: $(cat err)"

# outcomes that statistics cannot use are stated, not errors
study
sed -i '2,$d' s/data/episodes.csv
echo "p001,2019-02-10,2019-02-12,24,regular" >>s/data/episodes.csv
ok analyse s
ok report s
no 4 "could not be estimated" analyse s --strict
study
# one arm without events
awk -F, 'NR == FNR { if ($2 == "with" && $3 == "with") c[$1] = 1; next }
         FILENAME ~ /people/ { if ($2 in c) p[$1] = 1; next }
         FNR == 1 || !($1 in p)' s/data/coaches.csv s/data/people.csv s/data/episodes.csv >e.csv
cp e.csv s/data/episodes.csv
ok report s
ok analyse s

# a study.db that is none
study
echo "not a database" >s/study.db
no 3 "study.db" import s
[ "$(cat s/study.db)" = "not a database" ] || fail "import touched a file that is no database"

finish
