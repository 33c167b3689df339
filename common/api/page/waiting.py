"""What waits for somebody, each with the document at hand and the ways to settle it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select

from common.api.desk import Desk
from common.api.handlers.reviews import is_an_operators, review_of
from common.api.page.query import Kind, PageQuery
from common.api.reviews import Document, Review
from common.db.tables import filings, reviews, trades
from common.disclosures.amendments.deciding import AGREED, Name
from common.disclosures.amendments.rows import CURRENT
from common.members.settle import OPERATOR
from common.web.people import Congress, Person, congress

SHOWN = 10  # of a kind; the rest by a link
TITLES: Mapping[Kind, str] = {
    "unread": "Unread scans",
    "failed": "Failed parses",
    "filer": "Unmatched filers",
    "amendment": "Uncertain amendments",
}
OWNERS = {"": "the member", "SP": "spouse", "JT": "joint", "DC": "child"}
NEITHER = "?"  # where the row is not in our records any more


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits of one kind: the first of `total`, and the address of those that follow."""

    kind: Kind
    title: str
    total: int
    items: Sequence[Any]
    more: str | None


@dataclass(frozen=True, slots=True)
class FilerReview:
    """Somebody whom no machine knows, and who it may be."""

    review: Review
    candidates: Sequence[Person]


@dataclass(frozen=True, slots=True)
class Fact:
    """What a row says of one of the facts that identify a trade; `differs` from what the amending row says."""

    name: str
    text: str
    differs: bool = False


@dataclass(frozen=True, slots=True)
class RowSaid:
    """A row as its document says it."""

    name: str
    url: str
    facts: Sequence[Fact]


@dataclass(frozen=True, slots=True)
class AmendmentReview:
    """A row that restates another, and which it may be."""

    review: Review
    amending: RowSaid
    candidates: Sequence[RowSaid]


@dataclass(frozen=True, slots=True)
class DecidedReview:
    """What an operator said of a review; empty = none did."""

    review: Review
    said: str


def waiting(desk: Desk, query: PageQuery) -> list[Waiting]:
    """Return what waits of each kind; of the one that QUERY shows, from where it says."""
    with desk.parts.database.reading() as connection:
        everybody = congress(connection, desk.parts.clock().date())
        return [
            _waiting(connection, kind, everybody, query.after if query.show == kind else 0) for kind in TITLES
        ]


def decided(desk: Desk, *, most: int = SHOWN) -> list[DecidedReview]:
    """Return what operators decided last, the newest first."""
    c = reviews.c
    theirs = (c.closed_at.is_not(None), c.decision["method"].as_string() == OPERATOR)
    newest = select(reviews).where(*theirs).order_by(c.closed_at.desc(), c.id.desc()).limit(most)
    with desk.parts.database.reading() as connection:
        everybody = congress(connection, desk.parts.clock().date())
        found = [review_of(connection, row) for row in connection.execute(newest)]
    return [DecidedReview(review, _said(review, everybody)) for review in found]


def review_now(desk: Desk, review_id: int) -> DecidedReview | None:
    """Return how a review stands now; None = there is none."""
    with desk.parts.database.reading() as connection:
        row = connection.execute(select(reviews).where(reviews.c.id == review_id)).one_or_none()
        if row is None:
            return None
        review = review_of(connection, row)
        everybody = congress(connection, desk.parts.clock().date())
    return DecidedReview(review, _said(review, everybody) if is_an_operators(review.decision) else "")


def _said(review: Review, everybody: Congress) -> str:
    said = review.decision or {}
    if review.kind == "amendment":
        return f"restates {said['original']}" if said["original"] else "restates nothing in our records"
    (known,) = everybody.named([said["bioguide"]]) or (None,)
    return known.label if known else said["bioguide"] or "nobody of ours"


def _waiting(connection: Connection, kind: Kind, everybody: Congress, after: int) -> Waiting:
    of = _filings if kind in {"unread", "failed"} else _reviews
    total, rows = of(connection, kind, after)
    shown, more = rows[:SHOWN], len(rows) > SHOWN
    views = {"filer": _filer_review, "amendment": _amendment_review}
    items: Sequence[Any] = (
        [views[kind](connection, row, everybody) for row in shown] if kind in views else shown
    )
    path = f"/?show={kind}&after={shown[-1].id}#{kind}" if more else None
    return Waiting(kind, TITLES[kind], total, items, path)


def _filings(connection: Connection, state: str, after: int) -> tuple[int, Sequence[Row[Any]]]:
    """Return how many filings stand in STATE, and the newest, from the one AFTER on."""
    f = filings.c
    total = connection.scalar(select(func.count()).select_from(filings).where(f.state == state)) or 0
    older = and_(f.state == state, f.id < after) if after else f.state == state
    return total, connection.execute(
        select(filings).where(older).order_by(f.id.desc()).limit(SHOWN + 1)
    ).all()


def _reviews(connection: Connection, kind: str, after: int) -> tuple[int, Sequence[Row[Any]]]:
    """Return how many reviews of KIND are open, and the oldest, from the one AFTER on."""
    c = reviews.c
    open_ones = and_(c.kind == kind, c.closed_at.is_(None))
    total = connection.scalar(select(func.count()).select_from(reviews).where(open_ones)) or 0
    following = select(reviews).where(open_ones, c.id > after).order_by(c.id).limit(SHOWN + 1)
    return total, connection.execute(following).all()


def _filer_review(connection: Connection, row: Row[Any], everybody: Congress) -> FilerReview:
    review = review_of(connection, row)
    return FilerReview(review, everybody.named(review.evidence.get("candidates", ())))


def _amendment_review(connection: Connection, row: Row[Any], everybody: Congress) -> AmendmentReview:
    del everybody
    review = review_of(connection, row)
    names = [review.about, *(one["name"] for one in review.evidence.get("candidates", ()))]
    says = _says(connection, names)
    amending, *candidates = (
        _row_said(name, says, says.get(names[0], {}), review.documents) for name in names
    )
    return AmendmentReview(review, amending, candidates)


def _row_said(
    name: str,
    says: Mapping[str, Mapping[str, str]],
    amending: Mapping[str, str],
    documents: Sequence[Document],
) -> RowSaid:
    urls = {document.doc_id: document.url for document in documents}
    mine = says.get(name, {})
    facts = [Fact(one, mine.get(one, NEITHER), mine.get(one) != amending.get(one)) for one in AGREED]
    return RowSaid(name, urls.get(name.rpartition("/")[0], ""), facts)


def _says(connection: Connection, names: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    """Return what the rows of NAMES say of each of AGREED, in their documents' words."""
    c, f = trades.c, filings.c
    wanted = [name.rpartition("/") for name in names]
    these = or_(*(and_(f.doc_id == doc_id, c.row == int(row)) for doc_id, _, row in wanted))
    asked: tuple[Any, ...] = (
        f.doc_id,
        c.row,
        c.asset,
        c.transaction_type,
        c.transaction_date,
        c.owner,
        c.amount_text,
    )
    found = connection.execute(select(*asked).select_from(CURRENT).where(these)).all()
    return {str(Name(row.doc_id, row.row)): dict(zip(AGREED, _texts(row), strict=True)) for row in found}


def _texts(row: Row[Any]) -> tuple[str, ...]:
    """Return what ROW says, in the order of AGREED."""
    traded = f"{row.transaction_date}" if row.transaction_date else "no date"
    return row.asset, row.transaction_type, traded, OWNERS.get(row.owner, row.owner), row.amount_text
