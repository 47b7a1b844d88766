#!/bin/bash
# The command line from outside: every line of tests/cli/expected.txt is what the built command
# answers. usage: run.sh BINARY SOURCE_DIR            compare
#                 run.sh BINARY SOURCE_DIR --write    write expected.txt anew; read the diff
. "$2/tests/cli/transcript.sh"
expected=$source/tests/cli/expected.txt

model="Surv(day, event) ~ arm"

# usage
t 2
t 2 coxx trial.csv
t 2 cox
t 2 cox trial.csv
t 2 cox "" --formula "$model"
t 2 cox trial.csv --formula
t 2 cox trial.csv --formla "$model"
t 2 cox trial.csv --formula "$model" --wrong
t 2 cox trial.csv --formula "$model" -x
t 2 cox trial.csv --formula "$model" --json=yes
t 2 cox trial.csv extra.csv --formula "$model"
t 2 cox trial.csv --formula "$model" --level 95
t 2 cox trial.csv --formula "$model" --level high
t 2 cox trial.csv --formula "$model" --ties exakt
t 2 cox trial.csv --formula "$model" --ties exact --weights age
t 2 cox trial.csv --formula "$model" --ties exact --robust
t 2 cox trial.csv --formula "$model + cluster(coach)" --ties exact
t 2 cox trial.csv --formula "$model" --ties exact --randomised "ips | coach"
t 2 cox trial.csv --formula "$model" --ties exact --residuals score
t 2 cox trial.csv --formula "$model" --small-sample kr
t 2 cox trial.csv --formula "$model" --small-sample md
t 2 cox trial.csv --formula "$model" --seed -1
t 2 cox trial.csv --formula "$model" --plot out.png
t 2 cox trial.csv --formula "$model" --randomised "arm on coach"
t 2 cox trial.csv --formula "$model" --randomised "arm | coach | blocks(age)"
t 2 cox trial.csv --formula "$model" --randomised "arm | coach | balance(age; keep 3)"
t 2 cox trial.csv --formula "$model" --randomised "arm | coach" --allocations 0
t 2 cox trial.csv --formula "$model" --randomised "arm | coach" --allocations 1e3.5
t 2 cox trial.csv --formula "$model" --allocations 1000
t 3 cox trial.csv --formula "$model" --randomised "arm | coach | strata(age)"
t 3 cox trial.csv --formula "$model" --randomised "arm | coach | balance(arm)"
t 3 km trial.csv --formula "$model" --randomised "age | arm"
t 2 km trial.csv --formula "$model" --randomised "arm | coach" --rho 1
t 2 km trial.csv --formula "$model" --randomised "arm | coach" --reverse
t 2 cox trial.csv --formula "$model" --residuals pearson
t 2 cox trial.csv --formula "$model" --residuals score --json
t 2 cox trial.csv --formula "$model" --at ""
t 2 cox trial.csv --formula "$model" --at "ips"
t 2 cox trial.csv --formula "$model" --contrast ""
t 2 cox trial.csv --formula "$model" --contrast "armusual + 1"
t 2 cox trial.csv --formula "$model" --contrast "armusual *"
t 2 km trial.csv --formula "$model" --conf-type loglog
t 2 km trial.csv --formula "$model" --rmst 0
t 2 km trial.csv --formula "$model" --rmst inf
t 2 km trial.csv --formula "$model" --estimate breslow
t 2 km trial.csv --formula "$model" --quantiles 0.5,1.5
t 2 km trial.csv --formula "$model" --quantiles -0.1
t 2 km trial.csv --formula "$model" --quantiles ""
t 2 km trial.csv --formula "$model" --quantiles 0.25,
t 2 km trial.csv --formula "$model" --times 30,,60
t 2 km trial.csv --formula "$model" --times -1
t 2 km trial.csv --formula "$model" --times 1e999
t 2 km trial.csv --formula "$model" --rho nan
t 2 km trial.csv --formula "$model" --gamma -0.5
t 2 km trial.csv --formula "$model" --gamma half
t 2 km trial.csv --formula "$model" --scores one,two
t 2 km trial.csv --formula "$model" --trend=1
t 2 km trial.csv --formula "$model" --pairwise --plot-kind hazard
t 2 km trial.csv --formula "$model" --plot-kind cumulative-hazard
t 3 km trial.csv --formula "$model" --scores 1,2,3
t 3 km trial.csv --formula "$model" --scores values
t 3 km trial.csv --formula "Surv(day, event) ~ arm + coach" --scores values
t 3 km onecluster.csv --formula "Surv(day, event) ~ 1" --cluster coach

t 2 cif trial.csv --formula "$model" --times 10,x
t 2 cif trial.csv --formula "$model" --times ""
t 2 finegray ends.csv --formula "Surv(day, end) ~ arm" --censored open
t 2 finegray ends.csv --formula "Surv(day, end) ~ arm" --censored open --event work --weights day

# the formula, with the character at which it stops making sense
t 3 cox trial.csv --formula "Surv(day, event) ~ arm + * age"
t 3 cox trial.csv --formula "Surv(day, event) ~ (arm"
t 3 cox trial.csv --formula "Surv(day, event) ~ frob(age)"
t 3 cox trial.csv --formula "Surv(day) ~ arm"
t 3 cox trial.csv --formula "day ~ arm"
t 3 cox trial.csv --formula ""

# the file
t 3 cox none.csv --formula "$model"
t 3 cox . --formula "$model"
t 3 cox empty.csv --formula "$model"
t 3 cox header.csv --formula "$model"
t 3 cox ragged.csv --formula "$model"
t 3 cox trial.csv --formula "Surv(day, event) ~ arn"
t 3 cox codes.csv --formula "$model"
t 3 cox typo.csv --formula "Surv(day, event) ~ age"
t 3 cox missing.csv --formula "Surv(day, event) ~ age"
t 3 cox negative.csv --formula "$model"
t 3 cox trial.csv --formula "$model" --weights wt
t 3 cox onecluster.csv --formula "Surv(day, event) ~ cluster(coach)"
t 3 cox twoarms.csv --formula "Surv(day, event) ~ ips" --randomised "ips | coach"
t 3 cox trial.csv --formula "$model" --randomised "arm | team"
t 3 cox trial.csv --formula "$model" --randomised "age | coach"
t 3 cox trial.csv --formula "$model" --plot no/such/folder/out.svg
t 3 cox trial.csv --formula "$model + log(age)" --at "arm=ips"
t 3 cox trial.csv --formula "$model + log(age)" --at "arm=ips, age=40, coach=c1"
t 3 cox trial.csv --formula "$model + log(age)" --at "arm=nobody, age=40"
t 3 cox trial.csv --formula "$model + log(age)" --at "arm=ips, age=4O"
t 3 cox trial.csv --formula "$model + log(age)" --at "arm=ips, age=40" --at "arm=ips, age=-4"
t 3 cox trial.csv --formula "$model" --contrast "armuzual"
t 3 cox trial.csv --formula "Surv(day, event) ~ 1" --residuals score
t 3 cox trial.csv --formula "$model + frailty(coach)" --ties exact
t 3 cox trial.csv --formula "$model + frailty(coach)" --weights age
t 3 cox trial.csv --formula "$model + frailty(coach)" --robust
t 3 cox trial.csv --formula "$model + frailty(coach) + cluster(coach)"
t 3 cox trial.csv --formula "$model + frailty(coach)" --randomised "arm | coach"
t 3 cox trial.csv --formula "$model + frailty(coach)" --residuals score
t 3 cox trial.csv --formula "$model + frailty(coach)" --baseline
t 3 cox trial.csv --formula "$model + frailty(coach, age)"
t 3 cox trial.csv --formula "$model + frailty.gaussian(coach)"
t 3 cox trial.csv --formula "$model * frailty(coach)"
t 3 cox trial.csv --formula "$model + frailty(coach) + frailty(person)"
t 3 cox trial.csv --formula "$model + log(frailty(coach))"
t 3 km trial.csv --formula "$model + frailty(coach)"

# events with several codes
t 3 cif ends.csv --formula "Surv(day, end) ~ arm"
t 3 cif ends.csv --formula "Surv(day, end) ~ arm" --censored opn
t 3 finegray ends.csv --formula "Surv(day, end) ~ arm" --censored open --event wrk
t 3 finegray ends.csv --formula "Surv(day, end) ~ arm" --censored open --event open
t 3 cox ends.csv --formula "Surv(day, end) ~ arm" --event wrk
t 3 cif ends.csv --formula "Surv(day, below) ~ arm"
t 3 cif ends.csv --formula "Surv(day, part) ~ arm"
t 3 cif ends.csv --formula "Surv(day, code) ~ arm" --censored 7
t 3 finegray ends.csv --formula "Surv(entry, day, code) ~ arm" --event 1
t 3 finegray ends.csv --formula "Surv(day, code) ~ arm + offset(entry)" --event 1
t 3 cif ends.csv --formula "Surv(day, person) ~ arm" --censored none
t 0 cif ends.csv --formula "Surv(day, end) ~ arm" --censored open --json
has '"cause": "died"'
t 0 cif ends.csv --formula "Surv(day, code) ~ arm" --times 10,40,400
has "Gray's test"
t 0 cif ends.csv --formula "Surv(day, code) ~ 1" --rho 1 --json
has '"gray": []'
t 0 cif ends.csv --formula "Surv(entry, day, code) ~ arm" --json
t 0 cif ends.csv --formula "Surv(day, code) ~ arm" --weights day --cluster person --json
t 0 cif ends.csv --formula "Surv(day, one) ~ arm"
has "event 1"
t 0 finegray ends.csv --formula "Surv(day, end) ~ arm" --censored open --event died
has "event died"
t 0 finegray ends.csv --formula "Surv(day, code) ~ arm + strata(team)" --event 1 --json
has '"censoring_groups": 2'
t 0 finegray ends.csv --formula "Surv(day, code) ~ arm" --event 1 --cluster team --json
has '"clusters": 2'
t 0 cox ends.csv --formula "Surv(day, end) ~ arm" --event work --json
has '"event": "work"'
t 0 cif nobody.csv --formula "$model" --json
has '"state": "no_events"'
t 4 finegray nobody.csv --formula "$model" --strict
t 4 finegray separated.csv --formula "$model" --strict

# statistical outcomes are answers, with a warning; --strict makes them exit 4
t 0 cox nobody.csv --formula "$model" --json
has '"state": "no_events"'
t 0 km nobody.csv --formula "$model" --json
has '"state": "no_events"'
t 0 cox separated.csv --formula "$model" --json
has '"state": "separated"'
has "no events among the people with arm = both: its hazard ratio tends to 0 and cannot be estimated"
t 4 cox separated.csv --formula "$model" --json --strict
has '"state": "separated"'
t 4 cox nobody.csv --formula "$model" --strict
has "nobody had an event"
t 4 km nobody.csv --formula "$model" --strict
t 0 cox trial.csv --formula "$model" --strict
t 0 cox trial.csv --formula "$model + I(2 * age) + age" --json
has '"state": "rank_deficient"'
t 0 cox onetwo.csv --formula "$model" --json
t 0 cox trial.csv --formula "$model" --robust --json
has '"robust_se"'
t 0 cox trial.csv --formula "$model + age" --ph rank --json
t 2 cox trial.csv --formula "$model" --ph square
t 0 cox trial.csv --formula "$model + cluster(coach)" --json
has '"method": "md"'
t 0 cox trial.csv --formula "$model" --cluster coach --small-sample none --json
t 0 cox trial.csv --formula "$model" --cluster coach --quiet --json
t 0 km trial.csv --formula "$model + cluster(coach)" --json

# what is asked is what is done
t 0 cox trial.csv --formula "$model" --ties exact --residuals deviance
t 0 cox separated.csv --formula "$model" --firth --strict --json
has '"firth": {'
t 0 cox separated.csv --formula "$model" --firth --weights day
t 0 cox trial.csv --formula "$model" --firth --at "arm=ips" --json
t 2 cox trial.csv --formula "$model" --firth --cluster coach
t 2 cox trial.csv --formula "$model" --firth --robust
t 2 cox trial.csv --formula "$model" --firth --ties exact
t 2 cox trial.csv --formula "$model" --firth --residuals dfbeta
t 3 cox trial.csv --formula "$model + frailty(coach)" --firth
t 3 cox trial.csv --formula "$model" --firth --plot figure.svg --plot-kind schoenfeld
t 3 cox trial.csv --formula "$model + frailty(coach)" --plot figure.svg --plot-kind schoenfeld
t 0 cox trial.csv --formula "Surv(day, event) ~ age" --ties exact --json
has '"ties": "exact"'
t 0 cox trial.csv --formula "$model + frailty(coach)" --json
has '"distribution": "gamma"'
t 0 cox trial.csv --formula "Surv(day, event) ~ frailty(coach)" --residuals martingale
t 0 cox separated.csv --formula "$model + frailty(day)" --json
t 0 cox decimal.csv --formula "Surv(day, event) ~ age" --json
has '"n": 4'
t 0 cox user_na.csv --formula "Surv(day, event) ~ age" --na x99 --json
has '"dropped": 1'
t 0 km trial.csv --formula "$model + cluster(coach)" --quantiles 0,.5,1 --times 60,30,1e6 --rmst 90 --trend --pairwise --json
has '"variance": "robust"'
has '"p_holm"'
has '"rmst_contrasts"'
has '"cumulative_hazard_se"'
has '"logrank_clustered"'
has '"probability": 0.5'
t 0 km trial.csv --formula "$model" --reverse --estimate fleming-harrington --scores 0,5 --gamma 1
has "Reverse Kaplan-Meier curves of the follow-up"
has "Test for trend, scores 0, 5"
has "Log-rank test, weight S^0 (1 - S)^1"
t 0 km trial.csv --formula "$model" --plot out.svg --plot-kind events
t 0 km trial.csv --formula "$model + cluster(coach)" --plot hazard.svg --plot-kind cumulative-hazard --conf-type log-log --level 0.9
grep -q "90% intervals at each time, made on the log scale of the hazard" hazard.svg || fail "no bands of the hazard"
t 0 km trial.csv --formula "$model" --reverse --plot hazard.svg --plot-kind cumulative-hazard
grep -q ">Cumulative hazard of the end of follow-up<" hazard.svg || fail "no hazard of the follow-up"
t 0 km windows.csv --formula "Surv(day, event) ~ naam" --json
has 'naam=André'
has 'windows.csv is not UTF-8: read as Windows-1252'
t 0 km windows.csv --formula "Surv(day, event) ~ ." --encoding windows-1252 --quiet
t 3 km windows.csv --formula "Surv(day, event) ~ naam" --encoding utf-8
t 2 km windows.csv --formula "Surv(day, event) ~ naam" --encoding latin1
t 0 km trial.csv --formula "$model" --level 0.9 --json
has '"level": 0.9'
t 0 cox trial.csv --formula "$model" --randomised "arm | coach" --seed 7 --json
has '"seed": 7'
has '"allocations": 20'
has '"null": "no person'"'"'s outcome depends on arm"'
t 0 km --formula="Surv(day, event) ~ 1" --rmst=50 --js trial.csv
has '"label": "all"'
t 0 km trial.csv --formula "$model" --rmst 50
has "Log-rank test"
has "mean to 50"
t 0 help
has "Cox proportional-hazards regression"
t 0 cox --help
has "--formula=FORMULA"
t 0 help km
has "--conf-type=log|log-log|plain"
t 0 km "-?"
has "--conf-type=log|log-log|plain"
t 0 help help
has "usage: firstplace COMMAND"
t 0 help --help
has "usage: firstplace COMMAND"
t 2 help coxx
t 0 --version
has "firstplace 0.1.0"
t 0 cox --version
has "firstplace 0.1.0"

# the help of every command keeps to its columns
for name in $("$binary" help | awk '/^  [a-z]/ { print $1 }' | grep -v '^help$'); do
    "$binary" "$name" --help >"help_$name"
    awk 'length($0) > 79 { exit 1 }
        /^ *(-., )?--/ { options++; if ($0 !~ /^(      |  -[?V], )--[a-z]/) exit 1 }
        /^$/ { paragraph++ }
        paragraph == 1 && /^ {7,}/ && !/^ {29}[^ ]/ { exit 1 }
        END { exit options < 4 }' "help_$name" || fail "the help of $name leaves its columns"
done

# a file and standard input give the same object but for the name
"$binary" km trial.csv --formula "$model" --json >from_file
"$binary" km - --formula "$model" --json <trial.csv >from_stdin
sed 's/"data": "standard input"/"data": "trial.csv"/' from_stdin | cmp -s - from_file ||
    fail "standard input gives another result than the file"
grep -q "\"data_sha256\": \"$(sha256sum trial.csv | cut -d' ' -f1)\"" from_file ||
    fail "the hash of the data is not that of sha256sum"

# how long it took is told on standard error; the object stays the same
"$binary" km trial.csv --formula "$model" --json --timings >timed 2>err
sed -i 's/ [0-9]*\.[0-9]* s$/ N s/' err
[ "$(cat err)" = "$(printf 'firstplace: %s N s\n' reading estimating output)" ] ||
    fail "the timings are: $(cat err)"
cmp -s timed from_file || fail "the timings change the result"

# curves, contrasts and residuals
t 0 cox trial.csv --formula "$model + age" --at "arm=ips, age=40; arm=usual, age=40" --baseline --contrast "armusual - 10*age" --contrast age --conf-type log-log --json
has '"label": "arm=usual, age=40"'
has '"cumulative_hazard"'
has '"baseline": ['
has '"conf_type": "log-log"'
has '"contrast": "armusual - 10*age"'
has '"contrast_test"'
t 0 cox trial.csv --formula "$model + age" --at "arm=ips, age=40" --baseline --contrast "armusual - 10*age"
has "Predicted survival, log intervals"
has "armusual - 10*age"
t 0 cox trial.csv --formula "$model + cluster(coach)" --residuals dfbeta --quiet
has "line,cluster,armusual"
[ "$(wc -l <out)" = 15 ] || fail "$(wc -l <out) lines of residuals, not 15"
t 0 cox trial.csv --formula "$model + age" --residuals schoenfeld
has "line,time,armusual,age"
t 0 cox nobody.csv --formula "$model" --residuals schoenfeld --baseline
has "line,time,armb"
t 4 cox separated.csv --formula "$model" --residuals dfbetas --strict

# figures
t 0 km trial.csv --formula "$model" --plot curves.svg
grep -q '<svg' curves.svg || fail "no figure of the curves"
t 0 cox trial.csv --formula "$model + age" --plot forest.svg
grep -q '<svg' forest.svg || fail "no figure of the hazard ratios"
t 0 cox trial.csv --formula "$model + age" --plot schoenfeld.svg --plot-kind schoenfeld
grep -q 'one event' schoenfeld.svg || fail "no figure of the coefficients over time"
t 0 cox trial.csv --formula "$model + age" --plot residuals.svg --plot-kind residuals
grep -q 'Martingale' residuals.svg || fail "no figure of the residuals"
t 0 cox trial.csv --formula "$model + age" --plot curves.svg --plot-kind curves --at "arm=ips, age=40"
grep -q 'Predicted survival' curves.svg || fail "no figure of the predicted curves"
t 2 cox trial.csv --formula "$model" --plot-kind curves --plot curves.svg
t 2 cox trial.csv --formula "$model" --plot-kind schoenfeld
t 2 cox trial.csv --formula "$model" --plot-kind pie --plot pie.svg
t 3 cox nobody.csv --formula "$model" --plot-kind residuals --plot none.svg
t 3 cox nobody.csv --formula "$model" --plot-kind schoenfeld --plot none.svg
t 3 cox nobody.csv --formula "$model" --plot-kind curves --plot none.svg --baseline

t 0 cif ends.csv --formula "Surv(day, end) ~ arm" --censored open --plot bands.svg
grep -q 'id="figure-band2"' bands.svg || fail "no figure of the incidences"
t 0 finegray ends.csv --formula "Surv(day, code) ~ arm" --event 1 --plot ratio.svg
grep -q 'Subdistribution hazard ratio' ratio.svg || fail "no figure of the subdistribution hazard ratio"
t 3 cif nobody.csv --formula "$model" --plot none.svg

# power
plan="--clusters 12 --cluster-size 10 --hr 2,1 --event-probability 0.3 --follow-up 350d"
t 2 power
t 2 power --clusters 12 --cluster-size 10 --event-probability 0.3 --follow-up 350d --icc 0.03
t 2 power $plan
t 2 power $plan --icc 0.03 --k 0.3
t 2 power $plan --icc 0.03 --arms 3
t 2 power $plan --icc 0.03 --analyses md,best
t 2 power $plan --icc 0.03 --effects global
t 2 power $plan --icc 0.03 --factors ips
t 2 power $plan --icc 0.03 --people 120
t 2 power $plan --icc 0.03 --trials 0
t 2 power $plan --icc 0.03 --survival 350:0.7
t 2 power --design parallel $plan --icc 0.03
t 2 power --randomised people $plan
t 2 power --clusters 12 --cluster-size 10 --hr 2,1 --event-probability 0.3 --follow-up 350 --icc 0.03
t 2 power --clusters -3 --cluster-size 10 --hr 2,1 --event-probability 0.3 --follow-up 350d --icc 0.03
t 2 power --clusters 4 --cluster-size 8,-2,4,4 --hr 2,1 --event-probability 0.3 --follow-up 350d --icc 0.03
t 3 power --clusters 5000 --cluster-size 2 --hr 2,1 --event-probability 0.3 --follow-up 350d --icc 0.03
t 3 power --clusters 3 --cluster-size 10 --hr 2,1 --event-probability 0.3 --follow-up 350d --icc 0.03
t 3 power --clusters 4 --cluster-size 8,2,0,4 --hr 2,1 --event-probability 0.3 --follow-up 350d --icc 0.03
t 3 power --clusters 12 --cluster-size 10 --hr 2,1 --event-probability 0 --follow-up 350d --icc 0.03
t 3 power --clusters 12 --cluster-size 10 --hr 2,1 --event-probability 1 --follow-up 350d --icc 0.03
t 3 power --clusters 12 --people 7 --hr 2,1 --event-probability 0.3 --follow-up 350d --icc 0.03
t 3 power $plan --icc 1
t 3 power $plan --icc -0.1
t 3 power $plan --k -1
t 3 power $plan --icc 0.03 --drop-out 1
t 3 power $plan --icc 0.03 --shape 0.001
t 3 power --clusters 12 --cluster-size 10 --hr 2,1 --survival 90:0.5,350:0.7 --follow-up 350d --icc 0.03
t 0 power --clusters 4 --cluster-size 9 --hr 2,1 --event-probability 0.3 --follow-up 350d --icc 0.03 --trials 200
t 0 power $plan --factors ips,pa --k 0.3 --trials 400 --analyses naive,robust,kc,md,fg,mbn,permutation,logrank
has 'Permutation test of ips: 400 allocations; the smallest p it can give is 0.005.'
t 0 power $plan --icc 0.03 --trials 200 --effects table --size-cv 0.5 --frailty lognormal --drop-out 0.1
t 0 power --design parallel --arms 3 --cluster-size 8,8,8,12,12,12 --hr 2,1 --survival 90:0.95,350:0.7 --follow-up 350d --k 0.2 --trials 100
t 0 power --design parallel --randomised people --people 60 --hr 2 --event-probability 0.5 --follow-up 1y --accrual 6m --trials 200 --json
t 2 power $plan --icc 0.03 --target 1.5
t 2 power $plan --icc 0.03 --solve time
t 2 power $plan --icc 0.03 --solve-by md
t 2 power $plan --icc 0.03 --solve clusters --solve-by logrank --trials 50
t 2 power $plan --icc 0.03 --solve clusters --solve-effect c --trials 50
t 3 power $plan --icc 0.03 --solve clusters --solve-effect b --trials 50
t 3 power $plan --icc 0.03 --solve people --trials 50
t 0 power $plan --icc 0.03 --solve clusters --trials 200 --json
has '"reached": true'
t 0 power --clusters 8 --cluster-size 10 --hr 1.5,1 --event-probability 0.3 --follow-up 350d --icc 0.1 --solve cluster-size --trials 100
has 'only more clusters help'
t 0 power $plan --icc 0.03 --solve effect --solve-by permutation --trials 100
t 0 power $plan --icc 0.03 --trials 100 --paragraph nl
has 'Een hazard ratio van 2 voor a'
t 2 power $plan --icc 0.03 --paragraph fr
t 0 power $plan --icc 0.03 --trials 50 --plot power.svg
grep -q 'Power for a' power.svg || fail "no power curve"
t 2 power plain --as-planned --plot power.svg
t 3 power --clusters 12 --cluster-size 10 --hr 1,1 --event-probability 0.3 --follow-up 350d --icc 0.03 --trials 50 --plot none.svg
printf 'time,survival\n100,0.9\n350,0.7\n' >curve.csv
t 0 power --clusters 12 --cluster-size 10 --hr 2,1 --survival curve.csv --follow-up 350d --icc 0.03 --trials 50
has 'curve that was given'
printf 'time,survival\n100,0.9\n350,\n' >curve.csv
t 3 power --clusters 12 --cluster-size 10 --hr 2,1 --survival curve.csv --follow-up 350d --icc 0.03
printf 'days,survival\n100,0.9\n' >curve.csv
t 3 power --clusters 12 --cluster-size 10 --hr 2,1 --survival curve.csv --follow-up 350d --icc 0.03
t 2 power --as-planned
t 2 power nowhere
t 3 power nowhere --as-planned
t 2 power nowhere --as-planned --icc 0.03
t 2 power nowhere --as-planned --covariate age:1.5
t 2 power nowhere --as-planned --levels 3,2
"$binary" new plain >/dev/null
t 3 power plain --as-planned
t 0 power --design parallel --clusters 6 --cluster-size 10 --hr 2 --event-probability 0.5 --follow-up 1y --icc 0.02 --trials 20 --analyses frailty
crossed="--cluster-size 5 --event-probability 0.3 --follow-up 350d --icc 0.03"
t 2 power --levels 2 --clusters 12 --hr 2,1 $crossed
t 2 power --levels 2,2,2,2 --clusters 16 --hr 2,1,1,1 $crossed
t 2 power --levels 3,3 --clusters 16 --hr 2,1,1,1 $crossed
t 2 power --levels 2.5,2 --clusters 16 --hr 2,1 $crossed
t 2 power --levels 2,2,2 --clusters 16 --hr 2,1 $crossed
t 2 power --levels 3,2 --clusters 12 --hr 2,1 $crossed
t 2 power --levels 2,2,2 --factors a,b --clusters 16 --hr 2,1,1 $crossed
t 2 power --design parallel --levels 2,2 --clusters 16 --hr 2 $crossed
t 3 power --levels 2,2,2 --clusters 7 --hr 2,1,1 $crossed
t 3 power --levels 2,2,2 --clusters 16 --hr 2,1,0.00001 $crossed
t 0 power --levels 3,2 --factors dose,ips --clusters 12 --hr 2,3,1 $crossed --trials 50 --effects margins,interaction,table
grep -q 'any dose' out || fail "no test of all doses"
t 0 power --levels 2,2,2 --clusters 16 --hr 2,1,1 $crossed --trials 50 --json
t 0 power --levels 3,2 --clusters 12 --hr 2,3,1 $crossed --trials 50 --solve effect --solve-effect "a 3"
t 2 power $plan --icc 0.03 --covariate age
t 2 power $plan --icc 0.03 --covariate age:0
t 2 power $plan --icc 0.03 --covariate a:1 --covariate a:2
t 2 power $plan --icc 0.03 --covariate a:1 --covariate b:1 --covariate c:1 --covariate d:1
t 3 power $plan --icc 0.03 --covariate age:1.5:1
t 3 power $plan --icc 0.03 --covariate age:1000
t 2 power --closed-form time $plan --icc 0.03 --covariate age:2
t 0 power $plan --icc 0.03 --covariate age:1.5 --covariate woman:0.8:0.5 --trials 100
grep -q 'Covariate woman: 50% of people' out || fail "no word of a covariate"
t 0 power $plan --icc 0.03 --covariate age:1.5 --trials 50 --json
closed="--closed-form proportions --values 0.3,0.5"
t 2 power --closed-form events
t 2 power --closed-form means --clusters 12 --cluster-size 10 --icc 0.05
t 2 power --closed-form means --values 1,2 --clusters 12 --cluster-size 10 --icc 0.05
t 2 power --closed-form means --values 1,2,3 --sd 4 --clusters 12 --cluster-size 10 --icc 0.05
t 2 power $closed --icc 0.05
t 2 power $closed --clusters 12 --cluster-size 10
t 2 power $closed --clusters 12 --cluster-size 10 --icc 0.05 --k 0.2
t 2 power $closed --clusters 12 --cluster-size 10 --people 120 --icc 0.05
t 2 power $closed --clusters 12 --cluster-size 10 --icc 0.05 --hr 2
t 2 power $closed --clusters 12 --cluster-size 10 --icc 0.05 --solve clusters
t 2 power $closed --clusters 12 --cluster-size 10 --icc 0.05 --plot closed.svg
t 2 power $closed --randomised people --people 100 --icc 0.05
t 2 power $closed --clusters -4 --cluster-size 10 --icc 0.05
t 2 power plain --closed-form means
t 2 power --closed-form rates --values 0.1,0.2 --clusters 12 --person-time 10 --icc 0.1
t 2 power --closed-form time --hr 2 --event-probability 0.3 --follow-up 350d --icc 0.03
t 2 power $plan --icc 0.03 --values 1,2
t 3 power --closed-form proportions --values 0.3,0.3 --clusters 12 --cluster-size 10 --icc 0.05
t 3 power --closed-form proportions --values 0,0.3 --clusters 12 --cluster-size 10 --icc 0.05
t 3 power --closed-form means --values -1,0.3 --sd 2 --clusters 12 --cluster-size 10 --k 0.3
t 3 power $closed --clusters 1 --cluster-size 10 --icc 0.05
t 3 power $closed --clusters 12 --cluster-size 10 --icc 1
t 3 power $closed --clusters 12 --cluster-size 10 --k 3
t 3 power $closed --clusters 12 --cluster-size 0.5 --icc 0.05
t 3 power $closed --clusters 12 --cluster-size 10 --icc 0.05 --target 0.01
t 3 power --closed-form time --hr 1 --clusters 12 --cluster-size 10 --event-probability 0.3 --follow-up 350d --icc 0.03
t 3 power --closed-form time --hr 2 --clusters 12 --cluster-size 10 --event-probability 1 --follow-up 350d --icc 0.03
t 0 power $closed --clusters 12 --cluster-size 10 --icc 0.1
grep -q 'set a limit of' out || fail "no limit of twelve clusters"
t 0 power $closed --cluster-size 10 --size-cv 0.6 --icc 0.1 --json
t 0 power --closed-form means --values 50,54 --sd 10 --randomised people --people 120
t 0 power --closed-form rates --values 0.1,0.2 --person-time 10 --k 0.1 --clusters 50
t 0 power --closed-form time --hr 2 --clusters 12 --event-probability 0.3 --follow-up 350d --accrual 3m --drop-out 0.1 --icc 0.03

# power of what is measured
once="power --design parallel --clusters 12 --cluster-size 10 --icc 0.05"
bin="$once --outcome binary --event-probability 0.3"
num="$once --outcome continuous --sd 10"
rep="$once --outcome repeated --waves 0,6,12 --person-correlation 0.5"
t 2 $once --outcome score
t 2 $bin
t 2 $bin --odds-ratio 2 --risk-ratio 1.5
t 2 $bin --odds-ratio 2,1.5
t 2 $bin --hr 2
t 2 $bin --odds-ratio 2 --follow-up 1y
t 2 $bin --odds-ratio 2 --sd 1
t 2 $bin --odds-ratio 2 --waves 0,6
t 2 $bin --odds-ratio 2 --frailty-variance 0.1
t 2 $bin --odds-ratio 2 --analyses lmm
t 2 $bin --odds-ratio 2 --interaction 2
t 2 $bin --mean-difference 2
t 2 $once --outcome binary --odds-ratio 2
t 2 $once --outcome binary --odds-ratio 2 --event-probability 0.3,0.4
t 2 $num
t 2 $num --mean-difference 5 --variance 100
t 2 $num --mean-difference 5 --icc-by beta-binomial
t 2 $once --outcome continuous --mean-difference 5
t 2 $once --hr 2 --event-probability 0.3 --follow-up 1y --odds-ratio 2
t 2 $once --outcome repeated --waves 0,6 --odds-ratio 2 --event-probability 0.3
t 2 $rep --waves 6
t 2 $rep --waves 0,6,6 --mean-difference 5 --sd 10
t 2 $rep --sd 10
t 2 $rep --mean-difference 5 --sd 10 --estimand first
t 2 $rep --mean-difference 5 --sd 10 --adjust-first --analyses permutation
t 2 power --randomised people --people 60 --design parallel --outcome binary --event-probability 0.3 --odds-ratio 2 --icc 0.1
t 2 power --randomised people --people 60 --design parallel --outcome binary --event-probability 0.3 --odds-ratio 2 --analyses md
t 2 power --clusters -12 --cluster-size 10 --icc 0.05 --outcome binary --event-probability 0.3 --odds-ratio 2,1
t 3 $once --outcome binary --event-probability 0 --odds-ratio 2
t 3 $once --outcome binary --event-probability 1 --odds-ratio 2
t 3 $bin --risk-ratio 4
t 3 $bin --risk-difference 0.7
t 3 $bin --odds-ratio 2 --icc -0.02
t 3 $bin --odds-ratio 2 --icc 1
t 3 $bin --odds-ratio 2 --icc 0.99 --icc-by logit-normal
t 3 $bin --odds-ratio 2 --drop-out 1
t 3 $bin --odds-ratio 1 --solve clusters --trials 50
t 3 power --design parallel --clusters 1 --cluster-size 10 --icc 0.05 --outcome continuous --sd 1 --mean-difference 1
t 3 $once --outcome continuous --sd 0 --mean-difference 1
t 3 $once --outcome continuous --variance -4 --mean-difference 1
t 3 $rep --mean-difference 5 --sd 10 --person-correlation 0.01
t 3 $rep --mean-difference 5 --sd 10 --icc-between 0.1
t 3 $rep --odds-ratio 2 --event-probability 0.3 --icc-by beta-binomial
t 3 $rep --odds-ratio 2 --event-probability 0.3 --adjust-first
t 0 $bin --odds-ratio 2 --trials 100
has 'by beta-binomial clusters'
t 0 $bin --odds-ratio 2 --icc-by logit-normal --trials 100 --json
has '"distribution": "logit-normal"'
t 0 power --clusters 4 --cluster-size 5 --icc 0.05 --outcome binary --event-probability 0.1 --risk-difference 0.2,0 --interaction 0.1 --trials 100
has 'Fits without a usable estimate'
t 0 $num --mean-difference 5 --trials 100 --drop-out 0.1 --analyses naive,robust,kc,md,fg,mbn,gee,gee-robust,gee-kc,gee-md,lmm,lmm-kr,permutation,permutation-means,ttest
t 0 $rep --mean-difference 5 --sd 10 --trials 60 --drop-out 0.2 --estimand overall --adjust-first
t 0 $rep --odds-ratio 2 --event-probability 0.3,0.3,0.4 --trials 60 --estimand slope
t 0 power --randomised people --people 60 --design parallel --outcome continuous --sd 10 --mean-difference 5 --trials 200 --solve effect
has 'a mean difference of'
t 0 $bin --risk-difference 0.2 --clusters 6 --icc 0.1 --trials 100 --analyses ttest --solve cluster-size
has 'set a limit of about'
t 0 $num --mean-difference 5 --trials 100 --paragraph nl
has 'een verschil in gemiddelden van 5'
t 0 $num --mean-difference 5 --trials 50 --analyses ttest --plot power.svg --solve effect
grep -q 'Mean difference' power.svg || fail "no power curve over the mean difference"

# a full disk is an error, not a shorter answer
if [ -w /dev/full ]; then
    code=0
    "$binary" km trial.csv --formula "$model" >/dev/full 2>err || code=$?
    [ "$code" = 3 ] || fail "exit $code when standard output cannot be written"
    code=0
    "$binary" help >/dev/full 2>err || code=$?
    [ "$code" = 3 ] || fail "exit $code when the help cannot be written"
fi

# estimated means
t 0 glm trial.csv --formula "age ~ arm" --means arm
t 2 glm trial.csv --formula "age ~ arm" --means "arm |"
t 2 glm trial.csv --formula "age ~ arm" --means arm --compare change
t 2 glm trial.csv --formula "age ~ arm" --means arm --compare changes
t 2 glm trial.csv --formula "age ~ arm" --compare changes
t 2 glm trial.csv --formula "age ~ arm" --means-weights observed
t 2 glm trial.csv --formula "age ~ arm" --plot means.svg
t 2 glm trial.csv --formula "age ~ arm" --means arm --plot-kind means
t 3 glm trial.csv --formula "age ~ arm" --means amr
t 3 glm trial.csv --formula "age ~ arm" --means age

finish "${3:-}"
