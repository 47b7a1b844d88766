#!/bin/bash
# What is wrong or odd in the data of a survival analysis: a clear line with its place, or an answer
# that says what is the matter. Every line of tests/cli/expected_survival.txt is what the command answers.
# usage: survival.sh BINARY SOURCE_DIR [--write]
. "$2/tests/cli/transcript.sh"
expected=$source/tests/cli/expected_survival.txt

# table NAME ROW...: the first row has the names
table() {
    printf '%s\n' "${@:2}" >"$1"
}
# answers COMMAND...: an answer in JSON without a number that is none; what is null has been told about
answers() {
    t 0 "$@" --json
    if grep -qiE '(: |^ *)-?(nan|inf)' out; then fail "not JSON: firstplace $*"; fi
    [ -s err ] || [ "$1" != cox ] || ! grep -q 'null' <(grep -E '"(estimate|se|p|fitted)":' out) ||
        fail "null without a word: firstplace $*"
}

# ---- times

table zero.csv t,e,a 0,1,1 0,0,2 5,1,2 6,0,3 7,1,1 0,1,3
answers cox zero.csv --formula "Surv(t, e) ~ a"
has '"n": 6'
has '"events": 4'
answers km zero.csv --formula "Surv(t, e) ~ 1"
table below.csv t,e,a 3,1,1 -1,0,2 5,1,2
t 3 km below.csv --formula "Surv(t, e) ~ a"
table interval.csv start,stop,e,a 0,5,1,1 5,8,0,2 8,8,1,2
t 3 cox interval.csv --formula "Surv(start, stop, e) ~ a"
t 3 km interval.csv --formula "Surv(start, stop, e) ~ a"
table reversed.csv start,stop,e,a 0,5,1,1 9,8,0,2 8,12,1,2
t 3 cox reversed.csv --formula "Surv(start, stop, e) ~ a"
t 3 km reversed.csv --formula "Surv(start, stop, e) ~ 1"
# what R's timefix takes for the same time leaves no interval
table rounding.csv start,stop,e,a 0,5,1,1 0.3,0.30000000000000004,0,2 8,12,1,2
t 3 cox rounding.csv --formula "Surv(start, stop, e) ~ a"
table huge.csv t,e,a 3,1,1 1e308,0,2 5,1,2
t 3 cox huge.csv --formula "Surv(t, e) ~ a"
t 3 km huge.csv --formula "Surv(t, e) ~ 1" --rmst 4
table far.csv start,stop,e,a -1e308,3,1,1 1,6,0,2 2,5,1,2
t 3 cox far.csv --formula "Surv(start, stop, e) ~ a"
table tied.csv t,e,a 5,1,1 5,1,2 5,1,3 5,0,5
answers cox tied.csv --formula "Surv(t, e) ~ a"
answers cox tied.csv --formula "Surv(t, e) ~ a" --ties breslow
answers km tied.csv --formula "Surv(t, e) ~ 1"
table one.csv t,e,a 5,1,1
answers cox one.csv --formula "Surv(t, e) ~ a"
answers km one.csv --formula "Surv(t, e) ~ 1"

# ---- persons

table persons.csv start,stop,e,a,person 0,5,1,1,ann 5,8,1,2,ann 6,7,0,1,bob 2,9,1,3,bob
t 3 cox persons.csv --formula "Surv(start, stop, e) ~ a" --id person
t 3 km persons.csv --formula "Surv(start, stop, e) ~ 1" --id person
t 3 cox persons.csv --formula "Surv(stop, e) ~ a" --id person
t 3 cox persons.csv --formula "Surv(start, stop, e) ~ a" --id persn
answers cox persons.csv --formula "Surv(start, stop, e) ~ a"
table twice.csv start,stop,e,a,person 0,5,1,1,ann 0,5,1,1,ann 6,7,0,1,bob
t 3 cox twice.csv --formula "Surv(start, stop, e) ~ a" --id person
# one after the other, in any order of the rows; in two strata at a time (a person in each)
table fine.csv start,stop,e,a,person,s 5,8,1,2,ann,x 0,5,0,1,ann,x 6,7,0,1,bob,x 2,9,1,3,bob,y 1,4,1,1,cem,y 0,6,1,2,dia,x
answers cox fine.csv --formula "Surv(start, stop, e) ~ a + strata(s)" --id person

# ---- events

table codes.csv t,e,a 1,0,1 2,1,2 3,2,3 4,1,5
t 3 cox codes.csv --formula "Surv(t, e) ~ a"
t 3 km codes.csv --formula "Surv(t, e) ~ a"
table three.csv t,e,a 1,0,1 2,1,2 3,3,3 4,1,5
t 3 cox three.csv --formula "Surv(t, e) ~ a"
table half.csv t,e,a 1,0,1 2,1,2 3,0.5,3 4,1,5
t 3 cox half.csv --formula "Surv(t, e) ~ a"
table minus.csv t,e,a 1,0,1 2,1,2 3,-1,3 4,1,5
t 3 cox minus.csv --formula "Surv(t, e) ~ a"
table words.csv t,e,a 1,yes,1 2,no,2 3,yes,3
t 3 cox words.csv --formula "Surv(t, e) ~ a"
table allbut.csv t,e,a,s 1,0,1,x 2,0,2,x 3,1,3,y 4,1,5,y 6,1,1,y 7,0,2,y
answers cox allbut.csv --formula "Surv(t, e) ~ a + strata(s)"
answers km allbut.csv --formula "Surv(t, e) ~ a + strata(s)"

# ---- weights

for weight in 0 -2 1e308 1e-308 inf nan heavy; do
    table weights.csv t,e,a,w 1,0,1,1 2,1,2,$weight 3,1,3,1 4,1,5,2 4,1,5,2 4,1,5,2
    t 3 cox weights.csv --formula "Surv(t, e) ~ a" --weights w
    t 3 km weights.csv --formula "Surv(t, e) ~ 1" --weights w
done

# ---- covariates

table constant.csv t,e,a,b 1,0,9,1 2,1,4,3 3,1,4,1 4,1,4,2
answers cox constant.csv --formula "Surv(t, e) ~ a"
answers cox constant.csv --formula "Surv(t, e) ~ a + b"
table large.csv t,e,a,b 1,0,1e308,1 2,1,4,3 3,1,-1e308,1 4,1,4,2 6,1,1e308,2
t 3 cox large.csv --formula "Surv(t, e) ~ a"
t 3 cox large.csv --formula "Surv(t, e) ~ a + b"
t 3 cox large.csv --formula "Surv(t, e) ~ a:b"
t 3 cox large.csv --formula "Surv(t, e) ~ exp(b * 1000)"
table tiny.csv t,e,a 1,0,1e-308 2,1,3e-308 3,1,2e-308 4,1,1e-308 5,0,3e-308
answers cox tiny.csv --formula "Surv(t, e) ~ a"
table level.csv t,e,a 1,0,x 2,1,x 3,1,x
t 3 cox level.csv --formula "Surv(t, e) ~ a"
table text.csv t,e,a 1,0,1 2,1,2 3,1,4O 4,1,5 4,1,5 4,1,5 4,1,5 4,1,5 4,1,5 4,1,5 4,1,5 4,1,5 4,1,5 4,1,5
t 3 cox text.csv --formula "Surv(t, e) ~ a"
{
    echo t,e,a
    seq 1 900000 | awk '{ print $1 % 700 + 1 "," $1 % 2 "," ($1 == 899999 ? "4O" : $1 % 50) }'
} >late.csv
t 3 cox late.csv --formula "Surv(t, e) ~ a"
t 3 km late.csv --formula "Surv(a, e) ~ 1"
rm late.csv

table offset.csv t,e,a,o 1,0,1,1000 2,1,2,1001 3,1,3,1000 4,1,1,1002 5,0,3,1000 6,1,2,1000
answers cox offset.csv --formula "Surv(t, e) ~ a + offset(o)"
table apart.csv t,e,a,o 1,0,1,0 2,1,2,1000 3,1,3,1 4,1,1,-1000 5,0,3,3 6,1,2,1
t 3 cox apart.csv --formula "Surv(t, e) ~ a + offset(o)"
t 3 cox apart.csv --formula "Surv(t, e) ~ a + offset(1e308 * o)"

# ---- what is asked of the fit

table fit.csv t,e,a,s 1,0,1,x 2,1,2,x 3,1,3,y 4,1,1,y 5,0,3,x 6,1,2,y 7,1,1,x 8,0,4,y
model="Surv(t, e) ~ a + s"
t 2 cox fit.csv --formula "$model" --residuals mart
t 2 cox fit.csv --formula "$model" --residuals score --json
t 3 cox fit.csv --formula "Surv(t, e) ~ 1" --residuals schoenfeld
t 3 cox fit.csv --formula "$model" --at "a=2"
t 3 cox fit.csv --formula "$model" --at "a=2, s=z"
t 3 cox fit.csv --formula "$model" --at "a=two, s=x"
t 3 cox fit.csv --formula "$model" --at "a=2, s=x, q=1"
t 3 cox fit.csv --formula "$model" --at "a=NA, s=x"
t 2 cox fit.csv --formula "$model" --at "a=2, a=3, s=x"
t 2 cox fit.csv --formula "$model" --at ";"
answers cox fit.csv --formula "$model" --at "a=1e308, s=x"
answers cox fit.csv --formula "$model" --at "a=-1e308, s=y"
t 3 cox fit.csv --formula "Surv(t, e) ~ log(a)" --at "a=0"
t 3 cox fit.csv --formula "$model" --contrast "a - sz"
t 2 cox fit.csv --formula "$model" --contrast "a -"
t 2 cox fit.csv --formula "$model" --contrast "a * sy"
t 2 cox fit.csv --formula "$model" --contrast "0 * a"
t 2 cox fit.csv --formula "$model" --contrast "a + 1"
t 2 cox fit.csv --formula "$model" --contrast ""
t 2 cox fit.csv --formula "$model" --contrast "1e308 * a + 1e308 * sy"
table quiet.csv t,e,a 1,0,1 2,0,2 3,0,3
km="km fit.csv --formula"
answers $km "$model" --trend --pairwise --rmst 4 --times 1,4 --quantiles 0,0.5,1 --rho 1 --gamma 1
answers $km "Surv(t, e) ~ 1" --trend --pairwise
t 3 $km "$model" --scores 1
t 3 $km "$model" --scores 1,1,1,1,1,1,1,1
t 3 $km "$model" --scores values
t 3 $km "Surv(t, e) ~ s" --scores 1e308,0
t 2 $km "$model" --scores a,b
t 2 $km "$model" --quantiles 50
t 2 $km "$model" --quantiles 0.5,
t 2 $km "$model" --times -5
t 2 $km "$model" --times 1e308
t 0 $km "Surv(t, e) ~ s" --times 4,5000
has "the rows of s=y end before"
t 2 $km "$model" --rmst 1e308
answers $km "$model" --rmst 5000
t 2 $km "$model" --rho 1e308
t 2 $km "$model" --gamma -1
answers km quiet.csv --formula "Surv(t, e) ~ a" --trend --pairwise --rmst 2 --times 1 --quantiles 0.5
answers km quiet.csv --formula "Surv(t, e) ~ a" --reverse
answers cox quiet.csv --formula "Surv(t, e) ~ a" --at "a=2" --contrast "2 * a"
t 0 cox quiet.csv --formula "Surv(t, e) ~ a" --residuals dfbeta

# ---- exact ties and frailty

answers cox tied.csv --formula "Surv(t, e) ~ a" --ties exact
answers cox quiet.csv --formula "Surv(t, e) ~ a" --ties exact
answers cox constant.csv --formula "Surv(t, e) ~ a" --ties exact
answers cox zero.csv --formula "Surv(t, e) ~ a" --ties exact
t 3 cox large.csv --formula "Surv(t, e) ~ a" --ties exact
t 2 cox fit.csv --formula "$model" --ties exact --weights t
t 2 cox fit.csv --formula "$model" --ties exact --robust
t 0 cox fit.csv --formula "Surv(t, e) ~ a + frailty(s)"
has "the groups differ no more than by chance"
answers cox quiet.csv --formula "Surv(t, e) ~ a + frailty(a)"
t 0 cox fit.csv --formula "Surv(t, e) ~ frailty(s)"
has "the groups differ no more than by chance"
table onegroup.csv t,e,a,g 1,1,1,x 2,0,2,x 3,1,0,x 4,0,5,x
t 0 cox onegroup.csv --formula "Surv(t, e) ~ a + frailty(g)"
has "the groups differ no more than by chance"
t 3 cox fit.csv --formula "Surv(t, e) ~ a + frailty(s, b)"
t 3 cox fit.csv --formula "Surv(t, e) ~ a * frailty(s)"
t 3 cox fit.csv --formula "Surv(t, e) ~ a + frailty(s)" --weights t
t 3 km fit.csv --formula "Surv(t, e) ~ a + frailty(s)"

# ---- Firth's penalty

table split.csv t,e,a,b 1,1,1,0 2,1,1,0 3,1,1,1 4,0,0,1 5,0,0,0 6,0,0,1
answers cox split.csv --formula "Surv(t, e) ~ a"
answers cox split.csv --formula "Surv(t, e) ~ a" --firth
answers cox split.csv --formula "Surv(t, e) ~ a + b" --firth
answers cox quiet.csv --formula "Surv(t, e) ~ a" --firth
answers cox constant.csv --formula "Surv(t, e) ~ a" --firth
answers cox tied.csv --formula "Surv(t, e) ~ a" --firth
t 3 cox large.csv --formula "Surv(t, e) ~ a" --firth
t 2 cox split.csv --formula "Surv(t, e) ~ a" --firth --ties exact
t 2 cox split.csv --formula "Surv(t, e) ~ a" --firth --robust
t 2 cox split.csv --formula "Surv(t, e) ~ a" --firth --residuals dfbeta
t 3 cox split.csv --formula "Surv(t, e) ~ a + frailty(b)" --firth

# ---- competing events

table late.csv start,t,e,a 0,1,1,1 0,2,0,2 2,3,2,3
table causes.csv t,e,a,w,start 0,1,1,1,0 0,0,2,1,0 3,2,3,2,1 1,2,1,1,0 4,1,2,1,2 5,0,1,1,0 6,2,2,0.5,0
answers cif causes.csv --formula "Surv(t, e) ~ 1" --times 0,4
answers finegray causes.csv --formula "Surv(t, e) ~ a" --event 1
answers cif causes.csv --formula "Surv(t, e) ~ 1" --weights w
t 2 finegray causes.csv --formula "Surv(t, e) ~ a"
t 3 finegray causes.csv --formula "Surv(t, e) ~ a" --event 3
t 3 finegray causes.csv --formula "Surv(t, e) ~ a" --event one
t 2 finegray causes.csv --formula "Surv(t, e) ~ a" --event 1 --weights w
t 3 finegray causes.csv --formula "Surv(start, t, e) ~ a" --event 1
t 3 finegray late.csv --formula "Surv(start, t, e) ~ a" --event 1
answers cif late.csv --formula "Surv(start, t, e) ~ 1"
t 3 cif causes.csv --formula "Surv(t, e) ~ 1" --censored 3
t 2 cif causes.csv --formula "Surv(t, e) ~ 1" --times -1
answers cif causes.csv --formula "Surv(t, e) ~ 1" --times 4,2
t 3 cif half.csv --formula "Surv(t, e) ~ 1"
t 3 cif minus.csv --formula "Surv(t, e) ~ 1"
table nobody.csv t,e,a 1,0,1 2,0,2 3,0,3
answers cif nobody.csv --formula "Surv(t, e) ~ a"
t 3 finegray nobody.csv --formula "Surv(t, e) ~ a" --event 1
table alone.csv t,e,a 1,0,1 2,1,2 3,1,3 4,1,1 5,1,2
answers cif alone.csv --formula "Surv(t, e) ~ a"
answers finegray alone.csv --formula "Surv(t, e) ~ a" --event 1
table nocensor.csv t,e,a 1,2,1 2,1,2 3,2,3 4,1,5
answers cif nocensor.csv --formula "Surv(t, e) ~ 1"
answers finegray nocensor.csv --formula "Surv(t, e) ~ a" --event 1
table same.csv t,e,a 5,1,1 5,0,2 5,2,3 5,2,1 5,1,2 5,0,1
answers cif same.csv --formula "Surv(t, e) ~ a"
answers finegray same.csv --formula "Surv(t, e) ~ a" --event 1
table told.csv t,e,a 5,died,1 6,censored,2 7,work,3 8,died,1 9,work,2 5,censored,1
answers cif told.csv --formula "Surv(t, e) ~ 1"
answers finegray told.csv --formula "Surv(t, e) ~ a" --event work
t 3 finegray told.csv --formula "Surv(t, e) ~ a" --event wrk
t 3 finegray large.csv --formula "Surv(t, e) ~ a" --event 1
t 3 cif huge.csv --formula "Surv(t, e) ~ 1"

finish "${3:-}"
