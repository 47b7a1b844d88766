#!/usr/bin/env bash
# The specification curve against a slow way: `outcomes` and `cox` rule by rule, and the joint test
# enumerated by a transparent program.  usage: grid.sh BINARY SOURCE_DIR
set -eu
. "$2/tests/run/common.sh"

study
ok analyse s --rules grid --json --plot curve.svg
cp out grid.json
ok analyse s --rules grid --csv
cp out grid.csv
ok analyse s --rules grid --threads 1 --json
cmp -s out grid.json || fail "other numbers on one thread"

# Every rule as an outcome of its own, so that one run derives them all.
cp -r s rules
rm -f rules/study.db*
python3 - <<'PY'
import csv, re
text = open("rules/study.yaml").read()
head, tail = text[:text.index("\noutcomes:")], ""
out = [head, "\noutcomes:"]
for i, r in enumerate(csv.DictReader(open("grid.csv"))):
    out.append(f"""
  - id: r{i}
    kind: time-to-event
    rule: {{ min_days: {r["min_days"]}, min_hours_per_week: {r["min_hours_per_week"]}, concurrent: {r["concurrent"]}, gap_days: {r["gap_days"]}, at_start: {r["at_start"]}, kinds: [regular, subsidised] }}
    follow_up: 350d
    competing: [died]""")
open("rules/study.yaml", "w").write("".join(out) + "\n")
PY
ok outcomes rules --csv
cp out outcomes.csv

python3 - "$binary" <<'PY' || fail "the curve against rule by rule"
import collections, csv, itertools, json, math, statistics, subprocess, sys
binary = sys.argv[1]
people = {r["person"]: r for r in csv.DictReader(open("s/data/people.csv"))}
coaches = {r["coach"]: r for r in csv.DictReader(open("s/data/coaches.csv"))}
grid = json.load(open("grid.json"))["grid"]
rows = list(csv.DictReader(open("grid.csv")))
assert len(rows) == len(grid["rules"]) == 300
by_rule = collections.defaultdict(list)
for o in csv.DictReader(open("outcomes.csv")):
    if o["time"] != "":
        by_rule[int(o["outcome"][1:])].append((o["person"], int(o["time"]), int(o["event"] == "1")))
planned = [i for i, r in enumerate(grid["rules"]) if r["pre_registered"]]
assert planned == [grid["pre_registered"]]
p = grid["rules"][planned[0]]
assert (p["min_days"], p["min_hours_per_week"], p["gap_days"], p["concurrent"], p["at_start"]) == \
    (28, 12, 0, "sum", "exclude")
order = sorted(r["hr"] for r in grid["rules"])
assert order.index(p["hr"]) + 1 == grid["rank"]
assert abs(grid["median"] - statistics.median(order)) < 1e-12

# each n, events and hazard ratio; every seventh rule, to save time
close = lambda a, b, tol: abs(a - b) <= tol * max(1, abs(b))
for i, r in enumerate(grid["rules"]):
    assert r["n"] == len(by_rule[i]) and r["events"] == sum(e for _, _, e in by_rule[i]), i
    assert close(float(rows[i]["hr"]), r["hr"], 1e-15)
    if i % 7 and i != planned[0]:
        continue
    with open("one.csv", "w") as f:
        print("time,event,ips,pa,coach", file=f)
        for who, time, event in by_rule[i]:
            c = people[who]["coach"]
            print(time, event, coaches[c]["ips"] == "with", coaches[c]["pa"] == "with", c,
                  sep=",", file=f)
    fit = json.loads(subprocess.run(
        [binary, "cox", "one.csv", "--formula", "Surv(time, event) ~ ips + pa", "--cluster", "coach",
         "--json"], check=True, capture_output=True).stdout)
    small = fit["small_sample"]["terms"][0]
    for got, want in ((r["hr"], fit["terms"][0]["exp_estimate"]), (r["lower"], math.exp(small["lower"])),
                      (r["upper"], math.exp(small["upper"])), (r["p"], small["p"])):
        assert close(got, want, 1e-9), (i, got, want)

# residual sums by coach under the null, within the levels of pa; ties by Efron
def sums(rule):
    total = dict.fromkeys(coaches, 0.0)
    for pa in ("with", "without"):
        rows = [(t, e, people[w]["coach"]) for w, t, e in rule
                if coaches[people[w]["coach"]]["pa"] == pa]
        for t, e, coach in rows:
            expected = 0.0
            for s in sorted({x[0] for x in rows if x[1]}):
                d = sum(x[1] and x[0] == s for x in rows)
                n = sum(x[0] >= s for x in rows)
                if t < s:
                    break
                tied = t == s and e
                expected += sum((1 - k / d if tied else 1) / (n - k) for k in range(d))
            total[coach] += e - expected
    return [total[c] for c in sorted(coaches)]
columns = [sums(by_rule[i]) for i in range(300)]
names = sorted(coaches)
blocks = [[j for j, c in enumerate(names) if coaches[c]["pa"] == pa] for pa in ("with", "without")]
seen = [[j for j in b if coaches[names[j]]["ips"] == "with"] for b in blocks]
every = [set(a + b) for a in itertools.combinations(blocks[0], len(seen[0]))
         for b in itertools.combinations(blocks[1], len(seen[1]))]
observed = every.index(set(seen[0] + seen[1]))
T = [[sum(x[j] for j in z) for z in every] for x in columns]
mean = [statistics.fmean(t) for t in T]
sd = [statistics.pstdev(t) for t in T]
z = [[(t[i] - m) / s for t, m, s in zip(T, mean, sd)] for i in range(len(every))]
median = [statistics.median(x) for x in z]
largest = [max(map(abs, x)) for x in z]
share = lambda v: sum(abs(x) >= abs(v[observed]) - 1e-9 for x in v) / len(v)
assert len(every) == grid["joint"]["allocations"] == 400
assert close(grid["joint"]["statistic"], median[observed], 1e-9)
assert close(grid["largest"]["statistic"], largest[observed], 1e-9)
assert grid["joint"]["p"] == share(median), (grid["joint"]["p"], share(median))
assert grid["largest"]["p"] == share(largest)
assert grid["joint"]["smallest_p"] == 2 / 400 and grid["joint"]["rules"] == 300
for i in range(0, 300, 13):
    assert grid["rules"][i]["p_permutation"] == share([x - mean[i] for x in T[i]]), i
# and the rule of the plan as the analysis itself has it
test = [t for t in json.load(open("grid.json"))["analyses"][0]["result"]["permutation"]
        if t["effect"] == "ips"][0]
assert test["p"] == p["p_permutation"] and test["allocations"] == 400
PY

# With covariates in the formula they are in the null model of every rule, as in that of the plan.
study
sed -i '0,/formula: "~ ips + pa"/s//formula: "~ ips + pa + sex"/' s/study.yaml
ok analyse s --rules grid --json
python3 -c '
import json
r = json.load(open("out"))
g = r["grid"]
test = [t for t in r["analyses"][0]["result"]["permutation"] if t["effect"] == "ips"][0]
assert "sex" in g["formula"] and "sex" in test["counted"]
without = json.load(open("grid.json"))["grid"]
p = [x["rules"][x["pre_registered"]]["p_permutation"] for x in (g, without)]
assert p[0] == test["p"] and p[0] != p[1], (p, test["p"])
assert g["joint"]["p"] != without["joint"]["p"] or g["joint"]["statistic"] != without["joint"]["statistic"]
' || fail "the covariates of the formula are in the null models"
study

# The figure has every estimate and the choices; words and table on the command line.
[ "$(grep -c '<circle' curve.svg)" = 301 ] || fail "a mark a rule, and that of the plan"
grep -q 'as planned' curve.svg || fail "the planned rule is marked"
sed 's|language: en|language: nl|' s/study.yaml >t.yaml
cp s/study.yaml keep.yaml
mv t.yaml s/study.yaml
ok analyse s --rules grid --plot dutch.svg
grep -q 'zoals gepland' dutch.svg || fail "the figure is in the language of the study"
mv keep.yaml s/study.yaml
ok analyse s --rules grid
has "primary_ips under 300 rules of sustained_work"
has "Joint permutation test"
has "p cannot be below 0.005"
[ "$(grep -c '^\*       28     12     0 sum      exclude' out)" = 1 ] || fail "the planned rule in the table"
rm -f s/study.db*
ok lock s
ok analyse s --rules grid --plot curve.svg
has "Pre-registered rule: "
grep -q 'pre-registered' curve.svg || fail "the locked rule is marked"
sed -i 's/min_days: 28/min_days: 30/' s/study.yaml
ok analyse s --rules grid --csv
[ "$(wc -l <out)" = 361 ] || fail "a planned value that is not on the grid adds one to it"
ok analyse s --rules grid
has "Planned rule: "
lacks "Pre-registered"

# Another analysis; an interaction has a curve and no joint test.
study
ok analyse s --rules grid --analysis synergy --json
python3 -c '
import json
g = json.load(open("out"))["grid"]
assert g["term"] == "ipswith:pawith" and g["joint"] is None and "factor of two levels" in g["no_joint"]
assert g["estimated"] > 200' || fail "the curve of the interaction"

# Rules under which nothing can be fitted are kept.
hours() { # no job of more hours than this
    awk -F, -v OFS=, -v most="$1" 'NR > 1 && $4 > most { $4 = most } { print }' "$source_dir/examples/amsterdam/data/episodes.csv" >s/data/episodes.csv
}
hours 10
ok analyse s --rules grid --csv
[ "$(wc -l <out)" = 301 ] || fail "rules without a fit are lost"
grep -q ',0,no_events,,,,,' out || fail "the state of a rule without events: $(tail -2 out)"
ok analyse s --rules grid
has "no_events"
hours 1
ok analyse s --rules grid
has "no estimate"
has "No joint permutation test: nobody had the event under any rule"
no 4 "could not be estimated" analyse s --rules grid --strict
no 3 "no specification has an estimate" analyse s --rules grid --plot x.svg
[ ! -e x.svg ] || fail "a figure of nothing"

# Wrong use.
study
no 2 "plan" analyse s --rules girds
no 2 "goes with --rules grid" analyse s --csv
no 2 "goes with --rules grid" analyse s --plot x.svg
no 2 "goes with --rules grid" analyse s --rules plan --analysis primary_pa
no 2 "there is no analysis \"primary_xx\"" analyse s --rules grid --analysis primary_xx
no 2 "no curve over outcome rules" analyse s --rules grid --analysis readiness
no 2 "choose one of --csv and --json" analyse s --rules grid --csv --json
no 3 "cannot write" analyse s --rules grid --plot nowhere/x.svg
sed -i '/^analysis:/,$d' s/study.yaml
no 2 "no primary analysis has a curve" analyse s --rules grid
study
sed -i 's/kind: cluster-randomised.*/kind: comparison-group/' s/study.yaml
ok analyse s --rules grid
has "No joint permutation test: coaches were not allocated by lot."

finish
