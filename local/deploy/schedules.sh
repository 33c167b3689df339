# shellcheck shell=bash
# Cloud Scheduler's jobs, and the first look at the sources, which comes before they are set going.

readonly waiting='waits for the baseline' # description of a job that no deployment has set going yet

know_jobs() { # lines of job, state and description
    jobs=$(listed_or "$(fact job | cut -f 2)" scheduler jobs list --location="$region" \
        --filter="httpTarget.oidcToken.serviceAccountEmail=$(email_of scheduler)" \
        --format='value(name.basename(),state,description)')
    # The first deployment lasts until a job was set going: then the baseline has begun.
    first=true
    if awk -F '\t' -v waiting="$waiting" '$1 && $3 != waiting { going = 1 } END { exit !going }' <<<"$jobs"; then first=false; fi
}

has_job() { cut -f 1 <<<"$jobs" | grep -Fqx "$1"; }
is_waiting() { awk -F '\t' '{ print $1 "\t" $3 }' <<<"$jobs" | grep -Fqx "$1"$'\t'"$waiting"; }

room_schedules() { # [FUNCTION...]: those named, else every one
    local name job schedule zone deadline retries backoff purpose
    know_jobs
    while IFS=$'\t' read -r -u3 name job schedule zone deadline retries backoff purpose; do
        if is_chosen "$name" "$@"; then deploy_job; fi
    done 3< <(fact job)
    if $first && (($# == 0)); then
        ask_for_baseline
        set_going
    fi
}

deploy_job() {
    local verb=create url description=$purpose
    url=$(url_of "$name")
    if has_job "$job"; then verb=update; fi
    if $first; then description=$waiting; fi
    # Before it loses the description by which a deployment that was cut off here is known.
    if ! $first && is_waiting "$job"; then resume_job "$job"; fi
    cloud scheduler jobs "$verb" http "$job" --location="$region" --description="$description" --uri="$url" \
        --http-method=POST --schedule="$schedule" --time-zone="$zone" --attempt-deadline="$deadline" \
        --max-retry-attempts="$retries" --min-backoff="$backoff" --max-backoff="$backoff" --max-doublings=0 \
        --oidc-service-account-email="$(email_of scheduler)" --oidc-token-audience="$url"
    if $first; then pause_job "$job"; fi
}

# Cloud Scheduler refuses to pause what is paused, and to resume what is not.
pause_job() { is_in PAUSED "$1" || cloud scheduler jobs pause "$1" --location="$region"; }
resume_job() { is_in ENABLED "$1" || cloud scheduler jobs resume "$1" --location="$region"; }
is_in() { awk -F '\t' '{ print $1 "\t" $2 }' <<<"$jobs" | grep -Fqx "$2"$'\t'"$1"; }

# What is filed already is history, which nobody is mailed. The chain reads years of filings and takes hours; until it is
# done the scheduled sync skips, so the schedules need only its beginning, which shows that the parts work together.
ask_for_baseline() {
    local name run
    name=$(fact baseline)
    ask_for_run "$name" baseline baseline=true
    follow_run "$name" "$run" begun
}

set_going() {
    local name job purpose _
    while IFS=$'\t' read -r -u3 name job _ _ _ _ _ purpose; do
        cloud scheduler jobs resume "$job" --location="$region" # each was paused above
        cloud scheduler jobs update http "$job" --location="$region" --description="$purpose"
    done 3< <(fact job)
}

verb_schedule() { # [pause|resume JOB]
    local job
    know_project
    case ${1:-} in
        '') show_schedules ;;
        pause | resume)
            job=$(job_called "${2:-}")
            know_jobs
            "$1_job" "$job"
            ;;
        *) misused "schedule [pause|resume JOB]" ;;
    esac
}

show_schedules() {
    look scheduler jobs list --location="$region" \
        --filter="httpTarget.oidcToken.serviceAccountEmail=$(email_of scheduler)" \
        --format="$(table)(name.basename(),schedule,timeZone,state,lastAttemptTime,status.code)"
}

job_called() { # JOB or FUNCTION
    local job
    job=$(fact job | awk -F '\t' -v name="$1" '$1 == name || $2 == name { print $2 }')
    if [[ -z $job ]]; then die "no job ${1:-given}; the registry has: $(fact job | cut -f 2 | paste -sd ' ' -)"; fi
    printf '%s' "$job"
}
