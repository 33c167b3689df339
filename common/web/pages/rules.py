"""Making, changing and stopping alerts, behind a subscriber's own link."""

from dataclasses import replace
from functools import partial

from sqlalchemy import Connection

from common.alerts.planning.evidence import Revision
from common.alerts.subscriptions.preview import preview
from common.alerts.subscriptions.rules import Draft, edit_rule, save_rule
from common.web import rule_form
from common.web.account import Account, rule_of, rules_of
from common.web.exchange import Reply, Visit, message, page
from common.web.pages.manage import back, holder
from common.web.pages.unsubscribe import stop_one
from common.web.rule_form import RuleForm, complaints
from common.web.site import Site

MOST_RULES = 50


def new_rule(site: Site, visit: Visit, token: str) -> Reply:
    """Show the form of a new alert, tell what it would send, or save it."""
    with site.writing() if _saves(visit) else site.reading() as connection:
        who = holder(site, connection, token)
        if len(rules_of(connection, who.id)) >= MOST_RULES:
            return message(409, "There is no room", f"You have {MOST_RULES} alerts; stop one first.")
        return _answer(site, visit, connection, None, token=token, who=who)


def one_rule(site: Site, visit: Visit, token: str, rule_id: int) -> Reply:
    """Show an alert in its form, tell what it would send as changed, or save it."""
    with site.writing() if _saves(visit) else site.reading() as connection:
        who = holder(site, connection, token)
        rule = rule_of(connection, who.id, rule_id)
        return _answer(site, visit, connection, rule, token=token, who=who)


def stop_rule(site: Site, visit: Visit, token: str, rule_id: int) -> Reply:
    """Ask whether an alert shall stop, or stop it."""
    with site.reading() as connection:
        who = holder(site, connection, token)
    return stop_one(site, visit, who.id, rule_id)


def _saves(visit: Visit) -> bool:
    return visit.acts and visit.form.get("do") == "save"


def _answer(
    site: Site, visit: Visit, connection: Connection, rule: Revision | None, *, token: str, who: Account
) -> Reply:
    form = _form(site, visit, connection, rule)
    if _saves(visit) and form.draft:
        if not (wrong := complaints(partial(_save, connection, who, rule, form.draft))):
            return back(token, "saved")
        form = replace(form, errors=wrong, draft=None)
    only_members = visit.form.get("do") == "find"
    errors = {name: text for name, text in form.errors.items() if name == "find" or not only_members}
    today = site.clock().date()
    draft = form.draft if visit.acts and not only_members else None
    expected = preview(connection, draft.criteria, draft.frequency, today=today) if draft else None
    status = 422 if errors and not only_members else 200
    return page(
        "rule",
        status,
        form=form,
        typed=form.typed,
        errors=errors,
        expected=expected,
        rule=rule,
        token=token,
    )


def _form(site: Site, visit: Visit, connection: Connection, rule: Revision | None) -> RuleForm:
    today = site.clock().date()
    if visit.acts:
        return rule_form.read(connection, today, visit.form)
    return rule_form.filled(connection, today, rule) if rule else rule_form.blank(connection, today)


def _save(tx: Connection, who: Account, rule: Revision | None, draft: Draft) -> None:
    if rule:
        edit_rule(tx, rule.rule_id, draft)
    else:
        save_rule(tx, who.id, draft)
