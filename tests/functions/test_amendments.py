"""Amended, then deleted, then amended again: both chambers' filings through the real functions over HTTP."""

from dataclasses import replace
from datetime import date

from common.alerts.planning.disclosed import load
from common.db import tables as t
from common.db.amendment_tables import restatements
from common.db.engine import read_transaction
from local.standins.drawing import Form, Row, draw
from local.standins.senate_rows import senate_row
from local.standins.shelf import Entry
from tests.support.office import GREENE, Office
from tests.support.senate import a_report, uuid_of
from tests.support.syncing import FIRST, OLD, SENATE_FIRST, SENATE_OLD, an_entry

KYLE, ANN, LATE = "kyle@example.org", "ann@example.org", "late@example.org"
ID = "2000012345"
BOUGHT = Row(
    asset="NVIDIA Corporation (NVDA) [ST]",
    kind="P",
    traded=date(2025, 5, 1),
    notified=date(2025, 5, 2),
    amount="$1,001 - $15,000",
)
OTHER = replace(BOUGHT, asset="Tesla, Inc. (TSLA) [ST]", kind="S", owner="DC", amount="$15,001 - $50,000")


def greene_files(number: int, filed: date, *rows: Row) -> Entry:
    """Return a filing of Greene's, listed on FILED."""
    entry = an_entry(number, first="Marjorie Taylor", last="Greene", district="GA14")
    form = Form(
        doc_id=entry.row.doc_id,
        filer="Hon. Marjorie Taylor Greene",
        state_district="GA14",
        signed=filed,
        rows=rows,
    )
    return replace(entry, row=replace(entry.row, filed=filed), pdf=draw(form))


ORIGINAL = greene_files(41, date(2025, 5, 6), BOUGHT, OTHER)
AMENDED = greene_files(
    42, date(2025, 8, 6), replace(BOUGHT, amount="$50,001 - $100,000", status="Amended", transaction_id=ID)
)
DELETED = greene_files(
    43, date(2025, 9, 3), replace(BOUGHT, amount="$50,001 - $100,000", status="Deleted", transaction_id=ID)
)
AGAIN = greene_files(
    44,
    date(2025, 10, 1),
    replace(BOUGHT, owner="JT", amount="$50,001 - $100,000", status="Amended", transaction_id=ID),
)


def late(office: Office) -> list[int | None]:
    """Return how late each row of the filings is that have amended others, or were amended."""
    with read_transaction(office.sync.engine) as connection:
        linked = connection.execute(restatements.select()).all()
        rows = {row.trade_id for row in linked} | {row.original_id for row in linked}
        stored = load(connection, [version.id for version in office.sync.rows(t.versions)])
    return [row.late for filing in stored.values() for row in filing.rows if row.id in rows]


def test_the_house_amends_deletes_and_amends_again(office: Office) -> None:
    office.follow(KYLE, "chips", tickers=["NVDA"])
    office.follow(ANN, "cars", tickers=["TSLA"])
    office.follow(LATE, "late", members=[GREENE], filed_late=True)
    shelf = [OLD, FIRST]

    for entry in (ORIGINAL, AMENDED, DELETED, AGAIN):
        shelf.append(entry)
        office.sync.serve(*shelf)
        assert office.sync.tick().status == 200

    to_kyle = [mail for mail in office.provider.taken if mail.to == KYLE]
    assert [mail.subject for mail in to_kyle] == [
        "Greene (R-GA) bought NVDA, $1,001-$15,000",
        "Correction: Greene (R-GA) bought NVDA, $50,001-$100,000",
        "Withdrawn: Greene (R-GA) bought NVDA, $50,001-$100,000",
        "Correction: Greene (R-GA) bought NVDA, $50,001-$100,000",
    ]
    assert "$1,001" in office.text(to_kyle[1])
    assert [mail.to for mail in office.provider.taken if mail.to != KYLE] == [ANN]
    assert late(office) == [0, 0, 0, 0]


def test_an_amendment_of_what_nobody_has_is_told_as_such_and_reviewed(office: Office) -> None:
    office.follow(KYLE, "Greene", members=[GREENE])
    office.sync.serve(OLD, FIRST, AMENDED)

    office.sync.tick()

    (mail,) = office.provider.taken
    assert "Amended; the original is not in our records" in office.text(mail)
    assert "not established" in office.text(mail)
    reviews = [row for row in office.sync.rows(t.reviews) if row.kind == "amendment"]
    assert [row.subject for row in reviews] == [f"{AMENDED.row.doc_id}/1"]


NAME = "ACN - Accenture plc Class A"
SOLD = {"asset": NAME, "kind": "Sale (Full)"}
FORD = senate_row("05/02/2025", "Spouse", "F", "Ford Motor Company")
FIRST_REPORT = a_report(51, day=date(2025, 5, 6), rows=(senate_row("05/01/2025", "Self", "--", **SOLD), FORD))
FILLED_IN = a_report(
    52, day=date(2025, 8, 6), rows=(senate_row("05/01/2025", "Self", "ACN", **SOLD),), amendment=1
)
FILLED_AGAIN = a_report(
    53,
    day=date(2025, 9, 3),
    rows=(
        senate_row("05/01/2025", "Self", "ACN", **SOLD, asset_type="Other Securities"),
        senate_row("05/05/2025", "Child", "GM", "General Motors"),
    ),
    amendment=2,
)


def test_the_senate_amends_twice_and_leaves_a_row_out(both: Office) -> None:
    both.follow(KYLE, "Boozman", members=["B001236"])
    both.follow(ANN, "Ford", tickers=["F"])
    both.follow(LATE, "late", members=["B001236"], filed_late=True)
    reports = [SENATE_OLD, SENATE_FIRST]

    for report in (FIRST_REPORT, FILLED_IN, FILLED_AGAIN):
        reports.append(report)
        both.sync.senate.reports = tuple(reports)
        assert both.sync.tick().status == 200

    told = {who: [m.subject for m in both.provider.taken if m.to == who] for who in (KYLE, ANN, LATE)}
    assert told == {
        KYLE: [
            "Boozman: 2 trades in one filing",
            "Correction: Boozman (R-AR) sold ACN, $1,001-$15,000",
            "Boozman: 2 trades in one filing",
        ],
        ANN: ["Boozman (R-AR) bought F, $1,001-$15,000"],
        LATE: [],
    }
    last = [mail for mail in both.provider.taken if mail.to == KYLE][-1]
    assert "Corrected by the filer" in both.text(last)
    assert "Amended; the original is not in our records" in both.text(last)
    assert late(both) == [0, 0, 0]
    assert both.sync.filings()[uuid_of(53)].version == 1
