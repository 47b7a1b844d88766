#!/usr/bin/env bash
# links.sh ROOT: what the pages (.md) point at exists: links to files, with their headings, and
# files of the repository named in the text (a name with NAME, NOUN or VERB is a pattern).
set -euo pipefail
cd "$1"
bad=0
say() { echo "$1"; bad=1; }

# has_heading FILE SLUG: as GitHub makes them: lower case, no punctuation, hyphens for spaces
has_heading() {
    sed -nE 's/^#+ +//p' "$1" | tr 'A-Z ' 'a-z-' | sed -E 's/[^a-z0-9_-]//g' | grep -qxF -- "$2"
}

pages=0
while IFS= read -r page; do
    pages=$((pages + 1))
    folder=$(dirname "$page")
    while IFS= read -r target; do
        [[ $target =~ ^(https?|mailto): ]] && continue
        file=${target%%#*}
        path=$folder/$file
        [[ -n $file ]] || path=$page
        if [[ ! -e $path ]]; then
            say "$page: $target does not exist"
        elif [[ $target == *#* ]] && ! has_heading "$path" "${target#*#}"; then
            say "$page: $target: no such heading"
        fi
    done < <(grep -oE '\]\([^) ]+\)' "$page" | sed -E 's/^\]\(//; s/\)$//')
    while IFS= read -r name; do
        [[ $name =~ NAME|NOUN|VERB|NNNN ]] && continue
        compgen -G "$name" >/dev/null || compgen -G "$folder/$name" >/dev/null ||
            say "$page: $name does not exist"
    done < <(grep -oE '(^|[ `(])(docs|src|tests|share|tools|examples|fuzz|po|bench)/[A-Za-z0-9_.*/-]+\.(md|c|h|sh|R|sql|yaml|csv|json|po)\b' \
        "$page" | sed -E 's/^[ `(]//' | sort -u)
done < <(find . -name '*.md' -not -path './build/*' -not -path './.git/*' | sort)
[[ $pages -gt 0 ]] || say "no pages"
exit $bad
