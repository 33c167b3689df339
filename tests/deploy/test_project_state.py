"""What gcloud says of a project is judged by the table of roles and the registry."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from common.tasks import SERVICES, TASKS
from local.deploy import project_state
from local.deploy.choices import read_choices
from local.deploy.doctor import GOOGLES, email, of_project
from local.deploy.facts import roles
from local.deploy.finding import Finding, State

ROOT = Path(__file__).parents[2]
EVERYBODY = {"bindings": [{"role": "roles/run.invoker", "members": ["allUsers"]}]}


class Project:
    """gcloud's answers of a project that is as it should be; a test spoils one of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.choices = read_choices(folder / "deploy.env")
        self.grants = [
            (f"serviceAccount:{email(who, 'demo-project')}", role)
            for _, who, where, role, _ in roles(self.choices)
            if where == "project" and who != GOOGLES
        ]
        self.services: dict[str, Any] = {name.replace("_", "-"): {} for name in (*TASKS, *SERVICES)}
        self.services["web"] = EVERYBODY
        self.quotas = [a_quota(quota, "1000000000000") for quota in project_state.QUOTAS]
        self.missing: list[str] = []

    def found(self) -> list[Finding]:
        bindings = [
            {"role": role, "members": [member, "user:me@example.org"]} for member, role in self.grants
        ]
        answers = {"policy": {"bindings": bindings}, "services": self.services, "quotas": self.quotas}
        for name, answer in answers.items():
            (self.folder / f"{name}.json").write_text(json.dumps(answer))
        (self.folder / "missing").write_text("\n".join(self.missing))
        return list(of_project(self.folder, self.choices, "demo-project", "us-west1"))

    def wrong(self) -> list[tuple[str, str, str]]:
        return [(one.part, one.found, one.what_to_do) for one in self.found() if one.state is not State.WELL]


def a_quota(quota: str, value: str, location: str = "us-west1") -> Mapping[str, Any]:
    """Return what `gcloud alpha quotas info describe --format=json` prints."""
    info = {"applicableLocations": [location], "details": {"value": value}}
    return {"quotaId": quota, "dimensionsInfos": [info]}


@pytest.fixture
def state(tmp_path: Path) -> Project:
    """Lend the answers of a project that is as it should be."""
    return Project(tmp_path)


def test_a_project_that_is_as_the_tables_say_is_well(state: Project) -> None:
    assert state.wrong() == []
    assert {"permissions", "secrets", "quota of processors", "quota of memory"} <= {
        one.part for one in state.found()
    }


def test_a_role_that_is_missing_and_one_too_many_are_named(state: Project) -> None:
    (member, role), *state.grants = state.grants
    state.grants.append((f"serviceAccount:{email('web', 'demo-project')}", "roles/editor"))

    wrong = state.wrong()

    web = "serviceAccount:capitolscope-web@demo-project.iam.gserviceaccount.com"
    assert ("permissions", f"{member} lacks {role}", "./deploy.sh deploy grants it") in wrong
    assert (
        "permissions",
        f"{web} has roles/editor, which nothing needs",
        "./deploy.sh deploy takes it back",
    ) in wrong


@pytest.mark.parametrize("name", [name for name in (*TASKS, *SERVICES) if name != "web"])
def test_a_function_that_everybody_may_call_is_wrong(state: Project, name: str) -> None:
    service = name.replace("_", "-")
    state.services[service] = EVERYBODY

    assert state.wrong() == [(service, "everybody may call it", f"./deploy.sh deploy {name}")]


def test_a_web_that_nobody_may_call_and_a_function_that_is_not_there_are_wrong(state: Project) -> None:
    state.services["web"] = {}
    del state.services["health-check"]

    assert state.wrong() == [
        ("health-check", "is not deployed", "./deploy.sh deploy health_check"),
        ("web", "nobody outside may call it", "./deploy.sh deploy web"),
    ]


def test_a_missing_secret_is_named_with_its_command(state: Project) -> None:
    state.missing = ["SENDGRID_API_KEY"]

    assert state.wrong() == [
        ("secrets", "SENDGRID_API_KEY is missing", "./deploy.sh secrets set SENDGRID_API_KEY")
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("-1", State.WELL),
        ("1000000", State.WELL),
        ("20000", State.DOUBT),  # 10 instances of 2 processors, and nothing beside them
        ("19999", State.ILL),
    ],
)
def test_a_quota_is_held_against_what_the_registry_may_ask_for(
    state: Project, value: str, expected: State
) -> None:
    state.quotas[0] = a_quota("CpuAllocPerProjectRegion", value)

    found = {one.part: one.state for one in state.found()}

    assert found["quota of processors"] is expected


def test_a_quota_without_a_figure_for_the_region_is_not_taken_for_well(state: Project) -> None:
    state.quotas[0] = a_quota("CpuAllocPerProjectRegion", "5", location="asia-east1")

    found = {one.part: one.state for one in state.found()}

    assert found["quota of processors"] is State.UNSEEN


def test_accounts_are_named_as_deploy_sh_names_them() -> None:
    names = [*TASKS, *SERVICES, "scheduler", "migrate", "build"]
    script = 'source local/deploy/names.sh; for name in "$@"; do email_of "$name"; echo; done'

    said = subprocess.run(
        ["bash", "-c", f"project=demo-project; {script}", "bash", *names],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout.split() == [email(name, "demo-project") for name in names]
