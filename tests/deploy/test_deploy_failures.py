"""What deploy.sh does when a command fails: it stops there, says what to do, and goes on from there the next time."""

from dataclasses import dataclass, field

import pytest

from tests.support.deploying import SENDGRID_KEY, First, Tree
from tests.support.gcloud.call import Call
from tests.support.gcloud.cloud import Fault, Project

BROKEN = "INTERNAL: the part that answers is out of order"
DENIED = "PERMISSION_DENIED: Permission denied on resource project 404 (or it may not exist)."
SIDE_BY_SIDE = ("run", "deploy"), ("run", "services")


@dataclass
class Trip:
    """Lets the first command of each kind fail, one in a run; every second change is made, and its answer lost.

    Commands are of one kind that differ in names and flags alone.
    """

    project: Project
    failed: dict[tuple[str, ...], Call] = field(default_factory=dict)
    armed: bool = True

    def __call__(self, call: Call) -> Fault | None:
        kind = self.project.path(call)
        if not self.armed or kind in self.failed:
            return None
        self.armed = False
        self.failed[kind] = call
        return Fault("", BROKEN, answer_lost=call.changes and len(self.failed) % 2 == 0)

    @property
    def last(self) -> Call:
        """The command that failed last."""
        return [*self.failed.values()][-1]


def asked_after(call: Call, calls: list[Call]) -> list[str]:
    """Return what was asked after CALL, but for the functions that are deployed beside the one that failed."""
    later = calls[calls.index(call) + 1 :]
    beside = SIDE_BY_SIDE if call.words[:2] in SIDE_BY_SIDE else ()
    return [str(each) for each in later if each.words[:2] not in beside]


def test_a_failure_at_every_kind_of_command_in_turn_ends_in_the_same_project(
    small: Tree, first_small: First
) -> None:
    small.must("secrets", "set", "SENDGRID_API_KEY", stdin=SENDGRID_KEY)
    trip = small.project.trip = Trip(small.project)
    small.project.calls.clear()

    while (done := small.run("deploy")).returncode:
        assert BROKEN in done.stderr
        assert f"this command failed: {trip.last}" in done.stderr
        assert asked_after(trip.last, small.project.calls) == []
        small.project.calls.clear()
        trip.armed = True

    assert trip.armed, f"it went on after {trip.last}"
    assert len(trip.failed) > 50
    assert small.project.state() == first_small.left.state()


@pytest.mark.parametrize("verb", ["plan", "deploy"])
def test_a_project_that_may_not_be_looked_at_is_not_taken_for_an_empty_one(again: Tree, verb: str) -> None:
    again.project.faults = [Fault("redis instances describe", DENIED)]

    refused = again.run(verb)

    assert refused.returncode == 1
    assert DENIED in refused.stderr
    assert "roles/owner, or the role that the message names" in refused.stderr


def test_what_google_has_not_seen_yet_is_tried_again(small: Tree) -> None:
    small.must("secrets", "set", "SENDGRID_API_KEY", stdin=SENDGRID_KEY)
    unseen = "INVALID_ARGUMENT: Service account x@y does not exist."
    small.project.faults = [Fault("projects add-iam-policy-binding", unseen, times=3)]

    done = small.run("deploy")

    assert done.returncode == 0
    assert done.stderr.count("Google has not seen yet what was just made") == 3


def test_what_takes_minutes_is_waited_for(small: Tree) -> None:
    small.must("secrets", "set", "SENDGRID_API_KEY", stdin=SENDGRID_KEY)
    small.project.being_made = {"redis instances": 3, "sql instances": 2}

    done = small.run("deploy")

    assert done.returncode == 0
    assert done.stderr.count("is CREATING; waiting until it is READY") == 3
    assert done.stderr.count("is CREATING; waiting until it is RUNNABLE") == 2


def test_a_run_that_fails_stops_the_first_deployment_before_any_schedule_goes(small: Tree) -> None:
    small.must("secrets", "set", "SENDGRID_API_KEY", stdin=SENDGRID_KEY)
    small.project.outcome = "failed: bug"

    refused = small.run("deploy")

    assert refused.returncode == 1
    assert "./deploy.sh logs congressional_sync --run congressional_sync-k-" in refused.stderr
    assert {job["state"] for job in small.project.of("scheduler jobs").values()} == {"PAUSED"}


def test_what_only_the_operator_can_say_is_asked_for_before_anything_is_made(small: Tree) -> None:
    small.settings.write_text("MAIL_FROM=CapitolScope <news@example.org>\n")

    refused = small.run("deploy")

    assert refused.returncode == 1
    assert "these settings are missing: CONTACT POSTAL_ADDRESS" in refused.stderr
    assert small.project.calls == []


def test_a_secret_that_only_the_operator_has_is_asked_for_by_name(small: Tree) -> None:
    refused = small.run("deploy")

    assert refused.returncode == 1
    assert "these secrets are missing: SENDGRID_API_KEY" in refused.stderr
    assert "./deploy.sh secrets set NAME" in refused.stderr
