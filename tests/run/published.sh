#!/usr/bin/env bash
# From the raw spells of the synthetic example must come what was published (docs/methods/report.md).
set -eu
. "$2/tests/run/common.sh"

study
ok trace s
cp out facts
is() {
    local got
    got=$(awk -v id="$1" '$1 == id { print $2 }' facts)
    [ "$got" = "$2" ] || fail "$1 is $got, not $2"
}
is flow.total.people 118
is flow.total.coaches 12
is flow.total.at_work_at_start 0
is flow.total.censored_at_0 0
is sustained_work.ips=with.events 28
is sustained_work.ips=with.followed 59
is sustained_work.ips=with.share 47%
is sustained_work.ips=without.events 20
is sustained_work.ips=without.followed 59
is sustained_work.ips=without.share 34%
is sustained_work.pa=with.events 22
is sustained_work.pa=with.followed 58
is sustained_work.pa=with.share 38%
is sustained_work.pa=without.events 26
is sustained_work.pa=without.followed 60
is sustained_work.pa=without.share 43%
is sustained_work.readiness=not-ready,ips=with.share 44%
is sustained_work.readiness=not-ready,ips=without.share 23%
is sustained_work.ips=with.mean_days 150
is sustained_work.ips=without.mean_days 112
is sustained_work.total.follow_up 350
for arm in usual ips pa both; do is "flow.$arm.coaches" 3; done
# allocations of each test
is primary_ips.ipswith.allocations 400
is primary_pa.pawith.allocations 400
is neither.arms.allocations 369600
is primary_ips.ipswith.smallest_p 0.005
# all primary p above 0.10 by every method printed
awk '$1 ~ /^primary_.*\.p(_[a-z]+)?$/ || $1 == "neither.arms.p" {
         n++; if (!($2 > 0.10)) { print "not above 0.10: " $0; bad = 1 } }
     END { if (n < 9) { print "only " n " p-values"; bad = 1 } exit bad }' facts ||
    fail "primary p-values"
finish
