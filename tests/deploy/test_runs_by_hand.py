"""What deploy.sh asks about a run by hand, and how it shows what the cloud logged."""

import io
import json
from typing import Any

import pytest
from click.testing import CliRunner

from common.errors import InvalidRequest
from common.logs import LABELS
from common.runtime.decide import keyed_id
from local.deploy import logs, run
from local.logs import is_wanted, rendered

RUN = "congressional_sync-k-0123456789abcdef0123"


def entry(message: str, **said: Any) -> dict[str, Any]:
    """Return a log entry as `gcloud logging read --format=json` shows it."""
    return {
        "timestamp": "2026-11-03T13:00:00.123456Z",
        "severity": "INFO",
        "labels": {"function": "congressional_sync", "run_id": RUN},
        "jsonPayload": {"message": message, **said},
    }


def component(name: str, color: str) -> dict[str, Any]:
    """Return what health_check logs of one component."""
    found = {"component": name, "color": color, "number": "3", "next_step": "look"}
    return entry("health.component", found=found)


@pytest.mark.parametrize(
    ("asked", "parameters"),
    [
        ([], {}),
        (["baseline=true"], {"baseline": True}),
        (["chambers=senate", "years=2024,2025"], {"chambers": ["senate"], "years": [2024, 2025]}),
        (["years=[2024]", "limit=5"], {"years": [2024], "limit": 5}),
    ],
)
def test_parameters_are_what_the_function_takes(asked: list[str], parameters: dict[str, Any]) -> None:
    assert run.parameters("congressional_sync", asked) == parameters


@pytest.mark.parametrize("asked", ["colour=blue", "limit=0", "chambers=lords", "baseline"])
def test_a_wrong_parameter_is_refused_before_anything_is_asked(asked: str) -> None:
    with pytest.raises(InvalidRequest):
        run.parameters("congressional_sync", [asked])


def test_a_task_whose_parameters_are_not_known_here_gets_them_as_they_are() -> None:
    assert run.parameters("a_new_task", ["day=2026-11-03", "often=2"]) == {"day": "2026-11-03", "often": 2}


@pytest.mark.parametrize(
    ("entries", "state"),
    [
        ([], "waiting"),
        ([entry("task.started")], "running"),
        ([entry("task.started"), entry("task.finished", run_id=RUN, status="succeeded")], "succeeded"),
        (
            [entry("task.finished", run_id=RUN, status="failed: transient", error="redis: away")],
            "failed: transient redis: away",
        ),
        (
            [entry("task.finished", run_id=RUN, status="continued", continuation=f"{RUN}.c1")],
            f"continued {RUN}.c1",
        ),
        ([entry("task.finished", run_id="another", status="succeeded")], "waiting"),
        ([component("queue", "well")], "succeeded, and found: all well"),
        (
            [component("queue", "well"), component("database", "down"), component("mails", "worth a look")],
            "succeeded, and found: database is down, 3",
        ),
    ],
)
def test_how_far_a_run_is_follows_from_its_log(entries: list[dict[str, Any]], state: str) -> None:
    assert run.state(RUN, entries) == state


def test_the_command_prints_what_bash_reads() -> None:
    told = CliRunner().invoke(run.main, ["congressional_sync", "limit=5"]).stdout
    name = CliRunner().invoke(run.main, ["congressional_sync", "--run-id", "baseline"]).stdout
    state = CliRunner().invoke(
        run.main, ["congressional_sync", "--state", RUN], input=json.dumps([entry("task.started")])
    )
    refused = CliRunner().invoke(run.main, ["congressional_sync", "limit=0"])

    assert json.loads(told) == {"limit": 5}
    assert name == keyed_id("congressional_sync", "baseline") + "\n"
    assert state.stdout == "running\n"
    assert (refused.exit_code, "congressional_sync: limit" in str(refused.exception)) == (1, True)


def test_an_entry_of_the_cloud_shows_as_the_line_that_the_function_wrote() -> None:
    written = {
        "severity": "INFO",
        "message": "task.finished",
        "time": "2026-11-03T13:00:00.123456Z",
        LABELS: {"function": "congressional_sync", "run_id": RUN},
        "stored": 3,
    }

    shown = logs.as_logged(entry("task.finished", stored=3))

    assert rendered(shown).plain == rendered(written).plain
    assert is_wanted(shown, run_id=RUN, errors=False)
    assert not is_wanted(shown, run_id=RUN, errors=True)


def test_the_newest_entries_are_shown_oldest_first_with_what_the_platform_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    platform = {
        "timestamp": "2026-11-03T13:00:01Z",
        "severity": "ERROR",
        "textPayload": "Memory limit of 512 MiB exceeded",
        "trace": "projects/p/traces/1",
    }
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps([platform, entry("task.started")])))

    logs.main()

    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith(f"task.started  {RUN}")
    assert "Memory limit of 512 MiB exceeded" in second
