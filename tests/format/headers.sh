#!/usr/bin/env bash
# headers.sh ROOT: every header compiles alone, and twice. CC chooses the compiler.
set -euo pipefail
cd "$1"
bad=0
while IFS= read -r header; do
    printf '#include "%s"\n#include "%s"\ntypedef int not_empty;\n' "$header" "$header" |
        "${CC:-cc}" -std=c17 -D_GNU_SOURCE '-DFP_VERSION=""' -I. -Isrc -Itests -Ifuzz \
            -Wall -Wextra -Wpedantic -Werror -fsyntax-only -x c - ||
        { echo "$header does not compile alone"; bad=1; }
done < <(find src tests fuzz -name '*.h' | sort)
exit $bad
