#!/usr/bin/env bash
# Deploys CapitolScope to a Google Cloud project, and looks after it there (bash, Python 3.11 or later, gcloud).
#
# Usage: ./deploy.sh VERB [ARGUMENT...] [--project ID] [--region NAME] [--settings FILE] [--dry-run] [--json]
#
#   plan [FUNCTION...]     print the exact commands that deploy would run now, and what the registry no longer knows
#   deploy [FUNCTION...] | deploy --prune
#                          make, update or leave each part; again after a failure it goes on where it stopped. With
#                          functions: the schema, these, and their schedules alone. --prune: remove functions and jobs
#                          that the registry no longer knows
#   env                    what each function gets; secrets by name and version
#   env set NAME=VALUE...  keep settings for the next deploy, in --settings; NAME= drops one
#   secrets set NAME       keep a secret, read from stdin or asked for
#   secrets rotate NAME    a new key of our own making in front of the last one
#   secrets check          which there are, in which version, and which are missing
#   schedule [pause|resume JOB]
#                          the schedules, or stop and start one; JOB may be its function
#   run FUNCTION [--param NAME=VALUE]... [--key KEY] [--wait]
#                          one run by hand; the same key is the same run
#   logs FUNCTION [--run ID] [--errors] [--since 2h] [--limit N]
#                          what a function logged
#   status                 functions, schedules, database and Redis
#   db create|migrate|backup
#                          the database alone, its schema, a backup now
#   open [PORT]            the operator's page on this machine's PORT (8080), signed in as you
#   doctor [--dns HOST:PORT]
#                          mail's DNS, webhook, permissions, secrets, quotas: each with what to do
#   cost [--seconds FUNCTION=N]... [--measured]
#                          what the schedules and the parts that are always on cost in a month; --measured: with how
#                          long requests took in the last week, by Cloud Run's own log
#   destroy --yes PROJECT  remove everything of ours; asks before each part that holds data
#   help                   this text
#
#   --project              default: gcloud's own (gcloud config set project ID)
#   --region               default: us-west1, or REGION among the settings
#   --settings             default: deploy.env beside this script
#   --dry-run              print the commands, for an empty project; asks nobody, needs neither account nor project
#   --json                 print commands and lists as JSON

set -euo pipefail
if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)); then shopt -s inherit_errexit; fi

self=${BASH_SOURCE[0]}
root=$(cd "$(dirname "$self")" && pwd)
readonly root python=$root/.venv/bin/python
project=${CLOUDSDK_CORE_PROJECT:-} region='' settings=$root/deploy.env
acting=true   # whether anything may be changed
offline=false # whether the project may not even be asked
supposing_all=false # what there is in a project that is not asked: nothing, or everything of ours
json=false prune=false
pinned='' jobs='' number=0 scratch=''

say() { printf 'deploy.sh: %s\n' "$*" >&2; }

die() {
    say "$@"
    exit 1
}

need_value() { # OPTION [VALUE...]: whether one follows
    if [[ ${2:---} != --* ]]; then return; fi
    say "$1 needs a value"
    exit 2
}

misused() {
    say "usage: ./deploy.sh $1"
    exit 2
}

help() { sed -n '2,/^$/s/^# \{0,1\}//p' "$self"; }

# shellcheck source=local/deploy/names.sh
source "$root/local/deploy/names.sh"
# shellcheck source=local/deploy/cloud.sh
source "$root/local/deploy/cloud.sh"
# shellcheck source=local/deploy/project.sh
source "$root/local/deploy/project.sh"
# shellcheck source=local/deploy/policies.sh
source "$root/local/deploy/policies.sh"
# shellcheck source=local/deploy/stores.sh
source "$root/local/deploy/stores.sh"
# shellcheck source=local/deploy/database.sh
source "$root/local/deploy/database.sh"
# shellcheck source=local/deploy/secrets.sh
source "$root/local/deploy/secrets.sh"
# shellcheck source=local/deploy/secret_verbs.sh
source "$root/local/deploy/secret_verbs.sh"
# shellcheck source=local/deploy/functions.sh
source "$root/local/deploy/functions.sh"
# shellcheck source=local/deploy/schedules.sh
source "$root/local/deploy/schedules.sh"
# shellcheck source=local/deploy/runs.sh
source "$root/local/deploy/runs.sh"
# shellcheck source=local/deploy/removal.sh
source "$root/local/deploy/removal.sh"
# shellcheck source=local/deploy/destroy.sh
source "$root/local/deploy/destroy.sh"
# shellcheck source=local/deploy/verbs.sh
source "$root/local/deploy/verbs.sh"
# shellcheck source=local/deploy/monitoring.sh
source "$root/local/deploy/monitoring.sh"
# shellcheck source=local/deploy/doctor.sh
source "$root/local/deploy/doctor.sh"
# shellcheck source=local/deploy/told.sh
source "$root/local/deploy/told.sh"

know_facts() { # what the code and the operator say, parted by kind: lines in facts_KIND, choices in given_NAME
    local kind line name value
    "$python" -m local.deploy.facts --settings "$settings" >"$scratch/facts"
    while IFS=$'\t' read -r kind line; do
        name=facts_$kind
        printf -v "$name" '%s%s\n' "${!name-}" "$line"
    done <"$scratch/facts"
    while IFS=$'\t' read -r name value; do printf -v "given_$name" '%s' "$value"; done < <(fact given)
}

fact() { # KIND: the lines of that kind
    local lines=facts_$1
    printf '%s' "${!lines-}"
}

among() { [[ $'\n'$2$'\n' == *$'\n'"$1"$'\n'* ]]; } # LINE LINES: whether it is one of them

given() { # NAME: what the operator chose, or nothing
    local value=given_$1
    printf '%s' "${!value-}"
}

has_gcloud() { command -v gcloud >/dev/null; }

prepare() {
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    "$root/dev.sh" setup 2>&1 | sed '/is what requirements.lock says/d' >&2 # the first time, it takes a minute or two
    export PYTHONPATH=$root CLOUDSDK_CORE_DISABLE_PROMPTS=1
    [[ -d $(dirname "$settings") ]] || die "no folder $(dirname "$settings"): --settings is a file, which may be a new one"
    settings=$(cd "$(dirname "$settings")" && pwd)/$(basename "$settings")
    cd "$root"
    know_facts
    region=${region:-$(given REGION)}
    case "$verb ${arguments[*]-}" in
        cost*--measured*) ;;
        cost* | env\ set*) return ;; # these need no project
    esac
    $offline || has_gcloud || die "no gcloud on PATH; install it: https://cloud.google.com/sdk/docs/install"
    if [[ -z $project ]] && has_gcloud; then project=$(gcloud config get-value project 2>"$scratch/message"); fi
    if [[ -z $project ]] && $offline; then
        project=NOT-SET-YET
        say "no project is chosen: $project stands for one (--project ID)"
    fi
    [[ -n $project ]] || die "which project? type --project ID, or: gcloud config set project ID"
    readonly project region
}

verb=''
arguments=()
parse() {
    while (($#)); do
        case $1 in
            --project) need_value "$@" && project=$2 && shift ;;
            --project=*) project=${1#*=} ;;
            --region) need_value "$@" && region=$2 && shift ;;
            --region=*) region=${1#*=} ;;
            --settings) need_value "$@" && settings=$2 && shift ;;
            --settings=*) settings=${1#*=} ;;
            --dry-run) offline=true acting=false ;;
            --json) json=true ;;
            -h | --help) verb=help && return ;;
            *) if [[ -z $verb ]]; then verb=$1; else arguments+=("$1"); fi ;;
        esac
        shift
    done
}

main() {
    parse "$@"
    case $verb in
        plan | deploy | env | secrets | schedule | run | logs | status | db | open | doctor | cost | destroy)
            prepare
            "verb_$verb" "${arguments[@]+"${arguments[@]}"}"
            ;;
        help) help ;;
        '')
            help >&2
            exit 2
            ;;
        *)
            say "no verb $verb; ./deploy.sh help lists them"
            exit 2
            ;;
    esac
}

main "$@"
