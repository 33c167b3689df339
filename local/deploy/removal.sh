# shellcheck shell=bash
# What is taken away: functions that the registry no longer knows, and, by destroy, everything.

room_removed() { # lists what is over; --prune removes it
    local kind name found over
    found=$(our_services)
    over=$(
        unknown job "$(cut -f 1 <<<"$jobs")" "$(fact job | cut -f 2)"
        unknown service "$found" "$(fact function | cut -f 1 | tr _ -)"
    )
    while IFS=$'\t' read -r -u3 kind name; do
        if [[ -z $kind ]]; then continue; fi
        if $prune; then
            "remove_$kind" "$name"
        else
            say "the registry no longer knows the $kind $name; ./deploy.sh deploy --prune removes it"
        fi
    done 3<<<"$over"
}

our_services() {
    listed_or "$(fact function | cut -f 1 | tr _ -)" run services list --region="$region" --filter="metadata.labels.$labels" --format='value(metadata.name)'
}

unknown() { # KIND FOUND KNOWN
    local name
    while read -r name; do
        if [[ -n $name ]] && ! among "$name" "$3"; then printf '%s\t%s\n' "$1" "$name"; fi
    done <<<"$2"
}

remove_job() { cloud scheduler jobs delete "$1" --location="$region"; }

remove_service() { # with all that was made for it
    cloud run services delete "$1" --region="$region"
    remove_image "$1"
    remove_sources "services/$1"
    remove_log_view "$1"
    remove_login "$1"
    remove_account "$1"
}

remove_image() {
    if exists artifacts packages describe "$1" --repository="$images" --location="$region"; then
        cloud artifacts docker images delete "$region-docker.pkg.dev/$project/$images/$1" --delete-tags
    fi
}

remove_sources() { # FOLDER: what gcloud uploaded for its builds
    local folder found
    folder=gs://$(bucket_of_sources)/$1
    found=$(listed_or "$folder" storage ls "$folder/**")
    if [[ -n $found ]]; then cloud storage rm --recursive "$folder"; fi
}

remove_login() { # FUNCTION: its login in the database
    local found
    if ! has_own_database; then return; fi
    found=$(listed sql users list --instance="$instance" --format='value(name)')
    if among "$(login_of "$1")" "$found"; then
        cloud sql users delete "$(login_of "$1")" --instance="$instance"
    fi
}

remove_account() { # FUNCTION, scheduler, ...: with what it may do in the project
    revoke_all "$1"
    if exists iam service-accounts describe "$(email_of "$1")"; then
        cloud iam service-accounts delete "$(email_of "$1")"
    fi
}
