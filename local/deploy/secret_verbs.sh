# shellcheck shell=bash
# Secrets by hand: read from stdin or asked for, never an argument.

verb_secrets() { # set NAME | rotate NAME | check
    case ${1:-} in
        set) set_secret "${2:-}" ;;
        rotate) rotate_secret "${2:-}" ;;
        check) check_secrets ;;
        *) misused "secrets set NAME | secrets rotate NAME | secrets check" ;;
    esac
}

set_secret() {
    local value source
    source=$(source_of "$1")
    if [[ -t 0 ]]; then
        read -r -s -p "$1: " value
        printf '\n' >&2
    else
        value=$(cat)
    fi
    [[ -n $value ]] || die "$1 is empty"
    printf %s "$value" | "$python" -m local.deploy.choices --secret "$1" "$settings"
    begin_secrets
    if [[ $source == *good ]] && is_kept "$1"; then
        die "$1 never changes: with another one, nobody's suppressed address would be known again"
    fi
    keep_secret "$1" "$value"
    say_who_reads "$1"
}

rotate_secret() { # a new key in front of the last one: it signs, and what the last one signed still works
    local key last source
    source=$(source_of "$1")
    if [[ $source != generated ]]; then die "$1 comes from elsewhere: get a new one there, then ./deploy.sh secrets set $1"; fi
    begin_secrets
    $offline || is_kept "$1" || die "$1 is not kept yet; the first deployment makes it"
    key=$(new_key)
    last=$(pin "$1")
    if $acting; then last=$(ask secrets versions access "${last#*:}" --secret="${last%:*}"); fi
    keep_secret "$1" "$key,${last%%,*}"
    say_who_reads "$1"
}

source_of() { # NAME: where it comes from
    local source
    if [[ -z $1 ]]; then misused "secrets set NAME | secrets rotate NAME | secrets check"; fi
    source=$(secret_settings | awk -F '\t' -v name="$1" '$1 == name { print $2 }')
    [[ -n $source ]] || die "$1 is no secret; the settings have: $(secret_settings | cut -f 1 | paste -sd ' ' -)"
    printf '%s' "$source"
}

begin_secrets() { # they come before the first deployment
    cloud services enable secretmanager.googleapis.com
    know_secrets
}

say_who_reads() { # versions are pinned
    say "deployed functions go on with the version that they have: ./deploy.sh deploy$(readers_of "$1")"
}

readers_of() { fact reads | awk -F '\t' -v name="$1" '$2 == name { printf " %s", $1 }'; }

check_secrets() {
    local name source state
    acting=false
    know_secrets
    while IFS=$'\t' read -r -u3 name source; do
        state="none yet; deploy keeps it"
        if [[ $source == given ]]; then state="none, and none is needed"; fi
        if is_needed "$name"; then state="missing: ./deploy.sh secrets set $name"; fi
        if is_kept "$name"; then state=$(pin "$name"); fi
        if $json; then as_json "$name" "$state"; else printf '%-22s %s\n' "$name" "$state"; fi
    done 3< <(secret_settings)
}
