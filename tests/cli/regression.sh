#!/bin/bash
# What is wrong or odd in the data of glm, gee and lmm: a clear line with its place, or an answer that says
# what is the matter. Every line of tests/cli/expected_regression.txt is what the command answers.
# usage: regression.sh BINARY SOURCE_DIR [--write]
. "$2/tests/cli/transcript.sh"
expected=$source/tests/cli/expected_regression.txt

# table NAME ROW...: the first row has the names
table() {
    printf '%s\n' "${@:2}" >"$1"
}
# answers COMMAND...: an answer in JSON without a number that is none
answers() {
    t 0 "$@" --json
    if grep -qiE '(: |^ *)-?(nan|inf)' out; then fail "not JSON: firstplace $*"; fi
}

# ---- outcomes

table flat.csv y,a 3,x 3,z 3,x 3,z
t 3 glm flat.csv --formula "y ~ a"
t 3 gee flat.csv --formula "y ~ 1" --id a
table codes.csv y,a 1,x 2,z 1,x 2,z 2,x
t 3 glm codes.csv --formula "y ~ a" --family binomial
answers glm codes.csv --formula "I(y == 2) ~ a" --family binomial
table words.csv y,a yes,x no,z yes,x no,z
t 3 glm words.csv --formula "y ~ a" --family binomial
table counts.csv y,a 1,x -2,z 3,x 4,z
t 3 glm counts.csv --formula "y ~ a" --family poisson
t 3 gee counts.csv --formula "y ~ 1" --family poisson --id a
table zeros.csv y,a 1,x 0,z 3,x 4,z
t 3 glm zeros.csv --formula "y ~ a" --family gamma
table none.csv y,a
t 3 glm none.csv --formula "y ~ a"
table missing.csv y,a NA,x NA,z
t 3 glm missing.csv --formula "y ~ a"
table arm.csv y,a 1,x 2,x 3,x NA,z NA,z
t 3 glm arm.csv --formula "y ~ a"
t 2 glm zeros.csv --formula "y ~ a" --family poisson --link logit

# ---- fits

table steep.csv y,x 0,1 0,2 0,3 1,4 1,5 0,1 1,5 1,4
answers glm steep.csv --formula "y ~ x" --family binomial --link log
table perfect.csv y,x,g 0.1,1,1 0.2,2,1 0.3,3,2 0.4,4,2 0.7,7,3
for family in gaussian gamma; do
    answers glm perfect.csv --formula "y ~ x" --family $family --link identity
    has '"state": "no_spread"'
done
answers glm perfect.csv --formula "y ~ x" --cluster g
for corstr in independence exchangeable; do
    answers gee perfect.csv --formula "y ~ x" --id g --corstr $corstr
    has '"state": "no_spread"'
done
answers lmm perfect.csv --formula "y ~ x + (1 | g)" --contrast "x" --variance-tests
has '"state": "no_spread"'
table full.csv y,a 1,x 2,y 3,z
answers glm full.csv --formula "y ~ a" --robust
has '"state": "no_spread"'
t 0 glm full.csv --formula "y ~ a"
table twice.csv y,a,b 1,1,2 2,2,4 3,3,6 5,4,8
answers glm twice.csv --formula "y ~ a + b"
has '"state": "rank_deficient"'
table parted.csv y,a,x 0,u,1 1,u,2 0,u,3 1,u,4 0,u,2 1,v,1 1,v,2 1,v,3 1,v,2
answers glm parted.csv --formula "y ~ a + x" --family binomial
has '"state": "separated"'
answers glm parted.csv --formula "y ~ a + x" --family binomial --firth
has '"state": "converged"'
answers glm parted.csv --formula "y ~ a + x" --family binomial --firth --standardise a --contrast "av - x"
t 2 glm parted.csv --formula "y ~ a + x" --firth
t 2 glm parted.csv --formula "y ~ a + x" --family binomial --link probit --firth
t 2 glm parted.csv --formula "y ~ a + x" --family binomial --firth --robust
t 2 glm parted.csv --formula "y ~ a" --family binomial --firth --cluster x

# ---- clusters and waves

table waves.csv id,wave,arm,y 1,0,a,0 1,6,a,1 2,0,b,1 2,6,b,0 3,0,a,1 3,6,a,0 4,0,b,0 4,6,b,1 5,6,a,1
answers gee waves.csv --formula "y ~ arm" --id id --wave wave
answers gee waves.csv --formula "y ~ arm" --id id --corstr independence --standardise arm --contrast armb
t 2 gee waves.csv --formula "y ~ arm"
table double.csv id,wave,arm,y 1,0,a,0 1,0,a,1 2,0,b,1 2,6,b,0
t 3 gee double.csv --formula "y ~ arm" --id id --wave wave
table moved.csv id,coach,y 1,k,0 1,l,1 2,l,1 2,l,0
t 3 gee moved.csv --formula "y ~ 1" --id id --cluster coach
table alone.csv id,y 1,0 1,1 1,4
t 3 gee alone.csv --formula "y ~ 1" --id id
t 2 lmm alone.csv --formula "y ~ (1 | id)" --id id
t 2 glm alone.csv --formula "y ~ 1" --id id
t 3 glm alone.csv --formula "y ~ 1" --cluster id
table told.csv id,wave,arm,y 1,0,a,0 1,6,a,1 2,0,b,1 2,6,b,1 3,0,a,1 3,6,a,0 4,0,b,0 4,6,b,1 5,0,b,1 5,6,b,1 6,0,a,0 6,6,a,0
answers gee told.csv --formula "y ~ arm * factor(wave)" --id id --family binomial --corstr independence
has '"state": "separated"'

# ---- what repeated measurements can have wrong

table once.csv y,a,g 1,x,1 2,z,2 3,x,3 2.5,z,4
answers gee once.csv --formula "y ~ a" --id g
t 3 lmm once.csv --formula "y ~ a + (1 | g)"
table single.csv y,a,g 1,x,1 2,z,1 3,x,1 2.5,z,2 4,x,2 1.5,z,2 3.3,x,3
answers gee single.csv --formula "y ~ a" --id g
answers lmm single.csv --formula "y ~ a + (1 | g)"
answers lmm single.csv --formula "y ~ a + (1 + a | g)"
has '"state": "singular"'
table back.csv id,coach,wave,arm,y 1,k,0,a,1 1,k,6,a,2 2,k,0,b,3 2,k,6,b,2.5 1,l,12,a,4 3,l,0,b,2.2 3,l,6,b,1.8 4,l,0,a,1.1 4,l,6,a,0.9
answers gee back.csv --formula "y ~ arm" --id id --wave wave
has '"ids": 4'
answers lmm back.csv --formula "y ~ arm + (1 | coach) + (1 | id)"
t 3 gee back.csv --formula "y ~ arm" --id id --wave wave --cluster coach
t 3 lmm back.csv --formula "y ~ arm + (1 | coach)" --residual ar1 --subject id --wave wave
table again.csv id,wave,arm,y 1,0,a,1 1,0,a,2 2,0,b,3 2,6,b,2.5 3,0,a,4 3,6,a,2.2
t 3 gee again.csv --formula "y ~ arm" --id id --wave wave
t 3 lmm again.csv --formula "y ~ arm" --residual cs --subject id --wave wave
t 3 lmm flat.csv --formula "y ~ a + (1 | a)"
table alike.csv id,arm,y 1,a,3 1,a,3 2,b,4 2,b,4 3,a,2 3,a,2 4,b,6 4,b,6
answers gee alike.csv --formula "y ~ arm" --id id
has '"state": "not_positive"'
answers lmm alike.csv --formula "y ~ arm + (1 | id)" --means arm
has '"state": "no_spread"'
t 0 lmm alike.csv --formula "y ~ arm + (1 | id)" --means arm --df kr
t 3 lmm alike.csv --formula "y ~ arm + (1 | id)" --effects
t 3 lmm alike.csv --formula "y ~ arm + (1 | id)" --residuals response
table many.csv id,w,v,y 1,0,0,3 1,1,2,4 2,0,0,2 2,1,2,5 3,0,0,1 3,1,2,1.5 4,0,0,2.1 4,1,2,2.2
t 3 lmm many.csv --formula "y ~ w + (1 + w | id)"
answers lmm many.csv --formula "y ~ w + (1 | id) + (0 + w | id) + (1 | w)"
answers lmm many.csv --formula "y ~ w + v + (1 | id)"
has '"state": "rank_deficient"'
answers gee many.csv --formula "y ~ w + v" --id id
has '"state": "rank_deficient"'
for corstr in exchangeable unstructured ar1; do
    answers gee told.csv --formula "y ~ arm * factor(wave)" --id id --wave wave --family binomial --corstr $corstr
    has '"state": "separated"'
done
answers glm told.csv --formula "y ~ arm * factor(wave)" --family binomial --means "arm | wave"
table arms.csv y,arm,coach 1,a,k 2,a,k 0.5,a,k 3,b,l 2.5,b,l 4,b,l 1.5,c,m 2.5,c,m 0.1,c,m
answers lmm arms.csv --formula "y ~ arm + (1 | coach)"
t 0 lmm arms.csv --formula "y ~ arm + (1 | coach)" --df kr
table gone.csv id,wave,arm,y 1,0,a,0 1,6,a,1 2,0,b,NA 2,6,b,NA 3,0,a,1 3,6,a,3 4,0,b,NA 4,6,b,NA
t 3 gee gone.csv --formula "y ~ arm" --id id
t 3 lmm gone.csv --formula "y ~ arm + (1 | id)"
t 3 lmm gone.csv --formula "y ~ factor(arm) * factor(wave)" --residual cs --subject id --wave wave
table half.csv id,wave,arm,y 1,0,a,0 1,6,a,1 2,0,b,1 2,6,b,NA 3,0,a,1 3,6,a,3 4,0,b,2 4,6,b,NA 5,0,a,1.5 5,6,a,2.2
answers gee half.csv --formula "y ~ arm * factor(wave)" --id id --wave wave --means "arm | wave"
answers lmm half.csv --formula "y ~ arm * factor(wave) + (1 | id)" --means "arm | wave"

# the intraclass correlation and its interval; a variance of 0, at its boundary
cp "$source/tests/data/model/waves.csv" told.csv
answers lmm told.csv --formula "y ~ wave + (1 | coach)"
answers lmm told.csv --formula "age ~ 1 + (1 | coach) + (1 | wave)"
# a wave of one row with 0: its variance goes to 0, where the covariance matrix is no longer positive
table exact.csv id,wave,y 1,0,1 1,1,2 2,0,1.5 2,1,0.3 3,2,0
answers lmm exact.csv --formula "y ~ -1" --residual diag --subject id --wave wave --ml

# ---- standardised means and contrasts

t 3 glm waves.csv --formula "y ~ arm" --standardise wave
t 3 glm waves.csv --formula "y ~ arm" --standardise ""
t 3 gee waves.csv --formula "y ~ arm" --id id --standardise amr
t 3 glm waves.csv --formula "y ~ arm" --contrast "armc"
t 2 glm waves.csv --formula "y ~ arm" --contrast "armb + 1"
t 2 glm waves.csv --formula "y ~ arm" --contrast ""
t 2 gee waves.csv --formula "y ~ arm" --id id --contrast "armb *"

finish "${3:-}"
