"""A mail's content in words, ready to be set as HTML or as text; templates decide nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby, islice

from common.mail import words
from common.mail.headline import EN_DASH, LONGEST_TICKER, rows_in_doubt, rows_of, security, surname
from common.mail.model import Amended, Amount, Context, Correction, Doubt, Earlier, Owner, Report, Row, Side

MOST_ROWS = 25  # in one mail; the rest by link (product, section 3)
MOST_CONTEXTS = 6  # tickers with earlier trades in one mail
STEP = 10  # pixels of one category in the range bar
MOST_EARLIER = 3  # trades of each
TONES = {Side.BOUGHT: "buy", Side.SOLD: "sell", Side.SOLD_PART: "sell", Side.EXCHANGED: "swap"}
LATER = "Open it to see what it says; should we read it later, you get its trades."
NOT_THEIRS = "We told you that {name} filed this report, and that we could not read all of it. By what we know now, it is not theirs."
READ_NOW = "Earlier we could not read all of this report; here is what it says."

COMPARED: dict[str, Callable[[Row], str]] = {
    "Ticker": lambda row: words.plain(row.ticker or "") or "not given",
    "Asset": lambda row: words.plain(row.asset),
    "Type": lambda row: words.asset_type(row.asset_type) or "not given",
    "Transaction": lambda row: row.side,
    "Owner": lambda row: row.owner,
    "Range": lambda row: words.amount(row.amount, EN_DASH),
    "Traded": lambda row: words.day(row.traded),
    "Notified": lambda row: words.day(row.notified),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A label, its value, and a remark; `alarming` = the remark is about something wrong."""

    label: str
    value: str
    remark: str = ""
    alarming: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What an amendment changed, in words."""

    label: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the document something stands."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Segment:
    """Neighbouring categories of the range bar: `above` them the amount surely lies, or it may lie `in` them."""

    step: str
    width: int
    """Pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """One trade. `tone` is buy, sell or swap: the colour beside the word."""

    side: str
    tone: str
    title: str
    detail: str
    amount: str
    bar: tuple[Segment, ...]
    facts: tuple[Fact, ...]
    place: Place | None
    """None where the report has only this row, and points to it itself."""
    note: str
    prices: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Rows of one sort; an empty title where a heading would say nothing."""

    title: str
    rows: tuple[RowView, ...]


@dataclass(frozen=True, slots=True)
class DoubtView:
    """A row to look at."""

    place: Place
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class ContextView:
    """Earlier trades of the member in one ticker."""

    title: str
    trades: tuple[Fact, ...]
    more: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """One filing."""

    name: str
    seat: str
    times: str
    source: Place
    sections: tuple[Section, ...]
    doubts: tuple[DoubtView, ...]
    doubts_title: str
    unreadable: str
    follow_up: str
    contexts: tuple[ContextView, ...]


def size(report: Report) -> int:
    """Return how many of a mail's rows REPORT would take."""
    return len(rows_of(report)) + len(report.doubts) + bool(report.unreadable or report.not_theirs)


def report_view(report: Report, zone: str, *, room: int, contexts: int) -> ReportView:
    """Put REPORT into words: its first ROOM rows, and the earlier trades in at most CONTEXTS of their tickers."""
    doubts_room = room - len(rows_of(report))
    doubts = report.doubts[: max(doubts_room, 0)]
    return ReportView(
        name=words.plain(report.member.name),
        seat=seat(report),
        times=_times(report, zone),
        source=_source(report),
        sections=_sections(report, room),
        doubts=tuple(_doubt(report, doubt) for doubt in doubts),
        doubts_title=rows_in_doubt(report) if report.doubts else "",
        unreadable=not_theirs(report) if report.not_theirs else _unreadable(report),
        follow_up=READ_NOW if report.follow_up else "",
        contexts=tuple(_context(report, context) for context in _told(report, room)[:contexts]),
    )


def not_theirs(report: Report) -> str:
    """Say of REPORT that somebody else filed it."""
    return NOT_THEIRS.format(name=words.plain(report.member.name))


def _unreadable(report: Report) -> str:
    return f"{report.unreadable} {LATER}" if report.unreadable else ""


def seat(report: Report) -> str:
    """Return `Republican · GA-14 · House`."""
    member = report.member
    return " · ".join(filter(None, (member.party, member.seat, member.chamber)))


def _times(report: Report, zone: str) -> str:
    posted = f"Posted {words.moment(report.posted, zone)}. " if report.posted else ""
    filed = "" if rows_of(report) else f"Filed {words.day(report.filed)}. "  # else each row says so
    return f"{filed}{posted}Seen by us {words.moment(report.seen, zone)}."


def _sections(report: Report, room: int) -> tuple[Section, ...]:
    alone = size(report) == 1
    new = (_row(report, row, alone=alone) for row in report.new)
    corrected = (_corrected(report, correction, alone=alone) for correction in report.corrected)
    withdrawn = (_row(report, row, alone=alone, withdrawn=True) for row in report.withdrawn)
    sorts = (("New", new), ("Corrected by the filer", corrected), ("Withdrawn by the filer", withdrawn))
    mixed = bool(report.corrected or report.withdrawn)
    sections = []
    for title, rows in sorts:
        shown = tuple(islice(rows, room))
        room -= len(shown)
        sections += [Section(title if mixed else "", shown)] if shown else []
    return tuple(sections)


def _corrected(report: Report, correction: Correction, *, alone: bool) -> RowView:
    pairs = ((label, say(correction.before), say(correction.after)) for label, say in COMPARED.items())
    changes = tuple(Change(*pair) for pair in pairs if pair[1] != pair[2])
    return _row(report, correction.after, changes, alone=alone)


def _row(
    report: Report, row: Row, changes: tuple[Change, ...] = (), *, alone: bool, withdrawn: bool = False
) -> RowView:
    """Put ROW into words; ALONE = it is all that the report has to tell."""
    name = words.plain(row.asset) if row.ticker else ""
    return RowView(
        side=words.capitalized(row.side),
        tone=TONES[row.side],
        title=security(row),
        detail=" · ".join(filter(None, (name, words.asset_type(row.asset_type)))),
        amount=words.amount(row.amount, EN_DASH),
        bar=_bar(row.amount),
        facts=_facts(report, row),
        place=None if alone else _place(report, row),
        note=_note(row, changes),
        prices=() if withdrawn else row.prices,
        changes=changes,
        withdrawn=withdrawn,
    )


def _bar(amount: Amount) -> tuple[Segment, ...]:
    return tuple(Segment(step, STEP * len(list(run))) for step, run in groupby(words.steps(amount)))


def _facts(report: Report, row: Row) -> tuple[Fact, ...]:
    notified = words.day(row.notified) if row.notified or report.member.chamber == "House" else "not printed"
    return (
        Fact("Owner", words.capitalized(row.owner)),
        Fact("Traded", words.day(row.traded)),
        Fact("Notified", notified),
        Fact("Filed", words.day(report.filed), words.lateness(row.days_late), alarming=bool(row.days_late)),
    )


def _note(row: Row, changes: tuple[Change, ...]) -> str:
    return "" if changes and row.amended is Amended.YES else row.amended


def _source(report: Report) -> Place:
    if size(report) > 1 or report.unreadable or report.not_theirs:
        return Place("Open the filing", report.url)
    places: list[Row | Doubt] = [*rows_of(report), *report.doubts]
    only = _place(report, places[0])
    return Place(f"Open the filing: {only.words}", only.url)


def _place(report: Report, at: Row | Doubt) -> Place:
    return Place(f"page {at.page}, row {at.row}", f"{report.url}#page={at.page}")


def _doubt(report: Report, doubt: Doubt) -> DoubtView:
    reason = words.capitalized(words.plain(doubt.reason.replace("_", " ")))
    return DoubtView(_place(report, doubt), words.plain(doubt.text), reason)


def _told(report: Report, room: int) -> list[Context]:
    tickers = {row.ticker for row in rows_of(report)[:room]}
    return [context for context in report.context if context.ticker in tickers and context.trades]


def _context(report: Report, context: Context) -> ContextView:
    left = context.total - len(context.trades[:MOST_EARLIER])
    return ContextView(
        title=f"Earlier by {surname(report.member)} in {words.plain(context.ticker, LONGEST_TICKER)}",
        trades=tuple(_earlier(trade) for trade in context.trades[:MOST_EARLIER]),
        more=f"{left} more before these" if left > 0 else "",
    )


def _earlier(trade: Earlier) -> Fact:
    owner = "" if trade.owner is Owner.SELF else f", {trade.owner}"
    side = words.capitalized(trade.side.removesuffix(" of"))
    return Fact(words.day(trade.traded), f"{side}, {words.amount(trade.amount, EN_DASH)}{owner}")
