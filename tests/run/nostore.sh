#!/usr/bin/env bash
# --no-store: the same bytes as by way of study.db, on any number of threads, and nothing in the
# folder. $3 is bench/make_register, $4 tests/cli/on_terminal.
set -eu
. "$2/tests/run/common.sh"
make_register=$3
on_terminal=$4

# everything in the folder, with when it was changed
state() {
    find "$1" -printf '%P %s %T@\n' | sort
}

# same STUDY PERSON: each view, stored and not
same() {
    local view threads
    rm -f "$1"/study.db*
    for view in --csv --counts --sensitivity "--explain=$2" --quiet; do
        "$binary" outcomes "$1" $view >stored 2>err </dev/null || fail "exit $? of outcomes $1 $view: $(cat err)"
        for threads in 1 2 4 8; do
            rm -f "$1"/study.db*
            state "$1" >before
            ok outcomes "$1" $view --no-store --threads $threads
            cmp -s stored out || fail "$1: $view differs with --no-store on $threads threads"
            state "$1" | cmp -s before - || fail "$1: --no-store changed the folder"
        done
    done
}

study
same s p004
cp -r "$source_dir/tests/data/study/harsh" harsh
chmod -R u+w harsh
same harsh "$(sed -n '2s/,.*//p' harsh/data/people.csv)"
"$make_register" register 700 7000 20 3
same register p0000003
cp register/data/episodes.csv sorted.csv
# the order of the rows says nothing but which of two equal rows is the duplicate
cp stored first
{ head -n 1 sorted.csv; tail -n +2 sorted.csv | sort -t, -k4 -r; } >register/data/episodes.csv
ok outcomes register --csv --no-store
cp out shuffled
cp sorted.csv register/data/episodes.csv
ok outcomes register --csv --no-store
cmp -s out shuffled || fail "the order of the rows changed an outcome"

# quotes, other separators, carriage returns and line ends inside values
{
    echo 'id;person;note;start;hours_per_week;end;kind'
    tail -n +2 sorted.csv | awk -F, -v OFS=';' '{ print NR, "\"" $1 "\"", "\"a \"\"b\"\"\nc\"", $2, $4, $3, "\"" $5 "\"" }'
} | sed 's/$/\r/' >register/data/episodes.csv
ok outcomes register --csv --no-store
cmp -s out shuffled || fail "quotes and line ends changed an outcome"
same register p0000003
grep -q '^used ' <("$binary" outcomes register --counts --no-store) || fail "no counts"
cp sorted.csv register/data/episodes.csv

# a study.db that is there is looked at, and left as it is
ok import register
state register >before
ok outcomes register --csv --no-store
cmp -s out shuffled || fail "other outcomes beside a study.db"
state register | cmp -s before - || fail "--no-store touched study.db"
ok analyse register --no-store --json
cp out direct
ok analyse register --json
cmp -s out direct || fail "analyse differs with --no-store"
state register >before
ok report register --no-store --out direct.html
state register | cmp -s before - || fail "report --no-store touched the folder"
ok report register --out stored.html
ok report register --check --out direct.html

# a folder in which nothing may be written
rm -f register/study.db*
chmod -R a-w register
ok outcomes register --csv --no-store
cmp -s out shuffled || fail "other outcomes from a read-only folder"
chmod -R u+w register

# people whom the study does not know are counted, as ever
ok outcomes register --counts --no-store
strangers=$(tail -n +2 sorted.csv | grep -c '^x')
has "unknown-person          $(printf '%9d' "$strangers")"

# files that are not there, or not right
mv register/data/episodes.csv away.csv
no 3 "data/episodes.csv: cannot open" outcomes register --csv --no-store
{ cat away.csv; echo 'p0000001,2020-01-01,2020-02-01,12'; } >register/data/episodes.csv
no 3 'data/episodes.csv, line 7002, column "kind": the record ends before it' outcomes register --csv --no-store
"$make_register" long 2000 1000000 20
# how far it is, on a terminal, once it takes long; never among the data
began=$SECONDS
code=0
"$on_terminal" seen "$binary" outcomes long --csv --no-store >terminal || code=$?
took=$((SECONDS - began))
if [ $code = 77 ]; then
    echo "no pseudo-terminal here: the progress bar is not tested"
else
    [ $code = 0 ] || fail "exit $code on a terminal: $(cat terminal)"
    tr '\r' '\n' <terminal >lines
    [ $took -lt 8 ] || grep -Eq '^[a-z].*  \[#*\.*\]  [ 0-9]+%  [0-9]+ (s|min) left$' lines ||
        fail "it took $took s without a progress bar: $(cat lines)"
    ! grep -Evq '^(| +|[a-z].*  \[#*\.*\]  [ 0-9]+%  [0-9]+ (s|min) left)$' lines ||
        fail "not a progress bar: $(cat lines)"
    ok outcomes long --csv --no-store
    cmp -s seen out || fail "a terminal changes the data"
    "$on_terminal" seen "$binary" outcomes long --csv --no-store --quiet >terminal || fail "exit $? on a terminal"
    [ ! -s terminal ] || fail "--quiet is not quiet: $(cat terminal)"
    cmp -s seen out || fail "a terminal changes the data"
fi
awk 'NR == 900001 { sub(/,[^,]*,/, ",soon,") } { print }' long/data/episodes.csv >bad.csv
mv bad.csv long/data/episodes.csv
no 3 'data/episodes.csv, line 900001, column "start": "soon" is not a date (write' outcomes long --csv --no-store
[ "$(wc -l <err)" = 1 ] || fail "more than one line about one fault: $(cat err)"
[ ! -e long/study.db ] || fail "--no-store made a study.db"
no 3 'data/episodes.csv, line 900001, column "start": "soon" is not a date (write' outcomes long --csv
finish
