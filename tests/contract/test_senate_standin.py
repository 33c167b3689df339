"""The Senate stand-in: what it serves is the site's format, its faults are those that tests ask for."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import httpx
import pytest

from common.disclosures.senate.client import DATA, HOME, SEARCH
from common.disclosures.senate.ptr import parse_ptr
from common.disclosures.senate.search import parse_search, search_form
from common.errors import NoTextLayer
from local.standins.senate import SenateStandin, repeated_row
from local.standins.senate_filings import own_reports
from local.standins.senate_pages import SenateReport, report_page
from tests.support.senate import PAPER, REPORT, a_report, ids


@contextmanager
def visitor(senate: SenateStandin) -> Iterator[httpx.Client]:
    """Lend a browser that agreed to the terms."""
    with httpx.Client(base_url=senate.url, trust_env=False, verify=False, follow_redirects=True) as client:
        token = client.get(HOME).text.partition('name="csrfmiddlewaretoken" value="')[2][:64]
        form = {"csrfmiddlewaretoken": token, "prohibition_agreement": "1"}
        assert client.post(HOME, data=form, headers={"Referer": senate.url + HOME}).url.path == SEARCH
        yield client


def search(senate: SenateStandin, client: httpx.Client, **changes: str) -> httpx.Response:
    form = search_form(date(2025, 1, 1), date(2025, 12, 31)) | changes
    headers = {"Referer": senate.url + SEARCH, "X-CSRFToken": client.cookies["csrftoken"]}
    return client.post(DATA, data=form, headers=headers)


@pytest.mark.parametrize("path", [SEARCH, REPORT.path])
def test_whoever_has_not_agreed_is_led_to_the_form(senate: SenateStandin, path: str) -> None:
    answer = httpx.get(senate.url + path, trust_env=False, verify=False, follow_redirects=True)

    assert (answer.url.path, answer.status_code) == (HOME, 200)
    assert 'id="agreement_form"' in answer.text


@pytest.mark.parametrize("lacking", ["Referer", "X-CSRFToken"])
def test_a_form_without_token_or_referer_is_forbidden(senate: SenateStandin, lacking: str) -> None:
    with visitor(senate) as client:
        headers = {"Referer": senate.url + SEARCH, "X-CSRFToken": client.cookies["csrftoken"]}
        del headers[lacking]
        answer = client.post(DATA, data=search_form(date(2025, 1, 1), date(2025, 12, 31)), headers=headers)

    assert (answer.status_code, "CSRF verification failed" in answer.text) == (403, True)


def test_a_form_without_the_agreement_is_shown_again(senate: SenateStandin) -> None:
    with visitor(senate) as client:
        headers = {"Referer": senate.url + HOME, "X-CSRFToken": client.cookies["csrftoken"]}
        answer = client.post(HOME, data={}, headers=headers)

    assert 'id="agreement_form"' in answer.text


def test_it_lists_by_day_of_receipt_page_by_page_and_no_more_than_100_at_once(senate: SenateStandin) -> None:
    senate.reports = tuple(a_report(number, last=f"{number:03}") for number in range(230))
    senate.reports += (a_report(999, day=date(2024, 12, 31)),)

    with visitor(senate) as client:
        pages = [
            parse_search(search(senate, client, start=str(start), length="500").content)
            for start in (0, 100, 200)
        ]

    assert [(page.total, len(page.rows)) for page in pages] == [(230, 100), (230, 100), (230, 30)]
    assert {row.uuid for page in pages for row in page.rows} == ids(senate.reports[:-1])


def test_an_unstable_search_repeats_rows_between_its_pages(senate: SenateStandin) -> None:
    senate.unstable = True
    senate.reports = tuple(a_report(number) for number in range(150))

    with visitor(senate) as client:
        pages = [parse_search(search(senate, client, start=start).content).rows for start in ("0", "100")]

    assert len({row.uuid for page in pages for row in page}) < 150


def test_an_answer_can_show_a_row_twice_in_place_of_another(senate: SenateStandin) -> None:
    senate.arm(repeated_row(), path=DATA)

    with visitor(senate) as client:
        answer = parse_search(search(senate, client, submitted_end_date="").content)

    assert (answer.total, len(answer.rows), len({row.uuid for row in answer.rows})) == (2, 2, 1)


def test_what_is_no_report_is_the_search_page_or_not_found(senate: SenateStandin) -> None:
    with visitor(senate) as client:
        odd, unknown, other = (
            client.get(path)
            for path in (f"{REPORT.path}/", a_report(9).path, PAPER.path.replace("paper", "ptr"))
        )

    assert (odd.status_code, "eFD: Find Reports" in odd.text) == (200, True)
    assert (unknown.status_code, other.status_code) == (404, 404)


@pytest.mark.parametrize("report", own_reports(), ids=lambda report: f"{report.last} {report.amendment}")
def test_our_own_reports_are_read_without_a_doubt(report: SenateReport) -> None:
    page = report_page(report)

    if report.paper_pages:
        with pytest.raises(NoTextLayer):
            parse_ptr(page, doc_id=report.uuid)
    else:
        filing = parse_ptr(page, doc_id=report.uuid)
        assert (len(filing.trades), filing.amendment) == (len(report.rows), report.amendment)
        assert [trade.quarantine for trade in filing.trades] == [()] * len(report.rows)


def test_it_runs_as_a_process_that_prints_its_address() -> None:
    command = [sys.executable, "-m", "local.standins.senate", "--port", "0"]

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        landing = httpx.get(url + HOME, trust_env=False)
        process.terminate()
        ended = process.wait(timeout=5)

    assert "csrftoken" in landing.cookies
    assert ended == -signal.SIGTERM
