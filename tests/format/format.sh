#!/usr/bin/env bash
# format.sh ROOT: every C file is as clang-format 14 writes it.
set -euo pipefail
cd "$1"
find src tests fuzz tools -name '*.[ch]' -print0 | sort -z |
    xargs -0 -r clang-format-14 --dry-run -Werror
