# shellcheck shell=bash
# What deploy.sh only looks at: what a month costs, and what is not as it should be.

verb_cost() { # [--seconds FUNCTION=N]... [--measured]: with how long requests took in the last week
    local options=(--settings "$settings") argument
    if $json; then options+=(--json); fi
    for argument in "$@"; do
        if [[ $argument != --measured ]]; then
            options+=("$argument")
            continue
        fi
        measure_requests "$scratch/requests"
        options+=(--measured "$scratch/requests")
    done
    "$python" -P -m local.deploy.cost "${options[@]}"
}

measure_requests() { # FILE: a line for each function's last requests, with its service and how long it took
    local name asked _
    : >"$1"
    while IFS=$'\t' read -r -u3 name _; do
        asked=(logging read "$(requests_of "$name")" --freshness=7d --limit=200
            --format='value(resource.labels.service_name,httpRequest.latency)')
        if $offline; then show "${asked[@]}"; else ask "${asked[@]}" >>"$1"; fi
    done 3< <(fact function)
}

verb_doctor() { # [--dns HOST:PORT]: asks DNS and SendGrid from here, and the project by gcloud
    local state=$scratch/state key=''
    local options=(--settings "$settings" --project "$project" --region "$region" --state "$state")
    know_project
    options+=(--base-url "https://$(public_host)")
    if $offline; then
        show projects get-iam-policy "$project" --format=json
        say 'and would ask DNS, SendGrid, and gcloud for quotas, secrets, and who may call each function'
        return
    fi
    acting=false
    mkdir -p "$state"
    if $json; then options+=(--json); fi
    keep_state "$state"
    if is_kept SENDGRID_API_KEY; then key=$(kept_key); fi
    printf '%s' "$key" | "$python" -P -m local.deploy.doctor "${options[@]}" "$@"
}

kept_key() {
    local version
    version=$(pin SENDGRID_API_KEY)
    ask secrets versions access "${version#*:}" --secret="${version%:*}"
}

keep_state() { # FOLDER: what gcloud knows, as local.deploy.doctor reads it
    ask projects get-iam-policy "$project" --format=json >"$1/policy.json"
    service_policies >"$1/services.json"
    quotas >"$1/quotas.json"
    know_secrets
    missing_secrets >"$1/missing"
}

service_policies() { # a JSON object: service -> who may call it
    local name parting=''
    listed run services list --region="$region" --filter="metadata.labels.$labels" --format='value(metadata.name)' \
        >"$scratch/services"
    printf '{'
    while IFS= read -r -u3 name; do
        printf '%s"%s":' "$parting" "$name"
        ask run services get-iam-policy "$name" --region="$region" --format=json
        parting=,
    done 3<"$scratch/services"
    printf '}'
}

quotas() { # a JSON list; without the API cloudquotas.googleapis.com there is none to tell
    local quota found parting=''
    printf '['
    for quota in CpuAllocPerProjectRegion MemAllocPerProjectRegion; do
        found=$(listed alpha quotas info describe "$quota" --service=run.googleapis.com --format=json)
        if [[ $found ]]; then
            printf '%s%s' "$parting" "$found"
            parting=,
        fi
    done
    printf ']'
}

missing_secrets() {
    local name _
    while IFS=$'\t' read -r -u3 name _; do
        if is_needed "$name" && ! is_kept "$name"; then printf '%s\n' "$name"; fi
    done 3< <(secret_settings)
}
