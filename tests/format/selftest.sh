#!/usr/bin/env bash
# selftest.sh FOLDER: each check passes on a small clean tree and says no to each offence in turn.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
rm -rf "$1"
mkdir -p "$1"
cd "$1"

clean() {
    rm -rf tree
    mkdir -p tree/src/base tree/tests tree/fuzz tree/tools tree/docs tree/build
    cp "$root/.clang-format" tree
    printf '#ifndef A_H\n#define A_H\n#include <stddef.h>\nenum { A };\nsize_t a(void);\n#endif\n' \
        >tree/src/base/a.h
    printf 'int main(void)\n{\n    return 0;\n}\n' >tree/src/base/a.c
    printf '# One Two\n\n[b](docs/b.md#part-1-a) [me](#one-two) src/base/a.c `src/base/*.h`\n' \
        >tree/README.md
    printf '# B\n\n## Part 1: `A`\n\n[home](../README.md) [net](https://x.invalid/) src/NAME.c\n' \
        >tree/docs/b.md
    echo '/tm''p/x, TOD''O' >tree/build/left.txt
}
passes() { bash "$here/$1.sh" tree >said 2>&1 || { echo "$1 said no to a clean tree:"; cat said; exit 1; }; }
refuses() { # CHECK, EXPECTED, LINE TO ADD, FILE
    clean
    printf '%s\n' "$3" >>"tree/$4"
    if bash "$here/$1.sh" tree >said 2>&1; then echo "$1 took: $3 in $4"; exit 1; fi
    grep -qF -- "$2" said || { echo "$1 on \"$3\": expected \"$2\"; said:"; cat said; exit 1; }
}

clean
for check in headers words links; do passes $check; done
refuses headers 'src/base/b.h does not compile alone' 'unknown_t b(void);' src/base/b.h
refuses headers 'src/base/a.h does not compile alone' 'enum { B };' src/base/a.h
refuses words 'src/base/a.c:5:' '// TOD''O: more' src/base/a.c
refuses words 'README.md:4:' 'FIXM''E' README.md
for place in /tm''p/x /wor''k/main /hom''e/me/x /var/tm''p/x; do
    refuses words 'docs/b.md:6:' "see $place" docs/b.md
done
refuses links './README.md: docs/c.md does not exist' '[c](docs/c.md)' README.md
refuses links './docs/b.md: c.md does not exist' '![c](c.md)' docs/b.md
refuses links './README.md: docs/b.md#part-2: no such heading' '[c](docs/b.md#part-2)' README.md
refuses links './README.md: #two: no such heading' '[c](#two)' README.md
refuses links './docs/b.md: src/base/c.c does not exist' 'see `src/base/c.c`.' docs/b.md
refuses links './README.md: docs/no_*.md does not exist' 'docs/no_*.md' README.md
if command -v clang-format-14 >said; then
    clean
    passes format
    refuses format 'a.c:5' 'int  b;' src/base/a.c
    refuses format 'b.h:1' 'int *b ;' fuzz/b.h
fi
echo "every offence was found"
