"""A first deployment: what it makes, and that what was shown before is what is done."""

import shutil
import subprocess
from collections import Counter
from pathlib import Path

from common.tasks import SERVICES, TASKS
from tests.support.deploy_checks import Deployed, faults
from tests.support.deploying import ROOT, First, Tree
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


def without_network() -> list[str]:
    """Return what to put before a command, so that it reaches nobody; nothing where this machine cannot do that."""
    found = shutil.which("unshare")
    command = [found, "-rn"] if found else []
    works = command and subprocess.run([*command, "true"], check=False, capture_output=True).returncode == 0
    return command if works else []


def test_the_plan_needs_neither_account_nor_network(tmp_path: Path) -> None:
    options = ["--dry-run", "--project", "demo-project", "--settings", str(tmp_path / "deploy.env")]

    shown = subprocess.run(
        [*without_network(), "bash", str(ROOT / "deploy.sh"), "plan", *options],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "CLOUDSDK_CONFIG": str(tmp_path / "empty")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.count("gcloud run deploy ") == len(EVERYTHING)
