"""A subscriber's own pages, behind the signed link of each mail."""

from collections.abc import Mapping

from sqlalchemy import Connection

from common.alerts.planning.evidence import Revision
from common.alerts.subscriptions.criteria import in_words
from common.alerts.subscriptions.preview import preview
from common.alerts.subscriptions.rules import check, names_of
from common.alerts.subscriptions.subscribers import confirm, move
from common.alerts.subscriptions.suppressions import Reason, lift_unsubscribe, suppress
from common.errors import InvalidRequest
from common.links import Purpose
from common.web.account import Account, account, rules_of, silenced
from common.web.exchange import Reply, Visit, page, redirect
from common.web.pages.confirm import WORDING
from common.web.rule_form import said
from common.web.site import Site

SAID = {
    "confirmed": "Thank you. Your alert is on.",
    "moved": "Your time zone is changed.",
    "paused": "All mail is stopped. Your alerts are kept.",
    "resumed": "Your alerts are on again.",
    "saved": "Your alert is saved.",
}
"""What the page says after something was done."""
WHILE_STOPPED = {"confirmed": False, "paused": True, "resumed": False}
"""What of that is so only while all mail is stopped, or only while it is not: a page may be opened again much later."""


def manage(site: Site, visit: Visit, token: str) -> Reply:
    """Show everything a subscriber has asked for."""
    with site.reading() as connection:
        who = holder(site, connection, token)
        word, is_stopped = visit.query.get("said", ""), bool(silenced(connection, who))
        is_so = WHILE_STOPPED.get(word, is_stopped) is is_stopped
        return _overview(site, connection, token, who, done=SAID.get(word, "") if is_so else "")


def zone(site: Site, visit: Visit, token: str) -> Reply:
    """Change when digests go out."""
    try:
        with site.writing() as tx:
            move(tx, holder(site, tx, token).id, visit.form.get("zone", ""))
    except InvalidRequest as fault:
        with site.reading() as connection:
            who = holder(site, connection, token)
            return _overview(site, connection, token, who, errors={"zone": said(fault)}, status=422)
    return back(token, "moved")


def pause(site: Site, visit: Visit, token: str) -> Reply:
    """Stop all mail, and keep the alerts."""
    del visit
    with site.writing() as tx:
        suppress(tx, holder(site, tx, token).hashed, Reason.UNSUBSCRIBE, site.clock())
    return back(token, "paused")


def resume(site: Site, visit: Visit, token: str) -> Reply:
    """Send mail again: a new opt-in."""
    del visit
    with site.writing() as tx:
        who = holder(site, tx, token)
        confirm(tx, who.id, wording=WORDING)
        lift_unsubscribe(tx, who.hashed)
    return back(token, "resumed")


def holder(site: Site, connection: Connection, token: str) -> Account:
    """Return whose link it is. Raises BadLink, or Gone once their data are deleted."""
    grant = site.links.signer.read(Purpose.MANAGE, token, site.clock())
    return account(connection, grant.subscriber_id, site.address_key)


def back(token: str, said: str) -> Reply:
    """Return to the overview, which tells what was done."""
    return redirect(f"/{Purpose.MANAGE}/{token}?said={said}")


def _overview(
    site: Site,
    connection: Connection,
    token: str,
    who: Account,
    *,
    done: str = "",
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Reply:
    rules = rules_of(connection, who.id)
    followed = frozenset[str]().union(*(rule.criteria.members for rule in rules))
    names = names_of(connection, followed)
    return page(
        "manage",
        status,
        who=who,
        token=token,
        rules=[_line(site, connection, rule, names) for rule in rules],
        silenced=silenced(connection, who),
        done=done,
        errors=errors or {},
        wording=WORDING,
    )


def _line(
    site: Site, connection: Connection, rule: Revision, names: Mapping[str, str]
) -> Mapping[str, object]:
    expected = preview(connection, rule.criteria, rule.frequency, today=site.clock().date())
    return {
        "id": rule.rule_id,
        "name": rule.name,
        "words": in_words(rule.criteria, names),
        "frequency": str(rule.frequency),
        "expected": expected,
        "remarks": check(connection, rule.criteria),
    }
