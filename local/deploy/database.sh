# shellcheck shell=bash
# The database: a Cloud SQL instance whose logins are the functions' own accounts, without a password; and its schema.

has_own_database() { [[ $(given DATABASE) == cloudsql ]]; }
has_database() { exists sql instances describe "$instance"; }
can_ask_database() { ! $offline && { $acting || has_database; }; }

begin_database() { # it takes minutes; the rest goes on meanwhile
    if ! has_own_database || has_database; then return; fi
    # 15: the last version whose administrator is sure to be able to lend pg_signal_backend (roles.tsv).
    cloud sql instances create "$instance" --database-version=POSTGRES_15 --edition=enterprise \
        --tier="$(given DATABASE_TIER)" --region="$region" --storage-size=10 --storage-auto-increase \
        --database-flags=cloudsql.iam_authentication=on,max_connections=100 --connector-enforcement=REQUIRED \
        --backup --backup-start-time=09:00 --retained-backups-count=14 --enable-point-in-time-recovery \
        --deletion-protection --async
}

room_database() {
    if ! has_own_database; then return; fi
    await RUNNABLE "the database" sql instances describe "$instance"
    if ! exists sql databases describe "$database" --instance="$instance"; then
        cloud sql databases create "$database" --instance="$instance"
    fi
    make_logins
    lend_rights
}

make_logins() {
    local found who
    found=$(listed sql users list --instance="$instance" --format='value(name)')
    while read -r -u3 who; do
        if among "$(login_of "$who")" "$found"; then continue; fi
        cloud sql users create "$(login_of "$who")" --instance="$instance" --type=cloud_iam_service_account
    done 3< <(logins)
}

logins() { # who reads DATABASE_URL: every function, and whoever makes its tables
    fact reads | awk -F '\t' '$2 == "DATABASE_URL" { print $1 }'
    printf '%s\n' migrate
}

# Only PostgreSQL's administrator can say who may make tables. He has no password here; an import runs in his name. What he
# last said is kept beside the archive.
lend_rights() {
    local bucket said wanted robot
    bucket=gs://$(bucket_of_archive)
    wanted=$(rights)
    said=$(listed storage cat "$bucket/deploy/rights.sql")
    if [[ $said == "$wanted" ]]; then return; fi
    robot=p$number-robot@gcp-sa-cloud-sql.iam.gserviceaccount.com
    if can_ask_database; then robot=$(ask sql instances describe "$instance" --format='value(serviceAccountEmailAddress)'); fi
    feed "$wanted" storage cp - "$bucket/deploy/asked.sql"
    cloud storage buckets add-iam-policy-binding "$bucket" --member="serviceAccount:$robot" \
        --role=roles/storage.objectViewer --format=none
    cloud sql import sql "$instance" "$bucket/deploy/asked.sql" --database="$database" --user=postgres
    cloud storage buckets remove-iam-policy-binding "$bucket" --member="serviceAccount:$robot" \
        --role=roles/storage.objectViewer --format=none
    cloud storage mv "$bucket/deploy/asked.sql" "$bucket/deploy/rights.sql"
}

rights() { # the date of the instance is part of it: a new one has heard nothing yet
    local made=now who where right _
    if can_ask_database; then made=$(ask sql instances describe "$instance" --format='value(createTime)'); fi
    printf -- '-- the instance made at %s\n' "$made"
    while IFS=$'\t' read -r -u3 who where right _; do
        if [[ $where == database ]]; then printf 'GRANT %s TO "%s";\n' "$right" "$(login_of "$who")"; fi
    done 3< <(fact role)
}

database_url() { # ACCOUNT: what it connects with
    local login
    login=$(login_of "$1")
    printf 'postgresql+pg8000://%s@/%s' "${login/@/%40}" "$database"
}

room_migration() { # the schema first, by a job of its own: code N-1 runs on schema N
    bundle migrate
    local variables=("GRANT_TO=$(granted_logins)")
    local options=()
    add_network
    if has_own_database; then
        variables+=("DATABASE_URL=$(database_url migrate)" "CLOUD_SQL_INSTANCE=$project:$region:$instance")
    else
        options+=(--set-secrets="DATABASE_URL=$(pin DATABASE_URL)")
    fi
    cloud run jobs deploy "$migration" --source=build/migrate --region="$region" \
        --service-account="$(email_of migrate)" --max-retries=0 --task-timeout=15m --labels="$labels" \
        --set-env-vars="$(parted "${variables[@]}")" "${options[@]}"
    cloud run jobs execute "$migration" --region="$region" --wait
}

granted_logins() { # who may read and write the tables that the migration makes
    local who text=
    if ! has_own_database; then return; fi
    while read -r -u3 who; do
        if [[ $who != migrate ]]; then text+=",$(login_of "$who")"; fi
    done 3< <(logins)
    printf '%s' "${text#,}"
}

parted() { # NAME=VALUE...: as --set-env-vars takes them when values hold commas
    local variable text=
    for variable in "$@"; do text+=";;$variable"; done
    printf '^;;^%s' "${text#;;}"
}
