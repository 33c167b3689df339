"""Every verb, recorded: what it asks is what gcloud takes, what it prints is what is there, a dry run asks nobody."""

import json

import pytest

from common.runtime.decide import keyed_id
from tests.support.deploying import SENDGRID_KEY, First, Tree
from tests.support.gcloud import sdk

SEEN_ELSEWHERE = [("plan",), ("deploy", "web"), ("destroy", "--yes", "demo-project")]
"""What other tests run for real."""
VERBS = [
    ("env",),
    ("secrets", "check"),
    ("secrets", "set", "SENDGRID_API_KEY"),
    ("secrets", "rotate", "LINK_KEYS"),
    ("schedule",),
    ("schedule", "pause", "congressional-data-sync"),
    ("run", "congressional_sync", "--param", "years=2024,2025"),
    ("logs", "web", "--run", "x", "--errors", "--since", "2h"),
    ("status",),
    ("db", "create"),
    ("db", "migrate"),
    ("db", "backup"),
    ("doctor",),
    ("cost",),
]


@pytest.mark.parametrize("verb", SEEN_ELSEWHERE + VERBS, ids=" ".join)
def test_a_dry_run_asks_nobody_and_shows_what_gcloud_takes(again: Tree, verb: tuple[str, ...]) -> None:
    shown = again.run(*verb, "--dry-run", stdin=SENDGRID_KEY)

    assert shown.returncode == 0, shown.stderr
    assert again.project.calls == []
    assert [
        why for call in again.commands(shown.stdout) if (why := sdk.refusal(call.argv, call.folder))
    ] == []


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_it_asks_for_nothing_that_google_refuses(again: Tree, verb: tuple[str, ...]) -> None:
    done = again.run(*verb, stdin="another-key")

    assert done.returncode == 0, done.stderr
    assert [(str(call), why) for call, why in again.project.refused if call.changes] == []


@pytest.mark.parametrize("verb", [("schedule",), ("status",), ("logs", "web"), ("cost",)], ids=" ".join)
def test_lists_are_json_where_asked(again: Tree, verb: tuple[str, ...]) -> None:
    shown = again.must(*verb, "--json")

    decoder, rest = json.JSONDecoder(), shown.strip()
    while rest:
        _, end = decoder.raw_decode(rest)
        rest = rest[end:].strip()


def test_a_dry_run_in_json_is_one_list_a_command(again: Tree) -> None:
    shown = again.must("plan", "--dry-run", "--json")

    commands = [json.loads(line) for line in shown.splitlines()]
    assert [tuple(command[1:]) for command in commands] == [call.argv for call in again.planned()]


def test_a_job_that_was_stopped_goes_on_when_asked(again: Tree) -> None:
    again.must("schedule", "pause", "congressional-data-sync")

    again.must("schedule", "resume", "congressional_sync")

    assert again.project.of("scheduler jobs")["congressional-data-sync"]["state"] == "ENABLED"


def test_a_run_by_hand_carries_its_parameters_and_is_waited_for(again: Tree) -> None:
    done = again.run("run", "congressional_sync", "--param", "years=2024,2025", "--key", "once", "--wait")

    (asked,) = (call for call in again.project.calls if call.starts("tasks", "create-http-task"))
    assert json.loads(asked.flag("body-content") or "") == {"years": [2024, 2025]}
    assert f"CapitolScope-Run: {keyed_id('congressional_sync', 'once')}" in asked.every("header")
    assert asked.flag("oidc-token-audience") == asked.flag("url")
    assert done.returncode == 0
    assert ": succeeded" in done.stderr


def test_a_run_that_failed_for_good_says_where_to_look(again: Tree) -> None:
    again.project.outcome = "failed: bug"

    done = again.run("run", "congressional_sync", "--wait")

    assert done.returncode == 1
    assert "why: ./deploy.sh logs congressional_sync --run congressional_sync-k-" in done.stderr


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (("run", "congressional_sink"), "congressional_sink"),
        (("run", "congressional_sync", "--param", "nothing=1"), "nothing"),
        (("schedule", "pause", "nothing"), "no job nothing"),
        (("logs", "nothing"), "nothing"),
        (("deploy", "nothing"), "no function nothing"),
        (("db", "nothing"), "usage: ./deploy.sh db"),
        (("secrets", "nothing"), "usage: ./deploy.sh secrets"),
        (("nothing",), "no verb nothing"),
        (("secrets", "set"), "usage: ./deploy.sh secrets"),
        (("env", "set"), "usage: ./deploy.sh env set NAME=VALUE"),
        (("env", "--settings", "nothing/here"), "no folder nothing"),
        (("cost", "--nothing"), "Usage: ./deploy.sh cost"),
    ],
    ids=str,
)
def test_what_is_mistyped_changes_nothing(again: Tree, wrong: tuple[str, ...], why: str) -> None:
    refused = again.run(*wrong)

    assert refused.returncode in {1, 2}
    assert why in refused.stderr
    assert [str(call) for call in again.project.calls if call.changes] == []


def test_settings_are_kept_for_the_next_deployment(again: Tree) -> None:
    again.must("env", "set", "PUBLIC_BASE_URL=https://alerts.example.org", "DATABASE_TIER=db-f1-micro")
    refused = again.run("env", "set", "SENDGRID_API_KEY=x")

    assert "PUBLIC_BASE_URL=https://alerts.example.org" in again.settings.read_text().splitlines()
    assert refused.returncode == 1
    assert "./deploy.sh secrets set SENDGRID_API_KEY" in refused.stderr


def test_a_host_of_the_operators_own_leads_to_web(again: Tree) -> None:
    again.must("env", "set", "PUBLIC_BASE_URL=https://alerts.example.org")

    done = again.run("deploy")

    assert done.returncode == 0, done.stderr
    assert again.project.of("run domain-mappings").keys() == {"alerts.example.org"}
    web = again.project.of("run services")["web"]
    assert "PUBLIC_BASE_URL=https://alerts.example.org" in web["flags"]["set-env-vars"].split(";;")


def test_a_database_and_a_redis_elsewhere_need_neither_instance(small: Tree, first_small: First) -> None:
    small.must("env", "set", "DATABASE=url", "REDIS=url")
    for name, value in {
        "SENDGRID_API_KEY": SENDGRID_KEY,
        "DATABASE_URL": "postgresql+pg8000://user:password@db.example/capitolscope",
        "REDIS_URL": "rediss://:password@redis.example:6379/0",
    }.items():
        small.must("secrets", "set", name, stdin=value)

    small.must("deploy")

    kinds = {kind for kind, _, _ in small.project.resources}
    web = small.project.of("run services")["web"]["flags"]
    assert kinds == {kind for kind, _, _ in first_small.left.resources} - {
        "sql instances",
        "sql databases",
        "sql users",
        "redis instances",
    }
    assert "DATABASE_URL=capitolscope-database-url:1" in web["set-secrets"].split(",")
    assert "CLOUD_SQL_INSTANCE" not in web["set-env-vars"]
