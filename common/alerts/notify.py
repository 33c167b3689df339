"""notifications: what was stored becomes notices, what is due becomes mail, and each mail leaves once."""

from dataclasses import dataclass

from sqlalchemy import func, select

from common.alerts.planning.digest import Gathered, gather_all
from common.alerts.planning.plan import Planned
from common.alerts.planning.plan_all import plan_all
from common.alerts.prices import price_words
from common.alerts.sending.compose import Writer
from common.alerts.sending.deliver import Drained, Post, drain
from common.alerts.sending.messages import is_due
from common.alerts.sending.queue import RedisQueue
from common.links import links_of
from common.mail.sending import letterhead_of, mailer_of
from common.runtime.context import RunContext
from common.tasks import NOTIFICATIONS

DRAINS = 4  # at most beside the run's own; the provider takes a few hundred mails a second in all
ONE_RUN = 2_000  # mails that one drain sends well within its time; what is more goes to shards


@dataclass(frozen=True, slots=True)
class Notified:
    """What a run planned, gathered into digests, and sent; a shard only sends."""

    planned: Planned
    gathered: Gathered
    drained: Drained
    shards: int


def notify(ctx: RunContext) -> Notified:
    """Match, plan and gather what is due, then send it; a shard (`notifications/drain-n`) only sends.

    Raises NotConfigured naming every setting that sending lacks, before anything is planned; a bug about one filing or
    mail after all others had their turn.
    """
    post = post_of(ctx)
    is_shard = ctx.scope != ctx.task.name
    planned, bugs = (Planned(), ()) if is_shard else plan_all(ctx)
    gathered = Gathered() if is_shard else gather_all(ctx)
    shards = 0 if is_shard else _share(ctx)
    drained = drain(ctx, post)
    for bug in bugs:
        raise bug
    return Notified(planned, gathered, drained, shards)


def post_of(ctx: RunContext) -> Post:
    """Return what a drain works with. Raises NotConfigured naming every setting that is missing."""
    settings = ctx.settings
    given = settings.need("address_key")
    words = price_words if settings.prices_are_licensed else None
    return Post(
        queue=RedisQueue.at(settings.redis_url),
        mailer=mailer_of(settings, ctx.clock),
        compose=Writer(links_of(settings), letterhead_of(settings), prices=words).letters,
        address_key=given["address_key"],
        resend_unknown=settings.resend_unknown,
    )


def _share(ctx: RunContext) -> int:
    """Hand what is more than one run's worth to drains of their own; return how many. SQLite has one sender."""
    with ctx.reading() as connection:
        if connection.dialect.name == "sqlite":
            return 0
        waiting = connection.scalar(select(func.count()).where(is_due(ctx.clock()))) or 0
    shards = min(DRAINS, waiting // ONE_RUN)
    for number in range(1, shards + 1):
        ctx.hand_over(NOTIFICATIONS, f"drain-{number}")
    return shards
