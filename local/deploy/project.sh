# shellcheck shell=bash
# The project itself: which APIs are on, who acts in it, and who may do what.

readonly apis=(
    run cloudbuild artifactregistry cloudscheduler cloudtasks secretmanager sqladmin redis firestore
    storage compute iam logging monitoring cloudresourcemanager cloudbilling billingbudgets
)

room_project() {
    cloud services enable "${apis[@]/%/.googleapis.com}"
    know_project
}

know_project() { # the number that is part of every function's URL
    number=123456789012
    if ! $offline; then number=$(ask projects describe "$project" --format='value(projectNumber)'); fi
    readonly number
}

room_accounts() {
    local found who
    found=$(listed iam service-accounts list --format='value(email)')
    while read -r -u3 who; do
        if grep -Fqx "$(email_of "$who")" <<<"$found"; then continue; fi
        cloud iam service-accounts create "$(account_of "$who")" --display-name="CapitolScope: $who"
    done 3< <(accounts)
}

accounts() { # every one that acts, once
    fact function | cut -f 1
    printf '%s\n' scheduler migrate build
}

# Grants what roles.tsv says of the whole project, and takes back what it no longer says.
room_roles() {
    local found wanted
    found=$(granted)
    wanted=$(project_roles)
    change_roles add "$wanted" "$found"
    change_roles remove "$found" "$wanted"
}

granted() { # lines of member and role: what our accounts may do in the project
    listed projects get-iam-policy "$project" --flatten='bindings[].members' \
        --filter='bindings.members:serviceAccount:capitolscope-' --format='value(bindings.members,bindings.role)'
}

change_roles() { # add|remove WANTED BUT: lines that are in WANTED and not in BUT
    local member role
    while IFS=$'\t' read -r -u3 member role; do
        if [[ -z $member ]] || grep -Fqx "$member"$'\t'"$role" <<<"$3"; then continue; fi
        cloud projects "$1-iam-policy-binding" "$project" --member="$member" --role="$role" --condition=None \
            --format=none
    done 3<<<"$2"
}

project_roles() {
    local who where role _
    while IFS=$'\t' read -r -u3 who where role _; do
        if [[ $where == project ]]; then printf 'serviceAccount:%s\t%s\n' "$(email_of "$who")" "$role"; fi
    done 3< <(fact role)
}

# Grants what roles.tsv says of one thing; Google takes a grant that is there already as done.
grant_on() { # WHERE COMMAND...: add-iam-policy-binding on it
    local place=$1 who where role _
    shift
    while IFS=$'\t' read -r -u3 who where role _; do
        if [[ $where != "$place" ]]; then continue; fi
        cloud "$@" --member="serviceAccount:$(email_of "$who")" --role="$role" --format=none
    done 3< <(fact role)
}
