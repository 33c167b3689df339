"""Histories of a small house of mail, made up at random: `python -m tests.support.any_history FIRST LAST [LENGTH]` plays many.

Stops at the first of these seeds whose history breaks a promise, and shows the shortest history that still does.
"""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from redis import Redis

from common.alerts.sending.queue import STREAM
from common.db.engine import make_engine
from local import services
from tests.support.alerts import GREEN, GREENE
from tests.support.chronicle import ANSWERS, TICKERS, Chronicle, Op, Said
from tests.support.postgres import create_tables
from tests.support.readers import check
from tests.support.settings import some_settings

LENGTH = 25
ASKS: tuple[dict[str, Any], ...] = (
    {"members": [GREENE]},
    {"members": [GREEN]},
    {"chamber": "house"},
    {"tickers": TICKERS[:1]},
    {"tickers": TICKERS[1:3]},
    {"owner": "spouse"},
    {"members": [GREENE], "amount_mode": "at_least", "amount": 15001},
    {"members": [GREENE, GREEN], "side": "buy"},
)
FREQUENCIES = ("immediate", "immediate", "daily", "weekly")
ZONES = ("America/New_York", "Asia/Tokyo", "Pacific/Kiritimati", "Pacific/Honolulu")
FILERS = (GREENE, GREENE, GREEN, None)
STATUSES = (("New",), ("New",), ("Amended", "Amended", "Deleted"))
"""Of the rows of each report."""
MINUTES = (1, 5, 30, 60, 600, 1440)
FAULTS = ("accept", "accept", *ANSWERS)


def a_history(random: Random, length: int = LENGTH) -> list[Op]:
    """Return what happens, in its order."""
    begun = [("follow", *_rule(random)), ("file", *_filing(random))]
    chosen = random.choices(list(MAKES), [often for often, _ in MAKES.values()], k=length)
    return begun + [(name, *MAKES[name][1](random)) for name in chosen]


def _filing(random: Random) -> Op:
    which = random.choice((0, 0, 1, 2))
    by = random.choice(FILERS)
    if random.random() < 0.2:
        return which, by, random.choice(("scan", "broken"))
    slots = random.choice(((0,), (1,), (0, 1), (1, 0)))
    return which, by, tuple(_row(random, slot, STATUSES[which]) for slot in slots)


def _row(random: Random, slot: int, statuses: tuple[str, ...]) -> Said:
    in_doubt = random.random() < 0.1
    return slot, random.choice(("", "SP")), random.choice((1001, 15001)), random.choice(statuses), in_doubt


def _rule(random: Random) -> Op:
    return random.randrange(2), random.choice(FREQUENCIES), random.choice(ASKS)


def _kill(random: Random) -> int | None:
    return random.choice((None, None, random.randrange(12)))


MAKES: dict[str, tuple[int, Callable[[Random], Op]]] = {
    "file": (6, _filing),
    "follow": (2, _rule),
    "edit": (1, lambda random: (random.randrange(9), *_rule(random)[1:])),
    "stop": (1, lambda random: (random.randrange(9),)),
    "move": (1, lambda random: (random.randrange(2), random.choice(ZONES))),
    "unsubscribe": (1, lambda random: (random.randrange(2),)),
    "come_back": (1, lambda random: (random.randrange(2),)),
    "wait": (4, lambda random: (random.choice(MINUTES),)),
    "plan": (3, lambda random: (_kill(random),)),
    "gather": (2, lambda random: (_kill(random),)),
    "drain": (3, lambda random: (random.choice(FAULTS), _kill(random))),
    "notify": (4, lambda random: (random.choice(FAULTS), _kill(random))),
    "events": (1, lambda _: ()),
}
"""What may happen -> how often, and to what."""


def play(history: list[Op], template: Path, redis_url: str) -> None:
    """Let HISTORY happen in a copy of TEMPLATE, an empty database. Raises AssertionError."""
    file = Path(shutil.copy(template, template.with_name("history.db")))
    with Redis.from_url(redis_url) as client:
        client.delete(STREAM)
    engine = make_engine(some_settings(database_url=f"sqlite:///{file}"))
    try:
        chronicle = Chronicle.begun(engine, redis_url)
        chronicle.tell(history)
        check(chronicle)
    finally:
        engine.dispose()


def shortest(history: list[Op], breaks: Callable[[list[Op]], bool]) -> list[Op]:
    """Return what is left of HISTORY without all that it takes not to break."""
    size = len(history) // 2
    while size:
        start = 0
        while start < len(history):
            shorter = history[:start] + history[start + size :]
            history, start = (shorter, start) if breaks(shorter) else (history, start + size)
        size //= 2
    return history


def main(first: int, last: int, length: int = LENGTH) -> None:
    """Play the histories of the seeds from FIRST to LAST."""
    with TemporaryDirectory() as folder, services.redis_server(own=True) as server:
        template = Path(folder, "template.db")
        create_tables(f"sqlite:///{template}")

        def wrong(history: list[Op]) -> str | None:
            try:
                play(history, template, server.url)
            except AssertionError as error:
                return str(error)
            return None

        for seed in range(first, last + 1):
            history = a_history(Random(seed), length)
            if wrong(history):
                least = shortest(history, lambda one: wrong(one) is not None)
                sys.exit("\n".join([f"seed {seed}: {wrong(least)}", *map(str, least)]))
    print(f"{last - first + 1} histories kept every promise")  # noqa: T201 - whoever plays them waits for it


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
