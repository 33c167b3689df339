"""The second opt-in: the link of the mail shows what was asked for, its button makes it so."""

from urllib.parse import urlsplit

from sqlalchemy import Connection

from common.alerts.subscriptions.criteria import in_words
from common.alerts.subscriptions.preview import preview
from common.alerts.subscriptions.rules import Draft, check, names_of, save_rule
from common.alerts.subscriptions.subscribers import confirm, move
from common.alerts.subscriptions.suppressions import lift_unsubscribe
from common.links import Grant, Purpose
from common.web import rule_form
from common.web.account import account, rules_of
from common.web.exchange import Reply, Visit, page, redirect
from common.web.site import Site

WORDING = (
    "Yes, mail me when members of Congress disclose trades that match my alerts, until I stop it. "
    "Each mail has a link that stops it at once. My address is used for nothing else."
)
"""What subscribers agree to; recorded verbatim."""


def confirm_page(site: Site, visit: Visit, token: str) -> Reply:
    """Show what the link would switch on, or switch it on."""
    grant = site.links.signer.read(Purpose.CONFIRM, token, site.clock())
    draft = rule_form.from_json(grant.asked["rule"])
    if visit.acts:
        return _switch_on(site, grant, draft)
    with site.reading() as connection:
        who = account(connection, grant.subscriber_id, site.address_key)
        return page(
            "confirm",
            hint=who.hint,
            criteria=in_words(draft.criteria, names_of(connection, draft.criteria.members)),
            frequency=draft.frequency,
            expected=preview(connection, draft.criteria, draft.frequency, today=site.clock().date()),
            remarks=check(connection, draft.criteria),
            wording=WORDING,
        )


def _switch_on(site: Site, grant: Grant, draft: Draft) -> Reply:
    with site.writing() as tx:
        who = account(tx, grant.subscriber_id, site.address_key)
        confirm(tx, who.id, wording=WORDING)
        lift_unsubscribe(tx, who.hashed)
        move(tx, who.id, grant.asked["zone"])  # keeps the row from a second click, too, until the commit
        if not _is_on(tx, who.id, draft):
            save_rule(tx, who.id, draft)
    return redirect(f"{urlsplit(site.links.manage(who.id)).path}?said=confirmed")


def _is_on(tx: Connection, subscriber_id: int, draft: Draft) -> bool:
    """Whether the same alert is on already, as when the button is pressed twice."""
    wanted = (draft.criteria, draft.frequency)
    return any((rule.criteria, rule.frequency) == wanted for rule in rules_of(tx, subscriber_id))
