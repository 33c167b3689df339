"""What the data are worth: counted each night, kept, and mailed to the operator once a week."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, true, update

from common.db import tables as t
from common.db.dialect import upsert
from common.db.ops_tables import quality_reports
from common.disclosures.baseline import has_baseline
from common.disclosures.parameters import CHAMBERS
from common.disclosures.standing import Standing, standing
from common.errors import DependencyDown, NotConfigured
from common.mail.model import Incident
from common.mail.port import SurelyNotSent, Unknown
from common.mail.words import count, shortened
from common.ops.operator_mail import mail_operator, where_to_look
from common.runtime.context import RunContext
from common.tasks import DAILY_MAINTENANCE

MONDAY = 0
MOST_SHOWN = 10  # new findings that a mail names
LONGEST = 300  # characters of what is said of one
COMPONENT = "data quality"  # as the operator's mails call it
MAIL = "mail"
"""The checkpoint that says what became of the mail."""
IN_DOUBT = "it was handed over, and nobody knows whether it was taken; it is not sent again"
SETTLE = "Settle the open reviews on the operator's page; look at what is new among the findings."

_q = quality_reports.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How the data stand: what each rule found, all in all and since the last report; and the filings of each chamber."""

    findings: Mapping[str, int]
    new_findings: Mapping[str, int]
    open_reviews: Mapping[str, int]
    """Kind -> how many wait for an operator."""
    chambers: Mapping[str, Standing]
    """Those that have a baseline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What was found, and whether the operator was mailed."""

    quality: Quality
    mailed: bool = False
    not_mailed: str | None = None
    """Why nobody could be, where it was due."""


def report(ctx: RunContext) -> Reported:
    """Keep today's report; mail it where this week's was not. Raises DependencyDown when the mail surely did not leave.

    Whoever goes on after a process that ended in the midst of it says what that knew of the mail.
    """
    now = ctx.clock()
    with ctx.reading() as connection:
        quality = found(connection, _last_made(connection, now), now)
        due = is_due(connection, _day(now))
    row = {"day": _day(now), "made_at": now, "report": asdict(quality)}
    with ctx.transaction() as tx:
        upsert(tx, quality_reports, [row], key=("day",), change=("made_at", "report"))
    if due:
        _mail(ctx, quality, now)
    reported = Reported(quality=quality, **(ctx.resume(MAIL) or {}))
    if reported.not_mailed:
        ctx.log.error("operator.not_told", component=COMPONENT, reason=reported.not_mailed)
    return reported


def found(connection: Connection, since: datetime | None, now: datetime) -> Quality:
    """Count how the data stand NOW, and what was found SINCE; None = all of it is new."""
    f, r = t.findings.c, t.reviews.c
    per_rule = select(f.rule, func.count()).where(f.first_seen <= now).group_by(f.rule).order_by(f.rule)
    fresh = per_rule.where(f.first_seen > since) if since else per_rule
    waiting = select(r.kind, func.count()).where(r.closed_at.is_(None)).group_by(r.kind).order_by(r.kind)
    return Quality(
        findings=_counted(connection, per_rule),
        new_findings=_counted(connection, fresh),
        open_reviews=_counted(connection, waiting),
        chambers={
            chamber: _standing(connection, chamber)
            for chamber in CHAMBERS
            if has_baseline(connection, chamber)
        },
    )


def _counted(connection: Connection, query: Any) -> Mapping[str, int]:
    return dict(tuple(row) for row in connection.execute(query))


def _standing(connection: Connection, chamber: str) -> Standing:
    s = t.index_snapshots.c
    return standing(connection, chamber, connection.scalars(select(s.year).where(s.chamber == chamber)).all())


def _last_made(connection: Connection, now: datetime) -> datetime | None:
    """Return when the last report before today's was made."""
    made: datetime | None = connection.scalar(select(func.max(_q.made_at)).where(_q.day < _day(now)))
    return made


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()


# ---- the week's mail


def is_due(connection: Connection, today: date) -> bool:
    """Whether the operator is to be mailed: on Monday, or later in a week whose Monday's mail did not leave.

    Reports that begin in the middle of a week wait for its end.
    """
    monday = today - timedelta(days=(today.weekday() - MONDAY) % 7)
    mailed = select(_q.day).where(_q.mailed_at.is_not(None), _q.day >= monday)
    earlier = select(_q.day).where(_q.day < monday)
    if connection.execute(mailed).first():
        return False
    return today == monday or connection.execute(earlier).first() is not None


def _mail(ctx: RunContext, quality: Quality, now: datetime) -> None:
    """Mail QUALITY, and keep what became of that: from before the bytes leave, as of any message, that they may have left."""
    with ctx.reading() as connection:
        incident = _incident(ctx, connection, quality, now)
    _keep(ctx, now, mailed_at=now, not_mailed=IN_DOUBT)
    try:
        outcome = mail_operator(ctx.settings, incident, f"quality-{_day(now):%Y%m%d}", now)
    except NotConfigured as fault:
        _keep(ctx, now, mailed_at=None, not_mailed=str(fault))
        return
    if isinstance(outcome, SurelyNotSent):
        _keep(ctx, now, mailed_at=None, not_mailed=outcome.reason)
        raise DependencyDown("mail provider", outcome.reason)
    if isinstance(outcome, Unknown):
        _keep(ctx, now, mailed_at=now, not_mailed=f"{IN_DOUBT}: {outcome.reason}")
        return
    _keep(ctx, now, mailed_at=now, mailed=True)


def _keep(ctx: RunContext, now: datetime, *, mailed_at: datetime | None, **said: Any) -> None:
    with ctx.transaction() as tx:
        tx.execute(update(quality_reports).where(_q.day == _day(now)).values(mailed_at=mailed_at))
        ctx.checkpoint(tx, MAIL, said)


def _incident(ctx: RunContext, connection: Connection, quality: Quality, now: datetime) -> Incident:
    since: datetime | None = connection.scalar(select(func.max(_q.mailed_at)))
    waiting = sum(quality.open_reviews.values())
    total, newest = _new_findings(connection, since)
    news = count(total, "new finding")
    return Incident(
        component=COMPONENT,
        verdict=f"worth a look, {news}" if total else "as it was",
        since=since or now,
        summary=f"{news} since the last report, {count(waiting, 'review')} open.",
        facts=(
            *((chamber.title(), _books(books)) for chamber, books in quality.chambers.items()),
            ("Open reviews", _in_words(quality.open_reviews) or "none"),
            ("Findings", _in_words(quality.findings) or "none"),
            *(
                (f"New: {_said(one.rule)}", f"{one.subject}: {shortened(one.detail, LONGEST)}")
                for one in newest
            ),
            *((("New", f"and {total - len(newest):,} more"),) if total > len(newest) else ()),
        ),
        next_step=SETTLE,
        url=where_to_look(ctx.settings, DAILY_MAINTENANCE),
    )


def _new_findings(connection: Connection, since: datetime | None) -> tuple[int, Sequence[Any]]:
    """Return how many findings are new SINCE then, and the newest of them; None = all are."""
    f = t.findings.c
    fresh = f.first_seen > since if since else true()
    newest = select(f.rule, f.subject, f.detail).where(fresh).order_by(f.first_seen.desc(), f.id.desc())
    total = connection.scalar(select(func.count()).select_from(t.findings).where(fresh)) or 0
    return total, connection.execute(newest.limit(MOST_SHOWN)).all()


def _books(books: Standing) -> str:
    return _in_words(asdict(books))


def _in_words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {_said(name)}" for name, number in counts.items())


def _said(name: str) -> str:
    return name.replace("_", " ")
