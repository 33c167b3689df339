"""Which function answers which path of the gateway: made from the registry and the API's routes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from common.api.routes import PAGES, ROUTES
from common.tasks import API, TASKS, WEB

FRONT = f"/{API.name}/"
"""Where the API's own front page is: `/` is the public's."""
LINK_TO_FRONT = re.compile(rb'((?:href|action)=")/(?=["?#])')
OF_THE_API = frozenset(route.path.split("/")[1] for route in (*ROUTES, *PAGES)) - {""}


@dataclass(frozen=True, slots=True)
class Place:
    """A function, and the path that it sees."""

    function: str
    path: str


def place_of(target: str) -> Place:
    """Return who answers TARGET, a path with its query: as on hosts of their own, but for /<function> and /api/."""
    first, _, rest = target.lstrip("/").partition("/")
    name, mark, query = first.partition("?")
    if name in TASKS:
        return Place(name, f"/{rest}{mark}{query}")
    if name == API.name:
        return Place(API.name, f"/{rest}{mark}{query}")
    return Place(API.name if name in OF_THE_API else WEB.name, target)


def moved(target: str) -> str:
    """Return where a redirect of the API's to TARGET leads behind the gateway: its front page is below FRONT."""
    return FRONT + target[1:] if urlsplit(target).path == "/" else target


def with_links_moved(page: bytes) -> bytes:
    """Return a PAGE of the API's with its links to its own front page as they are behind the gateway."""
    return LINK_TO_FRONT.sub(rb"\1" + FRONT.encode(), page)


def shown() -> Iterator[tuple[str, str]]:
    """Yield each kind of path, and who answers it."""
    yield "/", f"{WEB.name}: the public's pages"
    yield FRONT, f"{API.name}: the operator's page"
    yield ", ".join(sorted(f"/{name}" for name in OF_THE_API)), f"{API.name}: JSON for operators and machines"
    yield ", ".join(f"/{name}" for name in TASKS), "the task of that name, as Scheduler calls it"
