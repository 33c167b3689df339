"""Why did somebody (not) get a mail? `python -m local.why SUBSCRIBER DOC_ID`; SUBSCRIBER is an address or an id.

Reads the database that DATABASE_URL names, else the last demo's; writes nothing.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

import click
from sqlalchemy import Connection, select

from common.alerts.explain import Answer, Decision, NearMiss, explain
from common.alerts.planning.disclosed import Disclosed
from common.alerts.prices import prices_of
from common.alerts.subscriptions.criteria import in_words
from common.alerts.subscriptions.rules import names_of
from common.clock import utc_now
from common.db.alert_tables import subscribers
from common.db.engine import make_engine, read_transaction
from common.db.schema import require_schema
from common.errors import DependencyDown, InvalidRequest, NotConfigured
from common.mail.words import lateness
from common.prices.since import told_in_full
from common.settings import Settings, database_settings, given
from local.demo.cloud import FOLDER, demo_settings

BIOGUIDE = re.compile(r"\b[A-Z]\d{6}\b")


@click.command()
@click.argument("subscriber")
@click.argument("doc_id")
def main(subscriber: str, doc_id: str) -> None:
    """Print what was decided about each version of a filing for one subscriber, and which rules nearly matched."""
    engine = make_engine(_settings())
    try:
        require_schema(engine)
        with read_transaction(engine) as connection:
            for decision in explain(connection, _subscriber_id(connection, subscriber), doc_id):
                click.echo("\n".join(_lines(connection, decision)))
    except (InvalidRequest, NotConfigured, DependencyDown) as error:
        raise click.ClickException(str(error)) from error
    finally:
        engine.dispose()


def _settings() -> Settings:
    """Return settings that open the database and nothing else. Raises ClickException where there is none."""
    if given("DATABASE_URL"):
        return database_settings()
    if not FOLDER.exists():
        raise click.ClickException("no demo was played in this clone: ./dev.sh demo, or set DATABASE_URL")
    return demo_settings(FOLDER)


def _subscriber_id(connection: Connection, text: str) -> int:
    if text.isdecimal():
        return int(text)
    of = select(subscribers.c.id).where(subscribers.c.address == text.lower())
    found: int | None = connection.scalar(of)
    if found is None:
        raise InvalidRequest("subscriber", "nobody has this address")
    return found


def _lines(connection: Connection, decision: Decision) -> list[str]:
    filing = decision.filing
    head = f"{filing.doc_id} version {filing.version}, stored {filing.stored_at:%Y-%m-%d %H:%M:%S} UTC"
    lines = [f"{head}: {decision.verdict}", *_lateness(filing), *_prices(connection, filing)]
    lines.extend(f"  {sentence}" for sentence in decision.restated)
    for answer in decision.answers:
        criteria = (answer.revision or answer.rule).criteria
        names = names_of(connection, {*criteria.members, filing.bioguide or ""})
        asks = in_words(criteria, names)
        lines.append(f'  rule {answer.rule.rule_id} "{answer.rule.name}" ({asks}): {_said(answer)}')
        lines.extend(f"    {_near(miss, names)}" for miss in answer.near_misses)
    return lines


def _lateness(filing: Disclosed) -> Iterator[str]:
    """Say which rows were disclosed how late."""
    rows = defaultdict(list)
    for row in filing.rows:
        rows[lateness(row.late)].append(str(row.trade.row))
    for said, numbers in rows.items():
        yield f"  {said}: row {', '.join(numbers)}"


def _prices(connection: Connection, filing: Disclosed) -> Iterator[str]:
    """Say what the price of each row did since; for the operator, whatever PRICES_DISPLAY says."""
    for trade_id, since in prices_of(connection, filing, utc_now()).items():
        row = filing.by_id[trade_id].trade
        yield from (f"  row {row.row}, {row.ticker}: {words}" for words in told_in_full(since))


def _said(answer: Answer) -> str:
    if answer.revision is None:
        return "was not in force then"
    revision = f"revision {answer.revision.number}"
    if not answer.matched:
        return f"{revision} did not match"
    rows = ", ".join(str(row.trade.row) for row in answer.rows)
    return f"{revision} matched {f'row {rows}' if rows else 'the filing, unread'}"


def _near(miss: NearMiss, names: Mapping[str, str]) -> str:
    where = "the filing" if miss.row is None else f"row {miss.row.trade.row}"
    lacks = "; ".join(f"{one.criterion}: wanted {one.wanted}, found {one.found}" for one in miss.misses)
    return f"{where}: {BIOGUIDE.sub(lambda found: names.get(found[0], found[0]), lacks)}"


if __name__ == "__main__":
    main(prog_name="./dev.sh why")
