# shellcheck shell=bash
# Who may do what: each policy of ours comes to say what roles.tsv says, no less and no more.

room_roles() { settle_policy project projects "$project"; }

settle_policy() { # WHERE GROUP NAME [ARGUMENT...]: grant what is missing, take back what is no longer said
    local where=$1 found wanted
    shift
    found=$(bindings "$@")
    wanted=$(wanted_at "$where")
    change_policy add "$wanted" "$found" "$@"
    change_policy remove "$(of_our_accounts <<<"$found")" "$wanted" "$@"
}

of_our_accounts() { awk '/^serviceAccount:capitolscope-/'; }

bindings() { # GROUP NAME [ARGUMENT...]: lines of member and role
    local group
    read -r -a group <<<"$1"
    shift
    listed "${group[@]}" get-iam-policy "$@" --flatten='bindings[].members' \
        --format='value(bindings.members,bindings.role)'
}

wanted_at() { # WHERE: the same lines, by roles.tsv
    local who where role _
    while IFS=$'\t' read -r -u4 who where role _; do
        if [[ $where == "$1" ]]; then printf 'serviceAccount:%s\t%s\n' "$(email_of "$who")" "$role"; fi
    done 4< <(fact role)
}

change_policy() { # add|remove LINES BUT GROUP NAME [ARGUMENT...]: those of LINES that are not in BUT
    local verb=$1 lines=$2 but=$3 group member role options=(--format=none)
    read -r -a group <<<"$4"
    shift 4
    # Else gcloud asks which condition is meant, where the project has bindings with conditions.
    if [[ ${group[*]} == projects ]]; then options+=(--condition=None); fi
    while IFS=$'\t' read -r -u4 member role; do
        if [[ -z $member ]] || among "$member"$'\t'"$role" "$but"; then continue; fi
        cloud "${group[@]}" "$verb-iam-policy-binding" "$@" --member="$member" --role="$role" "${options[@]}"
    done 4<<<"$lines"
}

revoke_all() { # WHO: what it may do in the project; of an account that others use too, what we granted
    local found member
    member=serviceAccount:$(email_of "$1")
    if $supposing_all; then found=$(wanted_at project); else found=$(bindings projects "$project"); fi
    found=$(awk -F '\t' -v member="$member" '$1 == member' <<<"$found")
    if [[ $1 == compute ]]; then found=$(both "$found" "$(wanted_at project)"); fi
    change_policy remove "$found" '' projects "$project"
}

both() { sort <(printf '%s\n' "$1") <(printf '%s\n' "$2") | uniq -d; } # LINES LINES: those that are in each
