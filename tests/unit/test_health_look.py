"""One check's misfortune is no other's."""

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from common.errors import DependencyDown
from common.ops.health.look import Check, Look, look_at
from common.ops.health.verdict import Color, Verdict, is_healthy, well
from tests.support.looking import a_look

NOW = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)


def is_well(look: Look) -> Iterable[Verdict]:
    return [well("queue", "0 due")]


def cannot_look(look: Look) -> Iterable[Verdict]:
    raise DependencyDown("redis", "no answer")


def has_a_bug(look: Look) -> Iterable[Verdict]:
    yield well("half", "of it")
    raise KeyError("seen_at")


@pytest.mark.parametrize("fault", [KeyError("kyle@example.org"), DependencyDown("mail", "kyle@example.org")])
def test_a_verdict_holds_no_address_of_what_went_wrong(fault: Exception) -> None:
    def fails(look: Look) -> Iterable[Verdict]:
        raise fault

    (verdict,) = look_at(a_look(NOW), {"books": Check(fails)})

    assert "***@***" in verdict.number
    assert "kyle" not in verdict.number


def test_a_check_that_cannot_look_or_has_a_bug_stops_no_other_and_nothing_is_healthy() -> None:
    lines: list[str] = []
    checks = {"books": Check(has_a_bug), "tasks": Check(cannot_look), "queue": Check(is_well)}

    verdicts = list(look_at(a_look(NOW, write=lines.append), checks))

    assert [(verdict.component, verdict.color) for verdict in verdicts] == [
        ("half", Color.GREEN),
        ("books", Color.RED),
        ("tasks", Color.UNSEEN),
        ("queue", Color.GREEN),
    ]
    assert verdicts[1].number == "KeyError: 'seen_at'"
    assert not is_healthy(verdicts)
    assert "Traceback" in lines[0]
