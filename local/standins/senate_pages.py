"""The pages of the Senate's site in its own markup: electronic and paper reports, agreement form, search answers.

Indented as the site indents, but without its navigation, styles and scripts.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from html import escape

from local.standins.senate_rows import Cells

HEADERS = (
    "&#35;",
    "Transaction Date",
    "Owner",
    "Ticker",
    "Asset Name",
    "Asset Type",
    "Type",
    "Amount",
    "Comment",
)
COUNTED = {"Self": "Self", "Joint": "Joint", "Spouse": "Spouse", "Dependent Child": "Child"}
"""What the counts above the table call an owner -> what the rows call them."""


@dataclass(frozen=True, slots=True)
class SenateReport:
    """One report as a senator filed it; the names as the search lists them."""

    uuid: str
    first: str
    last: str
    received: date
    rows: tuple[Cells, ...] = ()
    office: str = ""
    """As the search prints it; by default `Last, First (Senator)`, or `Senator` for paper."""
    amendment: int = 0
    titled: date | None = None
    """The date in the title: of an amendment, the original's; by default the day it was received."""
    at: time = time(15, 0)
    prefix: str = "The Honorable"
    suffix: str = ""
    paper_pages: int = 0
    """Above 0, the report is paper of so many pages, and has no rows."""

    @property
    def kind(self) -> str:
        """The part of the address that says how it was filed."""
        return "paper" if self.paper_pages else "ptr"

    @property
    def path(self) -> str:
        """Where the site serves it."""
        return f"/search/view/{self.kind}/{self.uuid}/"

    @property
    def title(self) -> str:
        """What the search, and the report's own heading, call it."""
        amended = f" (Amendment {self.amendment})" if self.amendment else ""
        return f"Periodic Transaction Report for {self.titled or self.received:%m/%d/%Y}{amended}"


def report_page(report: SenateReport) -> bytes:
    """Return REPORT as the site shows it: a table of its rows, or pictures of its paper."""
    return paper_page(report) if report.paper_pages else electronic_page(report)


def electronic_page(report: SenateReport) -> bytes:
    """Return the page of an electronic report; its rows count down."""
    numbered = zip(range(len(report.rows), 0, -1), report.rows, strict=True)
    filed = datetime.combine(report.received, report.at)
    return _page(
        "eFD: Print Periodic Transaction Report",
        _ELECTRONIC.format(
            title_date=report.title.removeprefix("Periodic Transaction Report "),
            filer=_filer(report),
            filed=f"{filed:%m/%d/%Y} @ {clock_text(report.at)}",
            counts=_counts(report.rows),
            headers="".join(f'\n                            <th scope="col">{name}</th>' for name in HEADERS),
            rows="".join(_row((str(number), *cells)) for number, cells in numbered),
        ),
    )


def paper_page(report: SenateReport) -> bytes:
    """Return the page of a report filed on paper: pictures, no name and no date."""
    pictures = "".join(
        _PICTURE.format(number=number, pages=report.paper_pages, uuid=report.uuid, year=report.received.year)
        for number in range(1, report.paper_pages + 1)
    )
    return _page("eFD: View Report", _PAPER.format(pictures=pictures))


def landing_page(token: str) -> bytes:
    """Return the form that asks to agree to the terms of use, with its masked csrf TOKEN."""
    return _page("eFD: Home", _LANDING.format(token=escape(token)))


def search_page() -> bytes:
    """Return the page to search from, which also comes in place of a report whose address is odd."""
    return _page("eFD: Find Reports", _SEARCH)


def search_row(report: SenateReport) -> list[str]:
    """Return REPORT as the search lists it."""
    office = report.office or (
        "Senator" if report.paper_pages else f"{report.last}, {report.first} (Senator)"
    )
    link = f'<a href="{report.path}" target="_blank">{report.title}</a>'
    return [report.first, report.last, office, link, f"{report.received:%m/%d/%Y}"]


def search_answer(reports: Sequence[SenateReport], *, total: int, draw: int = 1) -> bytes:
    """Return the search's JSON: REPORTS of TOTAL."""
    rows = [search_row(report) for report in reports]
    answer = {"draw": draw, "recordsTotal": total, "recordsFiltered": total, "data": rows, "result": "ok"}
    return json.dumps(answer).encode()


def clock_text(at: time) -> str:
    """Return AT as the site's template prints it: `3 PM`, `3:05 PM`; on the hour without minutes."""
    minutes = f":{at.minute:02}" if at.minute else ""
    return f"{(at.hour - 1) % 12 + 1}{minutes} {'AM' if at.hour < 12 else 'PM'}"  # noqa: PLR2004  # noon


def _filer(report: SenateReport) -> str:
    lines = (
        f"{report.prefix} {report.first}",
        report.last,
        report.suffix,
        f"({report.last}, {report.first})",
    )
    return "".join(f"\n                {escape(line)}" for line in lines)


def _counts(rows: Sequence[Cells]) -> str:
    owners = Counter(owner for _, owner, *_ in rows)
    noun = "transaction" if len(rows) == 1 else "transactions"
    counts = (f"{owners[inside]} {outside}" for outside, inside in COUNTED.items())
    texts = (f"({len(rows)} {noun} total)", *counts)
    return "".join(f'\n                <li class="list-inline-item">{text}</li>' for text in texts)


def _row(cells: Cells) -> str:
    texts = "".join(f"\n                                    <td>{cell}</td>" for cell in cells)
    return f"\n                                <tr>{texts}\n                                </tr>\n"


def _page(title: str, content: str) -> bytes:
    return _SHELL.format(title=title, content=content).encode()


_SHELL = """<!DOCTYPE HTML>
    <html lang="en">
        <head>
            <title>{title}</title>
            <meta name="robots" content="noindex">
            <meta charset="utf-8">
        </head>
        <body>
            <div class="container-wrap" id="top">
                <main class="container-fluid pgContent" id="content">
{content}
                </main>
               <footer id="footer" class="footer d-print-none">

                </footer>
            </div><!-- end #wrap -->
        </body>
    </html>
"""
_ELECTRONIC = """
            <h1 class="mb-2">
                Periodic Transaction Report

                    {title_date}

            </h1>

            <h2 class="filedReport">{filer}
            </h2>

            <p class="muted">
                <strong class="noWrap"><i class="fa fa-folder" aria-hidden="true" title="folder icon"></i> Filed  {filed}</strong>
            </p>
    <section class="card">
        <div class="card-body">
            <h3 class="d-inline-block">
                 <i class="fa fa-list mr-1" aria-hidden="true" title="List icon"></i>Transactions
            </h3>
            <ul class="unstyled list-inline d-inline-block ml-2">{counts}
            </ul>
            <div class="table-responsive">
                <table class="table table-striped">
                    <caption class="sr-only">List of transactions added to this report</caption>
                    <thead>
                        <tr class="header">{headers}
                        </tr>
                    </thead>
                    <tbody>
{rows}
                    </tbody>
                </table>
            </div>
        </div>
    </section>
"""
_PAPER = """
    <h1 class="sr-only d-print-none">Filing Document - Print View</h1>
                    <div class="carousel-inner" role="listbox">
{pictures}
                    </div>
"""
_PICTURE = """
                            <div class="carousel-item">
                                <div class="img-wrap">
                                    <img style="margin-top: 110px;" class="filingImage"
                                         src="https://efd-media-public.senate.gov/media/{year}/2/000/000/{number:09}.gif" alt="filing document" />
                                </div>
                                  <div class="carousel-caption">
                                            <strong>Page {number} of {pages}</strong>
                                                    <a href="/search/print/paper/{uuid}/" class="btn btn-primary btn-sm ml-1" target="_blank">Printer-Friendly</a>
                                  </div>
                            </div>
"""
_LANDING = """
    <h1>United States Senate Financial Disclosures (eFD)</h1>
                    <form action="" method="POST" id="agreement_form">
                        <div class="checkbox">
                            <label>
                                <input type="checkbox" id="agree_statement" value="1" name="prohibition_agreement" /> I understand the prohibitions on obtaining and use of financial disclosure reports.
                            </label>
                        </div>
                        <input type="hidden" name="csrfmiddlewaretoken" value="{token}">
                    </form>
"""
_SEARCH = """
    <h1>Find Reports</h1>
            <form action="" method="POST" id="searchForm">
                <input type="text" name="last_name" />
            </form>
"""
