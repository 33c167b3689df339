"""What the pages stand on, made once per process at its first request."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Connection, Engine

from common import logs
from common.clock import Clock, utc_now
from common.db.engine import make_engine, read_transaction, write_transaction
from common.db.schema import require_schema
from common.links import Links, links_of
from common.mail.events import Verifier
from common.mail.port import Mailer
from common.mail.render import Letterhead
from common.mail.sending import letterhead_of, mailer_of
from common.settings import Settings, settings
from common.web.rate_limit import RateLimiter


@dataclass(frozen=True, slots=True)
class Site:
    """Everything that a page may use."""

    engine: Engine
    require_schema: Callable[[], None]
    clock: Clock
    links: Links
    address_key: str
    contact: str
    letterhead: Letterhead
    mailer: Mailer
    limiter: RateLimiter
    verifier: Verifier | None
    """None = the event webhook is not configured; health is red then."""
    log: logs.Log

    def reading(self) -> AbstractContextManager[Connection]:
        """Lend a connection that can only read. Raises DependencyDown."""
        self.require_schema()
        return read_transaction(self.engine)

    def writing(self) -> AbstractContextManager[Connection]:
        """Lend a transaction that commits whole or not at all. Raises DependencyDown."""
        self.require_schema()
        return write_transaction(self.engine)


def site_of(settings: Settings, clock: Clock = utc_now, write: logs.Write | None = None) -> Site:
    """Return the site that SETTINGS describe; nothing connects. Raises NotConfigured naming everything that they lack."""
    given = settings.need("address_key", "link_keys", "mail_from", "postal_address", "public_base_url")
    engine = make_engine(settings)
    return Site(
        engine=engine,
        require_schema=cache(lambda: require_schema(engine)) if settings.schema_check else lambda: None,
        clock=clock,
        links=links_of(settings),
        address_key=given["address_key"],
        contact=settings.contact,
        letterhead=letterhead_of(settings),
        mailer=mailer_of(settings, clock),
        limiter=RateLimiter(settings.redis_url),
        verifier=Verifier(settings.sendgrid_event_key) if settings.sendgrid_event_key else None,
        log=logs.bind(
            function="web",
            project=settings.google_cloud_project,
            folder=settings.log_folder,
            clock=clock,
            write=write,
        ),
    )


@cache
def wired() -> Site:
    """Return this process's site. Raises NotConfigured naming every fault of its settings."""
    return site_of(settings(), settings().clock)
