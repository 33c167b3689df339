"""Prices beside trades: for the operator always, for subscribers only where that is licensed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from common.alerts.prices import PRICED, price_words
from common.alerts.sending.compose import Writer
from common.db.alert_tables import messages
from common.db.engine import make_engine, write_transaction
from common.prices import store
from common.prices.records import Bar, Days, Quote
from local import why
from tests.support.alerts import GREENE, Watch
from tests.support.letters import LETTERHEAD, NOW, SomeWays
from tests.support.settings import some_settings
from tests.support.trades import a_trade

DAY = date(2025, 2, 10)
WORDS = (
    "Price +20.0% since the trade (close of 2025-02-10, split-adjusted, to the quote of 2025-03-06 10:59 ET"
)


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    engine = make_engine(some_settings(database_url=sqlite_url))
    with write_transaction(engine) as tx:
        for ticker in ("NVDA", "MSFT"):
            close = Decimal(100)
            store.note_wanted(tx, {ticker: DAY}, NOW)
            store.keep_bars(tx, [Bar(ticker, DAY, close, close, close, close, 1, "test")])
            store.settle(tx, [ticker], Days(DAY, DAY))
            at = datetime(2025, 3, 6, 15, 59, tzinfo=UTC)
            store.keep_quotes(tx, [Quote(ticker, Decimal(120), at, "test")])
        store.note_actions_read(tx, "Alpaca", Days(date(2020, 1, 1), date(2025, 3, 6)))
    yield engine
    engine.dispose()


@pytest.fixture
def watch(engine: Engine) -> Watch:
    """Lend a Congress of which Kyle follows Greene."""
    watch = Watch(engine)
    watch.rule(watch.subscriber(), members=[GREENE])
    return watch


def letter(watch: Watch, writer: Writer) -> str:
    """Return the text of the last message, with its lines unwrapped."""
    watch.plan()
    with watch.engine.connect() as connection:
        written = writer(connection, watch.rows(messages)[-1].id, "1.1", NOW)
    assert written is not None
    assert ("Price " in written.mail.text) == ("Price " in written.mail.html)
    return " ".join(written.mail.text.split())


def test_a_licensed_mail_has_what_each_price_did_and_its_basis(watch: Watch) -> None:
    watch.file(a_trade(transaction_date=DAY), a_trade(row=2, ticker="GONE", transaction_date=DAY))

    text = letter(watch, Writer(SomeWays(), LETTERHEAD, prices=price_words))

    assert WORDS in text
    assert text.count("Price ") == 1


def test_without_a_licence_no_price_leaves_the_database(watch: Watch) -> None:
    watch.file(a_trade(transaction_date=DAY))

    text = letter(watch, Writer(SomeWays(), LETTERHEAD))

    assert "Price" not in text
    assert "20.0%" not in text


@pytest.mark.parametrize(
    ("asset_type", "priced"),
    [
        ("ST", True),
        ("EF", True),
        ("Stock", True),
        ("OP", False),
        ("Stock Option", False),
        ("CS", False),
        (None, False),
    ],
)
def test_only_what_its_ticker_names_has_a_price(
    *, watch: Watch, asset_type: str | None, priced: bool
) -> None:
    watch.file(a_trade(transaction_date=DAY, asset_type=asset_type))

    text = letter(watch, Writer(SomeWays(), LETTERHEAD, prices=price_words))

    assert (WORDS in text) is priced
    assert (asset_type in PRICED) is priced


def test_a_row_in_doubt_has_no_price(watch: Watch) -> None:
    watch.file(
        a_trade(ticker="MSFT", transaction_date=DAY),
        a_trade(row=2, transaction_date=DAY, quarantine=("amount: unreadable",)),
    )

    text = letter(watch, Writer(SomeWays(), LETTERHEAD, prices=price_words))

    assert text.count(WORDS) == 1


def test_a_writer_looks_a_filings_prices_up_once(watch: Watch) -> None:
    watch.file(a_trade(transaction_date=DAY))
    watch.plan()
    looked: list[int] = []

    def words(connection: object, filing: object, now: object) -> dict[int, tuple[str, ...]]:
        looked.append(1)
        return {}

    writer = Writer(SomeWays(), LETTERHEAD, prices=words)
    message_id = watch.rows(messages)[-1].id
    with watch.engine.connect() as connection:
        for _ in range(3):
            writer(connection, message_id, "1.1", NOW)

    assert len(looked) == 1


def test_the_operator_sees_what_is_known_and_why_the_rest_is_not(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.file(a_trade(transaction_date=DAY))
    monkeypatch.setenv("DATABASE_URL", str(watch.engine.url))
    monkeypatch.setattr(why, "utc_now", lambda: NOW)

    said = CliRunner().invoke(why.main, ["kyle@example.org", "20090001"])

    assert f"row 1, NVDA: {WORDS}" in said.output
    assert (
        "row 1, NVDA: Price since the disclosure not known: the close of 2025-03-05 is not stored"
        in said.output
    )
