"""Whether it is the operator who asks: IAM lets in whatever the operator's browser sends through the proxy."""

from urllib.parse import urlsplit

from common.api.refusals import Forbidden

OWN = {"same-origin", "none"}
"""What a browser says of a request that no other site's page sent (Fetch Metadata, section 2.2)."""
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
"""Where the proxy listens; it sends the function's own name in Host."""


def refuse_other_sites(site: str | None, origin: str | None, host: str, *, is_form: bool) -> None:
    """Raise Forbidden for what a page of another site has a browser send; and for a form whose sender says nothing of itself.

    SITE and ORIGIN are the headers Sec-Fetch-Site and Origin, HOST is whom the request is for.
    """
    if is_foreign(site, origin, host):
        raise Forbidden("a page of another site asked for it")
    if is_form and not (site or origin):
        raise Forbidden("the form does not say which page sent it")


def is_foreign(site: str | None, origin: str | None, host: str) -> bool:
    """Whether SITE and ORIGIN, as the browser sends them, name another site than HOST's own pages."""
    if site and site not in OWN:
        return True
    if not origin:
        return False
    try:
        at = urlsplit(origin)
    except ValueError:  # no browser writes that
        return True
    # A name of somebody else's that leads to this machine is "same-origin" to the browser, and still not ours.
    return at.netloc != host and not (site and at.hostname in LOOPBACK)
