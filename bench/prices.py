"""5,000 tickers refreshed: requests, seconds and memory of stock_prices, beside the same requests in a bare httpx loop.

Usage: ./dev.sh bench prices [--tickers N] [--rounds N]

Two ticks of one day: the first quotes every ticker, fetches the bars of the session before, and reads ten years of splits
and renames; the second only quotes, as all others of that day. The floor asks a stand-in for the very same pages and parses their
JSON. Each has a process of its own, in turn; stand-in, PostgreSQL and Redis run on the same machine, without Alpaca's pace.
The median of the rounds counts. Exit status 1 when a usual tick takes more than 5 s, or 150 MB.
"""

import json
import multiprocessing
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from multiprocessing.connection import Connection as Pipe
from statistics import median
from string import ascii_uppercase
from typing import Any

import click
import httpx
from sqlalchemy import Engine, insert, text

from common.db import tables as t
from common.db.engine import make_engine, patient, write_transaction
from common.db.schema import upgrade
from common.prices.alpaca import PACES
from common.prices.update import update_prices
from common.settings import Settings
from common.tasks import STOCK_PRICES
from local.mail_load import run_context
from local.services import FAST, postgres_server, redis_server
from local.standins.alpaca import ASKED, KEY_ID, SECRET_KEY

FIRST_TICK = datetime(2026, 6, 2, 14, 30, tzinfo=UTC)  # a Tuesday, 10:30 in New York
NEXT_TICK = FIRST_TICK + timedelta(minutes=15)
TRADED = date(2026, 6, 1)
MOST_SECONDS, MOST_MEGABYTES = 5.0, 150.0
PORTION = 1_000  # rows of one statement
FORGET = text("TRUNCATE securities, quotes, bars, splits, renames, actions_read, checkpoints, sources")
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])


@dataclass(frozen=True)
class Cost:
    """What something took; `megabytes` is the most memory that its process ever had."""

    seconds: float
    megabytes: float


@contextmanager
def servers() -> Iterator[dict[str, Any]]:
    """Start PostgreSQL with every table, Redis and the stand-in, each a process of its own; yield settings."""
    with ExitStack() as stack:
        postgres = stack.enter_context(postgres_server(own=True, settings=FAST))
        redis = stack.enter_context(redis_server(own=True))
        standin = subprocess.Popen(
            [sys.executable, "-m", "local.standins.alpaca"], stdout=subprocess.PIPE, text=True
        )
        stack.callback(standin.wait)
        stack.callback(standin.terminate)
        assert standin.stdout is not None
        given = {
            "database_url": postgres.url,
            "redis_url": redis.url,
            "alpaca_url": standin.stdout.readline().strip(),
            "alpaca_key_id": KEY_ID,
            "alpaca_secret_key": SECRET_KEY,
            "contact": "bench@example.org",
        }
        engine = make_engine(Settings.model_validate(given))
        stack.callback(engine.dispose)
        upgrade(engine)
        yield given


def disclose(engine: Engine, count: int) -> None:
    """Store a filing with one trade in each of COUNT tickers."""
    tickers = [
        "".join(letters) for letters, _ in zip(product(ascii_uppercase, repeat=4), range(count), strict=False)
    ]
    with write_transaction(engine) as tx, patient(tx, 600):
        filing = {
            "chamber": "house",
            "doc_id": "20990001",
            "year": 2026,
            "url": "http://127.0.0.1/",
            "filed": TRADED,
        }
        filing |= {"filer_name": "Bench", "state_district": "OH01", "listing": {}, "first_seen": FIRST_TICK}
        filing |= {"alertable": False, "state": "parsed", "version": 1}
        filing_id = tx.execute(insert(t.filings).values(filing).returning(t.filings.c.id)).scalar_one()
        version = {
            "filing_id": filing_id,
            "version": 1,
            "stored_at": FIRST_TICK,
            "readable": True,
            "facts": "0",
        }
        version_id = tx.execute(insert(t.versions).values(version).returning(t.versions.c.id)).scalar_one()
        rows = [_trade(version_id, number, ticker) for number, ticker in enumerate(tickers, start=1)]
        for begin in range(0, count, PORTION):
            tx.execute(insert(t.trades).values(rows[begin : begin + PORTION]))


def _trade(version_id: int, row: int, ticker: str) -> dict[str, Any]:
    said = {"owner": "", "asset": ticker, "asset_name": ticker, "ticker": ticker, "transaction_type": "P"}
    where = {"version_id": version_id, "row": row, "page": 1, "transaction_date": TRADED}
    return said | where | {"amount_text": "", "raw": {}, "quarantine": []}


def tick(given: Mapping[str, Any], moment: datetime, to: Pipe) -> None:
    """Do what a tick at MOMENT does; send what it counted and what it took."""
    settings = Settings.model_validate(given)
    engine = make_engine(settings)
    context = run_context(settings, engine, STOCK_PRICES.name, lambda: moment, write=lambda _: None)
    began = time.perf_counter()
    counts = update_prices(replace(context, task=STOCK_PRICES, root=f"bench-{moment:%H%M}"))
    to.send((Cost(time.perf_counter() - began, _megabytes()), counts))
    engine.dispose()


def bare(given: Mapping[str, Any], paths: Sequence[str], to: Pipe) -> None:
    """Ask for PATHS one after the other, and parse what comes."""
    headers = {"APCA-API-KEY-ID": KEY_ID, "APCA-API-SECRET-KEY": SECRET_KEY}
    began = time.perf_counter()
    with httpx.Client(headers=headers) as client:
        for path in paths:
            json.loads(client.get(given["alpaca_url"] + path).raise_for_status().content)
    to.send((Cost(time.perf_counter() - began, _megabytes()), None))


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000  # kilobytes on Linux


def alone(work: Callable[..., None], *arguments: Any) -> Any:
    """Do WORK in a process of its own, and return what it sends."""
    receiver, sender = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=work, args=(*arguments, sender))
    process.start()
    sender.close()
    try:
        return receiver.recv()
    finally:
        process.join()


def asked(given: Mapping[str, Any]) -> list[str]:
    """Return the paths that the stand-in was asked for since the last look."""
    paths: list[str] = httpx.get(given["alpaca_url"] + ASKED).json()["paths"]
    return paths


def round_of(given: Mapping[str, Any], engine: Engine) -> dict[str, tuple[int, Cost, Cost, Any]]:
    """Run both ticks from the beginning, each beside its floor."""
    with write_transaction(engine) as tx:
        tx.execute(FORGET)
    found = {}
    for name, moment in (("first tick of a day", FIRST_TICK), ("every other tick", NEXT_TICK)):
        asked(given)
        cost, counts = alone(tick, given, moment)
        paths = asked(given)
        floor, _ = alone(bare, given, paths)
        found[name] = len(paths), cost, floor, counts
    return found


@click.command()
@click.option("--tickers", default=5_000, show_default=True)
@click.option("--rounds", default=3, show_default=True)
def main(tickers: int, rounds: int) -> None:
    """Measure, print, and judge."""
    with servers() as given:
        engine = make_engine(Settings.model_validate(given))
        disclose(engine, tickers)
        results = [round_of(given, engine) for _ in range(rounds)]
        engine.dispose()
    pace = PACES["data.alpaca.markets"].total_seconds()
    print(
        f"{tickers:,} tickers, median of {rounds} rounds, on this machine without Alpaca's pace", flush=True
    )
    for name in results[0]:
        requests, _, _, counts = results[0][name]
        assert (counts.quoted, counts.gaps_left) == (tickers, 0), counts
        ours, floor = _median([one[name][1] for one in results]), _median([one[name][2] for one in results])
        print(f"{name}: {requests} requests, {counts.quoted:,} quotes, {counts.bars:,} bars")
        print(
            f"  {'stock_prices':16}{ours.seconds:7.2f} s {ours.megabytes:6.0f} MB, {ours.seconds / floor.seconds:.1f} x"
        )
        print(
            f"  {'bare httpx loop':16}{floor.seconds:7.2f} s {floor.megabytes:6.0f} MB; Alpaca's pace alone takes {requests * pace:.1f} s"
        )
    sys.exit(1 if ours.seconds > MOST_SECONDS or ours.megabytes > MOST_MEGABYTES else 0)


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(median(cost.seconds for cost in costs), median(cost.megabytes for cost in costs))


if __name__ == "__main__":
    main()
