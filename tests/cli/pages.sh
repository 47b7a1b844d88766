#!/bin/bash
# The manual and the completion, which are made from the table of commands.
# usage: pages.sh BINARY SOURCE_DIR
set -eu
binary=$(realpath "$1")
source=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failures=0
fail() {
    echo "FAIL: $*"
    failures=$((failures + 1))
}

commands=$("$binary" help | sed -nE 's/^  ([a-z]+) .*/\1/p' | grep -vx help)
[ -n "$commands" ] || fail "firstplace help lists no commands"

# ---- the manual
"$binary" help --man >manual
for part in NAME SYNOPSIS DESCRIPTION COMMANDS FILES '"EXIT STATUS"' EXAMPLES; do
    grep -qxF ".SH $part" manual || fail "the manual lacks the section $part"
done
if grep -nE "^'" manual; then fail "a line begins with a request by accident"; fi
if grep -nE '^\.' manual | grep -vE ':\.(TH|SH|SS|PP|TP|nf|fi|EX|EE)( |$)'; then
    fail "an unknown request"
fi
[ "$(grep -c '^\.EX$' manual)" = "$(grep -c '^\.EE$' manual)" ] || fail "an example is not closed"
plain=$(sed 's/\\-/-/g; s/\\f[BIRP]//g' manual)
for command in $commands; do
    grep -q "^\.SS \"firstplace $command " <<<"$plain" || fail "the manual lacks $command"
    for option in $("$binary" "$command" --help | grep -oE '^ +(-., )?--[a-z-]+' | grep -oE -- '--.*'); do
        grep -qF -- "$option" <<<"$plain" || fail "the manual lacks $option of $command"
    done
done
if command -v groff >said; then
    LC_ALL=C.UTF-8 groff -man -Tutf8 -ww manual >shown 2>said || fail "groff cannot set the manual"
    [ ! -s said ] || fail "groff on the manual: $(cat said)"
    [ "$(wc -l <shown)" -gt 60 ] || fail "the manual is set in $(wc -l <shown) lines"
fi

# ---- the completion
"$binary" help --completion >completion
bash -n completion || fail "bash cannot read the completion"
. ./completion
[[ $(complete -p firstplace) == *"-F _firstplace firstplace" ]] || fail "not registered for firstplace"

set +e # compgen says no where nothing fits

# gives EXPECTED WORD...: completing the last of the words gives these, one line, in order
gives() {
    local expected=$1
    shift
    COMP_WORDS=(firstplace "$@")
    COMP_CWORD=$#
    COMPREPLY=(left from before)
    _firstplace 2>said
    [ "${COMPREPLY[*]-}" = "$expected" ] ||
        fail "after firstplace $*: \"${COMPREPLY[*]-}\", expected \"$expected\""
    [ ! -s said ] || fail "after firstplace $*: $(cat said)"
}
mkdir folder "a study" other
touch data.csv data.tsv data.txt folder/more.csv "two words.csv" figure.svg

gives "$(echo $commands) help --help --version" ""
gives "cox" co
gives "" frob
gives "$(echo $commands) --man --completion" help ""
gives "--completion" help --c
gives "--conf-type" km --co
gives "efron breslow exact" cox data.csv --ties ""
gives "breslow" cox data.csv --ties b
gives "efron breslow exact" cox data.csv --ties =
gives "efron exact" cox data.csv --ties = e
gives "md mbn" cox --small-sample m
gives "dfbeta dfbetas" cox data.csv --residuals dfb
gives "log log-log" km --conf-type lo
gives "folder" km fo
gives "folder/more.csv" km folder/
gives "data.csv data.tsv" km da
gives "two words.csv" cox tw
gives "figure.svg" km data.csv --plot fi
gives "" km data.csv --formula ""
gives "en nl" report folder --lang ""
gives "nl" report folder --lang = n
gives "folder" report fo
gives "a study" trace "a s"
gives "--explain" outcomes folder --ex
gives "data.txt" report folder --out data.tx
gives "" frob --x
for command in $commands; do
    words=$("$binary" "$command" --help | grep -oE '^ +(-., )?--[a-z-]+' | grep -oE -- '--.*' | sort)
    COMP_WORDS=(firstplace "$command" --) COMP_CWORD=2
    _firstplace
    [ "$(printf '%s\n' "${COMPREPLY[@]}" | sort)" = "$words" ] ||
        fail "options of $command: ${COMPREPLY[*]}; --help has" $words
done

# a choice that is offered is one that is taken
model="Surv(day, event) ~ arm + cluster(coach)"
chosen=0
while read -r command option; do
    [[ $command == km || $command == cox ]] || continue
    COMP_WORDS=(firstplace "$command" data.csv "$option" "") COMP_CWORD=4
    _firstplace
    with=() formula=$model
    [ "$option" != --plot-kind ] || with=(--plot figure.svg)
    [ "$command $option" != "cox --plot-kind" ] || with+=(--at "arm=ips")
    [ "$option" != --ties ] || formula="Surv(day, event) ~ arm" # exact ties take no clusters
    for choice in "${COMPREPLY[@]}"; do
        "$binary" "$command" "$source/tests/data/cli/trial.csv" --formula "$formula" "$option" "$choice" "${with[@]}" \
            >shown 2>said || fail "$command $option $choice is offered but: $(cat said)"
        chosen=$((chosen + 1))
    done
done < <(sed -nE 's/^ *"([a-z]+) (--[a-z-]+)"\) _firstplace_words .*/\1 \2/p' completion)
[ "$chosen" -ge 14 ] || fail "only $chosen choices were tried"

# ---- what the table gives to the shell is what is installed
for page in "${@:3}"; do
    [ -s "$page" ] || fail "$page was not made"
done
cmp -s manual "${3:-manual}" || fail "the manual that is installed is not the one printed"
cmp -s completion "${4:-completion}" || fail "the completion that is installed is not the one printed"

if [ "$failures" != 0 ]; then
    echo "$failures failures"
    exit 1
fi
echo "the manual and the completion follow the table of commands"
