# shellcheck shell=bash
# What watches the rest: log-based metrics, alert policies, dashboards, the uptime check of web, the budget.
# Policies exist in `gcloud alpha` alone, channels in `beta`; what there is, is asked once per kind.

readonly ours=CapitolScope # what the names of all that is made here begin with
readonly spent=(0.5 0.9 1.0) # shares of the budget at which the operator is told

room_metrics() { # early in a deployment: a policy is refused until Cloud Monitoring has seen its metric, for minutes
    local kind name file
    stage_monitors ''
    listed logging metrics list --format='value(name)' >"$scratch/metrics"
    while IFS=$'\t' read -r -u3 kind name file; do
        if [[ $kind != metric ]]; then continue; fi
        if grep -Fqx "$name" "$scratch/metrics"; then
            cloud logging metrics update "$name" --config-from-file="$file"
        else
            cloud logging metrics create "$name" --config-from-file="$file"
        fi
    done 3<"$scratch/monitors"
}

room_monitoring() { # the metrics are there
    local channel='' kind name file
    channel=$(channel_of_operator)
    if ! [[ $channel ]]; then
        make_channel
        channel=$(channel_of_operator)
    fi
    stage_monitors "$channel"
    listed alpha monitoring policies list --format='value(name,displayName)' >"$scratch/policies"
    listed monitoring dashboards list --format='value(name,displayName)' >"$scratch/dashboards"
    while IFS=$'\t' read -r -u3 kind name file; do
        case $kind in
            policy) put_policy "$name" "$file" ;;
            dashboard) put_dashboard "$name" "$file" ;;
        esac
    done 3<"$scratch/monitors"
    put_uptime_check
    put_budget "$channel"
}

stage_monitors() { # CHANNEL: writes what the API takes, and lists it in $scratch/monitors
    local arguments=(--project "$project" --into "$root/build/monitoring")
    if [[ ${public_host:-} ]]; then arguments+=(--host "$public_host"); fi
    if [[ $1 ]]; then arguments+=(--channel "$1"); fi
    "$python" -P -m local.deploy.monitors "${arguments[@]}" >"$scratch/monitors"
}

called() { # NAME: what the API calls the thing with this displayName; the list is read from stdin
    awk -F'\t' -v wanted="$1" '$2 == wanted && !seen { print $1; seen = 1 }'
}

put_policy() { # NAME FILE
    local id
    id=$(called "$1" <"$scratch/policies")
    if [[ $id ]]; then
        cloud alpha monitoring policies update "$id" --policy-from-file="$2"
    else
        cloud alpha monitoring policies create --policy-from-file="$2"
    fi
}

put_dashboard() { # NAME FILE; an update must say which version it replaces
    local id etag
    id=$(called "$1" <"$scratch/dashboards")
    if [[ $id ]]; then
        etag=$(ask monitoring dashboards describe "$id" --format='value(etag)')
        sed -i "1s/.*/{ \"etag\": \"$etag\",/" "$2"
        cloud monitoring dashboards update "$id" --config-from-file="$2"
    else
        cloud monitoring dashboards create --config-from-file="$2"
    fi
}

channel_of_operator() {
    if $offline; then return; fi
    listed beta monitoring channels list --format='value(name,displayName)' >"$scratch/channels"
    called "$ours operator" <"$scratch/channels"
}

make_channel() { # Google's own mail, so that it arrives when SendGrid is what is down
    if ! [[ ${operator_address:-} ]]; then
        say 'OPERATOR_ADDRESS is not set: nobody is told of alerts'
        return
    fi
    cloud beta monitoring channels create --display-name="$ours operator" --type=email \
        --channel-labels="email_address=$operator_address" --user-labels="$labels"
}

put_uptime_check() {
    local id host
    if ! [[ ${public_host:-} ]]; then return; fi
    listed monitoring uptime list-configs --format='value(name,displayName,monitoredResource.labels.host)' \
        >"$scratch/uptime"
    id=$(called "$ours web" <"$scratch/uptime")
    host=$(awk -F'\t' -v id="$id" '$1 == id { print $3 }' "$scratch/uptime")
    if [[ $id && $host == "$public_host" ]]; then return; fi
    if [[ $id ]]; then cloud monitoring uptime delete "$id"; fi
    cloud monitoring uptime create "$ours web" --resource-type=uptime-url \
        --resource-labels="host=$public_host,project_id=$project" --protocol=https --path=/ --validate-ssl=true \
        --period=5 --timeout=10 --regions=usa-oregon,usa-virginia,europe --user-labels="$labels"
}

put_budget() { # CHANNEL
    local account id amount=${budget:-0} share rules=() channels=()
    if ((amount == 0)); then return; fi
    account=$(billing_account)
    id=$(budget_of "$account")
    if [[ $id ]]; then
        cloud billing budgets update "$id" --budget-amount="$amount"
        return
    fi
    for share in "${spent[@]}"; do rules+=(--threshold-rule="percent=$share"); done
    if [[ $1 ]]; then channels=(--notifications-rule-monitoring-notification-channels="$1"); fi
    cloud billing budgets create --billing-account="$account" --display-name="$ours $project" \
        --budget-amount="$amount" --filter-projects="projects/$project" "${rules[@]}" "${channels[@]}"
}

billing_account() {
    local account=billingAccounts/BILLING-ACCOUNT
    if ! $offline; then
        account=$(ask billing projects describe "$project" --format='value(billingAccountName)')
    fi
    printf '%s' "${account#*/}"
}

budget_of() { # ACCOUNT
    listed billing budgets list --billing-account="$1" --format='value(name,displayName)' | called "$ours $project"
}

remove_monitoring() { # policies before their metrics and channel
    local id name
    remove_listed 'alpha monitoring policies' list
    remove_listed 'monitoring dashboards' list
    remove_listed 'monitoring uptime' list-configs
    remove_listed 'beta monitoring channels' list
    listed logging metrics list --format='value(name)' >"$scratch/metrics"
    while IFS= read -r -u3 name; do
        if [[ $name == capitolscope_* ]]; then cloud logging metrics delete "$name"; fi
    done 3<"$scratch/metrics"
    id=$(budget_of "$(billing_account)")
    if [[ $id ]]; then cloud billing budgets delete "$id"; fi
}

remove_listed() { # GROUP VERB: all of the group whose name is ours
    local group id name
    read -r -a group <<<"$1"
    listed "${group[@]}" "$2" --format='value(name,displayName)' >"$scratch/doomed"
    while IFS=$'\t' read -r -u3 id name; do
        if [[ $name == "$ours"* ]]; then cloud "${group[@]}" delete "$id"; fi
    done 3<"$scratch/doomed"
}
