# shellcheck shell=bash
# Takes everything of ours out of the project; what holds data goes only where somebody says yes to it by name.

verb_destroy() { # --yes PROJECT
    if [[ ${1:-} != --yes || ${2:-} != "$project" ]]; then
        misused "destroy --yes PROJECT, where --project names the same PROJECT"
    fi
    kept=() supposing_all=$offline
    know_project
    ask_before_data
    destroy_functions
    destroy_parts
    destroy_data
    destroy_accounts
    if ((${#kept[@]})); then die "kept, and still paid for: ${kept[*]}; the same command asks again"; fi
    if $acting; then say "nothing of ours is left in $project"; fi
}

ask_before_data() {
    drop_database=false drop_archive=false drop_history=false
    if has_own_database && has_database; then
        confirm drop_database "the database $instance: filings, subscribers, rules, mails, the keys, every backup"
    fi
    if exists storage buckets describe "gs://$(bucket_of_archive)"; then
        confirm drop_archive "the archive gs://$(bucket_of_archive): every fetched document"
    fi
    if exists firestore databases describe --database='(default)'; then
        confirm drop_history "the record of every run, in Firestore"
    fi
}

confirm() { # VARIABLE WHAT: set it to true where the operator says so
    local answer=''
    if $acting; then
        printf 'deploy.sh: delete %s? Type yes: ' "$2" >&2
        if ! read -r answer; then printf '\n' >&2; fi
        if [[ $answer != yes ]]; then
            kept+=("$2;")
            return
        fi
    fi
    printf -v "$1" true
}

destroy_functions() {
    local found name
    know_jobs
    while IFS=$'\t' read -r -u3 name _; do
        if [[ -n $name ]]; then remove_job "$name"; fi
    done 3<<<"$jobs"
    remove_domain
    found=$(our_services)
    while read -r -u3 name; do
        if [[ -z $name ]]; then continue; fi
        cloud run services delete "$name" --region="$region"
        remove_image "$name"
        remove_sources "services/$name"
    done 3<<<"$found"
}

remove_domain() {
    local host
    host=$(own_host)
    if [[ -n $host ]] && exists beta run domain-mappings describe --domain="$host" --region="$region"; then
        cloud beta run domain-mappings delete --domain="$host" --region="$region"
    fi
}

destroy_parts() {
    if exists run jobs describe "$migration" --region="$region"; then
        cloud run jobs delete "$migration" --region="$region"
    fi
    remove_image "$migration"
    remove_sources "jobs/$migration"
    if exists tasks queues describe "$queue" --location="$region"; then
        cloud tasks queues delete "$queue" --location="$region"
    fi
    if exists redis instances describe "$redis" --region="$region"; then
        cloud redis instances delete "$redis" --region="$region"
    fi
    remove_monitoring
}

destroy_data() {
    if $drop_database; then
        cloud sql instances patch "$instance" --no-deletion-protection
        cloud sql instances delete "$instance"
    fi
    if $drop_archive; then cloud storage rm --recursive "gs://$(bucket_of_archive)"; fi
    if $drop_history; then cloud firestore bulk-delete --collection-ids=task_runs,tasks; fi
}

# Without the keys a kept database could neither check its links nor know whom it must not mail.
destroy_accounts() {
    local found name
    if [[ " ${kept[*]-} " != *" the database "* ]]; then
        found=$(listed_or "$(every_secret)" secrets list --filter="labels.$labels" --format='value(name.basename())')
        while read -r -u3 name; do
            if [[ -n $name ]]; then cloud secrets delete "$name"; fi
        done 3<<<"$found"
    fi
    while read -r -u3 name; do
        remove_account "$name"
    done 3< <(accounts)
    revoke_all compute
}

every_secret() {
    local name _
    while IFS=$'\t' read -r -u4 name _; do
        printf '%s\n' "$(secret_of "$name")"
    done 4< <(secret_settings)
}
