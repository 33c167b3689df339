"""What the operator is told of: changes, once, and not what could not be looked at because something else is down."""

from datetime import UTC, datetime, timedelta

import pytest

from common.ops.health.memory import Known, Memory, after
from common.ops.health.verdict import Color, Verdict, is_healthy

NOW = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)
THEN = NOW - timedelta(hours=1)


def found(color: Color, component: str = "queue") -> Verdict:
    return Verdict(component, color, "3")


def known(color: Color) -> Memory:
    return Memory({"queue": Known(color, THEN, told=True)})


def test_a_color_of_a_newer_revision_counts_as_not_looked_at() -> None:
    left_behind = {"components": {"queue": {"color": "glowing", "since": THEN.isoformat(), "told": True}}}

    assert Memory.from_notes(left_behind).components["queue"].color is Color.UNSEEN


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (Color.GREEN, Color.RED, False),
        (Color.YELLOW, Color.RED, False),
        (Color.GREEN, Color.UNSEEN, False),
        (Color.RED, Color.GREEN, False),
        (Color.RED, Color.YELLOW, False),
        (Color.GREEN, Color.YELLOW, True),
        (Color.RED, Color.UNSEEN, True),
    ],
)
def test_the_operator_is_to_hear_of_red_that_comes_and_goes(before: Color, now: Color, *, told: bool) -> None:
    memory = after(known(before), [found(now)], NOW)

    assert memory.components["queue"] == Known(now, NOW, told=told)


def test_what_stays_as_it_is_keeps_its_beginning() -> None:
    memory = after(known(Color.RED), [found(Color.RED)], NOW)

    assert memory == known(Color.RED)


@pytest.mark.parametrize(("first", "told"), [(Color.GREEN, True), (Color.RED, False)])
def test_at_the_first_look_only_what_is_wrong_is_news(first: Color, *, told: bool) -> None:
    memory = after(Memory(), [found(first)], NOW)

    assert memory.components["queue"].told is told


def test_what_cannot_be_looked_at_while_a_dependency_is_down_stays_as_it_was() -> None:
    down = found(Color.RED, "redis")

    memory = after(known(Color.GREEN), [down, found(Color.UNSEEN)], NOW)

    assert memory.components["queue"] == Known(Color.GREEN, THEN, told=True)


def test_memory_survives_being_written_down() -> None:
    memory = Memory({"queue": Known(Color.RED, THEN, told=False)}, {"notifications": NOW})

    assert Memory.from_notes(memory.as_notes()) == memory
    assert Memory.from_notes({}) == Memory()


def test_nothing_looked_at_is_not_healthy() -> None:
    assert not is_healthy([])
    assert is_healthy([found(Color.GREEN), found(Color.YELLOW)])
    assert not is_healthy([found(Color.GREEN), found(Color.UNSEEN)])
