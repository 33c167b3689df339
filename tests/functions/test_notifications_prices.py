"""From a filing to a mail where a price is known: it is told under a licence, and otherwise stays where it is."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from common.db.engine import write_transaction
from common.prices import store
from common.prices.records import Bar, Days, Quote
from tests.support.office import GREENE, GREENE_FILES, Office, an_office
from tests.support.syncing import FIRST, OLD

TRADED = date(2025, 5, 1)
SAID = "Price +20.0% since the trade (close of 2025-05-01, not adjusted for splits, to the quote of "


def know_a_price(office: Office) -> None:
    close = Decimal(100)
    with write_transaction(office.sync.engine) as tx:
        store.note_wanted(tx, {"NVDA": TRADED}, office.sync.now)
        store.keep_bars(tx, [Bar("NVDA", TRADED, close, close, close, close, 1, "test")])
        store.settle(tx, ["NVDA"], Days(TRADED, TRADED))
        store.keep_quotes(tx, [Quote("NVDA", Decimal(120), office.sync.now, "test")])


@pytest.mark.parametrize(("display", "told"), [({}, False), ({"prices_display": "licensed"}, True)])
def test_a_price_leaves_the_database_only_under_a_licence(
    *, peopled_sqlite_url: str, redis_url: str, display: dict[str, Any], told: bool
) -> None:
    with an_office(peopled_sqlite_url, redis_url, **display) as office:
        know_a_price(office)
        office.follow("kyle@example.org", "Greene", members=[GREENE])
        office.sync.serve(OLD, FIRST, GREENE_FILES)

        office.sync.tick()

        (mail,) = office.provider.taken
        text = " ".join(office.text(mail).split())
        assert (SAID in text) is told
        assert ("Price" in str(mail.request)) is told
        assert ("20.0%" in str(mail.request)) is told
