# shellcheck shell=bash
# Where things are kept beside the database: the archive of documents, the queue, task history, Redis.

room_archive() {
    local bucket
    bucket=gs://$(bucket_of_archive)
    if ! exists storage buckets describe "$bucket"; then
        cloud storage buckets create "$bucket" --location="$region" --uniform-bucket-level-access --public-access-prevention
    fi
    cloud storage buckets update "$bucket" --update-labels="$labels"
    settle_policy bucket "storage buckets" "$bucket"
}

room_queue() {
    local verb=create
    if exists tasks queues describe "$queue" --location="$region"; then verb=update; fi
    # Twenty attempts reach over more than an hour; after that health_check asks again.
    cloud tasks queues "$verb" "$queue" --location="$region" --max-attempts=20 --min-backoff=10s --max-backoff=300s \
        --max-doublings=5 --max-concurrent-dispatches=20 --log-sampling-ratio=1.0
    settle_policy queue "tasks queues" "$queue" --location="$region"
    settle_policy account:scheduler "iam service-accounts" "$(email_of scheduler)"
}

room_firestore() {
    local location
    if [[ $(value_of HISTORY) != firestore ]]; then return; fi
    location=$(given FIRESTORE_LOCATION)
    if [[ $location == region ]]; then location=$region; fi
    if ! exists firestore databases describe --database='(default)'; then
        cloud firestore databases create --location="$location" --type=firestore-native
    fi
    cloud firestore fields ttls update expire_at --collection-group=task_runs --enable-ttl --async
    local indexes fields
    indexes=$(listed firestore indexes composite list --format='value(fields.fieldPath.list())')
    while read -r -u3 fields; do
        make_index "$fields"
    done 3<<<$'task\nstatus\ntask status'
}

make_index() { # FIELD...: of task_runs, with the newest first, as common/runtime/history_firestore asks
    local field options=() paths=
    for field in $1; do
        options+=(--field-config="field-path=$field,order=ascending")
        paths+="$field,"
    done
    if grep -Eqx "${paths}expire_at(,__name__)?" <<<"$indexes"; then return; fi
    cloud firestore indexes composite create --collection-group=task_runs --query-scope=collection "${options[@]}" \
        --field-config=field-path=expire_at,order=descending --async
}

begin_redis() { # it takes minutes; the rest goes on meanwhile
    if [[ $(given REDIS) == url ]] || exists redis instances describe "$redis" --region="$region"; then return; fi
    # noeviction: what Redis holds are locks and a queue, never a cache.
    cloud redis instances create "$redis" --region="$region" --tier=basic --size="$(given REDIS_GIB)" \
        --redis-version=redis_7_2 --network="$(given NETWORK)" --enable-auth --labels="$labels" \
        --redis-config=maxmemory-policy=noeviction --async
}

room_redis() { # waits for it, and keeps its URL with its password as a secret
    if [[ $(given REDIS) == url ]]; then return; fi
    local host password
    host=10.0.0.3:6379 password=
    if ! $offline && { $acting || exists redis instances describe "$redis" --region="$region"; }; then
        await READY Redis redis instances describe "$redis" --region="$region"
        host=$(ask redis instances describe "$redis" --region="$region" --format='value[separator=":"](host,port)')
        password=$(ask redis instances get-auth-string "$redis" --region="$region" --format='value(authString)')
    fi
    keep_secret REDIS_URL "redis://:$password@$host/0"
}

await() { # STATE WHAT DESCRIBE...: until it is in that state; Google says 20 minutes at most
    local wanted=$1 what=$2 state _
    shift 2
    if ! $acting; then return; fi
    for _ in {1..120}; do
        state=$(ask "$@" --format='value(state)')
        if [[ $state == "$wanted" ]]; then return; fi
        say "$what is $state; waiting until it is $wanted"
        sleep 10
    done
    die "$what is still $state after 20 minutes: look at it with: gcloud $(quoted "$@" --project="$project")"
}
