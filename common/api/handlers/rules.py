"""Subscribers' rules, as an operator keeps them."""

from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Connection, and_, select

from common.alerts.planning.evidence import Revision
from common.alerts.subscriptions.criteria import in_words, parse_criteria
from common.alerts.subscriptions.preview import preview
from common.alerts.subscriptions.rules import (
    LONGEST_NAME,
    Draft,
    Saved,
    edit_rule,
    names_of,
    revisions,
    save_rule,
)
from common.alerts.subscriptions.stop import stop_rule
from common.api.desk import Desk
from common.api.exchange import Answer, Call, NotFound
from common.api.people import NewRule, Rule, Rules, RulesQuery, RuleWish, SavedRule, StoppedRule, rule_of
from common.db.alert_tables import rule_revisions, rules, subscribers
from common.errors import ConflictingRequest
from common.mail import words
from common.web.account import rules_of
from common.web.pages.rules import MOST_RULES

GOES_ON = and_(rule_revisions.c.effective_until.is_(None), rules.c.stopped_at.is_(None))


def listed(desk: Desk, call: Call) -> Answer:
    """List the rules that have not been stopped, as they are now."""
    query: RulesQuery = call.query
    asked = {"subscriber_id": query.subscriber_id} if query.subscriber_id else {}
    page = select(rules.c.id).where(rules.c.id > query.after, rules.c.stopped_at.is_(None)).filter_by(**asked)
    with desk.parts.database.reading() as connection:
        ids = connection.scalars(page.order_by(rules.c.id).limit(query.limit + 1)).all()
        shown = ids[: query.limit]
        found = revisions(connection, where=GOES_ON & rules.c.id.in_(shown))
    more = {**asked, "after": shown[-1], "limit": query.limit} if len(ids) > len(shown) else None
    path = f"/admin/rules?{urlencode(more)}" if more else None
    return Answer(200, Rules(rules=[Rule(**rule_of(one)) for one in found], next=path))


def one(desk: Desk, call: Call) -> Answer:
    """Show a rule that has not been stopped, as it is now."""
    with desk.parts.database.reading() as connection:
        return Answer(200, Rule(**rule_of(_current(connection, int(call.path["rule_id"])))))


def add(desk: Desk, call: Call) -> Answer:
    """Save a new rule of a subscriber; it matches filings stored from now on, once the subscriber has confirmed."""
    asked: NewRule = call.body
    with desk.parts.database.recording() as tx:
        s = subscribers.c
        known = select(s.id).where(s.id == asked.subscriber_id, s.address.is_not(None))
        if tx.execute(known.with_for_update()).first() is None:
            raise NotFound(
                f"there is no subscriber {asked.subscriber_id}", "GET /admin/subscribers lists everybody"
            )
        if len(rules_of(tx, asked.subscriber_id)) >= MOST_RULES:
            raise ConflictingRequest(
                f"subscriber {asked.subscriber_id} has {MOST_RULES} rules; stop one first"
            )
        draft = draft_of(tx, asked)
        return _told(desk, tx, 201, save_rule(tx, asked.subscriber_id, draft), draft)


def change(desk: Desk, call: Call) -> Answer:
    """Replace a rule's name, criteria and frequency; mails that are planned already stay as they are."""
    asked: RuleWish = call.body
    with desk.parts.database.recording() as tx:
        rule = _current(tx, int(call.path["rule_id"]))
        draft = draft_of(tx, asked)
        return _told(desk, tx, 200, edit_rule(tx, rule.rule_id, draft), draft)


def stop(desk: Desk, call: Call) -> Answer:
    """Stop a rule at once; mails that have not left lose what no other rule asks for."""
    rule_id = int(call.path["rule_id"])
    with desk.parts.database.recording() as tx:
        _current(tx, rule_id)
        stopped = stop_rule(tx, rule_id)
    return Answer(200, StoppedRule(rule_id=rule_id, notices=stopped.notices, messages=stopped.messages))


def draft_of(connection: Connection, asked: RuleWish) -> Draft:
    """Return the rule that ASKED describes. Raises InvalidRequest naming the field."""
    criteria = parse_criteria(asked.criteria)
    name = asked.name.strip()
    if not name:
        name = words.shortened(in_words(criteria, names_of(connection, criteria.members)), LONGEST_NAME)
    return Draft(name, criteria, asked.frequency)


def _told(desk: Desk, tx: Connection, status: int, saved: Saved, draft: Draft) -> Answer:
    expected = preview(tx, draft.criteria, draft.frequency, today=desk.parts.clock().date())
    rule = rule_of(_current(tx, saved.rule_id))
    told = SavedRule(**rule, remarks=list(saved.remarks), mails_last_year=expected.mails)
    return Answer(status, told)


def _current(connection: Connection, rule_id: int) -> Revision:
    where: ColumnElement[bool] = and_(GOES_ON, rules.c.id == rule_id)
    for revision in revisions(connection, where=where):
        return revision
    raise NotFound(f"no rule {rule_id} goes on", "GET /admin/rules lists those that do")
