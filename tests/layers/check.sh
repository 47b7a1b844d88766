#!/usr/bin/env bash
# check.sh SRC: who includes whom, against SRC/LAYERS; private headers; READMEs; banned functions;
# SQL outside its two rooms. Prints every offence as file:line and exits 1 if there is one.
set -euo pipefail
cd "$1"
bad=0
say() { echo "$1"; bad=1; }
look() { grep -rnE --include='*.[ch]' "$@" || true; }

declare -A may # room -> " room room ", itself and all that it may include
while IFS=': ' read -r room below; do
    [[ -z $room || $room == \#* ]] && continue
    may[$room]=" $room "
    for under in $below; do may[$room]+="${may[$under]:- (unknown) }"; done
done < LAYERS

for room in */; do
    room=${room%/}
    [[ -v may[$room] ]] || { say "$room: not in LAYERS"; continue; }
    [[ -s $room/README.md ]] || say "$room: no README.md"
    while IFS=$'\t' read -r where target private; do
        [[ -n $target && ${may[$room]} == *" $target "* ]] ||
            say "$where: $room may not include ${target:-a header without its room}"
        [[ -z $private || $target == "$room" ]] || say "$where: a private header of $target"
    done < <(look '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$room" |
        sed -E 's|^([^:]*:[0-9]*):[^"]*"(([a-z]+)/)?([^"]*_priv\.h)?.*|\1\t\3\t\4|')
done

call='(^|[^A-Za-z0-9_])'
banned='sprintf|vsprintf|strcpy|strcat|strncpy|strtok|atoi|atol|atof|rand|srand|f?scanf|sscanf'
banned+='|gets|system|popen|alloca|gmtime|localtime|setlocale'
while IFS= read -r hit; do [[ -z $hit ]] || say "$hit: banned function"; done \
    < <(look "$call($banned)[[:space:]]*\(" .)
while IFS= read -r hit; do [[ -z $hit ]] || say "$hit: numbers are read by base/num"; done \
    < <(look "${call}strto(l|ll|ul|ull|d|f|ld)[[:space:]]*\(" . | grep -v '^\./base/num\.c:')
while IFS= read -r hit; do [[ -z $hit ]] || say "$hit: SQL outside ledger and store"; done \
    < <(look '"(SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|PRAGMA|BEGIN|COMMIT)[ ";]' . |
        grep -vE '^\./(ledger|store)/')
exit $bad
