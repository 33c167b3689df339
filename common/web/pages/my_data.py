"""What we hold about a subscriber: theirs to take away, and to have deleted."""

from common.alerts.subscriptions.personal_data import export, forget
from common.web.exchange import Reply, Visit, download, message, page
from common.web.pages.manage import holder
from common.web.site import Site


def export_data(site: Site, visit: Visit, token: str) -> Reply:
    """Hand over every row about the subscriber."""
    del visit
    with site.reading() as connection:
        who = holder(site, connection, token)
        return download("capitolscope-my-data.json", export(connection, who.id, site.address_key))


def delete_data(site: Site, visit: Visit, token: str) -> Reply:
    """Ask whether everything shall be deleted, or delete it."""
    with site.writing() if visit.acts else site.reading() as connection:
        who = holder(site, connection, token)
        if not visit.acts:
            return page("delete", hint=who.hint, token=token)
        forget(connection, who.id, site.address_key)
    return message(
        200,
        "Your data are deleted",
        "Your alerts are stopped, and your address is gone from our records. What stays is a scrambled fingerprint of it, so "
        "that we know not to mail you. You can subscribe again at any time.",
    )
