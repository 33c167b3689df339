"""What SendGrid reports about mails that it took."""

from common.alerts.sending.settle import settle
from common.errors import NotConfigured
from common.mail.events import parse
from common.web.exchange import Reply, Visit
from common.web.site import Site


def sendgrid_events(site: Site, visit: Visit) -> Reply:
    """Take a call of the event webhook, if it is signed; any answer but 2xx makes SendGrid call again, for 24 hours.

    Raises NotSigned, DependencyDown, or NotConfigured without the webhook's key.
    """
    if site.verifier is None:
        raise NotConfigured("set SENDGRID_EVENT_KEY; see README, Configuration")
    now = site.clock()
    signed_at = site.verifier.verify(visit.body, visit.headers, now)
    batch = parse(visit.body)
    settled = settle(site.writing, batch.events, signed_at=signed_at, address_key=site.address_key, now=now)
    site.log.info("web.events", told=len(batch.events), kept=settled.kept, settled=settled.settled)
    for strange in batch.strange:
        site.log.warning("web.strange_event", what=strange)
    return Reply(204)
