"""What a mail says: the one model from which its subject, its HTML and its text are made.

Texts are as the documents print them; `words.plain` makes them safe to show. Dates are calendar dates without a zone,
times are aware, dollar bounds are whole dollars.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """What a mail is; also its category at the provider."""

    ALERT = "alert"
    UNREADABLE = "unreadable"
    CORRECTION = "correction"
    WITHDRAWAL = "withdrawal"
    DAILY = "daily digest"
    WEEKLY = "weekly digest"
    STORM = "storm digest"
    CONFIRM = "confirm"
    OPERATOR = "operator alert"


class Side(StrEnum):
    """What was done; the text stands in sentences."""

    BOUGHT = "bought"
    SOLD = "sold"
    SOLD_PART = "sold part of"
    EXCHANGED = "exchanged"


class Owner(StrEnum):
    """Whose asset it is; the text is what readers see."""

    SELF = "self"
    SPOUSE = "spouse"
    JOINT = "joint"
    CHILD = "dependent child"


class Amended(StrEnum):
    """How a row stands to an earlier one; the text is what readers see."""

    NO = ""
    YES = "Amended"
    ORIGINAL_UNKNOWN = "Amended; the original is not in our records"


class Unreadable(StrEnum):
    """Why a filing has no rows; the text is what readers see."""

    SCAN = "It is a picture of a paper form, without text that a program could read."
    FAILED = "Our reader met something it does not know, and stopped rather than guess."
    MISSING = "The chamber lists it, but does not serve the document."


@dataclass(frozen=True, slots=True)
class Amount:
    """A disclosed range in whole dollars, or the exact amount where one was printed.

    `high` None beside a `low` = no upper bound; nothing set = the form gives no amount.
    """

    low: int | None
    high: int | None
    exact: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One trade as it is told."""

    page: int
    row: int
    side: Side
    asset: str
    """The asset's name, without ticker and type tag."""
    ticker: str | None
    asset_type: str | None
    """The House's two letters, or the Senate's word."""
    owner: Owner
    amount: Amount
    traded: date | None
    notified: date | None
    """None where the form prints none, as in the Senate."""
    days_late: int | None
    """Days from the due date to the first disclosure; 0 = not late, None = not established."""
    amended: Amended = Amended.NO
    rules: tuple[str, ...] = ()
    """Keys of the reasons that matched this row."""
    prices: tuple[str, ...] = ()
    """What the price did since, each with its basis, in words; empty wherever prices may not be shown."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A row that was told before and has changed since."""

    before: Row
    after: Row


@dataclass(frozen=True, slots=True)
class Doubt:
    """A row that the parser kept in quarantine."""

    page: int
    row: int
    text: str
    """What the document prints there."""
    reason: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """A trade that the member disclosed before."""

    side: Side
    amount: Amount
    owner: Owner
    traded: date | None


@dataclass(frozen=True, slots=True)
class Context:
    """A member's earlier trades in one ticker, newest first; `total` counts those not listed, too."""

    ticker: str
    trades: tuple[Earlier, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Who filed. `party` is the roster's word (`Republican`); `seat` is `GA-14`, `AK at large` or `GA`."""

    name: str
    last: str
    party: str | None
    state: str
    seat: str
    chamber: str
    """`House` or `Senate`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One version of a filing, with what this subscriber must be told of it."""

    member: Member
    doc_id: str
    url: str
    """The chamber's own document."""
    filed: date | None
    posted: datetime | None = None
    """When the chamber posted the document, where it says so."""
    seen: datetime
    """When we first saw it listed."""
    new: tuple[Row, ...] = ()
    corrected: tuple[Correction, ...] = ()
    withdrawn: tuple[Row, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    unreadable: Unreadable | None = None
    not_theirs: bool = False
    """It was told as the member's, and as unreadable; somebody else filed it."""
    follow_up: bool = False
    """The subscriber was told before that it, or some of its rows, could not be read."""
    context: tuple[Context, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that matched: why this mail was sent. `criteria` says in words what it asks for."""

    key: str
    name: str
    criteria: str
    stop_url: str


@dataclass(frozen=True, slots=True)
class Links:
    """Where a reader goes from here. The unsubscribe link acts on POST at once, and only asks on GET (RFC 8058)."""

    manage: str
    unsubscribe: str
    everything: str
    """A page with every row of this mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What filings say: the content of alerts and of digests."""

    kind: Kind
    reports: tuple[Report, ...]
    reasons: tuple[Reason, ...]
    links: Links
    day: date | None = None
    """The local date of a daily digest, the last one that a weekly digest covers."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The question to a new subscriber whether it was they who asked."""

    kind: ClassVar[Kind] = Kind.CONFIRM
    url: str
    criteria: tuple[str, ...]
    """What would be mailed, in words; one entry per rule."""
    valid_for: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """What the operator must know. `facts` are pairs of a label and what was measured."""

    kind: ClassVar[Kind] = Kind.OPERATOR
    component: str
    verdict: str
    """`down`, `late`, `well again` ...: ends the sentence "<component> is ..."."""
    since: datetime
    summary: str
    facts: tuple[tuple[str, str], ...]
    next_step: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail to one person."""

    to: str
    delivery_id: str
    """`<message>.<attempt>`; comes back with each of the provider's events."""
    made_at: datetime
    zone: str
    """The reader's, as in the tz database; times are shown in it."""
    content: News | Confirmation | Incident
