"""destroy leaves nothing that costs money, and takes data only where somebody says yes to it."""

import pytest

from tests.support.deploying import Tree
from tests.support.gcloud.cloud import PROJECT, Fault

FREE = {"projects", "firestore databases", "firestore fields ttls", "firestore indexes composite"}
"""What stays: the project itself, and a Firestore database without documents, which costs nothing."""
ALL_YES = "yes\nyes\nyes\n"


def left(tree: Tree) -> set[str]:
    """Return the kinds of what is left and not free."""
    return {kind for kind, _, _ in tree.project.resources} - FREE


def test_everything_goes_where_all_is_confirmed(again: Tree) -> None:
    again.must("destroy", "--yes", PROJECT, stdin=ALL_YES)

    assert left(again) == set()
    assert again.project.resources["projects", "", PROJECT]["iam"] == {}
    assert again.project.of("firestore databases")["(default)"]["emptied"] == "task_runs,tasks"


def test_a_second_time_finds_nothing(again: Tree) -> None:
    again.must("destroy", "--yes", PROJECT, stdin=ALL_YES)
    before = again.project.state()

    again.must("destroy", "--yes", PROJECT, stdin=ALL_YES)

    assert again.project.state() == before


def test_data_stay_where_nobody_says_yes(again: Tree) -> None:
    refused = again.run("destroy", "--yes", PROJECT, stdin="no\nyes\n")

    assert refused.returncode == 1
    assert "kept, and still paid for: the database capitolscope" in refused.stderr
    assert "sql instances" in left(again)
    assert "secrets" in left(again), "without its keys a kept database is of little use"
    assert "storage buckets" not in left(again)
    assert "run services" not in left(again)


def test_it_goes_on_after_a_failure(again: Tree) -> None:
    again.project.faults = [Fault("redis instances delete", times=1)]

    refused = again.run("destroy", "--yes", PROJECT, stdin=ALL_YES)
    again.must("destroy", "--yes", PROJECT, stdin=ALL_YES)

    assert refused.returncode == 1
    assert left(again) == set()


@pytest.mark.parametrize("arguments", [(), ("--yes",), ("--yes", "another-project")])
def test_it_wants_the_project_named(again: Tree, arguments: tuple[str, ...]) -> None:
    refused = again.run("destroy", *arguments, stdin=ALL_YES)

    assert refused.returncode == 2
    assert again.project.calls == []
