#!/usr/bin/env bash
# page_selftest.sh FOLDER: page.sh takes a true page and says no to each way of being wrong.
set -euo pipefail
script=$(cd "$(dirname "$0")" && pwd)/page.sh
rm -rf "$1"
mkdir -p "$1/examples/one"
cd "$1"
printf '#!/bin/sh\necho "said: $*"\nfor f; do case $f in *.svg) echo "<svg/>" >"$f" ;; esac; done\n' >program
chmod +x program

page() { printf '%s\n' "$@" >examples/one/README.md; }
takes() { bash "$script" program . examples/one/README.md >said 2>&1 || { echo "refused:"; cat said; exit 1; }; }
refuses() {
    if bash "$script" program . examples/one/README.md >said 2>&1; then
        echo "took:"
        cat examples/one/README.md
        exit 1
    fi
}
true_page=('# Title' '```console' '$ firstplace a \' '  "b c"' 'said: a b c' '$ cat data.csv' '1' '```'
    'text' '```sh' '$ false' '```')
echo 1 >examples/one/data.csv

page "${true_page[@]}"
takes
page "${true_page[@]/said: a b c/said: a b}"
refuses
page '```console' '$ firstplace a' '```'
refuses
page '```console' '$ firstplace a' 'said: a' 'more' '```'
refuses
page '# no commands'
refuses
page '```console' '$ firstplace figure.svg' 'said: figure.svg' '```'
echo '<svg/>' >examples/one/figure.svg
takes
echo '<svg></svg>' >examples/one/figure.svg
refuses
page '```yaml' '# new.yaml' 'a: 1' '```' '```yaml' 'b: 2' '```' '```console' '$ cat new.yaml' \
    '# new.yaml' 'a: 1' '```'
takes
page '<!-- run in ../.. -->' '```console' '$ cat examples/one/data.csv' '1' '```'
takes
page '```console' '$ cat examples/one/data.csv' '1' '```'
refuses
bash "$script" program . examples/one/README.md --write >said
takes
echo "every wrong page was found"
