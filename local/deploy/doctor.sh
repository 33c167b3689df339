# shellcheck shell=bash
# What deploy.sh only looks at: what a month costs, and what is not as it should be.

verb_cost() { # [--seconds FUNCTION=N]... [--measured]: with how long runs took in the last week
    local options=(--settings "$settings") argument
    if $json; then options+=(--json); fi
    for argument in "$@"; do
        if [[ $argument != --measured ]]; then
            options+=("$argument")
            continue
        fi
        ask logging read 'resource.type="cloud_run_revision" AND jsonPayload.message="task.finished"' \
            --freshness=7d --limit=5000 --format=json >"$scratch/runs"
        options+=(--measured "$scratch/runs")
    done
    "$python" -P -m local.deploy.cost "${options[@]}"
}
