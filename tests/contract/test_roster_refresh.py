"""The roster brought up to date from its source, over real HTTP."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from common.db import tables as t
from common.db.engine import write_transaction
from common.errors import DocumentMissing
from common.members.legislators import fetch_legislators
from common.members.settle import ensure_roster
from local.standins.site import Fault, cut, instead, status
from tests.support.house import CONTACT
from tests.support.people import a_roster, a_term
from tests.support.rosters import (
    DOE,
    OTHERS,
    POE,
    ROE,
    ROSTER,
    UNTIL,
    Refresh,
    in_seat,
    refreshing,
    with_changed,
    without,
)
from tests.support.stage import NOW

CURRENT, HISTORICAL = "/legislators-current.json", "/legislators-historical.json"
DAY = timedelta(days=1)


@pytest.fixture
def refresh(sqlite_url: str, redis_url: str) -> Iterator[Refresh]:
    with refreshing(sqlite_url, redis_url) as lent:
        yield lent


def test_a_first_refresh_keeps_everybody_with_party_state_chamber_and_district_of_each_term(
    database_url: str, redis_url: str
) -> None:
    with refreshing(database_url, redis_url) as refresh:
        counts = refresh.run()

        terms = {(x.bioguide, x.chamber, x.state, x.district, x.party) for x in refresh.rows(t.terms)}
        assert counts["changed"] == len(refresh.rows(t.members)) + len(terms) == 2 * len(ROSTER.members)
        assert {
            ("R000001", "house", "OH", 7, "Democrat"),
            ("P000001", "house", "OH", 7, "Independent"),
            ("D000001", "senate", "OH", None, "Independent"),
        } <= terms
        [source] = refresh.rows(t.sources)
        assert (source.source, source.succeeded_at, source.fault) == ("roster", NOW, None)


def test_the_roster_is_asked_for_once_a_day(refresh: Refresh) -> None:
    first, soon = refresh.run(), refresh.run()
    asked = refresh.asked()

    refresh.stage.now += DAY
    later = refresh.run()

    assert [first["asked"], soon["asked"], later["asked"]] == [True, False, True]
    assert asked == [CURRENT, HISTORICAL]
    assert (later["changed"], later["fault"]) == (0, None)


def test_what_did_not_change_is_not_sent_again(refresh: Refresh) -> None:
    refresh.run()
    refresh.standin.requests.clear()
    refresh.stage.now += DAY

    refresh.run()

    tags = {file.name: file.etag for file in refresh.rows(t.roster_files)}
    assert [request.headers["If-None-Match"] for request in refresh.standin.requests] == [*tags.values()]
    assert {source.succeeded_at for source in refresh.rows(t.sources)} == {NOW + DAY}


def test_one_changed_file_has_the_other_sent_again_too(refresh: Refresh) -> None:
    refresh.run()
    refresh.asked()
    refresh.standin.serve(with_changed(ROSTER, replace(ROE, nickname="Ad")))
    refresh.stage.now += DAY

    counts = refresh.run()

    assert counts["changed"] == 1
    assert refresh.asked() == [CURRENT, HISTORICAL, HISTORICAL]


def test_who_changes_party_or_seat_or_is_new_is_taken_over_and_who_left_keeps_their_history(
    refresh: Refresh,
) -> None:
    refresh.run()
    new = replace(POE, bioguide="N000001", first="Zoe")
    refresh.standin.serve(
        without(with_changed(ROSTER, in_seat(DOE, "OH08", party="Democrat"), new), POE.bioguide)
    )
    refresh.stage.now += DAY

    counts = refresh.run()

    terms = {(x.bioguide, x.chamber, x.district, x.party) for x in refresh.rows(t.terms)}
    [finding] = refresh.rows(t.findings)
    assert counts["changed"] == 4  # one term gone, one new; a member and their term
    assert ("D000001", "house", 8, "Democrat") in terms
    assert ("D000001", "senate", None, "Independent") not in terms
    assert {("P000001", "house", 7, "Independent"), ("N000001", "house", 7, "Independent")} <= terms
    assert (finding.rule, finding.subject) == ("roster_lost_member", "P000001")


MALFORMED = json.dumps([{"id": {"bioguide": "R000001"}, "name": {"first": "Ada"}}]).encode()


@pytest.mark.parametrize(
    ("path", "fault", "reason"),
    [
        (CURRENT, status(503), "answered 503"),
        (HISTORICAL, status(404), "answered 404"),
        (CURRENT, status(403), "answered 403"),
        (CURRENT, cut(100), "RemoteProtocolError"),
        (HISTORICAL, instead(b"<html>"), "not JSON"),
        (CURRENT, instead(b"[]"), "empty"),
        (HISTORICAL, instead(MALFORMED), "R000001"),
    ],
)
def test_a_roster_that_is_no_roster_is_refused_and_the_stored_one_kept(
    refresh: Refresh, path: str, fault: Fault, reason: str
) -> None:
    refresh.run()
    refresh.standin.serve(with_changed(ROSTER, replace(ROE, nickname="Ad")))
    refresh.standin.arm(fault, path=path, times=2)
    refresh.stage.now += DAY

    counts = refresh.run()

    [source] = refresh.rows(t.sources)
    assert reason in counts["fault"]
    assert (source.fault, source.fault_since, source.succeeded_at) == (counts["fault"], NOW + DAY, NOW)
    assert [x.nickname for x in refresh.rows(t.members) if x.bioguide == "R000001"] == ["Addie"]


def test_an_address_without_the_files_is_named(refresh: Refresh) -> None:
    with pytest.raises(
        DocumentMissing, match=r"legislators-current\.json: answered 404 at http://.*/elsewhere"
    ):
        fetch_legislators(f"{refresh.standin.url}/elsewhere", CONTACT, etags={}, breathe=lambda: None)


def test_a_roster_that_shrank_is_refused(refresh: Refresh) -> None:
    refresh.run()
    refresh.standin.serve(without(ROSTER, ROE.bioguide, DOE.bioguide))
    refresh.stage.now += DAY

    counts = refresh.run()

    assert counts["fault"] == "roster: 2 of 22 members known are in it no more; the stored one is kept"
    assert refresh.rows(t.findings) == []


def test_a_roster_of_an_earlier_congress_is_refused(refresh: Refresh) -> None:
    sworn_in_since = [
        replace(other, terms=(*other.terms, a_term(f"TX{n:02}", UNTIL, UNTIL + 700 * DAY)))
        for n, other in enumerate(OTHERS)
    ]
    refresh.standin.serve(with_changed(ROSTER, *sworn_in_since))
    refresh.run()
    refresh.standin.serve(ROSTER)
    refresh.stage.now += DAY

    counts = refresh.run()

    assert counts["fault"] == "roster: 19 of 41 terms known are in it no more; the stored one is kept"
    assert len(refresh.rows(t.terms)) == 41


def test_a_failed_refresh_is_tried_again_after_an_hour_and_then_keeps_nothing_of_the_fault(
    refresh: Refresh,
) -> None:
    refresh.standin.arm(status(503))
    refresh.run()
    at_once = refresh.run()
    refresh.stage.now += timedelta(hours=1)

    later = refresh.run()

    [source] = refresh.rows(t.sources)
    assert "answered 503" in at_once["fault"]
    assert (at_once["asked"], later["asked"], later["fault"]) == (False, True, None)
    assert (source.fault, source.fault_since) == (None, None)


def test_the_shipped_roster_never_undoes_a_refresh(refresh: Refresh) -> None:
    refresh.run()

    with write_transaction(refresh.stage.engine) as tx:
        changed = ensure_roster(tx)

    assert changed == 0
    assert len(refresh.rows(t.members)) == len(ROSTER.members)


def test_the_shipped_roster_stands_while_no_refresh_succeeded(refresh: Refresh) -> None:
    refresh.standin.arm(status(503))
    refresh.run()

    with write_transaction(refresh.stage.engine) as tx:
        changed = ensure_roster(tx)

    assert changed > 1000


def test_nobody_is_asked_where_only_the_shipped_roster_is_wanted(sqlite_url: str, redis_url: str) -> None:
    with refreshing(sqlite_url, redis_url, roster_url=None) as refresh:
        counts = refresh.run()

        assert (counts["asked"], refresh.asked(), refresh.rows(t.sources)) == (False, [], [])


def test_who_left_before_there_were_reports_is_not_kept(refresh: Refresh) -> None:
    long_gone = replace(
        POE,
        terms=tuple(
            replace(term, start=term.start.replace(1991), end=term.end.replace(1993)) for term in POE.terms
        ),
    )
    refresh.standin.serve(a_roster(ROE, DOE, long_gone))

    refresh.run()

    assert [member.bioguide for member in refresh.rows(t.members)] == ["D000001", "R000001"]
