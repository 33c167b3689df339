# shellcheck shell=bash
# The project itself: which APIs are on, who acts in it, and who may do what.

readonly apis=(
    run cloudbuild artifactregistry cloudscheduler cloudtasks secretmanager sqladmin redis firestore
    storage compute iam logging monitoring cloudresourcemanager cloudbilling billingbudgets cloudquotas
)

room_project() {
    cloud services enable "${apis[@]/%/.googleapis.com}"
    know_project
}

know_project() { # the number that is part of every function's URL
    if ((number)); then return; fi
    number=123456789012
    if ! $offline; then number=$(ask projects describe "$project" --format='value(projectNumber)'); fi
}

room_accounts() {
    local found who
    found=$(listed iam service-accounts list --format='value(email)')
    while read -r -u3 who; do
        if among "$(email_of "$who")" "$found"; then continue; fi
        cloud iam service-accounts create "$(account_of "$who")" --display-name="CapitolScope: $who"
    done 3< <(accounts)
}

accounts() { # every one that acts, once
    fact function | cut -f 1
    printf '%s\n' scheduler migrate build
}
