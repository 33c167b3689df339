"""What must be told, end to end: scans, ranges at their edges, digests, and syncs that commit out of order."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from common.alerts.subscriptions.criteria import Frequency
from common.alerts.subscriptions.stop import stop_rule
from common.alerts.subscriptions.subscribers import move
from common.clock import utc_now
from common.db import alert_tables as a
from common.db import tables as t
from common.db.engine import write_transaction
from common.disclosures.store import Failed, store
from common.members.settle import settle_filer
from local.standins.drawing import Form, Row, draw
from local.standins.sheet import scan_to_pdf
from local.standins.shelf import Entry
from tests.support.office import GREENE, GREENE_FILES, Office, an_office
from tests.support.syncing import FIRST, OLD

KYLE = "kyle@example.org"
SCAN = replace(GREENE_FILES, row=replace(GREENE_FILES.row, doc_id="8299031"), pdf=scan_to_pdf())


@pytest.fixture
def postgres_office(peopled_postgresql_url: str, redis_url: str) -> Iterator[Office]:
    with an_office(peopled_postgresql_url, redis_url) as office:
        yield office


def test_a_scan_by_a_followed_member_is_told_once_with_its_link(office: Office) -> None:
    office.follow(KYLE, "Greene", members=[GREENE])
    office.follow("ann@example.org", "Tesla", tickers=["TSLA"])
    office.sync.serve(OLD, FIRST, SCAN)

    office.sync.tick()
    office.sync.tick(doc_ids=["8299031"])

    (mail,) = office.provider.taken
    assert (mail.to, "could not read" in office.text(mail)) == (KYLE, True)
    assert "/public_disc/ptr-pdfs/2025/8299031.pdf" in office.text(mail)


def bought_for(*amounts: str) -> Entry:
    """Return a filing of Greene's with a purchase for each of AMOUNTS."""
    rows = tuple(
        Row(
            asset=f"Holding {number} LLC [OL]",
            kind="P",
            traded=date(2025, 5, 1),
            notified=date(2025, 5, 2),
            amount=amount,
        )
        for number, amount in enumerate(amounts)
    )
    form = Form(
        doc_id=GREENE_FILES.row.doc_id,
        filer="Hon. Marjorie Taylor Greene",
        state_district="GA14",
        signed=date(2025, 5, 3),
        rows=rows,
    )
    return replace(GREENE_FILES, pdf=draw(form))


EDGES = {
    ("at_least", 15_001): "12345",
    ("at_least", 15_002): "2345",
    ("at_least", 50_000_001): "4",
    ("at_least", 50_000_002): "",
    ("possibly", 15_000): "012345",
    ("possibly", 15_001): "12345",
    ("possibly", 60_000_000): "45",
}
"""Amount mode and dollars -> the numbers of the holdings that such a rule matches."""


def test_a_range_matches_at_its_very_edge(office: Office) -> None:
    ranges = ("$1,001 - $15,000", "$15,001 - $50,000", "$50,001 - $100,000", "$1,000,001 - $5,000,000")
    for mode, amount in EDGES:
        office.follow(f"{mode}-{amount}@example.org", "large", amount_mode=mode, amount=amount)
    office.sync.serve(OLD, FIRST, bought_for(*ranges, "Over $50,000,000", "Spouse/DC Over $1,000,000"))

    office.sync.tick()

    texts = {mail.to: office.text(mail) for mail in office.provider.taken}
    told = {
        (mode, amount): "".join(
            str(n) for n in range(6) if f"Holding {n} LLC" in texts.get(f"{mode}-{amount}@example.org", "")
        )
        for mode, amount in EDGES
    }
    assert told == EDGES


def test_two_syncs_that_commit_out_of_order_are_both_told(postgres_office: Office) -> None:
    office, sync = postgres_office, postgres_office.sync
    office.follow(KYLE, "Greene", members=[GREENE])
    sync.serve(OLD, FIRST, GREENE_FILES, SCAN)
    sync.tick(limit=1)
    told_before = len(office.provider.taken)
    (waiting,) = (filing for filing in sync.filings().values() if filing.state == "listed")

    with write_transaction(sync.engine) as tx:  # a sync that began earlier, and commits later
        filer = settle_filer(tx, SCAN.row, sync.now)
        store(tx, waiting.id, Failed("no table", source=None), filer=filer, now=sync.now)
        meanwhile = office.notify()
    told_meanwhile = len(office.provider.taken)
    office.notify()

    assert meanwhile.body["counts"]["planned"]["filings"] == 0
    assert (told_before, told_meanwhile, len(office.provider.taken)) == (1, 1, 2)


def a_day_passes(office: Office) -> None:
    """Let every notice wait since yesterday: digests go by the database's own clock."""
    with write_transaction(office.sync.engine) as tx:
        tx.execute(update(a.notices).values(planned_at=utc_now() - timedelta(hours=25)))


def test_a_daily_digest_goes_out_once_and_never_again_within_12_hours_whatever_the_zone(
    office: Office,
) -> None:
    office.follow(KYLE, "Greene", members=[GREENE], frequency=Frequency.DAILY)
    office.sync.serve(OLD, FIRST, GREENE_FILES)
    office.sync.tick()
    at_once = len(office.provider.taken)
    a_day_passes(office)

    office.notify()
    office.notify()
    office.sync.serve(OLD, FIRST, GREENE_FILES, SCAN)
    office.sync.tick()
    a_day_passes(office)
    with write_transaction(office.sync.engine) as tx:
        move(tx, office.sync.rows(a.subscribers)[0].id, "Pacific/Kiritimati")
    office.notify()

    assert at_once == 0
    assert [mail.subject for mail in office.provider.taken] == ["Daily digest: 1 trade, 1 member"]
    assert [notice.message_id is None for notice in office.sync.rows(a.notices)] == [False, True]


def test_a_stopped_rule_sends_no_digest(office: Office) -> None:
    office.follow(KYLE, "Greene", members=[GREENE], frequency=Frequency.DAILY)
    office.sync.serve(OLD, FIRST, GREENE_FILES)
    office.sync.tick()
    a_day_passes(office)

    with write_transaction(office.sync.engine) as tx:
        stop_rule(tx, office.sync.rows(a.rules)[0].id)
    office.notify()

    assert office.provider.taken == []
    assert office.sync.rows(a.notices) == []


def test_nobody_hears_of_what_was_stored_before_a_rule_took_effect(office: Office) -> None:
    office.sync.serve(OLD, FIRST, GREENE_FILES)
    office.sync.tick()
    office.follow(KYLE, "Greene", members=[GREENE])

    office.notify()

    assert office.provider.taken == []
    assert office.sync.rows(t.to_match) == []
