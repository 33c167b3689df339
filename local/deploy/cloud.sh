# shellcheck shell=bash
# The one door to gcloud: what changes something, what only looks, and what is said when a command fails.

# Google needs a while to see what was just made; then the same command is tried again after so many seconds.
readonly pauses=(3 5 8 13 21 34 55 89 0)
readonly api_is_off='SERVICE_DISABLED|has not been used in project|is disabled\. Enable it'
readonly settling="$api_is_off|service account .* does not exist|Cannot find metric|required permissions for the bucket"
readonly refused='PERMISSION_DENIED|HTTPError 403|does not have permission'
readonly absent='NOT_FOUND|[Nn]ot found|404|does not exist|Cannot find|matched no objects'
input= # what the next command reads from stdin

cloud() { # ARGUMENT...: change something; where nothing may be changed, show how it would be
    if ! $acting; then
        show "$@"
        return
    fi
    say "gcloud $(quoted "$@")"
    attempt "$@" || fail "$@"
}

feed() { # VALUE ARGUMENT...: the same, with VALUE on its stdin, so that no argument holds it
    local input=$1
    shift
    cloud "$@"
}

ask() { # ARGUMENT...: print what the project says
    attempt "$@" || fail "$@"
}

look() { # ARGUMENT...: the same, for a person to read
    if $offline; then show "$@"; else ask "$@"; fi
}

exists() { # KIND... NAME [ARGUMENT...]: whether there is one; what is not asked is supposed
    if $offline; then
        $supposing_all
        return
    fi
    set -- "$@" --format='value(name)'
    if attempt "$@" >/dev/null; then return; fi
    is_absent || fail "$@"
    return 1
}

listed_or() { # SUPPOSED ARGUMENT...: print what there is, a line each; where nobody is asked, SUPPOSED if all is there
    local supposed=$1
    shift
    if ! $offline; then listed "$@"; elif $supposing_all; then printf '%s\n' "$supposed"; fi
}

listed() { # ARGUMENT...: print what there is, a line each
    if $offline || attempt "$@"; then return; fi
    is_absent || fail "$@"
}

is_absent() { # by the last message; a switched-off API has nothing
    if grep -Eq "$api_is_off" "$scratch/message"; then return; fi
    ! grep -Eq "$refused" "$scratch/message" && grep -Eq "$absent" "$scratch/message"
}

attempt() {
    local pause
    for pause in "${pauses[@]}"; do
        if printf '%s' "$input" | gcloud "$@" --project="$project" --quiet 2>"$scratch/message"; then return; fi
        if ! $acting || ((pause == 0)) || ! grep -Eqi "$settling" "$scratch/message"; then return 1; fi
        say "Google has not seen yet what was just made; again in $pause s"
        sleep "$pause"
    done
}

show() {
    if $json; then
        as_json gcloud "$@" --project="$project" --quiet
    else
        printf 'gcloud %s%s\n' "$(quoted "$@" --project="$project" --quiet)" "${input:+ < ...}"
    fi
}

as_json() { # TEXT...: a list of them; none holds a control character
    local text line=
    for text in "$@"; do
        text=${text//\\/\\\\}
        line+=", \"${text//\"/\\\"}\""
    done
    printf '[%s]\n' "${line#, }"
}

quoted() { # as a person would write it, so that it can be read and pasted
    local argument text=
    for argument in "$@"; do
        case $argument in
            *[!A-Za-z0-9_./:=@%+,-]* | '') text+=" '${argument//\'/\'\\\'\'}'" ;;
            *) text+=" $argument" ;;
        esac
    done
    printf '%s' "${text# }"
}

fail() { # ARGUMENT...: the command that failed; $scratch/message is what it said
    say "this command failed: gcloud $(quoted "$@" --project="$project" --quiet)"
    cat "$scratch/message" >&2
    die "$(advice)"
}

advice() {
    local pattern what
    while IFS=$'\t' read -r -u3 pattern what; do
        if grep -Eqi "$pattern" "$scratch/message"; then
            printf '%s' "$what"
            return
        fi
    done 3<"$root/local/deploy/advice.tsv"
    printf 'mend what it says, then type the same ./deploy.sh command again: it goes on where it stopped'
}
