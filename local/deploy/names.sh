# shellcheck shell=bash
# What everything of ours is called in a project; the only place that knows.
# shellcheck disable=SC2034  # the other rooms read these

readonly instance=capitolscope database=capitolscope redis=capitolscope queue=capitolscope
readonly migration=capitolscope-migrate
readonly labels=app=capitolscope
readonly images=cloud-run-source-deploy # where `gcloud run deploy --source` keeps what it built

service_of() { printf '%s' "${1//_/-}"; } # FUNCTION: its Cloud Run service; common's FUNCTION_URL relies on it

account_of() { # FUNCTION, scheduler, migrate or build: whom it acts as; Google takes 30 characters
    local name=capitolscope-${1//_/-}
    name=${name:0:30}
    printf '%s' "${name%-}"
}

email_of() { # the same, or compute, who builds a job's container: gcloud takes no other for that
    case $1 in
        compute) printf '%s-compute@developer.gserviceaccount.com' "$number" ;;
        *) printf '%s@%s.iam.gserviceaccount.com' "$(account_of "$1")" "$project" ;;
    esac
}

login_of() { printf '%s@%s.iam' "$(account_of "$1")" "$project"; } # an account's name in Cloud SQL for PostgreSQL

secret_of() { # SETTING: where its value is kept
    local name=$1
    if ((BASH_VERSINFO[0] > 3)); then name=${name,,}; else name=$(tr '[:upper:]' '[:lower:]' <<<"$name"); fi
    printf 'capitolscope-%s' "${name//_/-}"
}

bucket_of_archive() { printf '%s-capitolscope-archive' "$project"; }
bucket_of_sources() { printf 'run-sources-%s-%s' "$project" "$region"; } # gcloud's own name for what it uploads
queue_path() { printf 'projects/%s/locations/%s/queues/%s' "$project" "$region" "$queue"; }
url_template() { printf 'https://{function}-%s.%s.run.app' "$number" "$region"; }
url_of() { printf 'https://%s-%s.%s.run.app' "$(service_of "$1")" "$number" "$region"; }
