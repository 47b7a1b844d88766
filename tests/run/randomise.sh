#!/usr/bin/env bash
# Drawing: commit, reveal, open, verify; what was tampered with does not fit; nobody is drawn twice.
set -eu
. "$2/tests/run/common.sh"
. "$2/tests/run/town.sh"

# complete: every arm once in each team, as the sizes ask
town "method: complete"
no 3 "the arm of coach a1 is not revealed" analyse t
no 3 "nothing was drawn yet" randomise t --reveal a1 --secret secret
ok randomise t
has "Nothing was drawn yet."
no 2 "--secret FILE is missing" randomise t --commit
no 3 "inside the study folder" randomise t --commit --secret t/secret
no 3 "not there" randomise t --commit --secret nowhere/secret
[ ! -e t/secret ] || fail "a secret inside the study folder"
echo "the secret of another study" >taken
no 3 "the file exists already" randomise t --commit --secret taken
[ "$(cat taken)" = "the secret of another study" ] || fail "a secret written over"
[ ! -e t/study.db ] || fail "a study.db without a draw"
ok randomise t --commit --secret secret
has "commitment "
has "test of ips: 16 allocations, smallest possible p 0.125"
has "! fewer than 40 allocations"
[ "$(stat -c %a secret)" = 600 ] || fail "others can read the secret"
! grep -q "$(sed -n 's/secret: //p' secret)" t/study.db || fail "the secret lies in study.db"
no 3 "committed on" randomise t --commit --secret other
[ ! -e other ] || fail "a secret without a draw"
no 3 "there is no coach \"zz\"" randomise t --reveal zz --secret secret
ok randomise t --reveal a1 --secret secret --why "started on Monday"
first=$(cat out)
no 3 "was revealed on" randomise t --reveal a1 --secret secret
no 2 "--secret FILE is missing" randomise t --reveal a2
ok randomise t
has "1 of 8 coaches revealed"
town_arms() { cut -d' ' -f2 "$1" | sort | uniq -c | tr -s ' ' | tr '\n' ';'; }
for c in a2 a3 a4 b1 b2 b3 b4; do
    ok randomise t --reveal "$c" --secret secret
    cat out
done >arms
{ echo "$first"; cat arms; } >all
[ "$(town_arms all)" = " 2 both; 2 ips; 2 pa; 2 usual;" ] || fail "arms: $(cat all)"
[ "$(grep ^a all | cut -d' ' -f2 | sort -u | wc -l)" = 4 ] || fail "a team without one of the arms"

# the whole way: the study takes the arms from the log, and permutes within teams
ok analyse t --json
has '"allocations": 16'
ok report t
ok randomise t --verify
has "can be derived once the secret is opened"
ok randomise t --verify --secret secret
has "each of the 8 revealed units was told"
ok randomise t --open --secret secret
no 3 "open already" randomise t --open --secret secret
ok randomise t --verify
has "each of the 8 revealed units was told"

# a plan or a caseload changed after the commitment
sed -i 's/method: complete/method: simple/' t/study.yaml
no 1 "changed since the commitment" randomise t --verify
sed -i 's/method: simple/method: complete/' t/study.yaml
sed -i 's/^b4,south/b4,north/; s/^a4,north/a4,south/' t/data/coaches.csv
no 1 "changed since the commitment" randomise t --verify
sed -i 's/^b4,north/b4,south/; s/^a4,south/a4,north/' t/data/coaches.csv
ok randomise t --verify

# one name changed in the log: the chain says so
cp -r t u
LC_ALL=C sed -i 's/"unit":"b4"/"unit":"b5"/' u/study.db
cmp -s t/study.db u/study.db && fail "nothing was tampered with"
no 1 "event" randomise u --verify
no 1 "event" verify u
rm -rf u

# constrained: the limit is in the log, and the tests keep to it
town "method: constrained, balance: [caseload], keep: 0.5"
ok randomise t --commit --secret secret
has "576 possible allocations, all looked at"
reveal_all
ok randomise t --verify --secret secret
ok report t
ok randomise t --open --secret secret
ok randomise t --verify

# larger factorials: three factors of two levels, and two of three, in strata and under a constraint
factorial() {
    town "$1"
    sed -i "s/factors: .*/factors: { $2 }/; s/formula: .*}/formula: \"~ $3\" }/" t/study.yaml
    printf 'c1,north,11\nc2,north,19\nc3,north,14\nc4,north,33\nc5,north,21\nd1,south,18\nd2,south,27\nd3,south,12\nd4,south,8\nd5,south,25\n' >>t/data/coaches.csv
    ok randomise t --commit --secret secret
    : >arms
    local c
    for c in a1 a2 a3 a4 c1 c2 c3 c4 c5 b1 b2 b3 b4 d1 d2 d3 d4 d5; do
        ok randomise t --reveal "$c" --secret secret
        cat out >>arms
    done
    ok randomise t --verify --secret secret
    has "each of the 18 revealed units was told"
    ok analyse t --json
    ok report t
}
factorial "method: complete" "ips: [without, with], pa: [without, with], peer: [without, with]" "ips + pa + peer"
[ "$(cut -d: -f2 arms | sort -u | wc -l)" = 8 ] || fail "eight arms: $(cat arms)"
for team in a b; do # nine coaches of a team in eight arms: each arm once, one of them twice
    [ "$(grep -c . <(grep -E "^[$team$(echo $team | tr ab cd)]" arms | cut -d: -f2 | sort -u))" = 8 ] || fail "team $team: $(cat arms)"
done
factorial "method: constrained, balance: [caseload], keep: 0.2" "dose: [none, low, high], pa: [none, half, full]" "dose + pa"
[ "$(cut -d: -f2 arms | sort | uniq -c | tr -s ' ' | cut -d' ' -f2 | sort -u)" = 2 ] || fail "nine arms of two: $(cat arms)"

# the smallest p of each test is said before anything is seen, also in strata and under a constraint
town "method: constrained, balance: [caseload], keep: 0.5"
ok randomise t --commit --secret secret
grep -qE "^test of ips: [0-9]+ allocations, smallest possible p 0\.[0-9]+" out || fail "no smallest p: $(cat out)"
[ "$(grep -c "^! fewer than 40 allocations share" out)" = 2 ] || fail "no warning for each factor: $(cat out)"

# the secret of another study, and a file that is none
sed 's/^study: town/study: village/' secret >stolen
town "method: complete"
ok randomise t --commit --secret secret2
no 3 "secret of another study" randomise t --reveal a1 --secret stolen
echo hello >none
no 3 "not a secret made by firstplace" randomise t --reveal a1 --secret none
other=$(sed -n 's/^secret: //p' secret2 | tr 0-9a-f 1-9a-f0)
sed -i "s/^secret: .*/secret: $other/" secret2
no 3 "not the secret behind the commitment" randomise t --reveal a1 --secret secret2

# plans that cannot be drawn
plan() {
    town "$2"
    no 3 "$1" randomise t --commit --secret secret
    [ ! -e secret ] || fail "a secret for: $2"
    [ ! -e t/study.db ] || fail "a study.db for: $2"
}
plan '"method" cannot be "lottery"' "method: lottery"
plan 'needs "balance"' "method: constrained"
plan 'only a constrained allocation is balanced' "method: complete, balance: [caseload]"
plan '"age" is not among the columns of coaches' "method: constrained, balance: [age]"
plan '"keep" cannot be 0' "method: constrained, balance: [caseload], keep: 0"
plan '"ratio" has 3 numbers for 4 arms' "method: complete, ratio: [1, 1, 1]"
plan 'permuted blocks are for people' "method: blocks, block_sizes: [4]"
plan 'not a number' "method: constrained, balance: [team]"
town "method: complete"
sed -i '/^b4/d; /b4,/d' t/data/coaches.csv t/data/people.csv
no 3 "stratum team=south has 3 coaches for 4 arms" randomise t --commit --secret secret
town "method: complete"
echo a1,north,4 >>t/data/coaches.csv
no 3 "stands there twice" randomise t --commit --secret secret
study
no 3 "the plan has nothing to draw" randomise s --commit --secret secret

# people one by one: permuted blocks within strata
rm -rf t secret
mkdir -p t/data
cat >t/study.yaml <<EOF
study: { id: blocks, title: "Synthetic: people one by one" }
design:
  kind: individually-randomised
  factors: { ips: [without, with] }
  strata: [sex]
  allocation: { method: blocks, block_sizes: [4] }
sources:
  people: { file: data/people.csv, id: person, columns: [sex] }
EOF
echo person,sex >t/data/people.csv
for i in 1 2 3 4 5 6 7 8; do printf 'm%s,m\nf%s,f\n' "$i" "$i" >>t/data/people.csv; done
ok randomise t --commit --secret secret
: >arms
for i in 1 2 3 4 5 6 7 8; do
    for s in m f; do
        ok randomise t --reveal "$s$i" --secret secret
        cat out >>arms
    done
done
for block in '^m[1-4]' '^m[5-8]' '^f[1-4]' '^f[5-8]'; do
    [ "$(grep -c "$block: with$" arms)" = 2 ] || fail "block $block: $(grep "$block" arms)"
done
no 3 "there is no person \"x\"" randomise t --reveal x --secret secret
ok randomise t --verify --secret secret
has "each of the 16 revealed units was told"
ok randomise t --open --secret secret
ok randomise t --verify
finish
