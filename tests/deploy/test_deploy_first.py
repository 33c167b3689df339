"""A first deployment: what it makes, and that what was shown before is what is done."""

from collections import Counter

from common.tasks import SERVICES, TASKS
from tests.support.deploy_checks import Deployed, faults
from tests.support.deploying import First, Tree
from tests.support.gcloud.call import Call

SENDGRID_SECRET = "capitolscope-sendgrid-api-key"
EVERYTHING = (*TASKS, *SERVICES)
LOOKS = {
    "describe",
    "list",
    "list-configs",
    "get-iam-policy",
    "get-auth-string",
    "access",
    "cat",
    "ls",
    "read",
}


def changes(calls: tuple[Call, ...] | list[Call]) -> Counter[tuple[str, ...]]:
    """Count the commands that change something, without their flags."""
    return Counter(call.words for call in calls if call.changes)


def test_a_first_deployment_keeps_every_promise(first: First) -> None:
    assert faults(Deployed(tuple(first.left.calls), EVERYTHING)) == {}


def test_a_first_deployment_asks_for_nothing_that_google_refuses(first: First) -> None:
    refused = [(str(call), why) for call, why in first.left.refused if call.changes]

    assert refused == []
    assert "deployed: https://web-123456789012.us-west1.run.app" in first.done.stderr


def test_every_schedule_is_going_at_the_end(first: First) -> None:
    jobs = first.left.of("scheduler jobs")

    assert {name: job["state"] for name, job in jobs.items()} == {
        task.job: "ENABLED" for task in TASKS.values()
    }
    assert {name: job["description"] for name, job in jobs.items()} == {
        task.job: task.purpose for task in TASKS.values()
    }


def test_the_plan_keeps_every_promise_and_asks_nobody(tree: Tree) -> None:
    planned = tree.planned()

    assert faults(Deployed(planned, EVERYTHING)) == {}
    assert tree.project.calls == []


def test_the_plan_for_an_empty_project_is_what_a_first_deployment_does(tree: Tree, first: First) -> None:
    planned = changes(tree.planned())

    done = changes(first.left.calls)
    set_before = {words for words in done if words[-1] in {"secretmanager.googleapis.com", SENDGRID_SECRET}}
    different = {words for words in planned | done if planned[words] != done[words]}
    assert different <= set_before


def test_the_plan_needs_no_account(tree: Tree) -> None:
    shown = tree.run("plan", "--dry-run", PATH="/usr/bin:/bin", CLOUDSDK_CONFIG=str(tree.root / "empty"))

    assert shown.returncode == 0, shown.stderr
    assert "gcloud run deploy congressional-sync" in shown.stdout
