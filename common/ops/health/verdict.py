"""What was found of one component, with the number behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Color(StrEnum):
    """How a component is; the text ends the sentence "<component> is ..."."""

    GREEN = "well"
    YELLOW = "worth a look"
    RED = "down"
    UNSEEN = "not looked at"
    """Something that it takes to look did not answer; never taken for well."""

    @classmethod
    def _missing_(cls, value: object) -> "Color":  # noqa: ARG003 - an enum's signature
        """Take a word that a newer revision of this code left behind for something not looked at."""
        return cls.UNSEEN


@dataclass(frozen=True, slots=True)
class Verdict:
    """One component as it was found."""

    component: str
    color: Color
    number: str
    """What was measured, such as `3 ms` or `2 of 48 ticks missed`."""
    next_step: str = ""
    """What the operator does about it; empty where there is nothing to do."""
    figures: Mapping[str, float] = field(default_factory=dict)
    """What was measured, as numbers by name: log-based metrics and alert policies read them from the log."""

    @property
    def is_red(self) -> bool:
        """Whether the whole is not healthy because of it."""
        return self.color in {Color.RED, Color.UNSEEN}


def well(component: str, number: str) -> Verdict:
    """Return that nothing is wrong."""
    return Verdict(component, Color.GREEN, number)


def judged(
    component: str,
    number: str,
    next_step: str,
    *,
    red: bool,
    yellow: bool = False,
    figures: Mapping[str, float] | None = None,
) -> Verdict:
    """Return the verdict that the claims make: RED before YELLOW; NEXT_STEP is told only where one of them holds."""
    color = Color.RED if red else Color.YELLOW if yellow else Color.GREEN
    return Verdict(component, color, number, next_step if red or yellow else "", figures or {})


def is_healthy(verdicts: Sequence[Verdict]) -> bool:
    """Whether something was looked at and nothing of it is red or was left out."""
    return bool(verdicts) and not any(verdict.is_red for verdict in verdicts)
