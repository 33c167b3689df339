"""The Clerk's site on this machine: a real HTTP server with the addresses, headers and faults of the real one.

`python -m local.standins.house --port 0` serves our own filings and prints its URL; `--corpus DIR` serves DIR/index, DIR/pdf and
DIR/scanned/pdf instead.
"""

import re
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

import click

from local.standins.filings import own_shelf
from local.standins.shelf import CorpusShelf, Page, Shelf
from local.standins.site import Reply, Request, Site

INDEX = re.compile(r"/public_disc/financial-pdfs/(\d{4})FD\.zip")
DOCUMENT = re.compile(r"/public_disc/ptr-pdfs/(\d{4})/(\d+)\.pdf")
MISSING = b"""<!DOCTYPE html>
<html><head><title>404 - File or directory not found.</title></head>
<body><h1>Server Error</h1><h2>404 - File or directory not found.</h2></body></html>
"""


class HouseStandin(Site):
    """Serves SHELF on 127.0.0.1 until the context is left; faults can be armed at any time."""

    def __init__(self, shelf: Shelf, *, port: int = 0) -> None:
        super().__init__(port=port)
        self.shelf = shelf

    def reply(self, request: Request) -> Reply:
        """Return the file asked for, or 304 where the asker has it already."""
        return _conditional(self._page(request.path), request.headers)

    def _page(self, path: str) -> Page | None:
        if asked := INDEX.fullmatch(path):
            return self.shelf.index(int(asked[1]))
        if asked := DOCUMENT.fullmatch(path):
            return self.shelf.document(int(asked[1]), asked[2])
        return None


def _conditional(page: Page | None, headers: Mapping[str, str]) -> Reply:
    """Answer with PAGE, or 304 where the asker has it already; a tag outranks a date (RFC 9110, 13.2.2)."""
    if page is None:
        return Reply(HTTPStatus.NOT_FOUND, MISSING, {"Content-Type": "text/html"})
    tag = f'"{sha256(page.body).hexdigest()[:16]}"'
    marks = {"ETag": tag, "Last-Modified": format_datetime(page.posted, usegmt=True)}
    if "If-None-Match" in headers:
        known = headers["If-None-Match"] == tag
    else:
        since = headers.get("If-Modified-Since")
        known = since is not None and parsedate_to_datetime(since) >= page.posted
    if known:
        return Reply(HTTPStatus.NOT_MODIFIED, b"", marks)
    return Reply(HTTPStatus.OK, page.body, marks | {"Content-Type": "application/octet-stream"})


@click.command(help=__doc__)
@click.option("--port", default=0, help="0 = a free one")
@click.option("--corpus", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--edition", "editions", multiple=True, metavar="YEAR=FILE", help="index file of a year")
def main(port: int, corpus: Path | None, editions: Sequence[str]) -> None:
    """Serve until ended by a signal."""
    chosen = {int(year): name for year, _, name in (edition.partition("=") for edition in editions)}
    shelf: Shelf = CorpusShelf(corpus, chosen) if corpus else own_shelf()
    with HouseStandin(shelf, port=port) as house:
        print(house.url, flush=True)
        with suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
