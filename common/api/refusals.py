"""What is refused, and how it is told."""

from collections.abc import Mapping

from common.api.exchange import NotFound
from common.errors import (
    CapitolScopeError,
    ConflictingRequest,
    DependencyDown,
    InvalidRequest,
    LeaseLost,
    NotConfigured,
)
from common.runtime.records import StaleRecord
from common.web.rate_limit import TooMany


class Forbidden(CapitolScopeError):
    """Not what an operator would ask; answered 403."""


class Malformed(CapitolScopeError):
    """The body is not JSON; answered 400."""


class NotJson(CapitolScopeError):
    """The body says that it is something else than JSON; answered 415."""


FAULTS: Mapping[type[Exception], tuple[int, str]] = {
    Malformed: (400, "send JSON"),
    Forbidden: (403, "ask from the API's own pages, or without a browser"),
    NotFound: (404, "GET /openapi.json lists every path"),
    ConflictingRequest: (409, "look at what was asked for before; use another key for something else"),
    NotJson: (415, "send JSON, with `Content-Type: application/json`"),
    InvalidRequest: (422, "GET /openapi.json says what each field takes"),
    TooMany: (429, "wait: a person is asked a few times a day at most"),
    DependencyDown: (503, "ask again; GET /health/detailed says what is down"),
    LeaseLost: (503, "ask again: somebody released the lock at this moment"),
    StaleRecord: (503, "ask again: somebody else changed the same at this moment"),
    NotConfigured: (503, "see README, Configuration"),
}
"""Error -> status, and what to do next. The first class that fits counts."""
REFUSALS: Mapping[int, tuple[str, str]] = {
    404: ("there is no such path", "GET /openapi.json lists every path"),
    405: ("this path does not take this method", "the header Allow says which it takes"),
    413: ("the body is too long", "send less at once; 64 KiB are taken"),
}
"""Status -> error and what to do next, for requests that reach no handler."""
