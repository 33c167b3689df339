# shellcheck shell=bash
# The functions: each a Cloud Run service of its own, from a bundle that holds only what it needs.

room_functions() { # [FUNCTION...]: those named, else every one; side by side, as each build takes minutes
    local name access concurrency timeout memory cpu most chosen=() pending=() failed=() _
    while IFS=$'\t' read -r -u3 name _; do
        if is_chosen "$name" "$@"; then chosen+=("$name"); fi
    done 3< <(fact function)
    bundle "${chosen[@]}"
    while IFS=$'\t' read -r -u3 name access concurrency timeout memory cpu most; do
        if ! is_chosen "$name" "${chosen[@]}"; then continue; fi
        if $acting; then
            (deploy_function_beside_others) &
            pending+=("$name:$!")
        else
            deploy_function
        fi
    done 3< <(fact function)
    for name in "${pending[@]+"${pending[@]}"}"; do
        if ! wait "${name#*:}"; then failed+=("${name%:*}"); fi
    done
    if ((${#failed[@]})); then die "not deployed: ${failed[*]}; why is said above"; fi
}

deploy_function_beside_others() { # with a place of its own for what gcloud says
    scratch=$scratch/$name
    mkdir -p "$scratch"
    deploy_function
}

is_chosen() { # NAME [CHOSEN...]: whether it is among them; none chosen = all
    local name=$1
    shift
    if (($# == 0)); then return; fi
    printf '%s\n' "$@" | grep -Fqx "$name"
}

deploy_function() {
    local service secrets options=()
    service=$(service_of "$name")
    case $access in
        public) options+=(--allow-unauthenticated) ;;
        *) options+=(--no-allow-unauthenticated) ;;
    esac
    add_network
    secrets=$(pinned_secrets "$name")
    if [[ $secrets ]]; then options+=(--set-secrets="$secrets"); fi
    cloud run deploy "$service" --source="build/$name" --function="$name" --base-image=python313 \
        --region="$region" --service-account="$(email_of "$name")" \
        --build-service-account="projects/$project/serviceAccounts/$(email_of build)" \
        --concurrency="$concurrency" --timeout="$timeout" --memory="$memory" --cpu="$cpu" --cpu-boost \
        --min-instances=0 --max-instances="$most" --labels="$labels" \
        --set-env-vars="$(variables_of "$name")" "${options[@]}"
    settle_policy "service:$name" "run services" "$service" --region="$region"
}

add_network() { # to options: the way into the VPC
    if [[ $(given NETWORK) == none ]]; then
        options+=(--clear-network)
    else
        options+=(--network="$(given NETWORK)" --subnet="$(given SUBNET)" --vpc-egress=private-ranges-only)
    fi
}

bundle() { # FUNCTION... or migrate: what is uploaded, in build/
    if $acting; then "$python" -m local.deploy.bundle "$@" --into build >&2; fi
}

variables_of() { # FUNCTION: every plain variable that it gets; one request at a time needs one thread
    local variables=("THREADS=$concurrency") name kind value
    while IFS=$'\t' read -r -u4 name kind; do
        if [[ $kind != plain ]]; then continue; fi
        value=$(value_of "$name" "$1")
        if [[ -n $value ]]; then variables+=("$name=$value"); fi
    done 4< <(reads "$1")
    parted "${variables[@]}"
}

reads() { fact reads | awk -F '\t' -v function_="$1" '$1 == function_ { print $2 "\t" $3 }'; }

value_of() { # SETTING [FUNCTION]: what the operator chose, else what this project's parts are
    local value
    value=$(given "$1")
    if [[ -n $value ]]; then
        printf '%s' "$value"
        return
    fi
    case $1 in
        DATABASE_URL) database_url "$2" ;;
        CLOUD_SQL_INSTANCE) printf '%s' "$project:$region:$instance" ;;
        HISTORY) printf firestore ;;
        GOOGLE_CLOUD_PROJECT) printf '%s' "$project" ;;
        CLOUD_TASKS_QUEUE) queue_path ;;
        TASKS_SERVICE_ACCOUNT) email_of scheduler ;;
        FUNCTION_URL) url_template ;;
        ARCHIVE_URL) printf 'gs://%s/documents' "$(bucket_of_archive)" ;;
        MAIL) printf sendgrid ;;
        PUBLIC_BASE_URL) url_of web ;;
    esac
}

pinned_secrets() { # FUNCTION: NAME=secret:version of each that it reads and that is kept
    local name kind text=
    while IFS=$'\t' read -r -u4 name kind; do
        if [[ $kind == secret ]] && is_kept "$name"; then text+=",$name=$(pin "$name")"; fi
    done 4< <(reads "$1")
    printf '%s' "${text#,}"
}

need_settings() { # before anything is made: what only the operator can say
    local name wanting=()
    for name in CONTACT MAIL_FROM POSTAL_ADDRESS; do
        if [[ -z $(given "$name") ]]; then wanting+=("$name"); fi
    done
    if ((${#wanting[@]} == 0)); then return; fi
    if $acting; then die "these settings are missing: ${wanting[*]}. Type: ./deploy.sh env set NAME=VALUE ..."; fi
    say "not set yet: ${wanting[*]} (./deploy.sh env set NAME=VALUE ...)"
    for name in "${wanting[@]}"; do printf -v "given_$name" NOT-SET-YET; done
}

room_domain() { # a host of the operator's own leads to web
    local host
    host=$(own_host)
    if [[ -z $host ]] || exists beta run domain-mappings describe --domain="$host" --region="$region"; then return; fi
    cloud beta run domain-mappings create --service="$(service_of web)" --domain="$host" --region="$region"
    say "set the DNS records that this shows: gcloud beta run domain-mappings describe --domain=$host --region=$region --project=$project"
}

own_host() { # of PUBLIC_BASE_URL, where it is not one of Google's
    local host
    host=$(given PUBLIC_BASE_URL)
    host=${host#https://}
    if [[ $host != *.run.app ]]; then printf '%s' "$host"; fi
}
