#!/usr/bin/env bash
# A database as an older firstplace left it, for tests/store/test_migrate.c and tests/run/migrate.sh:
#   make_schema_fixture.sh BINARY SOURCE_DIR OUT
# with the binary and the sources of the last commit of that schema version (git log -- share/schema),
# and OUT = tests/data/store/schema-N. The study is the synthetic one of examples/amsterdam, cut to
# its first 40 people. Its plan is locked, its rows are imported, one source is imported twice.
set -eu
binary=$1
source_dir=$2
out=$3
rm -rf "$out"
mkdir -p "$out/data"
people=40
keep() { # FILE: rows of the people that stay; rows of nobody go
    awk -F, -v last="$people" 'NR == 1 { print; next } $1 ~ /^p[0-9]+$/ && substr($1, 2) + 0 <= last' \
        "$source_dir/examples/amsterdam/data/$1" >"$out/data/$1"
}
cp "$source_dir/examples/amsterdam/data/coaches.csv" "$out/data/"
for file in people.csv episodes.csv recruitment.csv answers.csv; do
    [ ! -e "$source_dir/examples/amsterdam/data/$file" ] || keep "$file"
done
cp "$source_dir/examples/amsterdam/study.yaml" "$out/"
mv "$out/data/episodes.csv" "$out/later.csv"
head -n 20 "$out/later.csv" >"$out/data/episodes.csv"
"$binary" lock "$out" --why "approved by the steering group" >/dev/null
"$binary" import "$out" --why "register of March" >/dev/null
mv "$out/later.csv" "$out/data/episodes.csv"
"$binary" import "$out" --why "register of \"April\"" >/dev/null
"$binary" verify "$out" | tail -n 1 >"$out/verified.txt"
"$binary" outcomes "$out" --csv >"$out/outcomes.csv"
python3 - "$out" <<'P'
import sqlite3, sys
folder = sys.argv[1]
db = sqlite3.connect(folder + "/study.db")
with open(folder + "/study.sql", "w") as f:
    for line in db.iterdump():
        f.write(line + "\n")
    for pragma in ("application_id", "user_version"):
        f.write(f"PRAGMA {pragma} = {db.execute('PRAGMA ' + pragma).fetchone()[0]};\n")
P
rm -rf "$out"/study.db* "$out/out"
