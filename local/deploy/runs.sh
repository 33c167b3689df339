# shellcheck shell=bash
# Runs by hand, and what functions log.

verb_run() { # FUNCTION [--param NAME=VALUE]... [--key KEY] [--wait]
    local name=${1:?type the function} key='' wait=false parameters=()
    shift
    while (($#)); do
        case $1 in
            --param) parameters+=("${2:?}") && shift 2 ;;
            --key) key=${2:?} && shift 2 ;;
            --wait) wait=true && shift ;;
            *) misused "run FUNCTION [--param NAME=VALUE]... [--key KEY] [--wait]" ;;
        esac
    done
    know_project
    : "${key:=$(new_key)}"
    ask_for_run "$name" "$key" "${parameters[@]+"${parameters[@]}"}"
    if $wait; then follow_run "$name" "$(run_id_of "$name" "$key")" ended; fi
}

# Through the queue: it carries parameters, signs in as the scheduler does, and asks again until the run is done; the key
# makes that one run however often it asks.
ask_for_run() { # FUNCTION KEY [NAME=VALUE...]
    local name=$1 key=$2 url body
    shift 2
    url=$(url_of "$name")
    body=$("$python" -m local.deploy.run "$name" "$@")
    cloud tasks create-http-task --queue="$queue" --location="$region" --url="$url" --method=POST \
        --header="Content-Type: application/json" --header="Idempotency-Key: $key" --body-content="$body" \
        --oidc-service-account-email="$(email_of scheduler)" --oidc-token-audience="$url" --format='value(name)'
    say "asked for $(run_id_of "$name" "$key"): ./deploy.sh logs $name --run $(run_id_of "$name" "$key")"
}

run_id_of() { "$python" -m local.deploy.run "$1" --run-id "$2"; }

follow_run() { # FUNCTION RUN begun|ended: until its log says so
    if ! $acting; then return; fi
    local function=$1 run=$2 until=$3 state _
    for _ in {1..360}; do
        state=$(ask logging read "$(filter_of "$function" "$run") AND jsonPayload.message=(\"task.started\" OR \"task.finished\")" \
            --order=asc --freshness=1d --format=json | "$python" -m local.deploy.run "$function" --state "$run")
        case $until/$state in
            */succeeded | */skipped*) say "$run $state" && return ;;
            */failed*) die "$run $state: ./deploy.sh logs $function --run $run" ;;
            begun/running | begun/continued*) say "$run is at work" && return ;;
            ended/continued*) run=${state#continued } && say "goes on as $run" ;;
        esac
        sleep 5
    done
    die "$run has not $until in 30 minutes: ./deploy.sh logs $function --run $run"
}

filter_of() { # FUNCTION [RUN]: what the function said, without the list of requests
    printf 'resource.type="cloud_run_revision" AND resource.labels.service_name="%s" AND NOT log_id("run.googleapis.com/requests")' \
        "$(service_of "$1")"
    if [[ -n ${2:-} ]]; then printf ' AND labels.run_id="%s"' "$2"; fi
}

verb_logs() { # FUNCTION [--run ID] [--errors] [--since 2h] [--limit N]
    local name=${1:?type the function} run='' errors='' since=1d limit=1000
    shift
    while (($#)); do
        case $1 in
            --run) run=${2:?} && shift 2 ;;
            --errors) errors=' AND severity=ERROR' && shift ;;
            --since) since=${2:?} && shift 2 ;;
            --limit) limit=${2:?} && shift 2 ;;
            *) misused "logs FUNCTION [--run ID] [--errors] [--since 2h] [--limit N]" ;;
        esac
    done
    local asked=(logging read "$(filter_of "$name" "$run")$errors" --freshness="$since" --limit="$limit" --order=desc --format=json)
    if $offline || $json; then
        look "${asked[@]}"
    else
        ask "${asked[@]}" | "$python" -m local.deploy.logs
    fi
}
