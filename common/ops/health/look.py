"""What a check may look at, and what became of a part that it could not."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from common.alerts.sending.queue import RedisQueue
from common.errors import DependencyDown
from common.logs import Log, safe_text, type_and_text
from common.ops.health.verdict import Color, Verdict
from common.runtime.database import Database
from common.runtime.dispatch import Dispatcher
from common.runtime.records import History, Lock
from common.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The parts, at one moment."""

    now: datetime
    settings: Settings
    history: History
    lock: Lock
    queue: RedisQueue
    database: Database
    dispatcher: Dispatcher
    log: Log
    watched: Mapping[str, datetime]
    """Task -> since when it is expected to run."""


@dataclass(frozen=True, slots=True)
class Check:
    """How some components are found."""

    ask: Callable[[Look], Iterable[Verdict]]
    """Returns their verdicts. Raises DependencyDown when it cannot look."""
    needs: tuple[str, ...] = ()
    """Dependencies without which there is no looking."""


def look_at(look: Look, checks: Mapping[str, Check]) -> Iterator[Verdict]:
    """Yield the verdicts of all CHECKS (component -> check); one that cannot look is not seen, one with a bug is red.

    Neither stops another.
    """
    down = set[str]()
    for component, check in checks.items():
        if lacking := down.intersection(check.needs):
            yield _unseen(component, f"{', '.join(sorted(lacking))} down")
            continue
        try:
            for verdict in check.ask(look):
                yield verdict
                down |= {verdict.component} if verdict.is_red else set()
        except DependencyDown as fault:
            yield _unseen(component, safe_text(str(fault)))
        except Exception as bug:  # noqa: BLE001 - whatever it is, one check has it; the others are looked at all the same
            look.log.error("health.bug", component=component, cause=bug)
            yield Verdict(component, Color.RED, type_and_text(bug), "deploy.sh logs health_check --errors")


def _unseen(component: str, why: str) -> Verdict:
    return Verdict(component, Color.UNSEEN, why, "first bring back what it needs")
