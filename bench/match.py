"""Matching and planning on PostgreSQL: seconds and memory against ever more rules.

Usage: ./dev.sh bench match [--most RULES]

1,000 new trades in 250 filings against 1,000, 100,000 and 1,000,000 rules: 70 % follow one member, 29 % one ticker, 1 %
an amount. Then 5,000 subscribers who want all of 400 trades. `match` is the set-based matching alone, `plan` all of
planning, notices and messages included. The last lines say how planning grew with the matches. Exit status 1 when the
largest matching takes more than 10 s.
"""

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import click
from sqlalchemy import Connection, Engine, func, select, text

from common.alerts.planning.batch import match_batch, work_space
from common.alerts.planning.plan import Planned, plan
from common.alerts.planning.plan_all import BATCH, first_waiting
from common.db.alert_tables import messages
from common.db.engine import make_engine, patient, write_transaction
from common.db.tables import versions
from common.settings import Settings
from local.services import postgres_server

SIZES = (1_000, 100_000, 1_000_000)
MOST_SECONDS = 10.0
SERVER = {"shared_buffers": "256MB", "work_mem": "32MB", "max_connections": "20", "max_wal_size": "4GB"}
LONG = 600.0  # seconds for making the data

# Invented: 540 members, 4,000 tickers, three rules a subscriber, and amounts as unevenly spread as real ones.
CONGRESS = """
    INSERT INTO members (bioguide, official_name, first, last, middle, suffix, nickname, other_names)
    SELECT 'M' || lpad(n::text, 6, '0'), 'Member ' || n, 'Member', n::text, '', '', '', '[]'
    FROM generate_series(0, 539) AS n;
    INSERT INTO terms (bioguide, start, "end", chamber, state, district, party)
    SELECT bioguide, '2025-01-03', '2027-01-03', 'house', 'GA', 1, 'Independent' FROM members;
"""
FILINGS = """
    INSERT INTO filings (id, chamber, doc_id, year, url, filed, filer_name, state_district, listing, first_seen, alertable,
        state, transient, attempts, version)
    SELECT n, 'house', n::text, 2026, 'https://example.org/' || n, '2026-05-01', 'Member', 'GA01', '{}',
        now() + n * interval '1 second', true, 'parsed', false, 1, 1
    FROM generate_series(1, :filings) AS n;
    INSERT INTO versions (id, filing_id, version, stored_at, readable, facts, bioguide)
    SELECT n, n, 1, now() + interval '1 day', true, '', 'M' || lpad((n * 7 % 540)::text, 6, '0')
    FROM generate_series(1, :filings) AS n;
    INSERT INTO trades (version_id, "row", page, owner, asset, asset_name, ticker, asset_type, transaction_type,
        transaction_date, notification_date, amount_text, amount_min, amount_max, raw, quarantine)
    SELECT 1 + n % :filings, n, 1, '', 'Asset', 'Asset', 'T' || n * 13 % 4000, 'ST', 'P', '2026-04-01', '2026-04-02', '',
        low, high, '{}', '[]'
    FROM generate_series(1, :trades) AS n, LATERAL (SELECT
        CASE WHEN n % 50 = 0 THEN 250001 WHEN n % 4 = 0 THEN 15001 ELSE 1001 END AS low,
        CASE WHEN n % 50 = 0 THEN 500000 WHEN n % 4 = 0 THEN 50000 ELSE 15000 END AS high) AS amounts;
"""
RULES = """
    INSERT INTO subscribers (id, address, zone, created_at, confirmed_at)
    SELECT n, 'reader' || n || '@example.org', 'UTC', now(), now() FROM generate_series(:first / 3 + 1, :last / 3 + 1) AS n
    ON CONFLICT DO NOTHING;
    INSERT INTO rules (id, subscriber_id, name, created_at)
    SELECT n, n / 3 + 1, 'Rule', now() FROM generate_series(:first, :last) AS n;
    INSERT INTO rule_revisions (id, rule_id, revision, subscriber_id, effective_from, frequency, shape, amount_mode, amount)
    SELECT n, n, 1, n / 3 + 1, now(), 'immediate',
        CASE WHEN n % 100 < 70 THEN 'members' WHEN n % 100 < 99 THEN 'tickers' ELSE 'at_least' END,
        CASE WHEN n % 100 = 99 THEN 'at_least' END, CASE WHEN n % 100 = 99 THEN 250001 END
    FROM generate_series(:first, :last) AS n;
    INSERT INTO rule_members (revision_id, bioguide)
    SELECT n, 'M' || lpad((n::bigint * 7919 % 540)::text, 6, '0') FROM generate_series(:first, :last) AS n WHERE n % 100 < 70;
    INSERT INTO rule_tickers (revision_id, ticker)
    SELECT n, 'T' || n::bigint * 104729 % 4000 FROM generate_series(:first, :last) AS n WHERE n % 100 BETWEEN 70 AND 98;
"""
WATCH_ALL = """
    INSERT INTO subscribers (id, address, zone, created_at, confirmed_at)
    SELECT n, 'reader' || n || '@example.org', 'UTC', now(), now() FROM generate_series(1, 5000) AS n;
    INSERT INTO rules (id, subscriber_id, name, created_at) SELECT n, n, 'Rule', now() FROM generate_series(1, 5000) AS n;
    INSERT INTO rule_revisions (id, rule_id, revision, subscriber_id, effective_from, frequency, shape, chamber)
    SELECT n, n, 1, n, now(), 'immediate', 'chamber', 'house' FROM generate_series(1, 5000) AS n;
"""
FORGET_NOTICES = "TRUNCATE notices, told, messages; UPDATE versions SET planned_at = NULL"
FORGET_ALL = "TRUNCATE filings, subscribers CASCADE"
WAITING = "INSERT INTO to_match SELECT filing_id, version FROM versions"


@dataclass(frozen=True)
class Measured:
    """What one size cost."""

    what: str
    match_seconds: float
    plan_seconds: float
    planned: Planned
    messages: int
    backend_megabytes: float


@contextmanager
def server() -> Iterator[Engine]:
    """Lend an engine on a PostgreSQL of our own, with every table."""
    with postgres_server(own=True, settings=SERVER) as postgres:
        settings = Settings(database_url=postgres.url, redis_url="redis://", contact="nobody")
        engine = make_engine(settings)
        messages.metadata.create_all(engine)
        yield engine
        engine.dispose()


def run_sql(engine: Engine, script: str, **values: int) -> None:
    """Run each statement of SCRIPT, in a transaction, with as much time as it needs."""
    with write_transaction(engine) as tx, patient(tx, LONG):
        for statement in filter(str.strip, script.split(";")):
            written = statement
            for name, value in values.items():
                written = written.replace(f":{name}", str(value))
            tx.execute(text(written.replace("::", r"\:\:")))


def settle(engine: Engine) -> None:
    """Let the server know its tables and write them out, as it does by itself within minutes of what was loaded."""
    with write_transaction(engine) as tx, patient(tx, LONG):
        tx.execute(text("ANALYZE"))
        tx.execute(text("CHECKPOINT"))


def measure(engine: Engine, what: str) -> Measured:
    """Match everything once and take it back; then plan everything."""
    settle(engine)
    with write_transaction(engine, repeatable=True) as tx, patient(tx, LONG):
        ids = tx.scalars(select(versions.c.id)).all()
        start = time.perf_counter()
        with work_space(tx):
            match_batch(tx, ids)
            matched = time.perf_counter() - start
        tx.rollback()
    planned, peak = Planned(), 0.0
    start = time.perf_counter()
    while True:
        with write_transaction(engine, repeatable=True) as tx:
            batch = plan(tx, first_waiting(tx, BATCH))
            peak = max(peak, backend_megabytes(tx))
        if not batch.filings:
            break
        planned += batch
    seconds = time.perf_counter() - start
    with engine.connect() as connection:
        count = connection.scalar(select(func.count()).select_from(messages)) or 0
    return Measured(what, matched, seconds, planned, count, peak)


def backend_megabytes(tx: Connection) -> float:
    """Return the most memory that the server's process of this connection ever had, shared buffers included."""
    pid = tx.scalar(select(func.pg_backend_pid()))
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def sizes(engine: Engine, most: int) -> Iterator[Measured]:
    """Measure every size; rules are added from one to the next."""
    run_sql(engine, CONGRESS)
    run_sql(engine, FILINGS, filings=250, trades=1_000)
    so_far = 0
    for size in (size for size in SIZES if size <= most):
        run_sql(engine, RULES, first=so_far, last=size - 1)
        run_sql(engine, WAITING)
        yield measure(engine, f"{size:,} rules x 1,000 trades")
        run_sql(engine, FORGET_NOTICES)
        so_far = size
    run_sql(engine, FORGET_ALL)
    run_sql(engine, FILINGS, filings=100, trades=400)
    run_sql(engine, WATCH_ALL)
    run_sql(engine, WAITING)
    yield measure(engine, "5,000 who want all of 400 trades")


def own_megabytes() -> float:
    """Return the most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def grew(before: Measured, after: Measured) -> str:
    """Say how planning grew from one size to the next, and what a match cost."""
    more = after.planned.matches / before.planned.matches
    longer = after.plan_seconds / before.plan_seconds
    each = [one.plan_seconds / one.planned.matches * 1e6 for one in (before, after)]
    return f"{more:.1f} times the matches, {longer:.1f} times the seconds: {each[0]:.0f} -> {each[1]:.0f} microseconds a match"


@click.command()
@click.option("--most", default=SIZES[-1], help="the largest number of rules")
def main(most: int) -> None:
    """Measure, print a table, and judge the largest matching."""
    measured: list[Measured] = []
    print(
        f"{'':36}{'match s':>9}{'plan s':>9}{'matches':>10}{'notices':>10}{'messages':>10}{'MB here':>9}{'MB server':>11}"
    )
    with server() as engine:
        for one in sizes(engine, most):
            measured.append(one)
            counts = f"{one.planned.matches:>10,}{one.planned.notices:>10,}{one.messages:>10,}"
            memory = f"{own_megabytes():>9.0f}{one.backend_megabytes:>11.0f}"
            print(
                f"{one.what:36}{one.match_seconds:>9.2f}{one.plan_seconds:>9.2f}{counts}{memory}", flush=True
            )
    for before, after in pairwise(measured[:-1]):
        print(f"{before.what} -> {after.what}: {grew(before, after)}")
    sys.exit(max(one.match_seconds for one in measured) > MOST_SECONDS)


if __name__ == "__main__":
    main()
