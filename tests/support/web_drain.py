"""A drain of the real queue beside the public pages, with the mails that left."""

from datetime import UTC, datetime

from common.alerts.sending.compose import Writer
from common.alerts.sending.deliver import Post, drain
from common.alerts.sending.queue import RedisQueue
from common.mail.port import Outgoing
from local.mail_load import run_context
from tests.support.settings import some_settings
from tests.support.web import ADDRESS_KEY, Outbox, Web

LONG_AFTER = datetime(2100, 1, 1, tzinfo=UTC)
"""What is planned is planned by the database's clock; a drain of then finds all of it due."""


def drained(web: Web, redis_url: str) -> list[Outgoing]:
    """Send all that is due; return the mails that left."""
    outbox = Outbox()
    queue = RedisQueue.at(redis_url)
    writer = Writer(web.links, web.site.letterhead).letters
    post = Post(queue=queue, mailer=outbox, compose=writer, address_key=ADDRESS_KEY)
    context = run_context(
        some_settings(redis_url=redis_url),
        web.site.engine,
        "notifications/drain-1",
        lambda: LONG_AFTER,
        write=web.lines.append,
    )
    drain(context, post)
    return outbox.sent
