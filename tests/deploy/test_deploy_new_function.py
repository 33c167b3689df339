"""An eighth function that is scheduled: one folder and one registry entry, and everything knows it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from common.tasks import SERVICES, TASKS
from tests.support.deploy_checks import SCHEDULER
from tests.support.deploying import ROOT, Tree, add_function
from tests.support.gcloud.call import Call


@pytest.fixture
def grown(tree: Tree) -> Tree:
    add_function(tree)
    (tree.root / "tests").symlink_to(ROOT / "tests")
    return tree


def asked(tree: Tree, *arguments: str) -> str:
    """Run a module of the tree and return what it printed."""
    environment = {"PATH": os.defpath, "PYTHONPATH": str(tree.root)}
    done = subprocess.run(
        [sys.executable, "-P", "-m", *arguments],
        cwd=tree.root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def only(calls: tuple[Call, ...], *words: str) -> Call:
    """Return the one command that has all WORDS."""
    (found,) = (call for call in calls if {*words} <= {*call.words})
    return found


def test_the_plan_deploys_it_with_an_account_of_its_own_and_schedules_it(grown: Tree) -> None:
    planned = grown.planned()

    service = only(planned, "run", "deploy", "spare")
    job = only(planned, "scheduler", "create", "spare-job")
    invoker = only(planned, "run", "add-iam-policy-binding", "spare")
    account = only(planned, "service-accounts", "create", "capitolscope-spare")
    assert account.flag("display-name") == "CapitolScope: spare"
    assert service.flag("service-account") == "capitolscope-spare@demo-project.iam.gserviceaccount.com"
    assert (job.flag("schedule"), job.flag("time-zone")) == ("0 3 * * *", "UTC")
    assert invoker.flag("member") == f"serviceAccount:{SCHEDULER}"
    assert sum(call.starts("run", "deploy") for call in planned) == len(TASKS) + len(SERVICES) + 1


def test_readme_laptop_and_missed_runs_know_it(grown: Tree) -> None:
    known: dict[str, Any] = json.loads(asked(grown, "tests.support.knowing", "spare"))

    assert known == {
        "readme": [
            "| `spare` | nothing that anybody misses | `spare-job` | `0 3 * * *` | UTC | 15 min | 30 min |"
        ],
        "answers": "spare",
        "ticks": ["2026-11-04T03:00:00+00:00", "2026-11-05T03:00:00+00:00"],
        "health": ["down 3 ticks missed since 2026-11-01 03:00 UTC: no run, or none that succeeded"],
    }


def test_its_bundle_holds_its_code_and_no_other_functions(grown: Tree, tmp_path: Path) -> None:
    asked(grown, "local.deploy.bundle", "spare", "--into", str(tmp_path / "build"))

    main = (tmp_path / "build" / "spare" / "main.py").read_text()
    assert "def spare(request: Request)" in main
    assert not (tmp_path / "build" / "spare" / "functions").exists()


def test_monitoring_and_the_bill_know_it(grown: Tree, tmp_path: Path) -> None:
    listed = asked(
        grown, "local.deploy.monitors", "--project", "demo-project", "--into", str(tmp_path / "monitoring")
    )
    bill = asked(grown, "local.deploy.cost", "--settings", str(grown.settings), "--json")

    assert "CapitolScope log: spare" in listed
    parts = {part["part"]: part["amount"] for part in json.loads(bill)["parts"]}
    assert parts["Cloud Scheduler"] == len(TASKS) + 1
