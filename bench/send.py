"""Sending on PostgreSQL: mails a second, ledger and letters included, beside the same HTTP requests alone.

Usage: ./dev.sh bench send [--messages N]

The floor is a bare httpx loop of as many threads as a drain has, posting the same bodies to the same stand-in. Then one
drain process, and two; each composes every mail from notices and rules, as `notifications` does. Stand-in, PostgreSQL
and Redis run on the same machine. MB = the most that one process ever had. Exit status 1 below 100 mails a second in one
process, or 160 in two.
"""

import multiprocessing
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, TypeVar

import click
import httpx
from sqlalchemy import Engine, delete, insert, select, text

from common.alerts.sending.compose import Writer
from common.alerts.sending.deliver import WAVE, Post, drain
from common.alerts.sending.ledger import Status
from common.alerts.sending.queue import RedisQueue
from common.clock import utc_now
from common.db.alert_tables import messages, notices, rule_revisions, rules, subscribers, told
from common.db.engine import make_engine, patient, write_transaction
from common.db.schema import upgrade
from common.mail.render import Letterhead
from common.mail.sendgrid import SendGridMailer
from common.settings import Settings
from local.mail_load import ADDRESS_KEY, plan, run_context
from local.services import FAST, postgres_server, redis_server
from local.standins.sendgrid import KEY, SEND

LEAST = {1: 100.0, 2: 160.0}  # mails a second, by processes
LETTERHEAD = Letterhead(
    sender="CapitolScope <alerts@example.org>",
    postal_address="CapitolScope, 12 Example Street, Springfield",
    public_base_url="https://alerts.example.org",
)
T = TypeVar("T")
PORTION = 5_000  # messages planned in one transaction
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])


class PlainWays:
    """Links as long as signed ones."""

    def manage(self, subscriber_id: int) -> str:
        return f"https://alerts.example.org/manage?t={subscriber_id:064}"

    def unsubscribe(self, subscriber_id: int) -> str:
        return f"https://alerts.example.org/unsubscribe?t={subscriber_id:064}"

    def stop(self, subscriber_id: int, rule_id: int) -> str:
        return f"https://alerts.example.org/stop?t={subscriber_id:032}{rule_id:032}"

    def everything(self, message_id: int) -> str:
        return f"https://alerts.example.org/mail?t={message_id:064}"


@contextmanager
def servers() -> Iterator[dict[str, Any]]:
    """Start PostgreSQL with every table, Redis and the stand-in, each a process of its own; yield settings."""
    with ExitStack() as stack:
        postgres = stack.enter_context(postgres_server(own=True, settings=FAST))
        redis = stack.enter_context(redis_server(own=True))
        standin = subprocess.Popen(
            [sys.executable, "-m", "local.standins.sendgrid"], stdout=subprocess.PIPE, text=True
        )
        stack.callback(standin.wait)
        stack.callback(standin.terminate)
        assert standin.stdout is not None
        given = {
            "database_url": postgres.url,
            "redis_url": redis.url,
            "sendgrid_url": standin.stdout.readline().strip(),
            "contact": "bench@example.org",
        }
        upgrade(make_engine(Settings.model_validate(given)))
        yield given


def prepare(engine: Engine, count: int) -> None:
    """Plan COUNT messages, each for a subscriber with a rule of its own, instead of those before."""
    now = utc_now()
    with write_transaction(engine) as tx, patient(tx, 600):
        for table in (told, notices, messages, rule_revisions, rules, subscribers):
            tx.execute(delete(table))
    for begin in range(0, count, PORTION):
        plan(engine, min(PORTION, count - begin), now)
    with write_transaction(engine) as tx, patient(tx, 600):
        rule = select(
            subscribers.c.id, subscribers.c.id, text("'All of the House'"), subscribers.c.created_at
        )
        tx.execute(insert(rules).from_select(["id", "subscriber_id", "name", "created_at"], rule))
        asks = {"revision": "1", "frequency": "'immediate'", "shape": "'chamber'", "chamber": "'house'"}
        revision = select(rules.c.id, rules.c.subscriber_id, rules.c.created_at, *map(text, asks.values()))
        names = ["rule_id", "subscriber_id", "effective_from", *asks]
        tx.execute(insert(rule_revisions).from_select(names, revision))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def send(given: Mapping[str, Any], scope: str) -> float:
    """Drain in SCOPE until nothing is due; return the most megabytes that this process ever had."""
    settings = Settings.model_validate(given)
    engine = make_engine(settings)
    post = Post(
        queue=RedisQueue.at(settings.redis_url),
        mailer=SendGridMailer(KEY, utc_now, url=settings.sendgrid_url),
        compose=Writer(PlainWays(), LETTERHEAD).letters,
        address_key=ADDRESS_KEY,
    )
    drain(run_context(settings, engine, scope, utc_now, write=print), post)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def drained(given: Mapping[str, Any], processes: int) -> float:
    """Let PROCESSES drains send everything; return the most megabytes that one of them had."""
    scopes = [f"notifications/drain-{number}" for number in range(1, processes + 1)]
    with ProcessPoolExecutor(processes, PROCESSES) as pool:
        return max(pool.map(partial(send, given), scopes))


def bare(url: str, bodies: list[Any]) -> None:
    """Post BODIES with as many threads as a drain has, and do nothing else."""
    with (
        httpx.Client(headers={"Authorization": f"Bearer {KEY}"}) as client,
        ThreadPoolExecutor(WAVE) as threads,
    ):
        for answer in threads.map(lambda body: client.post(url + SEND, content=body), bodies):
            answer.raise_for_status()


def a_body(engine: Engine) -> bytes:
    """Return a request as a drain posts it."""
    from json import dumps

    from common.mail.sendgrid import _request

    with engine.connect() as connection:
        number = connection.scalars(select(messages.c.id).limit(1)).one()
        letter = Writer(PlainWays(), LETTERHEAD).letters(connection, {number: "1.1"}, utc_now())[number]
    return dumps(_request(letter.mail)).encode()


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Return how many seconds WORK took, and what it returned."""
    began = time.perf_counter()
    done = work()
    return time.perf_counter() - began, done


def all_accepted(engine: Engine, count: int) -> None:
    """Refuse to have measured anything but COUNT mails that were accepted."""
    with engine.connect() as connection:
        sent = connection.scalars(select(messages.c.status)).all().count(Status.ACCEPTED)
    assert sent == count, f"{sent} of {count} were accepted"


@click.command()
@click.option("--messages", "count", default=20_000, show_default=True)
def main(count: int) -> None:
    """Measure, print, and judge."""
    speeds: dict[int, float] = {}
    with servers() as given:
        engine = make_engine(Settings.model_validate(given))
        prepare(engine, 1)
        body = a_body(engine)
        seconds, _ = timed(lambda: bare(given["sendgrid_url"], [body] * count))
        floor = count / seconds
        print(f"{count:,} mails of {len(body):,} bytes, {WAVE} under way at once", flush=True)
        print(f"{'':20}{'a second':>10}{'of the floor':>14}{'of one process':>16}{'MB':>6}")
        print(f"{'bare httpx loop':20}{floor:>10.0f}{1:>14.0%}", flush=True)
        for processes in LEAST:
            prepare(engine, count)
            seconds, megabytes = timed(partial(drained, given, processes))
            all_accepted(engine, count)
            speeds[processes] = speed = count / seconds
            ratios = f"{speed / floor:>14.0%}{speed / speeds[1]:>16.0%}{megabytes:>6.0f}"
            print(f"{f'{processes} drain process(es)':20}{speed:>10.0f}{ratios}", flush=True)
    sys.exit(any(speeds[processes] < least for processes, least in LEAST.items()))


if __name__ == "__main__":
    main()
