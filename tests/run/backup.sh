#!/usr/bin/env bash
# Copies of the database while others write, and put back: nothing is replaced before the copy is
# seen to be whole, nothing without being told to, nothing that somebody has open.
set -eu
. "$2/tests/run/common.sh"

study
no 3 "nothing was registered yet" backup s one.db
ok import s
ok backup s one.db
has "5 events, "
has "all fit."
grep -q "^sha256 *$(sha256sum one.db | cut -d' ' -f1)$" out || fail "the hash of the file"
grep -q "^study.yaml *$(sha256sum s/study.yaml | cut -d' ' -f1)$" out || fail "the hash of study.yaml"
grep -Eq '^last event +[0-9]+, hash [0-9a-f]{64}$' out || fail "the last hash"
[ "$(stat -c %a one.db)" = 600 ] || fail "others can read the backup"
[ ! -e one.db-wal ] || fail "a file beside the backup"
cp out said
no 3 "one.db: the file exists already" backup s one.db
no 3 "cannot be made" backup s nowhere/two.db
no 3 "there is no such study folder" backup none two.db
no 2 "" backup s
ln -s one.db link.db
no 3 "the file exists already" backup s link.db
ls | grep -q part && fail "half a backup"

# a backup of a database that was tampered with
cp -r s t
python3 - <<'P'
import sqlite3
db = sqlite3.connect("t/study.db")
db.execute("UPDATE person_row SET columns = replace(columns, 'female', 'male') WHERE row = 0")
db.commit()
P
no 1 "t/study.db" backup t bad.db
[ ! -e bad.db ] || fail "a backup that does not fit"

# into a folder without a database, and with one
rm -rf t
cp -r s t
rm t/study.db
ok restore one.db t
has "5 events"
ok verify t
cmp -s one.db t/study.db || fail "another database than the backup"
no 3 "the study has a database already" restore one.db t
cmp -s one.db t/study.db || fail "replaced without a word"
ok restore one.db t --replace
has "is kept as t/study.db.replaced-"
has "Nothing of it is lacking"
ok verify t

# events that only the replaced one had are told, and the log says so
ok lock t --why "approved"
ok restore one.db t --replace
has "Lost: events"
ok verify t
python3 - <<'P' || fail "the log does not say that it was restored"
import sqlite3, json
e = list(sqlite3.connect("t/study.db").execute("SELECT kind, body FROM event ORDER BY seq"))
assert e[-1][0] == "database-restored", e[-1]
b = json.loads(e[-1][1])
assert b["replaced_events"] == b["same_events"] + 1 == len(e), b
P
ok outcomes t --csv

# what protects somebody and is undone by the backup is told, of whom it has, and only of those
cat >append.py <<'P'
import sqlite3, hashlib, json, sys
db = sqlite3.connect("t/study.db")
def append(kind, body):
    seq, prev = db.execute("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1").fetchone()
    row = [seq + 1, "2030-01-01T00:00:00Z", "account:1", kind, "", body, prev]
    text = json.dumps(row, separators=(",", ":"), ensure_ascii=False)
    db.execute("INSERT INTO event VALUES (?,?,?,?,?,?,?,?)", row + [hashlib.sha256(text.encode()).hexdigest()])
    if kind == "client-registered":
        db.execute("INSERT INTO client VALUES (?,?,?,?,NULL)",
                   (json.loads(body)["client"], seq + 1, seq + 1, json.loads(body)["coach"]))
for line in sys.argv[1:]:
    append(*line.split(" ", 1))
db.commit()
P
python3 append.py 'client-registered {"client":"p007","coach":"k01"}'
ok backup t two.db
python3 append.py 'client-registered {"client":"p008","coach":"k01"}' \
    'client-erased {"client":"p007","reason":"asked"}' 'client-erased {"client":"p008","reason":"mistake"}' \
    'consent-withdrawn {"client":"p009","moment":"2030-01-01","rule":"remove"}'
ok restore two.db t --replace
has "! Erased since the backup, and there again now: p007. Erase them again."
has "! Withdrew since the backup, which the study knows no longer: p009. Enter that again."
has "remove it within the term of an erasure"
ok verify t
ok restore one.db t --replace # which knows no client: nobody is there again
lacks "there again now"

# how far the two are the same is not said where that cannot be told
python3 append.py 'client-erased {"client"'
ok restore one.db t --replace
has "It could not be read"
ok verify t
python3 - <<'P' || fail "the log says more than is known"
import sqlite3, json
kind, body = sqlite3.connect("t/study.db").execute("SELECT kind, body FROM event ORDER BY seq DESC").fetchone()
assert kind == "database-restored" and sorted(json.loads(body)) == ["replaced_events", "replaced_hash"], body
P

# there is no moment without a database
python3 - "$binary" <<'P' || fail "study.db was away for a moment"
import ctypes, os, struct, subprocess, sys
libc = ctypes.CDLL(None)
watch = libc.inotify_init1(os.O_NONBLOCK)
MOVED_FROM, MOVED_TO, DELETE = 0x40, 0x80, 0x200
assert libc.inotify_add_watch(watch, b"t", MOVED_FROM | MOVED_TO | DELETE) >= 0
subprocess.run([sys.argv[1], "restore", "two.db", "t", "--replace"], check=True, stdout=subprocess.DEVNULL)
data, seen = os.read(watch, 65536), []
while data:
    _, mask, _, n = struct.unpack("iIII", data[:16])
    if data[16:16 + n].rstrip(b"\0") == b"study.db":
        seen.append(mask)
    data = data[16 + n:]
assert seen == [MOVED_TO], seen
P
ok verify t

# one of an older schema is kept as it was
rm -f t/study.db*
python3 - "$source_dir/tests/data/store/schema-3/study.sql" <<'P'
import sqlite3, sys
sqlite3.connect("t/study.db").executescript(open(sys.argv[1]).read())
P
ok restore one.db t --replace
has "Lost: events"
python3 - <<'P' || fail "the database that was replaced was changed"
import glob, sqlite3
kept, = glob.glob("t/study.db.replaced-*")
assert sqlite3.connect(kept).execute("PRAGMA user_version").fetchone() == (3,)
P

# git takes none of it
ok new fresh
python3 - <<'P' || fail "git would take a copy of the database"
import fnmatch, os
rules = open("fresh/.gitignore").read().split("\n")
for name in os.listdir("t"):
    assert not name.startswith("study.db") or any(fnmatch.fnmatch(name, r) for r in rules), name
P

# root leaves nothing that the account of a service cannot open
if [ "$(id -u)" = 0 ]; then
    chown 4242:4242 t/study.db
    ok restore one.db t --replace
    [ "$(stat -c %u:%g t/study.db)" = 4242:4242 ] || fail "the service lost its database"
    mkdir u
    chown 4242:4242 u
    ok restore one.db u
    [ "$(stat -c %u:%g:%a u/study.db)" = 4242:4242:600 ] || fail "the service cannot open it"
fi

# what is no backup
printf 'no database, but long enough to be taken for one: %0100d\n' 0 >text.db
: >empty.db
cp t/study.db before
for file in text.db empty.db; do
    code=0
    "$binary" restore $file t --replace >out 2>err || code=$?
    [ $code = 3 ] || [ $code = 1 ] || fail "$file was restored: $code $(cat out)"
done
no 3 "nowhere.db: there is no such file" restore nowhere.db t --replace
no 3 "is the database of the study itself" restore t/study.db t --replace
no 3 "there is no such study folder" restore one.db none
cp one.db cut.db
truncate -s 20000 cut.db
no 1 "cut.db" restore cut.db t --replace
cp one.db changed.db
python3 - <<'P'
import sqlite3
db = sqlite3.connect("changed.db")
db.execute("DROP TRIGGER event_stays")
db.execute("UPDATE event SET actor = 'somebody' WHERE seq = 2")
db.commit()
P
no 1 "changed.db" restore changed.db t --replace
cp one.db half.db
touch half.db-wal
no 3 "is in use, or only half a database" restore half.db t --replace
cmp before t/study.db || fail "a restore that failed changed the database"
ls t | grep -q restoring && fail "half a restored database"

# somebody has it open
python3 - "$binary" <<'P' || fail "replaced while it was open"
import sqlite3, subprocess, sys
db = sqlite3.connect("t/study.db")
db.execute("SELECT count(*) FROM event").fetchone()
r = subprocess.run([sys.argv[1], "restore", "one.db", "t", "--replace"], capture_output=True, text=True)
assert r.returncode == 3 and "has the database open" in r.stderr, r
P

# a damaged database can be replaced
printf '%04096d' 0 | dd of=t/study.db bs=4096 count=1 conv=notrunc 2>/dev/null
ok restore one.db t --replace
has "It could not be read"
ok verify t

# a disk that is full: RLIMIT_FSIZE stands for it
(
    ulimit -f 40
    code=0
    trap '' XFSZ
    "$binary" backup s full.db >out 2>err || code=$?
    [ $code = 3 ] || { echo "exit $code: $(cat err)"; exit 1; }
) || fail "a backup on a full disk"
[ ! -e full.db ] || fail "half a backup on a full disk"
(
    ulimit -f 40
    code=0
    trap '' XFSZ
    "$binary" restore one.db t --replace >out 2>err || code=$?
    [ $code = 3 ] || { echo "exit $code: $(cat err)"; exit 1; }
) || fail "a restore on a full disk"
ok verify t

# copies while another process writes: each is of one moment and whole
(while :; do for n in 1 2; do
    head -n $((150 + n)) "$source_dir/examples/amsterdam/data/episodes.csv" >s/data/episodes.new
    mv s/data/episodes.new s/data/episodes.csv
    "$binary" import s >/dev/null 2>&1 || true
done; done) &
writer=$!
last=0
for round in 1 2 3 4 5 6; do
    ok backup s "round$round.db"
    events=$(sed -n 's/^round.*: \([0-9]*\) events.*/\1/p' out)
    [ "$events" -ge "$last" ] || fail "round $round: $events events after $last"
    last=$events
done
kill $writer 2>/dev/null
wait $writer 2>/dev/null || true
[ "$last" -gt 5 ] || fail "nothing was written meanwhile"
rm -rf t
cp -r s t
rm -f t/study.db*
ok restore round6.db t
ok verify t
finish
