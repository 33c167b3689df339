"""From bytes to a document, within bounds; and which of the site's pages it is."""

import re

from selectolax.lexbor import LexborHTMLParser

from common.errors import NoTextLayer, SessionExpired, SourceChanged

# The longest of 1,289 reports has 255 kB, 184 rows and 4,600 tags; none of its tags is longer than 460 bytes.
MOST_BYTES = 2_000_000
MOST_TAGS = 40_000
"""Tags in a page; so many, one inside the other, take the HTML parser four seconds: it looks back at each of them."""
LONGEST_TAG = 10_000
"""Bytes of a tag; the parser compares each attribute with all before it."""
END = b"</html>"
ELECTRONIC = "eFD: Print Periodic Transaction Report"
PAPER = "eFD: View Report"
KNOWN_TITLES = {
    "eFD: Find Reports": "the search page came in its place; the address may be wrong",
    "Access Denied": "the site denies access",
}
"""Titles of pages that are no report -> what they mean."""

_LONG_TAG = re.compile(rb"<[a-zA-Z][^<>]{%d}" % LONGEST_TAG)


def document_of(page: bytes, *, uuid: str, name: str) -> LexborHTMLParser:
    """Return PAGE, the electronic report UUID, as a document; NAME is what errors call it.

    Raises SessionExpired for the form of agreement, NoTextLayer for a report on paper, and SourceChanged for anything else.
    """
    document = LexborHTMLParser(_text(page, name))
    if document.css_first("#agreement_form"):
        raise SessionExpired(f"{name}: the site asks to agree to its terms again; agree once more, then stop")
    title = _title(document)
    if title == PAPER:
        raise _paper(document, uuid, name)
    if title != ELECTRONIC:
        raise SourceChanged(f"{name}: {_other_page(document, title)}; open it and look")
    if END not in page:
        raise SourceChanged(
            f"{name}: it breaks off before {END.decode()}; fetch it again, then look at it by hand"
        )
    return document


def squeezed(text: str) -> str:
    """Return TEXT as a browser shows it: its blanks and line breaks as single blanks."""
    return " ".join(text.split())


def _text(page: bytes, name: str) -> str:
    if len(page) > MOST_BYTES:
        raise SourceChanged(f"{name}: {len(page)} bytes, more than {MOST_BYTES}; look at it by hand")
    tags = page.count(b"<")
    if tags > MOST_TAGS:
        raise SourceChanged(f"{name}: {tags} tags, more than {MOST_TAGS}; look at it by hand")
    if _LONG_TAG.search(page):
        raise SourceChanged(f"{name}: a tag of more than {LONGEST_TAG} bytes; look at it by hand")
    if b"\0" in page:  # the HTML parser would leave it out of a text without a word
        raise SourceChanged(f"{name}: it has a NUL byte; fetch it again, then look at it by hand")
    try:
        return page.decode()
    except UnicodeDecodeError as error:
        raise SourceChanged(f"{name}: it is not UTF-8 ({error.reason} at byte {error.start})") from error


def _title(document: LexborHTMLParser) -> str:
    title = document.css_first("title")
    return squeezed(title.text()) if title else ""


def _paper(document: LexborHTMLParser, uuid: str, name: str) -> Exception:
    """Return what stands for a report on paper: the page links to a print of itself, and shows pictures."""
    pictures = document.css("img.filingImage")
    prints = {link.attributes.get("href") for link in document.css('a[href^="/search/print/paper/"]')}
    # The site may write an id in other letter case than the one by which it is known.
    if not pictures or {str(link).lower() for link in prints} != {f"/search/print/paper/{uuid}/".lower()}:
        return SourceChanged(
            f"{name}: {len(pictures)} picture(s) of paper, with prints of {sorted(map(str, prints))[:3]}; open it and look"
        )
    return NoTextLayer(f"{name}: {len(pictures)} page(s) of paper; read it by eye")


def _other_page(document: LexborHTMLParser, title: str) -> str:
    """Say what came in place of a report."""
    text = document.root.text() if document.root else ""
    sorry = text.find("Sorry")
    if sorry >= 0:
        return f"the site says {squeezed(text[sorry : sorry + 80])!r}"
    return KNOWN_TITLES.get(title, f"it is titled {title[:80]!r}, not {ELECTRONIC!r}")
