"""The tables at the demo's end: what is stored of filings, trades and sources, for a person who reads them once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from sqlalchemy import Connection, Engine, Row, Select, func, select

from common.alerts.planning.disclosed import Disclosed, StoredTrade, load
from common.alerts.prices import prices_of
from common.db import tables as t
from common.db.engine import read_transaction
from common.prices.since import Change, Since, Unknown
from common.tickers import TICKER, spelled

SIDES = {"P": "bought", "S": "sold", "S (partial)": "sold part", "E": "exchanged"}
OWNERS = {"": "", "SP": " (spouse)", "JT": " (joint)", "DC": " (child)"}
SHARES = ("ST", "Stock")  # what a ticker names when nothing is said of it
WIDTHS = {"member": 22, "who": 17, "did": 18, "what": 18, "amount": 22, "rows": 48, "why": 48}
"""Columns of text that a cell may take, where that is not what its longest one needs."""
SPARED = ("note", "document", "late", "news?", "chamber", "since\nfiled", "since\ntrade")
"""Columns that a narrow terminal does without, the first of them first."""
MOST = 30  # rows of a table; a corpus has thousands
NOTES = (
    "amends = restates an earlier row (amends ? = one that is not in our records); deletes = takes it back; "
    "restated = by a later filing"
)
LONG = 12  # characters of a document's name; of a longer one, both ends tell it apart here


def plain_table(*columns: str, title: str) -> Table:
    """Return an empty table without lines between its columns, so that much fits beside one another."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.padding = (0, 1, 0, 0)
    for column in columns:
        table.add_column(column, no_wrap=True, max_width=WIDTHS.get(column))
    return table


def _show(console: Console, table: Table, rows: Sequence[Sequence[str]], count: int) -> None:
    """Print TABLE with ROWS, the first of COUNT; without any, nothing."""
    if not rows:
        return
    for row in rows:
        table.add_row(*row)
    console.print("", _fitting(console, table))
    if count > len(rows):
        console.print(f"  ... and {count - len(rows)} more", highlight=False)


def _fitting(console: Console, table: Table) -> Table:
    """Return TABLE without what a narrow terminal has no room for."""
    boundless = console.options.update(width=10 * console.width)
    for spared in SPARED:
        if Measurement.get(console, boundless, table).maximum <= console.width:
            break
        kept = [column for column in table.columns if column.header != spared]
        table = plain_table(*(str(column.header) for column in kept), title=str(table.title))
        for row in zip(*(column.cells for column in kept), strict=True):
            table.add_row(*row)
    return table


# ---- sources


def show_sources(console: Console, engine: Engine) -> None:
    """Print how each source answered when it was asked last; nothing about those that nobody asked."""
    with read_transaction(engine) as connection:
        answered = _chambers_that_answered(connection)
        asked = connection.execute(select(t.sources)).all()
    judged = {
        source.source: ("refused or failed" if source.fault else "answered", source.fault or "")
        for source in asked
    }
    rows = [(source, *said) for source, said in sorted((answered | judged).items())]
    table = plain_table("source", "state", "", title="Sources")
    _show(console, table, rows, len(rows))


def _chambers_that_answered(connection: Connection) -> dict[str, tuple[str, str]]:
    """Return what is said of the chambers whose indexes were read: of some years alone, `sources` does not speak."""
    s = t.index_snapshots.c
    years: dict[str, list[int]] = {}
    for chamber, year in connection.execute(select(s.chamber, s.year).order_by(s.year)):
        years.setdefault(chamber, []).append(year)
    return {
        chamber: ("answered", f"asked for {', '.join(map(str, read))} only")
        for chamber, read in years.items()
    }


# ---- filings


def show_filings(console: Console, engine: Engine) -> None:
    """Print the newest filings that are stored, and apart those that failed."""
    for title, failed in (("Filings", False), ("Failed, to be tried again or looked at", True)):
        columns = ("filed", "chamber", "member", "state", "news?", "why" if failed else "rows", "document")
        with read_transaction(engine) as connection:
            filings = connection.execute(_filings(failed=failed)).all()
        rows = [_filing_cells(filing) for filing in filings[:MOST]]
        _show(console, plain_table(*columns, title=title), rows, len(filings))


def _filings(*, failed: bool) -> Select[Any]:
    f, v, m = t.filings.c, t.versions.c, t.members.c
    current = t.filings.outerjoin(t.versions, (v.filing_id == f.id) & (v.version == f.version)).outerjoin(
        t.trades
    )
    columns: tuple[Any, ...] = (t.filings, m.official_name, func.count(t.trades.c.id).label("rows"))
    return (
        select(*columns)
        .select_from(current.outerjoin(t.filers).outerjoin(t.members, m.bioguide == t.filers.c.bioguide))
        .where((f.state == "failed") == failed)
        .group_by(f.id, m.bioguide)
        .order_by(f.filed.desc(), f.doc_id.desc())
    )


def _filing_cells(filing: Row[Any]) -> Sequence[str]:
    who = filing.official_name or f"{filing.filer_name} [red](review)[/]"
    what = str(filing.rows) if filing.state == "parsed" else filing.reason.partition(": ")[2]
    news = "yes" if filing.alertable else "history"
    return (str(filing.filed), filing.chamber.title(), who, filing.state, news, what, filing.doc_id)


# ---- trades


@dataclass(frozen=True, slots=True)
class Shown:
    """A trade of the table, and what its price did since."""

    filing: Disclosed
    row: StoredTrade
    since: Since | None


def newest_tickers(engine: Engine) -> list[str]:
    """Return what the trades that `show_trades` prints are in, as far as that can be a ticker."""
    with read_transaction(engine) as connection:
        found = connection.execute(_trades().limit(MOST)).all()
    return sorted({name for row in found if row.ticker and TICKER.fullmatch(name := spelled(row.ticker))})


def show_trades(console: Console, engine: Engine, now: datetime) -> None:
    """Print the newest trades: how late each was disclosed, what its price did until NOW, and where it stands."""
    columns = ("traded", "late", "chamber", "who", "did", "what", "amount")
    more = ("since\ntrade", "since\nfiled", "document", "note")
    with read_transaction(engine) as connection:
        trades = connection.execute(_trades()).all()
        shown = _shown(connection, trades[:MOST], now)
    table = plain_table(*columns, *more, title="Trades")
    _show(console, table, [_trade_cells(one) for one in shown], len(trades))
    for line in (*_notes(shown), *_basis(shown)):
        console.print(f"  {line}", highlight=False)


def _trades() -> Select[Any]:
    f, v, r = t.filings.c, t.versions.c, t.trades.c
    current = t.trades.join(t.versions, v.id == r.version_id).join(
        t.filings, (f.id == v.filing_id) & (f.version == v.version)
    )
    return (
        select(r.id, r.version_id, r.ticker)
        .select_from(current)
        .order_by(f.filed.desc(), f.doc_id.desc(), r.row)
    )


def _shown(connection: Connection, trades: Sequence[Row[Any]], now: datetime) -> list[Shown]:
    filings = load(connection, {trade.version_id for trade in trades})
    since = {version: prices_of(connection, filing, now) for version, filing in filings.items()}
    return [
        Shown(
            filings[trade.version_id],
            filings[trade.version_id].by_id[trade.id],
            since[trade.version_id].get(trade.id),
        )
        for trade in trades
    ]


def _trade_cells(shown: Shown) -> Sequence[str]:
    filing, row = shown.filing, shown.row
    trade = row.trade
    return (
        str(trade.transaction_date or "?"),
        "?" if row.late is None else f"{row.late} d" if row.late else "no",
        filing.chamber.title(),
        _who(filing),
        SIDES.get(trade.transaction_type, trade.transaction_type)
        + OWNERS.get(trade.owner, f" ({trade.owner})"),
        _what(row),
        trade.amount_text.replace(" - ", "-"),
        *_since(shown.since),
        f"{_short(filing.doc_id)} p{trade.page} r{trade.row}",
        _note(row),
    )


def _who(filing: Disclosed) -> str:
    """Return `Greene (R-GA)`, as the mails do."""
    party = f"{filing.party[0]}-" if filing.party else ""
    return f"{filing.last} ({party}{filing.state})" if filing.last else filing.filer_name


def _what(row: StoredTrade) -> str:
    trade = row.trade
    if not trade.ticker:
        return trade.asset_name
    return trade.ticker if trade.asset_type in SHARES else f"{trade.ticker} {trade.asset_type or ''}"


def _since(since: Since | None) -> tuple[str, str]:
    return (_percent(since.trade), _percent(since.disclosure)) if since else ("", "")


def _percent(change: Change | Unknown) -> str:
    return f"{change.percent:+}%" if isinstance(change, Change) else "?"


def _notes(shown: Iterable[Shown]) -> Iterator[str]:
    if any(one.row.amends for one in shown):
        yield NOTES


def _basis(shown: Iterable[Shown]) -> Iterator[str]:
    """Say for whom the percentages are, and on what they stand, by the first of them."""
    said = [one.since.trade for one in shown if one.since]
    if not said:
        return
    yield "since trade, since filed: what the price did, for the operator; not in mails, but under a licence"
    known = (change.basis for change in said if isinstance(change, Change))
    yield next((f"the first of them: {basis}" for basis in known), "? = no price is stored yet")


def _short(doc_id: str) -> str:
    return doc_id if len(doc_id) <= LONG else f"{doc_id[:4]}…{doc_id[-4:]}"


def _note(row: StoredTrade) -> str:
    """Say how a row stands to an earlier or a later one, and what the parser is not sure of."""
    notes: Mapping[str, bool] = {
        "deletes": row.is_deleted,
        "amends": row.amends and not row.is_deleted and row.origin is not None,
        "amends ?": row.amends and row.origin is None,
        "restated": row.heir is not None,
        "[red]look[/]": not row.is_sure,
    }
    return ", ".join(note for note, holds in notes.items() if holds)
