# shellcheck shell=bash
# The verbs that go through the rooms.

verb_plan() {
    acting=false
    verb_deploy "$@"
}

verb_deploy() { # [FUNCTION...] [--prune]
    local chosen=() argument
    for argument in "$@"; do
        case $argument in
            --prune) prune=true ;;
            *)
                need_known function "$argument"
                chosen+=("$argument")
                ;;
        esac
    done
    [[ -w $root ]] || die "$root cannot be written to, and what is uploaded is made there; use a clone of your own"
    if $prune && ((${#chosen[@]})); then misused "deploy FUNCTION..., or deploy --prune"; fi
    need_settings
    if ((${#chosen[@]})); then deploy_chosen "${chosen[@]}"; else deploy_all; fi
}

need_known() { # function|job NAME: of the registry; a function that has a job is a task
    if ! fact "$1" | cut -f 1 | grep -Fqx "$2"; then
        die "no function ${2:-given}; the registry has: $(fact "$1" | cut -f 1 | paste -sd ' ' -)"
    fi
}

deploy_all() {
    room_project
    know_secrets
    room_secrets
    room_metrics
    begin_database
    begin_redis
    room_accounts
    room_roles
    room_archive
    room_queue
    room_firestore
    room_redis
    room_accessors
    room_database
    room_migration
    room_functions
    room_domain
    room_schedules
    room_monitoring
    room_removed
    if $acting; then say "deployed: $(value_of PUBLIC_BASE_URL)"; fi
}

deploy_chosen() { # what each needs beside its code is there since the last whole deployment
    local name
    know_project
    for name in "$@"; do
        if $offline || exists run services describe "$(service_of "$name")" --region="$region"; then continue; fi
        die "$name was never deployed: ./deploy.sh deploy makes what it needs"
    done
    know_secrets
    room_migration
    room_functions "$@"
    room_schedules "$@"
}

verb_env() { # [set NAME=VALUE...]
    case ${1:-} in
        '') show_env ;;
        set)
            if (($# == 1)); then misused "env set NAME=VALUE..."; fi
            shift
            "$python" -m local.deploy.choices "$settings" "$@"
            ;;
        *) misused "env [set NAME=VALUE...]" ;;
    esac
}

show_env() {
    local name _ concurrency meaning
    acting=false
    know_project
    know_secrets
    while IFS=$'\t' read -r -u3 name _ concurrency _; do
        show_variables "$(variables_of "$name")" "$(pinned_secrets "$name")"
    done 3< <(fact function)
    if $json; then return; fi
    printf 'the deployment itself\n'
    while IFS=$'\t' read -r -u3 name meaning; do
        printf '  %-40s %s\n' "$name=$(given "$name")" "$meaning"
    done 3< <(fact choice)
}

show_variables() { # PLAIN SECRET: what the function $name gets, as --set-env-vars and --set-secrets take it
    local line variables=("$name")
    while read -r -u4 line; do
        if [[ -n $line ]]; then variables+=("$line"); fi
    done 4< <(awk '{ gsub(";;", "\n"); print }' <<<"${1#^;;^}" && tr , '\n' <<<"$2")
    if $json; then
        as_json "${variables[@]}"
    else
        printf '%s\n' "$name"
        printf '  %s\n' "${variables[@]:1}"
        printf '\n'
    fi
}

verb_status() {
    if (($#)); then misused "status"; fi
    look run services list --region="$region" --filter="metadata.labels.$labels" \
        --format="$(table)(metadata.name,status.conditions[0].status:label=READY,status.latestReadyRevisionName,status.url)"
    show_schedules
    if has_own_database; then look sql instances describe "$instance" --format="$(table)(name,state,settings.tier)"; fi
    if [[ $(given REDIS) != url ]]; then
        look redis instances describe "$redis" --region="$region" --format="$(table)(name.basename(),state,memorySizeGb)"
    fi
}

table() { if $json; then printf json; else printf table; fi; }

verb_db() { # create|migrate|backup
    know_project
    know_secrets
    case ${1:-} in
        create)
            room_project
            begin_database
            room_accounts
            room_roles
            room_archive
            room_database
            ;;
        migrate) room_migration ;;
        backup)
            has_own_database || die "DATABASE_URL is a database of your own; back it up where it runs"
            cloud sql backups create --instance="$instance" --description="by hand"
            ;;
        *) misused "db create|migrate|backup" ;;
    esac
}

verb_open() { # [PORT]
    say "the operator's page: http://127.0.0.1:${1:-8080}/ until you press Ctrl-C"
    cloud run services proxy "$(service_of api)" --region="$region" --port="${1:-8080}"
}
