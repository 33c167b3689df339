"""What the demo prints: for a person who reads it once."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, Row, Select, func, select

from common.alerts.planning.disclosed import load
from common.db import tables as t
from common.db.engine import read_transaction
from local.queue import Asked

SIDES = {"P": "bought", "S": "sold", "S (partial)": "sold part", "E": "exchanged"}
OWNERS = {"": "", "SP": " (spouse)", "JT": " (joint)", "DC": " (child)"}
GAINS = {True: "yes", False: "no", None: "-"}
WIDEST = 28  # columns of text that one cell may take
MOST = 30  # rows of a table; a corpus has thousands

Cells = Callable[[Row[Any]], Sequence[str]]


def show_parts(console: Console, parts: Mapping[str, str]) -> None:
    """Say which part is embedded and which is real."""
    table = Table.grid(padding=(0, 2))
    for part, choice in parts.items():
        table.add_row(f"  [bold]{part}[/]", choice)
    console.print(table)


def show_run(console: Console, told: Mapping[str, Any], seconds: float) -> None:
    """Say how a run ended, and what it did in each chamber."""
    console.print(f"  {told['run_id']}: [bold]{told['status']}[/] in {seconds:.1f} s", highlight=False)
    for chamber in ("house", "senate"):
        if told["counts"] and (counts := told["counts"][chamber]):
            show_chamber(console, chamber, counts)


def show_chamber(console: Console, chamber: str, c: Mapping[str, Any]) -> None:
    """Say what a run did in CHAMBER, and how that adds up."""
    waiting = f" + {c['waiting']} waiting" if c["waiting"] else ""
    did = f"{chamber.title()}: {c['new']} newly listed, {c['stored']} versions stored"
    books = (
        f"{c['indexed']} indexed = {c['parsed']} parsed + {c['unread']} unread + {c['failed']} failed{waiting}; "
        f"{c['quarantined_rows']} rows quarantined, {c['members_unresolved']} filers unresolved"
    )
    for line in (did, books, c["fault"], c["skipped"]):
        if line:
            console.print(f"  {line}", highlight=False)


def show_handover(console: Console, asked: Asked) -> None:
    """Say what the run did to which a sync handed over."""
    told = json.loads(asked.said)
    console.print(f"  {told['run_id']}: [bold]{told['status']}[/]", highlight=False)
    if counts := told["counts"]:
        planned, drained = counts["planned"], counts["drained"]
        console.print(
            f"  {planned['filings']} filings looked at, {planned['notices']} notices, {drained['accepted']} mails sent",
            highlight=False,
        )


def show_filings(console: Console, engine: Engine) -> None:
    """Print the newest filings that are stored, and apart those that failed."""
    for title, failed in (("Filings", False), ("Failed, to be tried again or looked at", True)):
        columns = ("filed", "member", "seat", "state", "news?", "why" if failed else "rows", "document")
        _show(console, engine, _filings(failed=failed), Table(*columns, title=title), _filing_cells)


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
    return (str(filing.filed), who, filing.state_district, filing.state, news, what, filing.doc_id)


def show_trades(console: Console, engine: Engine) -> None:
    """Print the newest trades, each with how late it was disclosed, and the page and row that it stands on."""
    columns = ("traded", "late", "member", "did", "what", "amount", "gain", "document")
    with read_transaction(engine) as connection:
        shown = {trade.version_id for trade in connection.execute(_trades().limit(MOST))}
        late = {row.id: row.late for filing in load(connection, shown).values() for row in filing.rows}
    table = Table(*columns, title="Trades")
    _show(console, engine, _trades(), table, lambda trade: _trade_cells(trade, late[trade.id]))


def _trades() -> Select[Any]:
    f, v, m, r = t.filings.c, t.versions.c, t.members.c, t.trades.c
    current = t.trades.join(t.versions, v.id == r.version_id)
    columns: tuple[Any, ...] = (m.official_name, f.filer_name, f.doc_id, t.trades)
    return (
        select(*columns)
        .select_from(
            current.join(t.filings, (f.id == v.filing_id) & (f.version == v.version)).outerjoin(
                t.members, m.bioguide == v.bioguide
            )
        )
        .order_by(f.filed.desc(), f.doc_id.desc(), r.row)
    )


def _trade_cells(trade: Row[Any], late: int | None) -> Sequence[str]:
    doubt = f" [red]{'; '.join(trade.quarantine)}[/]" if trade.quarantine else ""
    return (
        str(trade.transaction_date or "?"),
        "?" if late is None else f"{late} d" if late else "no",
        trade.official_name or trade.filer_name,
        SIDES.get(trade.transaction_type, trade.transaction_type)
        + OWNERS.get(trade.owner, f" ({trade.owner})"),
        f"{trade.ticker or trade.asset_name} {trade.asset_type or ''}" + doubt,
        trade.amount_text,
        GAINS[trade.cap_gains_over_200],
        f"{trade.doc_id} p{trade.page} r{trade.row}",
    )


def _show(console: Console, engine: Engine, query: Select[Any], table: Table, cells: Cells) -> None:
    with read_transaction(engine) as connection:
        rows = connection.execute(query).all()
    if not rows:
        return
    for column in table.columns:
        column.no_wrap, column.max_width = True, WIDEST
    for row in rows[:MOST]:
        table.add_row(*cells(row))
    table.title_justify = "left"
    console.print("", table)
    if len(rows) > MOST:
        console.print(f"  ... and {len(rows) - MOST} more", highlight=False)
