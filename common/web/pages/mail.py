"""A mail with every row: where one of more rows than fit sends its reader."""

from sqlalchemy import func, select

from common.alerts.sending.compose import Writer
from common.db.alert_tables import messages
from common.links import Purpose
from common.mail.render import render_whole
from common.web.account import Gone
from common.web.exchange import Reply, Visit
from common.web.site import Site

# A mail bears its styles in its elements, as mail programs want them.
STYLES_INSIDE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
}


def whole_mail(site: Site, visit: Visit, token: str) -> Reply:
    """Show a mail as it would say it now, without leaving anything out. Raises Gone where nothing of it is left."""
    del visit
    message_id = site.links.signer.read(Purpose.MAIL, token, site.clock()).message_id
    writer = Writer(site.links, site.letterhead, render_whole)
    m = messages.c
    sent = select(m.attempt, func.coalesce(m.sending_at, m.planned_at).label("at")).where(m.id == message_id)
    with site.reading() as connection:
        found = connection.execute(sent).one_or_none()
        letter = found and writer(connection, message_id, f"{message_id}.{found.attempt}", found.at)
    if not letter:
        raise Gone("nothing of this mail is left to tell")
    return Reply(200, letter.mail.html, headers=STYLES_INSIDE)
