# shellcheck shell=bash
# Secrets: kept in Secret Manager, given to functions by pinned version, and never an argument of any command.

# Lines of NAME, secret and version: what functions get.
know_secrets() {
    local found name _ version
    pinned=
    found=$(listed secrets list --filter="labels.$labels" --format='value(name.basename())')
    while IFS=$'\t' read -r -u3 name _; do
        if ! among "$(secret_of "$name")" "$found"; then continue; fi
        version=$(newest_version "$name")
        if [[ -n $version ]]; then pinned+="$name"$'\t'"$version"$'\n'; fi
    done 3< <(secret_settings)
}

secret_settings() { fact secret; } # lines of NAME and where it comes from

newest_version() {
    listed secrets versions list "$(secret_of "$1")" --filter=state=ENABLED --sort-by=~createTime --limit=1 \
        --format='value(name.basename())'
}

is_kept() { [[ $'\n'$pinned == *$'\n'"$1"$'\t'* ]]; }

pin() { # NAME: secret and version, for --set-secrets
    local version=1 rest=$'\n'$pinned
    if is_kept "$1"; then
        version=${rest#*$'\n'"$1"$'\t'}
        version=${version%%$'\n'*}
    fi
    printf '%s:%s' "$(secret_of "$1")" "$version"
}

room_secrets() { # makes what can be made up, and says at once what only the operator can give
    local name source key wanting=()
    while IFS=$'\t' read -r -u3 name source; do
        if is_kept "$name"; then continue; fi
        if [[ $source == generated* ]]; then
            key=$(new_key)
            keep_secret "$name" "$key"
        elif is_needed "$name"; then
            wanting+=("$name")
        fi
    done 3< <(secret_settings)
    if ((${#wanting[@]})); then need_secrets "${wanting[@]}"; fi
}

is_needed() {
    case $1 in
        SENDGRID_API_KEY) [[ $(value_of MAIL) == sendgrid ]] ;;
        ALPACA_SECRET_KEY) [[ -n $(given ALPACA_KEY_ID) ]] ;;
        DATABASE_URL) ! has_own_database ;;
        REDIS_URL) [[ $(given REDIS) == url ]] ;;
        *) false ;;
    esac
}

need_secrets() {
    if $acting; then die "these secrets are missing: $*. Type for each: ./deploy.sh secrets set NAME"; fi
    local name
    for name in "$@"; do
        say "not kept yet: $name (./deploy.sh secrets set $name)"
        pinned+="$name"$'\t1\n'
    done
}

new_key() {
    if $acting; then "$python" -m local.deploy.facts --settings "$settings" --key; else printf key; fi
}

keep_secret() { # NAME VALUE: as a new version, unless it is the newest already
    local secret version=1 kept
    secret=$(secret_of "$1")
    if is_kept "$1"; then
        if ! $acting; then return; fi
        version=$(pin "$1")
        kept=$(ask secrets versions access "${version#*:}" --secret="$secret")
        if [[ $kept == "$2" ]]; then return; fi
    elif ! exists secrets describe "$secret"; then
        cloud secrets create "$secret" --replication-policy=automatic --labels="$labels"
    fi
    feed "$2" secrets versions add "$secret" --data-file=-
    if $acting; then version=$(newest_version "$1"); fi
    pinned=$(awk -F '\t' -v name="$1" '$1 != name' <<<"$pinned")$'\n'"$1"$'\t'"$version"$'\n'
}

room_accessors() { # each secret's readers
    local name _
    while IFS=$'\t' read -r -u3 name _; do
        if is_kept "$name"; then settle_policy "secret:$name" secrets "$(secret_of "$name")"; fi
    done 3< <(secret_settings)
}
