"""From notices to mails: what a message says at the moment when it leaves."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, select

from common.alerts.planning.contents import Contents
from common.alerts.planning.disclosed import Disclosed
from common.alerts.planning.evidence import Revision
from common.alerts.sending.claims import Letter
from common.alerts.sending.context import earlier_trades
from common.alerts.sending.report import NO_PRICES, Prices, reports_of, rule_key
from common.alerts.sending.tell import tell
from common.alerts.subscriptions.criteria import in_words
from common.alerts.subscriptions.rules import names_of
from common.db.alert_tables import messages, subscribers
from common.mail.model import Context, Kind, Links, Mail, News, Reason, Report
from common.mail.port import Outgoing
from common.mail.render import Letterhead, render

PriceWords = Callable[[Connection, Disclosed, datetime], Prices]
"""Says of each row of a filing what its price did since."""


class Ways(Protocol):
    """The signed links of a mail; no address is in any of them."""

    def manage(self, subscriber_id: int) -> str:
        """Return where a subscriber sees and changes everything."""
        ...

    def unsubscribe(self, subscriber_id: int) -> str:
        """Return what ends all mail (RFC 8058)."""
        ...

    def stop(self, subscriber_id: int, rule_id: int) -> str:
        """Return what stops one rule."""
        ...

    def everything(self, message_id: int) -> str:
        """Return the page with every row of a mail."""
        ...


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes letters; one that works for long looks a filing's context up once."""

    ways: Ways
    letterhead: Letterhead
    finish: Callable[[Mail, Letterhead], Outgoing] = render
    """What makes a mail ready; `render_whole` for a page with every row."""
    prices: PriceWords | None = None
    """What puts prices into words; None = none may leave the database."""
    _contexts: dict[int, Mapping[str, Context]] = field(default_factory=dict)
    _prices: dict[int, Prices] = field(default_factory=dict)

    def __call__(
        self, connection: Connection, message_id: int, delivery_id: str, now: datetime
    ) -> Letter | None:
        """Return a message's letter, which bears DELIVERY_ID; None = nothing is left to tell."""
        return self.letters(connection, {message_id: delivery_id}, now).get(message_id)

    def letters(
        self, connection: Connection, deliveries: Mapping[int, str], now: datetime
    ) -> dict[int, Letter]:
        """Return the letters of many messages, which bear their delivery ids; one that has nothing left to tell has none."""
        tellings = tell(connection, deliveries)
        names = names_of(connection, _followed(tellings))
        return {
            head.id: self._letter(connection, head, told, deliveries[head.id], names=names, now=now)
            for head in _heads(connection, deliveries)
            if (told := tellings.get(head.id))
        }

    def _letter(
        self,
        connection: Connection,
        head: Any,
        told: Sequence[Contents],
        delivery_id: str,
        *,
        names: Mapping[str, str],
        now: datetime,
    ) -> Letter:
        kind = told[0].kind if head.key.startswith("f/") else Kind(head.kind)
        news = News(
            kind=kind or Kind.ALERT,
            reports=tuple(report for one in told for report in self._reports(connection, one, now)),
            reasons=tuple(
                Reason(
                    rule_key(reason),
                    reason.name,
                    in_words(reason.criteria, names),
                    self.ways.stop(head.subscriber_id, reason.rule_id),
                )
                for reason in _reasons(told)
            ),
            links=Links(
                manage=self.ways.manage(head.subscriber_id),
                unsubscribe=self.ways.unsubscribe(head.subscriber_id),
                everything=self.ways.everything(head.id),
            ),
            day=_day(head.key, head.kind),
        )
        mail = Mail(to=head.address, delivery_id=delivery_id, made_at=now, zone=head.zone, content=news)
        said = {trade_id: word for one in told for trade_id, word in one.said.items()}
        return Letter(self.finish(mail, self.letterhead), said)

    def _reports(self, connection: Connection, told: Contents, now: datetime) -> Sequence[Report]:
        filing = told.filing
        if self.prices and filing.version_id not in self._prices:
            self._prices[filing.version_id] = self.prices(connection, filing, now)
        prices = self._prices.get(filing.version_id, NO_PRICES)
        return reports_of(told, self._context(connection, filing), prices)

    def _context(self, connection: Connection, filing: Disclosed) -> Mapping[str, Context]:
        if filing.version_id not in self._contexts:
            self._contexts[filing.version_id] = earlier_trades(connection, filing)
        return self._contexts[filing.version_id]


def _heads(connection: Connection, message_ids: Collection[int]) -> Sequence[Any]:
    """Return where each message goes; a subscriber who was deleted has no address."""
    m, s = messages.c, subscribers.c
    found = select(m.id, m.key, m.kind, m.subscriber_id, s.address, s.zone).join(
        subscribers, s.id == m.subscriber_id
    )
    reachable = found.where(m.id.in_(message_ids), s.address.is_not(None))
    return connection.execute(reachable.order_by(m.id)).all()


def _followed(tellings: Mapping[int, Sequence[Contents]]) -> set[str]:
    every = (told for tolds in tellings.values() for told in tolds)
    return {who for told in every for reason in told.reasons for who in reason.criteria.members}


def _reasons(told: Sequence[Contents]) -> Sequence[Revision]:
    """Return each rule once, as it asks now."""
    by_rule = {reason.rule_id: reason for one in told for reason in sorted(one.reasons, key=_number)}
    return [by_rule[rule_id] for rule_id in sorted(by_rule)]


def _number(reason: Revision) -> int:
    return reason.number


def _day(key: str, kind: str) -> date | None:
    """Return the day of a digest; a weekly one is of the week that ended on the last Sunday, whenever it goes out."""
    if not key.startswith("d/"):
        return None
    day = date.fromisoformat(key.removeprefix("d/"))
    return day - timedelta(days=day.weekday() + 1) if kind == Kind.WEEKLY else day
