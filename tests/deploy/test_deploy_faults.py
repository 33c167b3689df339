"""Faults seeded into copies of deploy.sh: for each, the check that is there to catch it does.

A fault is an edit of one place: a file, what stands there, what is put in its place.
"""

import pytest

from tests.support.deploy_checks import Deployed, faults
from tests.support.deploying import SENDGRID_KEY, Tree, leaks
from tests.support.gcloud.cloud import Fault

ROOMS = "local/deploy/"
FUNCTIONS, SCHEDULES, SECRETS = ROOMS + "functions.sh", ROOMS + "schedules.sh", ROOMS + "secrets.sh"
STORES, CLOUD, VERBS = ROOMS + "stores.sh", ROOMS + "cloud.sh", ROOMS + "verbs.sh"
FACTS, ROLES, DATABASE, NAMES = (
    ROOMS + "facts.py",
    ROOMS + "roles.tsv",
    ROOMS + "database.sh",
    ROOMS + "names.sh",
)
Edit = tuple[str, str, str]

IN_THE_PLAN: dict[str, tuple[str, Edit]] = {
    "a wrong flag": ("accepted", (FUNCTIONS, "--max-instances=", "--max-instance=")),
    "a flag of another command": ("accepted", (STORES, "--uniform-bucket-level-access", "--cpu-boost")),
    "a missing quote": ("scheduled", (SCHEDULES, r'--schedule="\$schedule"', "--schedule=$schedule")),
    "six cron fields": ("scheduled", (SCHEDULES, r'--schedule="\$schedule"', '--schedule="0 $schedule"')),
    "a public task": ("private", (FUNCTIONS, r"--no-allow-unauthenticated", "--allow-unauthenticated")),
    "a private web": ("private", (FUNCTIONS, r"(public\) options\+=\()--allow", r"\1--no-allow")),
    "no OIDC": ("scheduled", (SCHEDULES, r'--oidc-service-account-email=.* --oidc-token-audience="\$url"', "")),
    "another audience": ("scheduled", (SCHEDULES, r'--oidc-token-audience="\$url"', '--oidc-token-audience="$url/"')),
    "a deadline without leeway": ("scheduled", (FACTS, r"timedelta\(seconds=15\)", "timedelta(0)")),
    "no retries": ("scheduled", (SCHEDULES, r'--max-retry-attempts="\$retries"', "--max-retry-attempts=0")),
    "another zone": ("scheduled", (SCHEDULES, r'--time-zone="\$zone"', "--time-zone=UTC")),
    "a task with ten requests": ("sized", (FACTS, r"concurrency=1, public", "concurrency=10, public")),
    "another memory": ("sized", (FUNCTIONS, r'--memory="\$memory"', "--memory=512Mi")),
    "many threads": ("sized", (FUNCTIONS, r"THREADS=\$concurrency", "THREADS=8")),
    "an idle instance": ("sized", (FUNCTIONS, "--min-instances=0", "--min-instances=1")),
    "a secret in plain text": ("pinned", (FACTS, r'name == "redis_url" or ', "")),
    "an unpinned secret": ("pinned", (SECRETS, r"'%s:%s'", "'%s:latest'")),
    "a role too wide": ("least", (ROLES, "roles/cloudsql.client(?=\tconnects.*\nCLOUD)", "roles/cloudsql.admin")),
    "an owner": ("least", (ROLES, "roles/datastore.user", "roles/editor")),
    "secrets for the whole project": (
        "least",
        (ROLES, r"\Z", "HISTORY\tproject\troles/secretmanager.secretAccessor\treads secrets\n"),
    ),
    "one account for all": ("least", (FUNCTIONS, r'--service-account="\$\(email_of "\$name"\)"', '--service-account="$(email_of build)"')),
    "builds as the function": ("least", (FUNCTIONS, r"\$\(email_of build\)", '$(email_of "$name")')),
    "no readers of secrets": ("readers", (VERBS, r"^    room_accessors$", "")),
    "another region": ("here", (FUNCTIONS, r'--region="\$region" --service-account', "--region=us-central1 --service-account")),
    "a bucket elsewhere": ("here", (STORES, r'create "\$bucket" --location="\$region"', 'create "$bucket" --location=US')),
    "no labels": ("labelled", (NAMES, "labels=app=capitolscope", "labels=app=other")),
    "functions before the schema": ("migrated_first", (VERBS, r"    room_migration\n    room_functions\n", "    room_functions\n    room_migration\n")),
    "schedules before the baseline": ("baseline_first", (SCHEDULES, r"        ask_for_baseline\n        set_going\n", "        set_going\n        ask_for_baseline\n")),
    "no baseline": ("baseline_first", (SCHEDULES, r"^        ask_for_baseline$", "")),
    "no backups": ("kept", (DATABASE, "--backup --", "--")),
    "a database that can be deleted by mistake": ("kept", (DATABASE, "--deletion-protection ", "")),
    "history for ever": ("kept", (STORES, "--enable-ttl", "--disable-ttl")),
    "a missing index": ("kept", (STORES, r"task\\nstatus\\ntask status", r"task\\nstatus")),
    "a job left out": ("complete", (SCHEDULES, r'^        if is_chosen "\$name" "\$@"; then deploy_job; fi', "        :")),
}  # fmt: skip


@pytest.mark.parametrize("fault", IN_THE_PLAN)
def test_the_plan_shows_it(small: Tree, fault: str) -> None:
    check, edit = IN_THE_PLAN[fault]
    small.edit(*edit)

    found = faults(Deployed(small.planned(), ("congressional_sync", "web")))

    assert check in found, found


def test_a_fault_in_the_registry_stops_everything(small: Tree) -> None:
    small.edit("common/tasks.py", r'schedule="0 8-18/2', 'schedule="0 0 8-18/2')

    refused = small.run("deploy")

    assert refused.returncode != 0
    assert "is not five cron fields" in refused.stderr
    assert small.project.calls == []


LEAKS: dict[str, Edit] = {
    "in an argument": (SECRETS, r"^    feed ", '    cloud secrets update "$secret" --update-labels="value=$2"\n    feed '),
    "in the environment": (SECRETS, r"^    feed ", '    export VALUE="$2"\n    feed '),
    "in the log": (SECRETS, r"^    feed ", '    say "keeping $2"\n    feed '),
    "in a file": (SECRETS, r"^    feed ", '    printf %s "$2" >"$root/kept"\n    feed '),
    "in a temporary file": (SECRETS, r"^    feed ", '    printf %s "$2" >"$(mktemp)"\n    feed '),
}  # fmt: skip


@pytest.mark.parametrize("fault", LEAKS)
def test_a_secret_that_leaks_is_found(small: Tree, fault: str) -> None:
    small.edit(*LEAKS[fault])

    done = small.run("secrets", "set", "SENDGRID_API_KEY", stdin=SENDGRID_KEY)

    assert leaks(small.project, small.root, done) != []


def test_an_error_that_is_swallowed_is_found(again: Tree) -> None:
    again.edit(CLOUD, r'^    attempt "\$@" \|\| fail "\$@"\n}\n\nfeed', '    attempt "$@" || true\n}\n\nfeed')
    again.project.faults = [Fault("run jobs execute")]

    done = again.run("db", "migrate")

    assert done.returncode == 0, "the sound one fails: see test_deploy_failures"


def test_a_look_that_fails_and_is_taken_for_absence_is_found(again: Tree) -> None:
    again.edit(CLOUD, r'^    is_absent \|\| fail "\$@"\n    return 1', "    return 1")
    again.project.faults = [Fault("redis instances describe", "PERMISSION_DENIED: no")]

    done = again.run("plan")

    assert "gcloud redis instances create" in done.stdout


def test_entries_that_gcloud_reads_away_are_found(small: Tree) -> None:
    reads_all = '(if [[ $input ]]; then exec < <(printf %s "$input"); fi; exec gcloud \\1)'
    small.edit(CLOUD, r"printf '%s' \"\$input\" \| gcloud (.*--quiet)", reads_all)
    small.edit(
        ROOMS + "project.sh",
        r"read -r -u3 who(.*(?:\n.*){3})done 3< <\(accounts\)",
        r"read -r who\1done < <(accounts)",
    )
    small.must("secrets", "set", "SENDGRID_API_KEY", stdin=SENDGRID_KEY)

    small.run("deploy")

    assert len(small.project.of("iam service-accounts")) == 1


def test_a_dry_run_that_runs_is_found(small: Tree) -> None:
    small.edit(CLOUD, r"^    if ! \$acting; then\n        show", "    if false; then\n        show")

    small.run("plan", "--dry-run")

    assert small.project.calls != []


def test_a_second_time_that_makes_things_anew_is_found(again: Tree) -> None:
    again.edit(
        STORES, r"if ! exists storage buckets describe", "if ! false && exists storage buckets describe"
    )

    done = again.run("deploy")

    assert done.returncode == 1
    assert "HTTPError 409" in done.stderr


def test_a_removal_that_nobody_asked_for_is_found(again: Tree) -> None:
    again.edit("common/tasks.py", r"^SERVICES = services\(WEB, ", "SERVICES = services(API, ")
    again.edit(ROOMS + "removal.sh", r"if \$prune; then", "if true; then")

    again.run("plan")
    again.run("deploy")

    assert "web" not in again.project.of("run services")
