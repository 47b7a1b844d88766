#!/usr/bin/env bash
# A page of commands says what the commands print: every line that begins with "$ " in a ```console
# block is run in a copy of the page's folder, and what follows it in the page is what it prints.
# A ```yaml block that begins with "# FILE" is first written into FILE. A page with the line
# <!-- run in FOLDER --> is run in that folder, seen from its own.
# Figures that the page draws and that are committed beside it are compared too.
# usage: page.sh BINARY SOURCE_DIR PAGE            compare
#        page.sh BINARY SOURCE_DIR PAGE --write    write the answers and figures anew; read the diff
set -euo pipefail
binary=$(realpath "$1")
source=$(realpath "$2")
page=$3
folder=$(dirname "$page")/$(sed -nE 's/^<!-- run in (.*) -->$/\1/p' "$source/$page")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/tree"
ln -s "$binary" "$work/bin/firstplace"
PATH=$work/bin:$PATH
cp -r "$source/examples" "$work/tree"
rm -rf "$work"/tree/examples/*/{out,study.db*} "$work"/tree/examples/*/*.svg
cd "$work/tree/$folder"

commands=0
inside=
shown=
file=
while IFS= read -r line; do
    if [[ $inside && $line == '$ '* ]]; then
        commands=$((commands + 1))
        command=${line#'$ '}
        printf '%s\n' "$line"
        while [[ $line == *\\ ]] && IFS= read -r line; do
            command+=$'\n'$line
            printf '%s\n' "$line"
        done
        bash -c "$command" 2>&1 </dev/null || true
        shown=yes
    elif [[ $inside && $line != '```' ]]; then
        [[ $shown ]] || printf '%s\n' "$line" # before the first command
    else
        printf '%s\n' "$line"
        inside= shown=
        case $line in
        '```console') inside=yes ;;
        '```yaml') file=next ;;
        '```') file= ;;
        '# '*) if [[ $file == next ]]; then file=${line#'# '} && : >"$file"; fi ;;
        *) if [[ $file == next ]]; then file=; fi ;;
        esac
        if [[ $file && $file != next ]]; then printf '%s\n' "$line" >>"$file"; fi
    fi
done <"$source/$page" >"$work/page"

failed=0
if [[ ${4:-} == --write ]]; then
    cp "$work/page" "$source/$page"
else
    diff -u "$source/$page" "$work/page" || failed=1
fi
while IFS= read -r figure; do
    if [[ ${4:-} == --write ]]; then
        grep -qF "$(basename "$figure"))" "$source/$page" || continue # the page does not show it
        cp "$figure" "$source/$folder/$figure"
    elif [[ -e $source/$folder/$figure ]] && ! cmp "$source/$folder/$figure" "$figure"; then
        failed=1
    fi
done < <(find . -maxdepth 3 -name '*.svg')
if [[ $failed != 0 ]]; then
    echo "$page differs from what the commands print; after a meant change: $0 BINARY SOURCE_DIR $page --write"
    exit 1
fi
if [[ $commands == 0 ]]; then
    echo "$page has no commands"
    exit 1
fi
echo "$page: $commands commands print what it says"
