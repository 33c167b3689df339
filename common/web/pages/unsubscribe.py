"""The way out: links that ask on GET and act on POST, without a login, as often as they are pressed (RFC 8058)."""

from common.alerts.subscriptions.stop import stop_rule
from common.alerts.subscriptions.suppressions import Reason, suppress
from common.links import Purpose
from common.web.account import Gone, account, rule_of
from common.web.exchange import Reply, Visit, message, page
from common.web.site import Site


def unsubscribe(site: Site, visit: Visit, token: str) -> Reply:
    """Ask whether all mail shall end, or end it at once."""
    grant = site.links.signer.read(Purpose.UNSUBSCRIBE, token, site.clock())
    try:
        return _unsubscribe(site, visit, grant.subscriber_id)
    except Gone:
        return message(200, "You get no more mail from us", "Your data were deleted before.")


def _unsubscribe(site: Site, visit: Visit, subscriber_id: int) -> Reply:
    manage = site.links.manage(subscriber_id)
    if not visit.acts:
        with site.reading() as connection:
            who = account(connection, subscriber_id, site.address_key)
        return page("unsubscribe", hint=who.hint, manage=manage)
    with site.writing() as tx:
        who = account(tx, subscriber_id, site.address_key)
        suppress(tx, who.hashed, Reason.UNSUBSCRIBE, site.clock())
    return page("unsubscribed", hint=who.hint, manage=manage)


def stop(site: Site, visit: Visit, token: str) -> Reply:
    """Ask whether one alert shall stop, or stop it."""
    grant = site.links.signer.read(Purpose.STOP, token, site.clock())
    return stop_one(site, visit, grant.subscriber_id, grant.rule_id)


def stop_one(site: Site, visit: Visit, subscriber_id: int, rule_id: int) -> Reply:
    """Ask whether the subscriber's alert RULE_ID shall stop, or stop it; one that is stopped already stays so."""
    manage = site.links.manage(subscriber_id)
    try:
        with site.writing() if visit.acts else site.reading() as connection:
            rule = rule_of(connection, subscriber_id, rule_id)
            if visit.acts:
                stop_rule(connection, rule_id)
    except Gone:
        return page("stopped", name="", manage=manage)
    return page("stopped" if visit.acts else "stop", name=rule.name, manage=manage)
