#!/usr/bin/env bash
# Works on CapitolScope; sets up what it needs by itself (bash, Python 3.11 or later, the package index).
#
# Usage: ./dev.sh [--dry-run] VERB [ARGUMENT...]
#
#   demo [--corpus DIR | --live | --senate-refuses] [--keep]
#                          the main job on this laptop, in seconds: filings arrive at stand-ins of House and Senate (or
#                          downloaded ones, or the real House's), the functions are called as Scheduler does, and tables
#                          show the trades, what their prices did since, and the mails; --senate-refuses: the Senate
#                          answers 403; --keep: the links in the mails work until you press Enter
#   run [--simulate DAYS [--faults]] [--live --contact ADDRESS] [--postgresql] [--firestore]
#       [--port N] [--idle SECONDS]
#                          the whole cloud on this laptop until Ctrl-C: functions that start when they are asked and end
#                          when idle, a scheduler, a queue, one port, the mails on a page; --simulate: as fast as it goes
#                          over so many days, and then whether each tick ran once and each filing was mailed once;
#                          --faults: ticks come twice, late, forced, or their answer is lost
#   parse FILE...          print each filing (a PDF of the House, an .html page of the Senate) as one line of JSON; exit
#                          status 1 if one was refused
#   setup                  make or refresh .venv from requirements.lock; every other verb does it when needed
#   check                  ruff, mypy, import contracts, shellcheck and the repository's own rules: what CI checks
#   test                   all tests with branch coverage and its gates
#   test ARGUMENT...       only these, by pytest's own arguments, without the gates
#   bench [NAME]           run one benchmark; without a name, list them
#   chaos send [--times N] [--database postgresql|sqlite]
#                          kill mail senders with SIGKILL at each step of a send, and balance the books
#   why SUBSCRIBER DOC_ID  why somebody did (not) get a mail about a filing; DATABASE_URL's database, or the demo's
#   logs FUNCTION [--run ID] [--errors] [--follow]
#                          what a function logged on this laptop
#   help                   this text
#
#   --dry-run              print the commands instead of running them
#
# PYTHON=/path/to/python chooses the interpreter; otherwise the first fit of 3.12, 3.11, 3.13, 3.14, python3.

set -euo pipefail

self=${BASH_SOURCE[0]}
root=$(cd "$(dirname "$self")" && pwd)
readonly root venv=$root/.venv lock=$root/requirements.lock
readonly bin=$venv/bin
readonly stamp=$venv/requirements.lock # the lock that .venv was made from, copied when it was done
readonly pythons=(python3.12 python3.11 python3.13 python3.14 python3 python)
readonly workers=3 # processes that test side by side, each with services of its own; a third waits more than it works
readonly overall=95 # percent of branches
readonly ledger='common/alerts/sending/ledger.py,common/alerts/sending/messages.py,common/alerts/sending/claims.py,common/alerts/sending/repair.py'
readonly senate='common/disclosures/forms.py,common/disclosures/senate/ptr/*,common/disclosures/senate/search.py'
readonly proven="common/runtime/*,common/disclosures/house/index.py,common/disclosures/house/ptr/*,$senate,$ledger" # 100 percent
dry_run=false

say() { printf 'dev.sh: %s\n' "$*" >&2; }

die() {
    say "$@"
    exit 1
}

help() { sed -n '2,/^$/s/^# \{0,1\}//p' "$self"; }

run() {
    if $dry_run; then
        printf '%q ' "$@"
        printf '\n'
    else
        "$@"
    fi
}

# --- setup

has_uv() { uv --version >/dev/null 2>&1; } # a shim may stand on PATH without a uv behind it

has() { # PYTHON MODULE: does it run, is it new enough, and does it have MODULE, or uv to do without?
    local module=$2
    if has_uv; then module=sys; fi
    "$1" -c "import sys, $module; sys.exit(sys.version_info < (3, 11))" 2>/dev/null
}

find_python() {
    local candidate
    for candidate in ${PYTHON:+"$PYTHON"} "${pythons[@]}"; do
        if has "$candidate" ensurepip; then # Debian ships venv without it
            command -v "$candidate"
            return
        fi
    done
    die "no Python 3.11 or later with the venv module on PATH. Install one (Debian and Ubuntu:" \
        "apt-get install python3 python3-venv; macOS: brew install python@3.12), or set PYTHON."
}

is_set_up() { [[ -x $bin/python ]] && cmp -s "$lock" "$stamp"; }

# A kernel lock on an inherited descriptor: it holds until this shell closes it, and a killed setup leaves none behind.
wait_for_my_turn() { "$1" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)'; }

make_venv() { # PYTHON
    if has "$bin/python" pip; then return; fi # a killed setup may have left one without
    if has_uv; then
        uv venv --quiet --clear --python "$1" "$venv"
    else
        "$1" -m venv --clear "$venv"
    fi
}

install_lock() {
    if has_uv; then
        uv pip sync --quiet --require-hashes --python "$bin/python" "$lock"
    else
        "$bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
    fi
}

set_up() {
    if is_set_up; then return; fi
    local python installer=pip
    python=$(find_python)
    if has_uv; then installer=uv; fi
    if $dry_run; then
        say "would make $venv from requirements.lock with $installer and $python"
        return
    fi
    [[ -w $root ]] || die "$root cannot be written to, and .venv belongs there; use a clone of your own"
    mkdir -p "$root/.cache"
    (
        wait_for_my_turn "$python"
        if is_set_up; then exit; fi
        say "making $venv from requirements.lock with $installer and $python; takes a minute or two, once"
        trap 'say "$venv is not ready: mend what is said above (it needs the package index), then type the same again"' EXIT
        rm -f "$stamp"
        make_venv "$python"
        install_lock
        cp "$lock" "$stamp.new"
        mv "$stamp.new" "$stamp"
        trap - EXIT
    ) 9>"$root/.cache/setup.lock"
}

# --- verbs

verb_setup() {
    set_up
    if is_set_up; then say "$venv is what requirements.lock says"; fi
}

check_lint() { run "$bin/ruff" check .; }
check_format() { run "$bin/ruff" format --check .; }
check_types() { run "$bin/mypy"; }
check_imports() { run "$bin/lint-imports" --no-cache; }
check_rules() { run "$bin/python" -m pytest -q -p no:cacheprovider tests/repository; }

check_scripts() {
    local scripts=()
    while IFS= read -r -d '' file; do
        if head -n 1 "$file" | grep -q '^#!.*bash'; then scripts+=("$file"); fi
    done < <(git ls-files -z --cached --others --exclude-standard)
    run "$bin/shellcheck" --external-sources --check-sourced "${scripts[@]}"
}

verb_check() {
    local name failed=()
    cd "$root"
    for name in lint format types imports scripts rules; do
        say "check: $name"
        "check_$name" || failed+=("$name")
    done
    if ((${#failed[@]})); then die "check failed: ${failed[*]}"; fi
    say "check: all fine"
}

verb_test() {
    if (($#)); then
        test_some "$@"
    else
        test_all
    fi
}

test_some() {
    local argument arguments=()
    for argument in "$@"; do
        if [[ -e ${argument%%::*} ]]; then argument=$PWD/$argument; fi
        arguments+=("$argument")
    done
    cd "$root"
    run "$bin/python" -m pytest "${arguments[@]}"
}

test_all() {
    cd "$root"
    unset PYTHONDONTWRITEBYTECODE # every worker and every function reads the same modules: compile them once
    run "$bin/python" -m pytest -n "$workers" --dist worksteal --cov --cov-report=term --cov-fail-under="$overall"
    gate "$proven"
}

gate() { # PATTERNS: full coverage; silent when it holds, so that pytest's summary stays the last word
    local report
    if ! report=$(run "$bin/coverage" report --include="$1" --fail-under=100); then
        printf '%s\n' "$report" >&2
        die "parsing, the runtime and the ledger need 100 % branch coverage"
    fi
    if $dry_run; then printf '%s\n' "$report"; fi
}

verb_bench() {
    if (($# == 0)); then
        list_benchmarks
        return
    fi
    local name=$1
    shift
    [[ -f $root/bench/$name.py ]] || die "no benchmark $name; ./dev.sh bench lists them"
    run_module "bench.$name" "$@"
}

list_benchmarks() {
    local file
    for file in "$root"/bench/[a-z]*.py; do
        printf '%-12s %s\n' "$(basename "$file" .py)" "$(sed -n '1s/^"""\(.*[^"]\)"*$/\1/p' "$file")"
    done
}

verb_demo() { run_module local.demo "$@"; }
verb_run() { run_module local.cloud "$@"; }
verb_parse() { run_module local.parse "$@"; }
verb_chaos() { run_module local.chaos "$@"; }
verb_why() { run_module local.why "$@"; }
verb_logs() { run_module local.logs "$@"; }

run_module() { # MODULE ARGUMENT...: in the caller's folder, so that its relative paths mean what they say
    export PYTHONPATH=$root
    run exec "$bin/python" -P -m "$@"
}

main() {
    if [[ ${1:-} == --dry-run ]]; then
        dry_run=true
        shift
    fi
    local verb=${1:-}
    case "$verb ${2:-}" in
        setup\ -* | check\ -* | bench\ -*) verb=help ;;
        setup\ ?* | check\ ?*)
            say "$verb takes no argument; ./dev.sh help says what it does"
            exit 2
            ;;
    esac
    case $verb in
        demo | run | parse | setup | check | test | bench | chaos | why | logs)
            shift
            [[ $verb == setup ]] || set_up
            "verb_$verb" "$@"
            ;;
        help | -h | --help) help ;;
        '')
            help >&2
            exit 2
            ;;
        *)
            say "no verb $verb; ./dev.sh help lists them"
            exit 2
            ;;
    esac
}

main "$@"
