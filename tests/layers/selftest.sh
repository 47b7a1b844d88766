#!/usr/bin/env bash
# selftest.sh FOLDER: check.sh passes on a small clean tree and says no to each offence in turn.
set -euo pipefail
check=$(cd "$(dirname "$0")" && pwd)/check.sh
rm -rf "$1"
mkdir -p "$1"
cd "$1"

clean() {
    rm -rf src
    mkdir -p src/base src/model src/store src/cli
    printf '# comment\nbase:\nmodel: base\nstore: base\ncli: model\n' > src/LAYERS
    for room in base model store cli; do echo "# $room" > src/$room/README.md; done
    echo 'double d = strtod(s, &end); int n = snprintf(t, 4, "a");' > src/base/num.c
    printf '#include "base/num.h"\n#include "model/fit_priv.h"\n#include <time.h>\n' > src/model/fit.c
    echo 'run("SELECT 1"); operand(1); /* a system of rooms */' > src/store/a.c
    printf '#include "model/fit.h"\n#include "base/num.h"\n' > src/cli/main.c
}
passes() { bash "$check" src > said.txt || { echo "said no to a clean tree:"; cat said.txt; exit 1; }; }
refuses() { # EXPECTED LINE TO ADD, FILE
    clean
    printf '%s\n' "$2" >> "src/$3"
    if bash "$check" src > said.txt; then echo "took: $2 in $3"; exit 1; fi
    grep -qF "$1" said.txt || { echo "expected \"$1\" for: $2 in $3; said:"; cat said.txt; exit 1; }
}

clean
passes
refuses 'base may not include model' '#include "model/fit.h"' base/num.c
refuses 'model/fit.c:4: model may not include cli' '#  include  "cli/main.h"' model/fit.c
refuses 'store may not include model' '#include "model/fit.h"' store/a.h
refuses 'cli may not include store' '#include "store/a.h"' cli/main.c
refuses 'cli may not include a header without its room' '#include "main.h"' cli/main.c
refuses 'a private header of model' '#include "model/fit_priv.h"' cli/main.c
for name in sprintf strcpy strcat strncpy strtok atoi atof rand scanf sscanf system popen alloca \
    gmtime localtime setlocale; do
    refuses 'banned function' "x = $name (a);" model/fit.c
done
for name in strtol strtod strtoull; do
    refuses 'numbers are read by base/num' "x = $name(a, 0);" model/fit.c
done
refuses 'SQL outside ledger and store' 'run("SELECT 1");' cli/main.c
refuses 'SQL outside ledger and store' 'run("INSERT INTO t");' model/fit.h
clean
rm src/cli/README.md
if bash "$check" src > said.txt; then echo "took a room without README.md"; exit 1; fi
clean
mkdir src/attic
if bash "$check" src > said.txt; then echo "took a room that is not in LAYERS"; exit 1; fi
clean
passes
echo "every offence was found"
