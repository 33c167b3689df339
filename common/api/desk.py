"""What the API stands on, made once per process at its first request."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from common import logs
from common.alerts.sending.queue import RedisQueue
from common.logs import Log
from common.runtime import wiring
from common.runtime.wiring import Parts
from common.web.site import Site, site_of

NAME = "api"


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that a handler may use."""

    parts: Parts
    queue: RedisQueue
    log: Log
    site: Callable[[], Site]
    """Returns what mails to people are made with. Raises NotConfigured naming everything that it lacks."""


def desk_of(parts: Parts) -> Desk:
    """Return the desk on PARTS; nothing connects."""
    settings = parts.settings
    log = logs.bind(
        function=NAME,
        project=settings.google_cloud_project,
        folder=settings.log_folder,
        clock=parts.clock,
        write=parts.write,
    )
    site = cache(lambda: site_of(settings, parts.clock, parts.write))
    return Desk(parts, RedisQueue.at(settings.redis_url), log, site)


@cache
def wired() -> Desk:
    """Return this process's desk. Raises NotConfigured naming every fault of its settings."""
    return desk_of(wiring.parts())
