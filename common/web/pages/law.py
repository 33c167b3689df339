"""What visitors may want to know before they trust us with an address."""

from common.web.exchange import Reply, Visit, page
from common.web.site import Site


def privacy(site: Site, visit: Visit) -> Reply:
    """Say what is kept and why, who runs this, and what the law says about the filings."""
    del visit
    return page("privacy", letterhead=site.letterhead, contact=site.contact)
