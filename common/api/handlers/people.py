"""Subscribers, as an operator keeps them: asked first, found without an address in a URL, and deleted whole."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection, select

from common.alerts.explain import explain
from common.alerts.subscriptions.personal_data import forget
from common.alerts.subscriptions.rules import check, names_of
from common.alerts.subscriptions.subscribers import move, parse_address, parse_zone
from common.api.desk import Desk
from common.api.exchange import Answer, Call, NotFound
from common.api.handlers.rules import draft_of
from common.api.people import (
    ExplainQuery,
    Explanation,
    Find,
    Forgotten,
    Invited,
    Move,
    NewSubscriber,
    Rule,
    Subscriber,
    Subscribers,
    SubscriberShown,
    SubscribersQuery,
    rule_of,
    version_of,
)
from common.db.alert_tables import subscribers
from common.errors import InvalidRequest
from common.web.account import Account, Gone, account, rules_of, silenced
from common.web.pages.subscribe import PER_ADDRESS, send_question
from common.web.rate_limit import Limit


def everybody(desk: Desk, call: Call) -> Answer:
    """List the subscribers who have not deleted their data, without their addresses."""
    query: SubscribersQuery = call.query
    s = subscribers.c
    wanted = select(subscribers).where(s.id > query.after, s.address.is_not(None)).order_by(s.id)
    with desk.parts.database.reading() as connection:
        found = connection.execute(wanted.limit(query.limit + 1)).all()
    shown = found[: query.limit]
    more = {"after": shown[-1].id, "limit": query.limit} if len(found) > len(shown) else None
    path = f"/admin/subscribers?{urlencode(more)}" if more else None
    return Answer(200, Subscribers(subscribers=[SubscriberShown(**_shown(row)) for row in shown], next=path))


def invite(desk: Desk, call: Call) -> Answer:
    """Ask somebody by mail whether they want a rule; nothing else is sent to them until they confirm."""
    asked: NewSubscriber = call.body
    address, zone = parse_address(asked.address), parse_zone(asked.zone)
    site = desk.site()
    with desk.parts.database.reading() as connection:
        draft = draft_of(connection, asked.rule)
        check(connection, draft.criteria)
        names = names_of(connection, draft.criteria.members)
    site.limiter.take(Limit(f"subscribe:address:{site.links.signer.fingerprint(address)}", *PER_ADDRESS))
    subscriber_id = send_question(site, draft, names, address, zone)
    with desk.parts.database.reading() as connection:
        who = _somebody(desk, connection, subscriber_id)
    return Answer(202, Invited(subscriber_id=subscriber_id, confirmed=who.confirmed_at is not None))


def find(desk: Desk, call: Call) -> Answer:
    """Find the subscriber who has an address."""
    asked: Find = call.body
    of = select(subscribers.c.id).where(subscribers.c.address == parse_address(asked.address))
    with desk.parts.database.reading() as connection:
        if (subscriber_id := connection.scalar(of)) is None:
            raise NotFound("nobody has this address", "GET /admin/subscribers lists everybody")
        return Answer(200, _whole(desk, connection, subscriber_id))


def one(desk: Desk, call: Call) -> Answer:
    """Show a subscriber, their rules, and whether mail reaches them."""
    with desk.parts.database.reading() as connection:
        return Answer(200, _whole(desk, connection, int(call.path["subscriber_id"])))


def change(desk: Desk, call: Call) -> Answer:
    """Set a subscriber's time zone, in which their digests go out at 08:00."""
    asked: Move = call.body
    with desk.parts.database.recording() as tx:
        who = _somebody(desk, tx, int(call.path["subscriber_id"]))
        move(tx, who.id, asked.zone)
        return Answer(200, _whole(desk, tx, who.id))


def delete(desk: Desk, call: Call) -> Answer:
    """Delete a subscriber's data and stop their alerts; a keyed hash of the address stays, so that it is not mailed."""
    with desk.parts.database.recording() as tx:
        who = _somebody(desk, tx, int(call.path["subscriber_id"]))
        forget(tx, who.id, _address_key(desk))
    desk.log.info("subscriber.deleted", subscriber=who.id)
    return Answer(200, Forgotten(subscriber_id=who.id))


def why(desk: Desk, call: Call) -> Answer:
    """Explain why a subscriber did or did not get a mail about a filing, rule by rule, near misses included."""
    query: ExplainQuery = call.query
    try:
        with desk.parts.database.reading() as connection:
            decisions = explain(connection, query.subscriber_id, query.doc_id)
    except InvalidRequest as unknown:
        raise NotFound(
            str(unknown), "look among /admin/subscribers, and in the source's own index"
        ) from unknown
    versions = [version_of(decision) for decision in decisions]
    told = Explanation(subscriber_id=query.subscriber_id, doc_id=query.doc_id, versions=versions)
    return Answer(200, told)


def _whole(desk: Desk, connection: Connection, subscriber_id: int) -> Subscriber:
    who = _somebody(desk, connection, subscriber_id)
    row = connection.execute(select(subscribers).where(subscribers.c.id == who.id)).one()
    return Subscriber(
        **_shown(row),
        address=who.address,
        silenced=sorted(silenced(connection, who)),
        rules=list(_rules(connection, who.id)),
    )


def _rules(connection: Connection, subscriber_id: int) -> Iterable[Rule]:
    return (Rule(**rule_of(revision)) for revision in rules_of(connection, subscriber_id))


def _somebody(desk: Desk, connection: Connection, subscriber_id: int) -> Account:
    try:
        return account(connection, subscriber_id, _address_key(desk))
    except Gone as gone:
        raise NotFound(
            f"there is no subscriber {subscriber_id}", "GET /admin/subscribers lists everybody"
        ) from gone


def _address_key(desk: Desk) -> str:
    return desk.parts.settings.need("address_key")["address_key"]


def _shown(row: Any) -> dict[str, Any]:
    name, _, host = row.address.rpartition("@")
    return {
        "subscriber_id": row.id,
        "hint": f"{name[:1]}\N{HORIZONTAL ELLIPSIS}@{host}",
        "zone": row.zone,
        "created_at": row.created_at,
        "confirmed_at": row.confirmed_at,
    }
