# shellcheck shell=bash
# What watches the rest: log-based metrics, alert policies, dashboards, the uptime check of web.
# Policies exist in `gcloud alpha` alone, channels in `beta`; what there is, is asked once per kind.

readonly ours=CapitolScope # what the names of all that is made here begin with

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
    remove_other_channels
}

stage_monitors() { # CHANNEL: writes what the API takes, and lists it in $scratch/monitors
    local options=()
    if [[ $1 ]]; then options=(--channel "$1"); fi
    "$python" -P -m local.deploy.monitors --project "$project" --host "$(public_host)" \
        --into build/monitoring "${options[@]+"${options[@]}"}" >"$scratch/monitors"
}

public_host() { # the name by which people reach the one function that is open to them
    local url
    url=$(given PUBLIC_BASE_URL)
    if ! [[ $url ]]; then url=$(url_of "$(fact function | awk -F'\t' '$2 == "public" { print $1 }')"); fi
    printf '%s' "${url#https://}"
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
        printf '{ "etag": "%s",\n' "$etag" >"$scratch/dashboard"
        tail -n +2 "$2" >>"$scratch/dashboard"
        cp "$scratch/dashboard" "$2"
        cloud monitoring dashboards update "$id" --config-from-file="$2"
    else
        cloud monitoring dashboards create --config-from-file="$2"
    fi
}

put_uptime_check() {
    local id host wanted
    wanted=$(public_host)
    listed monitoring uptime list-configs --format='value(name,displayName,monitoredResource.labels.host)' \
        >"$scratch/uptime"
    id=$(called "$ours web" <"$scratch/uptime")
    host=$(awk -F'\t' -v id="$id" '$1 == id { print $3 }' "$scratch/uptime")
    if [[ $id && $host == "$wanted" ]]; then return; fi
    if [[ $id ]]; then cloud monitoring uptime delete "$id"; fi
    cloud monitoring uptime create "$ours web" --resource-type=uptime-url \
        --resource-labels="host=$wanted,project_id=$project" --protocol=https --path=/ --validate-ssl=true \
        --period=5 --timeout=10 --regions=usa-oregon,usa-virginia,europe --user-labels="$labels"
}

remove_monitoring() { # policies before their metrics and channel
    local name place=projects/$project
    stage_monitors ''
    remove_listed 'alpha monitoring policies' list "$(staged policy "$place/alertPolicies/POLICY")"
    remove_listed 'monitoring dashboards' list "$(staged dashboard "$place/dashboards/DASHBOARD")"
    remove_listed 'monitoring uptime' list-configs "$place/uptimeCheckConfigs/CHECK"$'\t'"$ours web"
    remove_listed 'beta monitoring channels' list "$place/notificationChannels/CHANNEL"$'\t'"$ours operator"
    listed_or "$(staged metric '' | cut -f 2)" logging metrics list --format='value(name)' >"$scratch/metrics"
    while IFS= read -r -u3 name; do
        if [[ $name == capitolscope_* ]]; then cloud logging metrics delete "$name"; fi
    done 3<"$scratch/metrics"
    remove_budget
}

staged() { # KIND ID: what would be listed of it if all were there
    awk -F'\t' -v kind="$1" -v id="$2" '$1 == kind { print id "\t" $2 }' "$scratch/monitors"
}

remove_log_view() { # FUNCTION, as its service is called
    local found id
    found=$(listed monitoring dashboards list --format='value(name,displayName)')
    id=$(called "$ours log: ${1//-/_}" <<<"$found")
    if [[ $id ]]; then cloud monitoring dashboards delete "$id"; fi
}

remove_listed() { # GROUP VERB SUPPOSED: all of the group whose name is ours
    local group id name
    read -r -a group <<<"$1"
    listed_or "$3" "${group[@]}" "$2" --format='value(name,displayName)' >"$scratch/doomed"
    while IFS=$'\t' read -r -u3 id name; do
        if [[ $name == "$ours"* ]]; then cloud "${group[@]}" delete "$id"; fi
    done 3<"$scratch/doomed"
}
