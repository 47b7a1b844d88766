#!/usr/bin/env bash
# After the draw: coaches who come late, leave or are replaced, people who change coach. Everybody is
# analysed as randomised, and what cannot be is refused.
set -eu
. "$2/tests/run/common.sh"
. "$2/tests/run/town.sh"
now=$(date -u +%F)

# Whether two outputs of analyse --json have the same estimates and standard errors.
same_terms() {
    [ "$(grep -E '"(estimate|se)"' "$1")" = "$(grep -E '"(estimate|se)"' "$2")" ]
}

# A late coach is drawn from a stream of its own: the same again with the same secret.
town "method: complete"
no 3 "nothing was drawn yet" randomise t --leave a1 --date "$now"
ok randomise t --commit --secret secret
reveal_all
ok analyse t --json
cp out before
ok import t
printf 'c1,north,99\nc2,north,99\nc3,south,99\n' >>t/data/coaches.csv
ok analyse t --json # without people they change nothing but the tests, which wait for their arms
no 3 "was drawn with the others" randomise t --add a1 --secret secret
no 3 "there is no coach \"c9\"" randomise t --add c9 --secret secret
no 2 "--secret FILE is missing" randomise t --add c1
no 3 "only coaches of the commitment" randomise t --reveal c1 --secret secret
for c in c1 c2 c3; do
    ok randomise t --add "$c" --secret secret
    cat out >>arms
done
no 3 "was drawn on" randomise t --add c1 --secret secret
[ "$(grep -c "^c[12]: $(sed -n 's/^c1: //p' arms)$" arms)" = 1 ] || fail "two late coaches of a block in one arm"
ok randomise t
has "8 of 8 coaches revealed"
has ", late, team=north"
ok randomise t --verify --secret secret
has "each of the 11 revealed units was told"
# the two of north stand in one block: 2 ways; c3 is alone in its own: 1 way
ok analyse t --json
grep -q '"allocations": 576' before || fail "4!^2 allocations of eight coaches"
has '"allocations": 1152'
cp -r t u
LC_ALL=C sed -i 's/"stratum":"team=south","unit":"c3"/"stratum":"team=north","unit":"c3"/' u/study.db
cmp -s t/study.db u/study.db && fail "nothing was tampered with"
no 1 "event" randomise u --verify
rm -rf u

# Leaving and replacing.
no 2 "--date DAY is missing" randomise t --leave a1
no 2 'is not a day such as' randomise t --leave a1 --date 2027-02-30
no 3 "lies in the future" randomise t --leave a1 --date 2199-01-01
no 3 "lies before the draw" randomise t --leave a1 --date 1999-01-01
no 3 'coach "zz" is not in the draw' randomise t --leave zz --date "$now"
no 2 "choose one of" randomise t --leave a1 --add c1 --date "$now"
no 2 "goes with --move and --correct" randomise t --leave a1 --to a2 --date "$now"
ok randomise t --leave a1 --date "$now" --why "another job"
no 3 "has left already" randomise t --leave a1 --date "$now"
no 2 "--by COACH is missing" randomise t --replace a1 --date "$now"
no 3 "has a place in the draw already" randomise t --replace a1 --by b1 --date "$now"
no 3 "cannot replace" randomise t --replace a1 --by a1 --date "$now"
ok randomise t --replace a1 --by d1 --date "$now"
has "coach d1 took the place of a1"
no 3 "was replaced already" randomise t --replace a1 --by d2 --date "$now"
ok randomise t --replace d1 --by d2 --date "$now"
no 3 "took the place of a1" randomise t --add d2 --secret secret
# people.csv may name the one who is there now
cp t/data/people.csv people
sed -i 's/^p1,a1/p1,d1/; s/^p2,a1/p2,d2/' t/data/people.csv
ok analyse t --json
cp out replaced
ok report t
ok trace t flow.total.coaches
has "a1 "
lacks "d1 "
ok trace t flow.total.coaches_replaced
has "a1 "
same_terms before replaced || fail "a replacement changed an estimate"

# Moving: an estimate does not move with the person.
sed -i 's/^p5,a2/p5,b1/' t/data/people.csv
no 3 "p5 was registered with coach a2 and now stands with coach b1" analyse t
no 3 "p5 was registered" check t
no 2 "--to COACH is missing" randomise t --move p5 --date "$now"
no 3 'there is no person "p99"' randomise t --move p99 --to b1 --date "$now"
no 3 'coach "zz" is not in the draw' randomise t --move p5 --to zz --date "$now"
no 3 "is with coach a2 already" randomise t --move p5 --to a2 --date "$now"
ok randomise t --move p5 --to b1 --date "$now"
has "is analysed with coach a2"
ok analyse t --json
same_terms before out || fail "a move changed an estimate"
sed -i 's/^p5,b1/p5,b2/' t/data/people.csv
no 3 "no event names coach b2" analyse t
sed -i 's/^p5,b2/p5,b1/' t/data/people.csv
ok report t
ok trace t flow.total.people_moved
has "p5 "
has "= 1"
# a slip of the pen is another thing, and needs a reason
no 2 "--why TEXT is missing" randomise t --correct p6 --to a3
ok randomise t --correct p6 --to a3 --why "the form said a3"
ok randomise t
has "person p6 belongs to coach a3: corrected from a2"
ok trace t flow.total.people_corrected
has "p6 "
ok randomise t --verify --secret secret
has "5 changes after the draw: all can be"
ok verify t
ok randomise t --open --secret secret
ok randomise t --verify
cp -r t u
LC_ALL=C sed -i 's/"to":"b1","unit":"p5"/"to":"b2","unit":"p5"/' u/study.db
no 1 "event" verify u

# constrained: the limit speaks of those who were drawn, and still holds
town "method: constrained, balance: [caseload], keep: 0.5"
ok randomise t --commit --secret secret
reveal_all
ok analyse t --json
cp out before
echo c1,north, >>t/data/coaches.csv
ok randomise t --add c1 --secret secret
for i in 1 2 3; do echo "q$i,c1,2023-01-01,2024-06-01" >>t/data/people.csv; done
ok analyse t --json
[ "$(grep '"allocations"' before)" = "$(grep '"allocations"' out)" ] ||
    fail "the constrained set with a late coach"
ok report t
finish
