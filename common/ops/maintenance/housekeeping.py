"""Maintenance's steps around filings: prices, the mail queue, and what the database knows of itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from common.alerts.sending.queue import RedisQueue
from common.alerts.sending.repair import repair
from common.db import dialect
from common.db.engine import patient
from common.db.every_table import metadata
from common.errors import DependencyDown
from common.runtime.context import RunContext, Skip
from common.tasks import BACKFILL, NO_PRICE_SOURCE, STOCK_PRICES

LEFT_AFTER = timedelta(minutes=10)
"""A drain forgets an entry in the second in which it took it; one that holds it for so long is no more."""
LONGEST_ANALYZE = 120.0  # seconds of one table


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Whose work it is."""

    to: str


@dataclass(frozen=True, slots=True)
class Repaired:
    """Messages that lapsed, are presumed lost or are sent again; entries of the queue that nobody would have looked at."""

    messages: Mapping[str, int]
    orphans: int


@dataclass(frozen=True, slots=True)
class Analyzed:
    """How many tables."""

    tables: int


def fill_price_gaps(ctx: RunContext) -> HandedOver:
    """Have stock_prices fill what is missing, at once.

    Raises Skip where no source is configured, DependencyDown when nobody took it.
    """
    if not (ctx.settings.alpaca_key_id and ctx.settings.alpaca_secret_key):
        raise Skip(NO_PRICE_SOURCE)
    scope = f"{STOCK_PRICES.name}/{BACKFILL}"
    if not ctx.hand_over(STOCK_PRICES, BACKFILL):
        raise DependencyDown("dispatch", f"a run of {scope} was not taken; see handover.failed in the log")
    return HandedOver(scope)


def repair_queue(ctx: RunContext) -> Repaired:
    """Say what became of messages that nobody answers for, and forget entries that were left; the ledger loses nothing."""
    messages = repair(ctx.transaction, ctx.clock(), resend=ctx.settings.resend_unknown)
    queue, orphans = RedisQueue.at(ctx.settings.redis_url), 0
    while dropped := queue.drop_orphans(LEFT_AFTER):
        ctx.breathe()
        orphans += dropped
    return Repaired(messages, orphans)


def analyze(ctx: RunContext) -> Analyzed:
    """Let the database count what its tables hold, by which it chooses how to answer; a chain of runs counts each once."""
    names = sorted(metadata.tables)
    last = (ctx.resume("analyze") or {"last": ""})["last"]
    for done, name in enumerate(names, start=1):
        if name <= last:
            continue
        ctx.breathe()
        with ctx.transaction() as tx, patient(tx, LONGEST_ANALYZE):
            dialect.analyze(tx, metadata.tables[name])
            ctx.checkpoint(tx, "analyze", {"last": name})
        ctx.progress(done, len(names))
    return Analyzed(len(names))
