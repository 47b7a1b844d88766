#!/usr/bin/env bash
# The plan locked, changed, amended, tampered with; what analyse and report list by themselves; and
# reports with shuffled arms.  usage: lock.sh BINARY SOURCE_DIR BLIND_ARMS
set -eu
. "$2/tests/run/common.sh"
. "$2/tests/run/town.sh"
blind_arms=$3

# WHAT KIND PLANNED NOW of every deviation, one a line
deviations() {
    ok analyse s --json
    python3 -c '
import json
for d in json.load(open("out"))["deviations"]:
    print(d["what"], d["kind"], d["planned"], d["now"], d["why"], sep="|")' >list
}
expect() {
    deviations
    printf '%s\n' "$@" | diff - list >diff || fail "deviations: $(cat diff)"
}
expect_none() {
    deviations
    [ ! -s list ] || fail "deviations of an unchanged plan: $(cat list)"
}
lock_study() {
    study
    ok lock s --why "agreed"
    cp s/study.yaml plan
}

# Without a lock nothing is refused, and it is said.
study
ok analyse s
has "! the plan was not locked before outcomes were seen"
ok analyse s --json
python3 -c '
import json
d = json.load(open("out"))
assert d["plan"]["locked"] is False and d["deviations"] == []
assert "not locked before outcomes were seen" in d["warnings"][0]' || fail "the JSON of a plan without a lock"
ok report s
grep -q 'The plan was not locked before outcomes were seen: the log of the study holds no lock' s/out/report.html || fail "the box of a report without a lock"
ok report s --lang nl
grep -q 'Het plan is niet vastgelegd voordat de uitkomsten bekend waren' s/out/report.html || fail "the box in Dutch"

# Locked first, before anything was imported.
study
ok lock s --why "agreed"
has "Plan locked as event 1, hash "
has "before outcomes are imported"
ok lock s
has "Nothing was written"
ok lock s --status
has "before outcomes were imported"
has "No deviation from the plan as locked."
ok check s
has "Plan locked on "
expect_none
ok analyse s --no-store
has "Plan locked on "
ok report s
grep -q 'The plan was locked on .* before outcomes were imported' s/out/report.html || fail "the box of a locked plan"
grep -q 'Nothing differs from it' s/out/report.html || fail "nothing differs"
! grep -q 'id="deviations"' s/out/report.html || fail "a list of deviations without one"
ok report s --check
ok verify s

# Order of keys, comments, white space in formulas and defaults that are written out are no change.
lock_study
sed -i 's/formula: "~ ips + pa"/formula: "~ips+pa"/; s/      date: first-day .*//; 1i # a remark' s/study.yaml
expect_none
ok lock s
has "Nothing was written"

# One formula: exactly that.
sed 's/id: primary_pa\(.*\)"~ ips + pa"/id: primary_pa\1"~ ips + pa + sex"/' plan >s/study.yaml
expect 'analysis.primary_pa.formula|covariates|~ ips + pa|~ ips + pa + sex|None'
sed 's/id: primary_pa\(.*\)"~ ips + pa"/id: primary_pa\1"~ pa"/' plan >s/study.yaml
expect 'analysis.primary_pa.formula|formula|~ ips + pa|~ pa|None'
sed '/id: primary_pa/s/prognostic: \[readiness, age\]/prognostic: [age]/' plan >s/study.yaml
expect 'analysis.primary_pa.prognostic|covariates|readiness, age|age|None'
# Each of the others.
sed 's/min_days: 28/min_days: 30/; s/gap_days: 0/gap_days: 3/; s/kinds: \[regular, subsidised\]/kinds: [regular]/' plan >s/study.yaml
expect 'outcomes.sustained_work.rule.gap_days|rule|0|3|None' \
    'outcomes.sustained_work.rule.kinds|rule|regular, subsidised|regular|None' \
    'outcomes.sustained_work.rule.min_days|rule|28|30|None'
sed 's/follow_up: 350d/follow_up: 300d/; s/competing: \[died\]//' plan >s/study.yaml
expect 'outcomes.sustained_work.competing|population|died|None|None' \
    'outcomes.sustained_work.follow_up|population|350|300|None'
sed 's/effect: "ips:pa"/effect: ips/; s/id: primary_pa, role: primary/id: primary_pa, role: secondary, small_sample: kc/' plan >s/study.yaml
expect 'analysis.primary_pa.role|analysis|primary|secondary|None' \
    'analysis.primary_pa.small_sample|small-sample|None|kc|None' \
    'analysis.synergy.effect|effect|ips:pa|ips|None'
grep -v "id: readiness" plan >s/study.yaml
echo '  - { id: late, role: exploratory, outcome: sustained_work, model: cox, formula: "~ ips", effect: ips }' >>s/study.yaml
expect 'analysis.readiness|analysis-removed|readiness|None|None' \
    'analysis.late|analysis-added|None|~ ips|None'
sed 's/hours: hours_per_week/hours: end/' plan >s/study.yaml
ok lock s --status
has "sources.episodes.hours (population)"

# An amendment needs a reason; both stay; a deviation then has a date and a reason.
sed 's/min_days: 28/min_days: 42/' plan >s/study.yaml
no 2 "an amendment needs a reason" lock s
no 2 "--why needs a text" lock s --why "  "
ok lock s --why "the register counts weeks"
has "outcomes.sustained_work.rule.min_days: 28 -> 42"
has "Episodes were imported on"
expect 'outcomes.sustained_work.rule.min_days|rule|28|42|the register counts weeks'
ok report s --lang nl
grep -q 'gebeurtenis [0-9]*: the register counts weeks' s/out/report.html || fail "the reason in the report"
grep -q '1 afwijking van het vastgelegde plan' s/out/report.html || fail "the count in Dutch"
cp plan s/study.yaml
expect_none # back to the first lock
no 2 "an amendment needs a reason" lock s
ok lock s --status
[ "$(grep -c '^event ' out)" = 2 ] || fail "two locks are shown: $(cat out)"

# An amendment before outcomes is the plan; a lock after them is not.
study
ok lock s
sed -i 's/min_days: 28/min_days: 35/' s/study.yaml
ok lock s --why "agreed before the data came"
expect_none
study
ok import s
ok lock s
has "does not show that the plan was made before outcomes were seen"
expect 'order of dates|dates|plan locked before outcomes are seen|'"$(python3 - <<'PY'
import sqlite3
rows = sqlite3.connect("s/study.db").execute("select seq, substr(at_utc, 1, 10), body from event").fetchall()
e = [r for r in rows if '"source":"episodes"' in r[2]][0]
l = rows[-1]
print(f"episodes imported {e[1]} (event {e[0]}), plan locked {l[1]} (event {l[0]})")
PY
)|"
ok report s --lang nl
grep -q 'nadat op .* voor het eerst banen waren ingelezen' s/out/report.html || fail "the order of dates in Dutch"

# Tampering: the body alone, then with the hash of the copy, then with the whole chain made anew.
tamper() { # OLD NEW: in the body of event 1
    python3 - "$@" <<'PY'
import hashlib, json, sqlite3, sys
old, new, rehash, rechain = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4]
db = sqlite3.connect("s/study.db")
triggers = [r[0] for r in db.execute("select sql from sqlite_master where type = 'trigger'")]
for (name,) in db.execute("select name from sqlite_master where type = 'trigger'").fetchall():
    db.execute(f"drop trigger {name}")
(body,) = db.execute("select body from event where seq = 1").fetchone()
assert old in body
body = body.replace(old, new)
if rehash == "1":
    plan = body[body.index('"plan":') + 7:body.index(',"plan_sha256"')]
    was = json.loads(body)["plan_sha256"]
    body = body.replace(was, hashlib.sha256(plan.encode()).hexdigest())
db.execute("update event set body = ? where seq = 1", (body,))
if rechain == "1":
    prev = "0" * 64
    for seq, at, actor, kind, why, body in db.execute(
            "select seq, at_utc, actor, kind, why, body from event order by seq").fetchall():
        text = json.dumps([seq, at, actor, kind, why, body, prev], ensure_ascii=False, separators=(",", ":"))
        h = hashlib.sha256(text.encode()).hexdigest()
        db.execute("update event set prev = ?, hash = ? where seq = ?", (prev, h, seq))
        prev = h
for sql in triggers:
    db.execute(sql)
db.commit()
PY
}
lock_study
tamper '"28"' '"29"' 0 0
no 1 "event 1" verify s
lock_study
tamper '"28"' '"29"' 0 1
no 1 "its copy of the plan does not have its hash" verify s
no 1 "its copy of the plan does not have its hash" analyse s
no 1 "its copy of the plan does not have its hash" lock s
lock_study
ok import s
ok verify s
tamper '"outcomes_import":0' '"outcomes_import":7' 1 1
no 1 "names another lock or import" verify s
lock_study
tamper '"28"' '"29"' 1 1
ok verify s # all made anew: only the hash in a printed report tells

# Wrong use.
no 2 "" lock
no 3 "there is no such study folder" lock nowhere
no 2 "has no place there" lock s --status --why x
no 2 "" lock s extra
mkdir -p broken
echo "study: { id: x }" >broken/study.yaml
no 3 "lacks" lock broken
[ ! -e broken/study.db ] || fail "a database for a plan that cannot be read"

# ---- blinded reports ----
study
ok report s
ok report s --blinded
[ -s s/out/report-blinded.html ] || fail "the name of a blinded report"
for words in '<title>BLINDED – ' 'class="blind-band"' 'content: "BLINDED"' '<h1>BLINDED – '; do
    grep -qF "$words" s/out/report-blinded.html || fail "a blinded report lacks $words"
done
ok report s --blinded --lang nl --out nl.html
grep -qF '<title>GEBLINDEERD – ' nl.html || fail "the title in Dutch"
! grep -q 'BLINDED' s/out/report.html || fail "an ordinary report says BLINDED"
differ=0
for _ in 1 2 3 4; do
    ok report s --blinded --out b.html
    [ "$(grep -o 'primary_ips.ipswith.hr">[^<]*' b.html | head -1)" = \
        "$(grep -o 'primary_ips.ipswith.hr">[^<]*' s/out/report.html | head -1)" ] || differ=1
done
[ "$differ" = 1 ] || fail "four blinded reports show the real effect"
ok report s --check --out b.html
has "Only counts of all people together are compared"
ok report s --check
sed -i '100,$d' s/data/episodes.csv
no 1 "differ from what the data give now" report s --check --out b.html

# The arms shown are drawn uniformly from the set of the design.
in_the_set() { # DRAWS CHECK: python on draws = {draw: {unit: arm}}
    "$blind_arms" t "$1" >arms.csv || fail "blind_arms"
    ! grep -q BROKEN arms.csv || fail "levels that do not fit the arm"
    python3 - "$2" <<'PY' || fail "the arms of blinded reports: $2"
import collections, csv, sys
draws = collections.defaultdict(dict)
for d, unit, arm in csv.reader(open("arms.csv")):
    draws[int(d)][unit] = arm
real, blind = draws[0], [draws[d] for d in sorted(draws) if d]
ROWS = {r["coach"]: r for r in csv.DictReader(open("t/data/coaches.csv"))} if "coach" in open("t/data/coaches.csv").readline() else {}
def sizes(a, of):
    return collections.Counter((of(u), arm) for u, arm in a.items())
def spread(arms, share):
    """every unit gets every arm about as often as it should, within five standard deviations"""
    n = len(blind)
    for u in real:
        for arm in arms:
            got = sum(b[u] == arm for b in blind)
            sd = (n * share * (1 - share)) ** 0.5
            assert abs(got - n * share) < 5 * sd, (u, arm, got)
exec(sys.argv[1])
PY
}
town "method: complete"
ok randomise t --commit --secret secret
reveal_all
in_the_set 1000 '
team = lambda u: ROWS[u]["team"]
assert all(sizes(b, team) == sizes(real, team) for b in blind)
assert len({tuple(sorted(b.items())) for b in blind}) > 400  # of 576
spread(["usual", "ips", "pa", "both"], 1 / 4)'
town "method: constrained, balance: [caseload], keep: 0.2"
ok randomise t --commit --secret secret
reveal_all
limit=$(python3 -c '
import json, sqlite3
print(json.loads(sqlite3.connect("t/study.db").execute("select body from event where kind = \"allocation-commit\"").fetchone()[0])["limit"])')
in_the_set 300 "
import statistics
x = {u: float(r['caseload']) for u, r in ROWS.items()}
m, s = statistics.mean(x.values()), statistics.stdev(x.values())
def score(a):
    arms = collections.defaultdict(list)
    for u, arm in a.items():
        arms[arm].append((x[u] - m) / s)
    return sum(sum(v) ** 2 / len(v) for v in arms.values())
assert all(score(b) <= $limit + 1e-9 for b in blind)
assert len({tuple(sorted(b.items())) for b in blind}) > 50"
# Elsewhere: the set of the permutation tests, all coaches with the size of each arm.
rm -rf t
cp -r "$source_dir/examples/amsterdam" t
in_the_set 1000 '
assert all(sizes(b, lambda u: 0) == sizes(real, lambda u: 0) for b in blind)
spread(["usual", "ips", "pa", "both"], 1 / 4)'

# People one by one: a new list by the blocks of the plan.
rm -rf t secret
mkdir -p t/data
cat >t/study.yaml <<'YAML'
study: { id: single, title: "Synthetic: one by one" }
design:
  kind: individually-randomised
  factors: { ips: [without, with] }
  strata: [sex]
  allocation: { method: blocks, block_sizes: [4] }
sources:
  people: { file: data/people.csv, id: person, start: start, end: end, columns: [sex] }
  episodes: { file: data/episodes.csv, person: person, start: start, end: end, hours: hours }
outcomes:
  - { id: work, kind: time-to-event, follow_up: 350d }
analysis:
  - { id: ips, role: primary, outcome: work, model: cox, formula: "~ ips", effect: ips }
YAML
echo person,sex,start,end >t/data/people.csv
echo person,start,end,hours >t/data/episodes.csv
echo nothing >t/data/coaches.csv
for i in $(seq 16); do
    echo "p$i,$([ $((i % 2)) = 0 ] && echo f || echo m),2023-01-01,2024-06-01" >>t/data/people.csv
    echo "p$i,2023-0$((i % 9 + 1))-05,2024-01-31,20" >>t/data/episodes.csv
done
ok randomise t --commit --secret secret
no 3 "is not revealed" report t --blinded
for i in $(seq 16); do
    ok randomise t --reveal "p$i" --secret secret
done
in_the_set 500 '
# blocks of four in the order of entry within each sex: two and two
blocks = [[f"p{i}" for i in range(1, 17) if i % 2 == s][4 * k:4 * k + 4] for s in (0, 1) for k in (0, 1)]
assert all(sum(b[u] == "with" for u in block) == 2 for b in blind for block in blocks)
spread(["with", "without"], 1 / 2)'

# Where nothing was drawn by lot there is nothing to shuffle.
study
sed -i 's/kind: cluster-randomised.*/kind: comparison-group/' s/study.yaml
no 3 "only where arms were drawn by lot" report s --blinded
[ ! -e s/out/report-blinded.html ] || fail "a refused report was written"
ok report s
no 2 "" report s --blinded=yes

finish
