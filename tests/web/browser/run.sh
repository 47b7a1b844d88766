#!/usr/bin/env bash
# The workbench in a real browser: run.sh PROGRAM SOURCE_DIR SCRATCH_DIR
# Needs node, npm and Debian's chromium; fetches playwright-core and axe-core once, into SCRATCH_DIR.
# 77: left out, with a word why. $SHOTS=FOLDER keeps a picture of every page.
set -euo pipefail
program=$1 source=$2 scratch=$3
left_out() { echo "left out: $1"; exit 77; }
for tool in node npm chromium; do
    command -v "$tool" >/dev/null || left_out "$tool is not here"
done
mkdir -p "$scratch"
cp "$source"/tests/web/browser/package*.json "$scratch"
if [ ! -d "$scratch/node_modules/axe-core" ] || [ ! -d "$scratch/node_modules/playwright-core" ]; then
    (cd "$scratch" && timeout 90 npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1) ||
        left_out "npm could not fetch playwright-core and axe-core ($scratch/npm.log)"
fi
cp "$source"/tests/web/browser/*.mjs "$scratch"
cd "$scratch"
exec node tour.mjs "$program" "$(command -v chromium)"
