"""The review queue: listed with the documents at hand, decided, and decisions taken back."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection, Row, select
from ulid import ULID

from common.api.desk import Desk
from common.api.exchange import Answer, Call, NotFound
from common.api.hand_over import hand_over
from common.api.reviews import (
    Decided,
    Document,
    Review,
    ReviewDecision,
    Reviews,
    ReviewsQuery,
    ReviewUndo,
)
from common.db.tables import filers, filings, reviews
from common.disclosures import filer_reviews
from common.disclosures.amendments import store as amendment_store
from common.disclosures.amendments.deciding import Name
from common.disclosures.amendments.reviews import KIND as AMENDMENT
from common.errors import ConflictingRequest, DependencyDown, InvalidRequest, NotConfigured
from common.members.settle import OPERATOR
from common.members.settle import REVIEW as FILER
from common.runtime.decide import LockState, manual_id
from common.runtime.lease import Lease
from common.runtime.records import StaleRecord
from common.runtime.trigger import asked_by
from common.tasks import CONGRESSIONAL_SYNC, NOTIFICATIONS

FIELD = {FILER: "bioguide", AMENDMENT: "original"}
"""Kind -> the field in which it is decided."""
MOST_DOCUMENTS = 5  # of a filer; the newest


def listed(desk: Desk, call: Call) -> Answer:
    """List the reviews that wait for an operator, or those that are settled, with the documents to look at."""
    query: ReviewsQuery = call.query
    r = reviews.c
    wanted = select(reviews).where(
        r.id > query.after, r.kind.in_([query.kind] if query.kind else list(FIELD))
    )
    state = r.closed_at.is_(None) if query.open else r.closed_at.is_not(None)
    with desk.parts.database.reading() as connection:
        found = connection.execute(wanted.where(state).order_by(r.id).limit(query.limit + 1)).all()
        shown = [review_of(connection, row) for row in found[: query.limit]]
    path = None
    if len(found) > len(shown):
        more = query.model_dump(mode="json", exclude_defaults=True) | {"after": shown[-1].review_id}
        path = f"/admin/reviews?{urlencode(more).lower()}"
    return Answer(200, Reviews(reviews=shown, next=path))


def decide(desk: Desk, call: Call, *, if_open: bool = False) -> Answer:
    """Settle a review: who a filer is, or which row an amendment restates; whoever follows what this changes is told at once.

    IF_OPEN = raise ConflictingRequest where it was settled meanwhile.
    """
    asked: ReviewDecision = call.body
    with _between_syncs(desk) as tx:
        review = _one(tx, call)
        if if_open and review.closed_at is not None:
            raise ConflictingRequest(f"review {review.id} was settled meanwhile; look again")
        field = FIELD[review.kind]
        if asked.model_fields_set != {field}:
            raise InvalidRequest(field, f"say it, and nothing else: this review is about {review.kind}")
        now = desk.parts.clock()
        if review.kind == FILER:
            made = filer_reviews.decide(tx, int(review.subject), asked.bioguide, now) > 0
        else:
            original = _named(asked.original) if asked.original else None
            made = amendment_store.decide(tx, _named(review.subject), original, now)
    return _decided(desk, call, review, "review.decided", versions=made)


def undo(desk: Desk, call: Call) -> Answer:
    """Take back what an operator decided of a review; whoever follows a filing that this changes is told at once."""
    asked: ReviewUndo = call.body
    with _between_syncs(desk) as tx:
        review = _one(tx, call)
        if not is_an_operators(review.decision):
            raise ConflictingRequest(f"no operator decided review {review.id}")
        if review.closed_at != asked.closed_at:
            raise ConflictingRequest(f"review {review.id} was decided anew meanwhile; look again")
        now = desk.parts.clock()
        if review.kind == FILER:
            made = filer_reviews.undo(tx, int(review.subject), now) > 0
        else:
            made = amendment_store.undo(tx, _named(review.subject), now)
    return _decided(desk, call, review, "review.undone", versions=made)


def is_an_operators(decision: Mapping[str, Any] | None) -> bool:
    """Whether DECISION, of a review, is what an operator said; None = it waits."""
    return (decision or {}).get("method") == OPERATOR


def _decided(desk: Desk, call: Call, review: Row[Any], what: str, *, versions: bool) -> Answer:
    desk.log.info(what, review=review.id, kind=review.kind, versions=versions)
    told_by = _notify(desk, call) if versions else None
    return Answer(200, Decided(review_id=review.id, versions=versions, notifications=told_by))


def _notify(desk: Desk, call: Call) -> str | None:
    """Have what a decision stored told at once; return the run that was asked for.

    The decision is committed with what is to be told, so that where nobody takes this, notifications' own schedule tells it.
    """
    parts, task = desk.parts, NOTIFICATIONS
    wanted = asked_by(task, {}, parts.clock(), trace=call.trace)
    try:
        return hand_over(parts, task, wanted).run_id
    except (DependencyDown, NotConfigured, StaleRecord) as error:
        desk.log.warning("handover.failed", wanted=wanted.run_id, reason=str(error))
        return None


@contextmanager
def _between_syncs(desk: Desk) -> Iterator[Connection]:
    """Lend a write transaction during which no sync stores anything. Raises ConflictingRequest while one is at work."""
    parts, task = desk.parts, CONGRESSIONAL_SYNC
    me = manual_id("operator", str(ULID.from_datetime(parts.clock())))
    lease = Lease(parts.lock, task.name, me, task.lock_ttl)
    if lease.acquire() is not LockState.MINE:
        raise ConflictingRequest(f"{task.name} is at work; ask again when it is done")
    try:
        token = parts.database.take_fence(task.name)
        with parts.database.writing(task.name, token) as tx:
            yield tx
    finally:
        with suppress(DependencyDown):  # then it expires
            lease.release()


def _one(connection: Connection, call: Call) -> Row[Any]:
    wanted = select(reviews).where(reviews.c.id == int(call.path["review_id"]), reviews.c.kind.in_(FIELD))
    review = connection.execute(wanted).one_or_none()
    if review is None:
        raise NotFound(f"there is no review {call.path['review_id']}", "GET /admin/reviews lists them")
    return review


def review_of(connection: Connection, row: Row[Any]) -> Review:
    """Return ROW as a caller is told it."""
    about, documents = (
        _of_a_filer(connection, row) if row.kind == FILER else _of_an_amendment(connection, row)
    )
    return Review(
        review_id=row.id,
        kind=row.kind,
        about=about,
        reason=row.reason,
        evidence=row.evidence,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        decision=row.decision,
        documents=[Document(doc_id=one.doc_id, url=one.url, filed=one.filed) for one in documents],
    )


def _of_a_filer(connection: Connection, review: Row[Any]) -> tuple[str, Sequence[Row[Any]]]:
    filer = connection.execute(select(filers).where(filers.c.id == int(review.subject))).one()
    newest = (
        select(filings)
        .where(filings.c.filer_id == filer.id)
        .order_by(filings.c.filed.desc(), filings.c.id.desc())
    )
    place = filer.state_district or filer.chamber.capitalize()
    return f"{filer.name} ({place})", connection.execute(newest.limit(MOST_DOCUMENTS)).all()


def _of_an_amendment(connection: Connection, review: Row[Any]) -> tuple[str, Sequence[Row[Any]]]:
    """Return the amending row's document first, then those of the candidates."""
    names = [review.subject, *(one["name"] for one in review.evidence.get("candidates", ()))]
    wanted = list(dict.fromkeys(_named(name).doc_id for name in names))
    found = connection.execute(select(filings).where(filings.c.doc_id.in_(wanted))).all()
    return review.subject, sorted(found, key=lambda filing: wanted.index(filing.doc_id))


def _named(text: str) -> Name:
    doc_id, _, row = text.rpartition("/")
    return Name(doc_id, int(row))
