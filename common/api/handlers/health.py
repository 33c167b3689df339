"""Whether the API, and everything behind it, is well."""

from common import logs
from common.api.desk import NAME, Desk
from common.api.exchange import Answer, Call
from common.api.shapes import Alive, Health
from common.ops.health import watch
from common.ops.health.dependencies import archive_as_left
from common.ops.health.look import Check, look_at
from common.ops.health.memory import Memory
from common.ops.health.verdict import is_healthy

ACTS = frozenset({"open runs"})
"""Checks that do something about what they find: who only asks how things are must change nothing."""

LOOKS = {"archive": Check(archive_as_left)}
"""Checks that only look, in place of those that do something."""


def alive(desk: Desk, call: Call) -> Answer:
    """Answer that the API itself is up, and which revision it is; nothing else is looked at."""
    del call
    return Answer(200, Alive(revision=desk.parts.settings.k_revision))


def detailed(desk: Desk, call: Call) -> Answer:
    """Look at every component now, and say how it is and what to do about it; nobody is mailed and nothing is kept."""
    del call
    quiet = logs.bind(function=NAME, clock=desk.parts.clock, write=_drop)
    before, _ = watch.recall(desk.parts, desk.log)
    look = watch.look_of(desk.parts, quiet, before or Memory())
    checks = {name: check for name, check in {**watch.CHECKS, **LOOKS}.items() if name not in ACTS}
    verdicts = list(look_at(look, checks))
    healthy = is_healthy(verdicts)
    components = [watch.said(verdict) for verdict in verdicts]
    return Answer(
        200 if healthy else 503, Health.model_validate({"healthy": healthy, "components": components})
    )


def _drop(line: str) -> None:
    """Keep LINE from the log: health_check says it, and alert policies count it."""
