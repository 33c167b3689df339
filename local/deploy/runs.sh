# shellcheck shell=bash
# Runs by hand, and what functions log.

verb_run() { # FUNCTION [--param NAME=VALUE]... [--key KEY] [--wait]
    local name=${1:-} key='' run='' wait=false parameters=()
    need_known job "$name"
    shift
    while (($#)); do
        case $1 in
            --param) need_value "$@" && parameters+=("$2") && shift 2 ;;
            --key) need_value "$@" && key=$2 && shift 2 ;;
            --wait) wait=true && shift ;;
            *) misused "run FUNCTION [--param NAME=VALUE]... [--key KEY] [--wait]" ;;
        esac
    done
    know_project
    if [[ -z $key ]]; then key=$(new_key); fi
    ask_for_run "$name" "$key" "${parameters[@]+"${parameters[@]}"}"
    if $wait; then follow_run "$name" "$run" ended; fi
}

# Through the queue, as `api` hands a run over: it carries parameters, signs in as the scheduler does, and asks again until
# the run is done; the run's name, which the key leads to, makes that one run however often it asks.
ask_for_run() { # FUNCTION KEY [NAME=VALUE...]; sets run, which its caller keeps
    local name=$1 key=$2 url body
    shift 2
    url=$(url_of "$name")
    body=$("$python" -m local.deploy.run "$name" "$@")
    run=$("$python" -m local.deploy.run "$name" --run-id "$key")
    cloud tasks create-http-task --queue="$queue" --location="$region" --url="$url" --method=POST \
        --header="Content-Type: application/json" --header="CapitolScope-Run: $run" --body-content="$body" \
        --oidc-service-account-email="$(email_of scheduler)" --oidc-token-audience="$url" --format='value(name)'
    if $acting; then say "asked for $run: ./deploy.sh logs $name --run $run"; fi
}

follow_run() { # FUNCTION RUN begun|ended: until its log says so; a chain may take hours, a beginning minutes
    if ! $acting; then return; fi
    local function=$1 run=$2 until=$3 state='' before poll=0
    while [[ $until == ended ]] || ((poll++ < 120)); do
        before=$state
        state=$(state_of "$function" "$run")
        case $state in
            succeeded* | skipped*) say "$run: $state" && return ;;
            failed:\ bug* | failed:\ gave\ up*) die "$run: $state; why: ./deploy.sh logs $function --run $run" ;;
            failed* | interrupted*) if [[ $state != "$before" ]]; then say "$run: $state; the queue asks again"; fi ;;
            running | continued*) if [[ $until == begun ]]; then say "$run is at work" && return; fi ;;
        esac
        if [[ $state == continued* ]]; then run=${state#continued } && say "goes on as $run"; fi
        sleep 5
    done
    die "$run has not begun in 10 minutes; why: ./deploy.sh logs $function --errors"
}

state_of() { # FUNCTION RUN
    local said
    said=$(ask logging read "$(filter_of "$1" "$2") AND jsonPayload.message=(\"task.started\" OR \"task.finished\" OR \"health.component\")" \
        --order=asc --freshness=30d --format=json)
    "$python" -m local.deploy.run "$1" --state "$2" <<<"$said"
}

filter_of() { # FUNCTION [RUN]: what the function said, without the list of requests
    printf '%s AND NOT %s' "$(entries_of "$1")" "$requests"
    if [[ -n ${2:-} ]]; then printf ' AND labels.run_id="%s"' "$2"; fi
}

requests_of() { # FUNCTION: Cloud Run's own list of its requests
    printf '%s AND %s' "$(entries_of "$1")" "$requests"
}

readonly requests='log_id("run.googleapis.com/requests")'
entries_of() { # FUNCTION
    printf 'resource.type="cloud_run_revision" AND resource.labels.service_name="%s"' "$(service_of "$1")"
}

verb_logs() { # FUNCTION [--run ID] [--errors] [--since 2h] [--limit N]
    local name=${1:-} run='' errors='' since=1d limit=1000
    need_known function "$name"
    shift
    while (($#)); do
        case $1 in
            --run) need_value "$@" && run=$2 && shift 2 ;;
            --errors) errors=' AND severity=ERROR' && shift ;;
            --since) need_value "$@" && since=$2 && shift 2 ;;
            --limit) need_value "$@" && limit=$2 && shift 2 ;;
            *) misused "logs FUNCTION [--run ID] [--errors] [--since 2h] [--limit N]" ;;
        esac
    done
    local said asked=(logging read "$(filter_of "$name" "$run")$errors" --freshness="$since" --limit="$limit" --order=desc)
    if $offline || $json; then
        look "${asked[@]}" --format=json
    else
        said=$(ask "${asked[@]}" --format=json)
        "$python" -m local.deploy.logs <<<"$said"
    fi
}
