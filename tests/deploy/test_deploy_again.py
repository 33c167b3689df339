"""deploy.sh again: after a first time, after a change, after a function went; it changes what changed and nothing else."""

import pytest

from tests.support.deploying import First, Tree, add_function
from tests.support.gcloud.cloud import PROJECT, Key

JOB: Key = ("scheduler jobs", "us-west1", "congressional-data-sync")


def made(tree: Tree) -> list[str]:
    """Return what the last commands made anew."""
    new = {
        "create",
        "add",
        "create-http-task",
        "add-iam-policy-binding",
        "pause",
        "remove-iam-policy-binding",
    }
    return [str(call) for call in tree.project.calls if new & {*call.words}]


def test_a_second_time_makes_nothing_anew_and_leaves_everything_as_it_is(again: Tree) -> None:
    before = again.project.state()

    again.must("deploy")

    assert made(again) == []
    assert again.project.state() == before


def test_a_second_time_in_another_region_would_not_touch_the_first(again: Tree) -> None:
    before = again.project.resources.keys()

    again.must("plan", "--region", "europe-west1")

    assert again.project.resources.keys() == before


def test_the_plan_is_what_is_done_then(again: Tree) -> None:
    again.edit("common/tasks.py", r'schedule="0 8-18/2', 'schedule="45 8-18/2')
    planned = again.commands(again.must("plan"))

    again.must("deploy")

    done = [call.argv for call in again.project.calls if call.changes]
    assert sorted(done) == sorted(call.argv for call in planned)


def test_a_grant_that_the_table_of_roles_does_not_hold_is_taken_back_from_our_accounts_alone(
    again: Tree,
) -> None:
    policy = again.project.resources["projects", "", PROJECT]["iam"]
    ours, others = (
        f"serviceAccount:capitolscope-web@{PROJECT}.iam.gserviceaccount.com",
        "user:owner@example.org",
    )
    policy["roles/editor"] = [others, ours]

    again.must("deploy")

    assert again.project.resources["projects", "", PROJECT]["iam"]["roles/editor"] == [others]


def test_a_changed_schedule_changes_its_job_alone(again: Tree) -> None:
    before, _ = again.project.state()
    again.edit("common/tasks.py", r'schedule="0 8-18/2', 'schedule="30 8-18/2')

    again.must("deploy")

    after, _ = again.project.state()
    assert {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)} == {JOB}
    assert after[JOB]["schedule"] == "30 8-18/2 * * MON-FRI"
    assert made(again) == []


def test_a_job_that_somebody_stopped_stays_stopped(again: Tree) -> None:
    again.must("schedule", "pause", "congressional_sync")

    again.must("deploy")

    assert again.project.resources[JOB]["state"] == "PAUSED"


def test_a_secret_that_changed_is_pinned_at_its_new_version(again: Tree) -> None:
    again.must("secrets", "set", "SENDGRID_API_KEY", stdin="another-key")

    again.must("deploy")

    web = again.project.of("run services")["web"]
    assert "SENDGRID_API_KEY=capitolscope-sendgrid-api-key:2" in web["flags"]["set-secrets"].split(",")


def test_a_secret_that_did_not_change_keeps_its_version(again: Tree) -> None:
    again.must("secrets", "set", "SENDGRID_API_KEY", stdin="SG.key-that-nobody-may-see")

    assert made(again) == []


def test_one_function_alone_is_deployed_after_the_schema(again: Tree) -> None:
    again.must("deploy", "web")

    done = [call.words[:2] for call in again.project.calls if call.words[1:2] in {("deploy",), ("jobs",)}]
    assert done[0] == ("run", "jobs")
    assert [call.words[2] for call in again.project.calls if call.starts("run", "deploy")] == ["web"]
    assert not [call for call in again.project.calls if call.starts("scheduler", "jobs", "update")]


def test_a_function_that_was_never_deployed_is_not_deployed_alone(small: Tree) -> None:
    refused = small.run("deploy", "web")

    assert refused.returncode == 1
    assert "web was never deployed: ./deploy.sh deploy makes what it needs" in refused.stderr


class TestARemovedFunction:
    """A function that the registry no longer knows."""

    @pytest.fixture
    def gone(self, again: Tree) -> Tree:
        add_function(again)
        again.must("deploy")
        again.edit("common/tasks.py", r", SPARE\)", ")")
        again.project.calls.clear()
        return again

    def test_it_is_named_by_the_plan(self, gone: Tree) -> None:
        before = gone.project.state()

        shown = gone.run("plan")

        assert "the registry no longer knows the job spare-job" in shown.stderr
        assert "the registry no longer knows the service spare" in shown.stderr
        assert gone.project.state() == before

    def test_it_stays_unless_asked(self, gone: Tree) -> None:
        gone.must("deploy")

        assert "spare" in gone.project.of("run services")
        assert "spare-job" in gone.project.of("scheduler jobs")

    def test_it_goes_with_all_that_was_made_for_it(self, gone: Tree, first_small: First) -> None:
        gone.must("deploy", "--prune")

        left = {key for key in gone.project.resources if "spare" in str(key)}
        assert left == set()
        assert gone.project.resources.keys() == first_small.left.resources.keys()
        assert "spare" not in str(gone.project.resources["projects", "", "demo-project"])
