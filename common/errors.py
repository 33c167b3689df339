"""One error class per reaction; the class says what the caller does, the message what happened."""

from datetime import timedelta


class CapitolScopeError(Exception):
    """Base of every error that this project raises on purpose."""


class InvalidRequest(CapitolScopeError):
    """The caller asked for something that cannot be; answered 400 with the field's name."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


class ConflictingRequest(CapitolScopeError):
    """The same run id came with other parameters; answered 409."""


class NotConfigured(CapitolScopeError):
    """Settings are missing or wrong; the message names all of them at once."""


class DependencyDown(CapitolScopeError):
    """Redis, history, the database or the archive did not answer in time; answered 503, so that the caller asks again."""

    def __init__(self, dependency: str, message: str) -> None:
        super().__init__(f"{dependency}: {message}")
        self.dependency = dependency


class WrongSchema(DependencyDown):
    """The database has tables that this code does not know; another release of one of the two brings them together."""

    def __init__(self, what: str, what_next: str) -> None:
        super().__init__("database", f"{what}; {what_next}")
        self.what, self.what_next = what, what_next


class Overtaken(DependencyDown):
    """Another transaction changed the same rows first; this one may be done again as a whole."""


class LeaseLost(CapitolScopeError):
    """Another run holds this scope's fence; nothing more may be written by this one."""


class SourceUnavailable(CapitolScopeError):
    """A source did not answer, or asked us to come back; it may pass, so it is tried again."""

    def __init__(self, message: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class EnoughAsked(CapitolScopeError):
    """A source was asked as often as one run may; the rest of the work is for the run's continuation."""


class DocumentMissing(SourceUnavailable):
    """A source lists a document that it does not serve (404, or its HTML error page)."""


class SourceRefused(SourceUnavailable):
    """A source said no (403); ask nothing more of it in this run, and show it."""


class SessionExpired(SourceUnavailable):
    """A source asks to agree to its terms again; agree once more and repeat the request, then stop."""


class SourceChanged(CapitolScopeError):
    """A document is not what its source always sent; kept as failed until somebody looks, never guessed."""


class DocumentTorn(SourceChanged):
    """A document arrived damaged, broken off whatever length it was said to have, or in place of another; fetched again."""


class DocumentTooLarge(SourceChanged):
    """A document is larger than its kind may be; it is not archived, so nothing is read from it either."""


class NoTextLayer(CapitolScopeError):
    """A document is a picture of paper; kept as `unread`, with its link."""


class DocumentNotKept(CapitolScopeError):
    """The archive does not hold a document; it can be fetched again while its source serves it."""


class DocumentDamaged(DocumentNotKept):
    """What the archive holds is not what was put there; fetching it again mends it."""


class Incomplete(CapitolScopeError):
    """What was counted does not add up to what a source lists; nothing may be called a success."""
