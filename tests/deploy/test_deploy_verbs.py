"""Every verb, recorded: what it asks is what gcloud takes, what it prints is what is there, a dry run asks nobody."""

import pytest

from tests.support.deploying import Tree
from tests.support.gcloud import sdk

CHANGING = [
    ("deploy",),
    ("deploy", "web"),
    ("deploy", "--prune"),
    ("schedule", "pause", "congressional-data-sync"),
    ("schedule", "resume", "congressional_sync"),
    ("run", "congressional_sync", "--param", "years=2024,2025"),
    ("db", "create"),
    ("db", "migrate"),
    ("db", "backup"),
    ("destroy", "--yes", "demo-project"),
]
LOOKING = [
    ("plan",),
    ("env",),
    ("secrets", "check"),
    ("schedule",),
    ("logs", "web", "--run", "x", "--errors", "--since", "2h"),
    ("status",),
    ("doctor",),
    ("cost",),
]


@pytest.mark.parametrize("verb", CHANGING + LOOKING, ids=" ".join)
def test_a_dry_run_asks_nobody_and_shows_what_gcloud_takes(again: Tree, verb: tuple[str, ...]) -> None:
    shown = again.run(*verb, "--dry-run")

    assert shown.returncode == 0, shown.stderr
    assert again.project.calls == []
    assert [
        why for call in again.commands(shown.stdout) if (why := sdk.refusal(call.argv, call.folder))
    ] == []
