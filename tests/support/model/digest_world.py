"""Digests in a small world: `digest.due` asked whenever a run may come, for somebody who moves between zones."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from common.alerts.planning import digest
from common.alerts.planning.digest import APART, Last, slots
from common.alerts.subscriptions.criteria import Frequency
from tests.support.model.explore import Broken, Step

BEGIN = datetime(2026, 10, 31, 10, tzinfo=UTC)  # a Saturday; New York's clocks go back in the night to come
HOURS = 84
PACE = 3  # hours between two looks
NEWS_UNTIL = 30  # hours
ZONES = ("America/New_York", "Pacific/Auckland", "Pacific/Honolulu")
LONGEST_WAIT = timedelta(hours=24 + 23 + PACE)
"""A day until the next 08:00, and the 23 h between the zones: there is one digest for a day, wherever that began."""


class State(NamedTuple):
    """Everything that the future depends on; hours count from BEGIN."""

    hour: int = 0
    zone: str = ZONES[0]
    moves: int = 2
    news: int = 2
    waiting: tuple[int, ...] = ()
    """Hours at which notices were planned that are in no digest."""
    unsent: tuple[date, tuple[int, ...]] | None = None
    """Day and notices of the digest that has not left."""
    last: tuple[int, date] | None = None
    """When the last digest left, and its day."""
    ran: bool = False
    """Whether a run has gathered in this hour."""


class DigestRules:
    """How the world works. A planted fault overrides one function of `digest`."""

    def steps(self, s: State) -> Iterator[Step[State]]:
        """List what can happen next."""
        if s.unsent is not None:
            yield Step("the digest leaves", self._leave(s))
        if not s.ran:
            yield Step("a run gathers", self._gather(s))
        if s.news and s.hour < NEWS_UNTIL:
            yield Step("news", s._replace(news=s.news - 1, waiting=(*s.waiting, s.hour), ran=False))
        for zone in ZONES:
            if s.moves and zone != s.zone:
                yield Step(f"moves to {zone}", s._replace(zone=zone, moves=s.moves - 1, ran=False))
        if s.hour < HOURS and s.ran and s.unsent is None:
            yield Step(f"{PACE} hours pass", s._replace(hour=s.hour + PACE, ran=False))

    def _gather(self, s: State) -> State:
        now, s = _at(s.hour), s._replace(ran=True)
        eight = slots(now, s.zone)
        last = Last(_at(s.last[0]), s.last[1]) if s.last else Last()
        since = _at(min(s.waiting)) if s.waiting else None
        if not digest.due(now, eight, {Frequency.DAILY: since}, last):
            return s
        before = s.unsent[1] if s.unsent else ()
        return s._replace(unsent=(eight.day, (*before, *s.waiting)), waiting=())

    def _leave(self, s: State) -> State:
        day, _ = s.unsent or (date.min, ())
        if s.last and _at(s.hour) - _at(s.last[0]) < APART:
            raise Broken(f"two digests left within {s.hour - s.last[0]} h")
        if s.last and day <= s.last[1]:
            raise Broken(f"the digest of {day} left after that of {s.last[1]}")
        return s._replace(unsent=None, last=(s.hour, day))

    def check(self, s: State) -> None:
        """Raise Broken where somebody waits for too long."""
        for planned in s.waiting:
            if _at(s.hour) - _at(planned) > LONGEST_WAIT:
                raise Broken(f"news waited for {s.hour - planned} h")

    def check_rest(self, s: State) -> None:
        """Raise Broken where news is left when the days are over."""
        if s.waiting or s.unsent:
            raise Broken("news was never told")


def _at(hour: int) -> datetime:
    return BEGIN + timedelta(hours=hour)
