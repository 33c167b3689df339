# shellcheck shell=bash
# What is taken away: functions that the registry no longer knows, and, by destroy, everything.

room_removed() { # lists what is over; --prune removes it
    local kind name
    while IFS=$'\t' read -r -u3 kind name; do
        if $prune; then
            remove_"$kind" "$name"
        else
            say "the registry no longer knows the $kind $name; ./deploy.sh deploy --prune removes it"
        fi
    done 3< <(over)
}

over() {
    local found
    found=$(listed run services list --region="$region" --filter="metadata.labels.$labels" --format='value(metadata.name)')
    unknown job "$(cut -f 1 <<<"$jobs")" "$(fact job | cut -f 2)"
    unknown service "$found" "$(fact function | cut -f 1 | tr _ -)"
}

unknown() { # KIND FOUND KNOWN
    local name
    while read -r name; do
        if [[ -n $name ]] && ! grep -Fqx "$name" <<<"$3"; then printf '%s\t%s\n' "$1" "$name"; fi
    done <<<"$2"
}

remove_job() { cloud scheduler jobs delete "$1" --location="$region"; }

remove_service() {
    cloud run services delete "$1" --region="$region"
    if exists iam service-accounts describe "$(email_of "$1")"; then
        cloud iam service-accounts delete "$(email_of "$1")"
    fi
}
