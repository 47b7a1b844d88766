#!/usr/bin/env bash
# The bytes of --json are the same with 1, 2, 4 and 8 threads, and run after run.
# usage: threads.sh BINARY SOURCE_DIR BENCH_MAKE
set -euo pipefail
binary=$(realpath "$1")
source=$(realpath "$2")
make=$(realpath "$3")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failures=0 tried=0

# same COMMAND ARGUMENT...: one answer, whatever the threads
same() {
    local threads
    for threads in 1 2 4 8 8; do
        "$binary" "$@" --threads $threads >got 2>said ||
            { echo "FAIL: exit $?: firstplace $* --threads $threads: $(cat said)"; failures=$((failures + 1)); return; }
        [ "$threads" = 1 ] && mv got one && continue
        cmp -s got one && continue
        echo "FAIL: firstplace $*: other bytes with $threads threads than with one"
        cmp got one || true
        failures=$((failures + 1))
        return
    done
    [ "$(wc -c <one)" -gt 300 ] || { echo "FAIL: firstplace $*: no result"; failures=$((failures + 1)); }
    tried=$((tried + 1))
}

# long enough for several pieces of work a thread, and not a multiple of their size
"$make" mixed 100003 >large.csv
"$make" mixed 20011 >small.csv
"$make" waves 40010 >waves.csv
table() {
    local command=$1 data=$2 formula=$3
    shift 3
    same "$command" "$data" --formula "$formula" --json --quiet "$@"
}
x="x1 + x2 + x3 + arm"

table cox large.csv "Surv(day, event) ~ $x"
table cox large.csv "Surv(day, event) ~ $x + strata(site)" --ties breslow
table cox large.csv "Surv(time, event) ~ $x" --ph log
table cox large.csv "Surv(start, stop, event) ~ $x + strata(site)"
table cox large.csv "Surv(day, event) ~ $x + cluster(cluster)" --weights weight
table cox small.csv "Surv(start, stop, event) ~ $x + offset(x1)" --weights weight --robust
table cox small.csv "Surv(day, event) ~ arm" --randomised "arm | cluster" --seed 11
table glm large.csv "event ~ $x" --family binomial --weights weight --link cloglog
table glm large.csv "x1 ~ x2 + x3 + arm" --cluster cluster --small-sample cr2
for corstr in independence exchangeable ar1; do
    table gee large.csv "event ~ $x" --family binomial --id cluster --corstr $corstr
done
table gee small.csv "x1 ~ x2 + arm" --id cluster --weights weight --small-sample fg
table lmm large.csv "x1 ~ x2 + arm + (1 | site/cluster)"
table lmm large.csv "x1 ~ x2 + arm + (1 + x3 | cluster)" --weights weight
table lmm small.csv "x1 ~ x2 + arm + (1 | cluster) + (1 | site)"
table glm large.csv "x1 ~ arm * factor(site) + x2" --robust --means "arm | site"
table glm large.csv "event ~ $x" --family binomial --standardise arm --contrast "x1 - x2"
waves="arm * factor(wave)"
table gee waves.csv "y ~ $waves" --id person --wave wave --corstr unstructured --means "arm | wave"
table gee waves.csv "y ~ $waves" --id person --wave wave --corstr ar1 --cluster coach --small-sample kc
table lmm waves.csv "y ~ $waves + (1 | coach/person)" --means "arm | wave" --compare differences,changes,trends
table lmm waves.csv "y ~ arm * wave + (1 + wave | person)" --df kr
table lmm waves.csv "y ~ $waves" --residual unstructured --subject person --wave wave
table lmm waves.csv "y ~ $waves + (1 | coach)" --residual ar1 --subject person --wave wave --variance-tests
table km large.csv "Surv(day, event) ~ arm" --rmst 500
table km large.csv "Surv(day, event) ~ site + strata(arm)" --weights weight
table km large.csv "Surv(day, event) ~ site + cluster(cluster)" --rmst 500 --trend --pairwise
table km large.csv "Surv(time, event) ~ arm" --times 100,200 --rho 1 --gamma 1
table km large.csv "Surv(start, stop, event) ~ arm" --weights weight
table km small.csv "Surv(time, event) ~ arm"
table km small.csv "Surv(start, stop, event) ~ arm" --conf-type log-log
table cox small.csv "Surv(day, event) ~ $x" --ties exact
table cox small.csv "Surv(day, event) ~ $x + frailty(cluster)"
table cif large.csv "Surv(day, cause) ~ arm" --times 100,500
table cif small.csv "Surv(time, cause) ~ site + strata(arm)"
table cif small.csv "Surv(start, stop, cause) ~ arm + cluster(cluster)"
table finegray large.csv "Surv(day, cause) ~ $x" --event 1
same power --clusters 12 --cluster-size 10 --hr 2,1 --event-probability 0.3 --follow-up 350d --icc 0.03 --trials 500 \
    --analyses naive,robust,kc,md,permutation,logrank --size-cv 0.4 --drop-out 0.1 --json
same power --outcome repeated --clusters 12 --cluster-size 10 --mean-difference 5,0 --sd 10 --icc 0.05 --waves 0,6,12 \
    --person-correlation 0.5 --drop-out 0.2 --trials 200
same power --outcome binary --clusters 12 --cluster-size 10 --odds-ratio 2,1 --event-probability 0.3 --icc 0.05 --trials 500
table finegray small.csv "Surv(time, cause) ~ $x + cluster(cluster) + strata(site)" --event 2
table cox small.csv "Surv(day, event) ~ $x" --at "x1=0, x2=1, x3=0, arm=1" --contrast "x1 - x2"
table km small.csv "Surv(day, event) ~ site" --trend --pairwise --gamma 1 --quantiles 0.25,0.5
for kind in martingale dfbeta scaled-schoenfeld; do
    same cox small.csv --formula "Surv(day, event) ~ $x + strata(site)" --residuals $kind
done

cp -r "$source/examples/amsterdam" study
rm -rf study/out study/study.db*
same analyse study --json --quiet

[ "$failures" = 0 ] || exit 1
echo "$tried answers are the same bytes on 1, 2, 4 and 8 threads and run after run"
