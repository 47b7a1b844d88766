#!/usr/bin/env bash
# words.sh ROOT: no path of somebody's machine, no note about work not done, in what is committed.
# The patterns are written so that they do not find themselves.
set -euo pipefail
cd "$1"
machine='/(wor[k]|tm[p]|hom[e]|User[s]|var/tm[p])/'
unfinished='\b(TOD[O]|FIXM[E]|XX[X]|HAC[K])\b'
files=(--exclude-dir=build --exclude-dir=.git --exclude-dir=out --exclude=LICENSE
    --exclude=.git --exclude=study.db* --exclude=*.html) # .git is a file in a linked working copy
if grep -rnIE "${files[@]}" -- "$machine|$unfinished" .; then
    echo "these lines name a place on one machine, or work that is not done"
    exit 1
fi
