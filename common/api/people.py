"""Subscribers, their rules, and why they did or did not get a mail: what callers send and are told of these."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from common.alerts.explain import Answer as Explained
from common.alerts.explain import Decision, NearMiss
from common.alerts.planning.disclosed import StoredTrade
from common.alerts.planning.evidence import Revision
from common.alerts.subscriptions.criteria import Frequency
from common.alerts.subscriptions.rules import LONGEST_NAME
from common.alerts.subscriptions.subscribers import LONGEST_ADDRESS
from common.api.exchange import Asked, Told
from common.web.rule_form import to_json

BIGGEST_ID = 2**53 - 1
Id = Annotated[int, Field(ge=1, le=BIGGEST_ID)]
DOC_ID = r"^[0-9A-Za-z-]{1,40}$"
Address = Annotated[str, StringConstraints(min_length=3, max_length=LONGEST_ADDRESS)]
Zone = Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$")]
Name = Annotated[str, StringConstraints(max_length=LONGEST_NAME, pattern=r"^[^\x00-\x1f\x7f]*$")]

# ---- rules


class RuleWish(Asked):
    """What a rule asks for."""

    name: Name = Field(default="", description="empty = its criteria in words")
    frequency: Frequency
    criteria: dict[str, Any] = Field(
        description="members (bioguide ids), tickers, chamber, party, state, side (buy, sell, exchange), owner (self, spouse, joint, "
        "child), asset_type, amount with amount_mode (at_least, possibly), filed_late; all that are given must hold"
    )


class NewRule(RuleWish):
    """A rule for a subscriber."""

    subscriber_id: Id


class Rule(Told):
    """A rule that goes on, as it is now."""

    rule_id: int
    subscriber_id: int
    revision: int
    name: str
    frequency: Frequency
    criteria: dict[str, Any]
    effective_from: datetime


class SavedRule(Rule):
    """A rule as it was saved, with what its writer should know."""

    remarks: list[str]
    mails_last_year: int = Field(description="how many mails it would have sent")


class Rules(Told):
    """A page of rules that go on."""

    rules: list[Rule]
    next: str | None = Field(description="path of the next page; null = this is the last")


class StoppedRule(Told):
    """What stopping a rule took back."""

    rule_id: int
    notices: int
    messages: int


def rule_of(revision: Revision) -> dict[str, Any]:
    """Return REVISION as a caller is told it."""
    return {
        "rule_id": revision.rule_id,
        "subscriber_id": revision.subscriber_id,
        "revision": revision.number,
        "name": revision.name,
        "frequency": revision.frequency,
        "criteria": to_json(revision.criteria),
        "effective_from": revision.effective_from,
    }


class RulesQuery(Asked):
    """Which rules to list, by rising id."""

    subscriber_id: Id | None = Field(default=None, description="only theirs")
    after: int = Field(
        default=0, ge=0, le=BIGGEST_ID, description="rule_id of the last rule of the page before"
    )
    limit: int = Field(default=50, ge=1, le=200)


# ---- subscribers


class NewSubscriber(Asked):
    """Whom to ask whether they want a first rule; nothing is sent to them until they say so."""

    address: Address
    zone: Zone = Field(description="IANA name, such as America/New_York")
    rule: RuleWish


class Move(Asked):
    """Where a subscriber's digests go out at 08:00."""

    zone: Zone


class Find(Asked):
    """Whom to find; an address is in no URL."""

    address: Address


class SubscriberShown(Told):
    """A subscriber, without the address."""

    subscriber_id: int
    hint: str = Field(description="enough of the address for its owner to know it")
    zone: str
    created_at: datetime
    confirmed_at: datetime | None = Field(description="null = nothing but the question is sent")


class Subscriber(SubscriberShown):
    """A subscriber."""

    address: str
    silenced: list[str] = Field(description="why no mail is sent: bounce, spam, unsubscribe")
    rules: list[Rule]


class Subscribers(Told):
    """A page of subscribers."""

    subscribers: list[SubscriberShown]
    next: str | None = Field(description="path of the next page; null = this is the last")


class Invited(Told):
    """Who was asked whether they want mail."""

    subscriber_id: int
    confirmed: bool = Field(description="whether they had agreed before")


class Forgotten(Told):
    """Whose data were deleted."""

    subscriber_id: int
    deleted: bool = True


class SubscribersQuery(Asked):
    """Which subscribers to list, by rising id."""

    after: int = Field(
        default=0, ge=0, le=BIGGEST_ID, description="subscriber_id of the last one of the page before"
    )
    limit: int = Field(default=50, ge=1, le=200)


# ---- why somebody did or did not get a mail


class ExplainQuery(Asked):
    """Whose mail, and about which filing."""

    subscriber_id: Id
    doc_id: str = Field(pattern=DOC_ID, description="the source's own id of the filing")


class Lacked(Told):
    """A criterion that did not hold."""

    criterion: str
    wanted: str
    found: str


class Near(Told):
    """A row that nearly matched; null = a filing that could not be read."""

    row: int | None
    lacked: list[Lacked]


class RuleAnswer(Told):
    """What one rule said of one version."""

    rule_id: int
    name: str
    revision: int | None = Field(description="in force when the version was stored; null = none was")
    matched: bool
    rows: list[int]
    near_misses: list[Near]


class Version(Told):
    """What became of one version of the filing for the subscriber."""

    version: int
    stored_at: datetime
    filed: date | None
    url: str
    verdict: str
    restated: list[str]
    rules: list[RuleAnswer]


class Explanation(Told):
    """Why a subscriber did or did not get a mail about a filing, version by version."""

    subscriber_id: int
    doc_id: str
    versions: list[Version]


def version_of(decision: Decision) -> Version:
    """Return DECISION as a caller is told it."""
    filing = decision.filing
    return Version(
        version=filing.version,
        stored_at=filing.stored_at,
        filed=filing.filed,
        url=filing.url,
        verdict=decision.verdict,
        restated=list(decision.restated),
        rules=[_answer_of(answer) for answer in decision.answers],
    )


def _answer_of(answer: Explained) -> RuleAnswer:
    return RuleAnswer(
        rule_id=answer.rule.rule_id,
        name=answer.rule.name,
        revision=answer.revision.number if answer.revision else None,
        matched=answer.matched,
        rows=[_number(row) for row in answer.rows],
        near_misses=[_near(miss) for miss in answer.near_misses],
    )


def _near(miss: NearMiss) -> Near:
    lacked = [Lacked(criterion=one.criterion, wanted=one.wanted, found=one.found) for one in miss.misses]
    return Near(row=_number(miss.row) if miss.row else None, lacked=lacked)


def _number(row: StoredTrade) -> int:
    return row.trade.row
