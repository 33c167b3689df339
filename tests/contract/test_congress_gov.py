"""The roster beside Congress.gov, over real HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from common.db import tables as t
from common.errors import SourceChanged, SourceUnavailable
from common.members.congress_gov import KeyRefused, fetch_seats
from common.members.crosscheck import differences
from common.members.roster import Member, load_shipped
from local.standins.roster import KEY, RosterStandin
from local.standins.site import Fault, instead, status
from tests.support.house import CONTACT
from tests.support.people import a_roster
from tests.support.rosters import (
    DOE,
    POE,
    ROE,
    ROSTER,
    TODAY,
    Refresh,
    in_seat,
    refreshing,
    with_changed,
    without,
)
from tests.support.stage import NOW


@pytest.fixture
def refresh(sqlite_url: str, redis_url: str) -> Iterator[Refresh]:
    with refreshing(sqlite_url, redis_url, congress_gov_api_key=KEY) as lent:
        yield lent


def says_otherwise(standin: RosterStandin, *changed: str) -> None:
    """Let Congress.gov alone know nothing of the members of these ids."""
    standin.sitting = [seat for seat in standin.sitting if seat["bioguideId"] not in changed]


def test_two_sources_that_agree_leave_no_finding(refresh: Refresh) -> None:
    counts = refresh.run()

    sources = {source.source: source.succeeded_at for source in refresh.rows(t.sources)}
    assert (counts["differences"], counts["congress_gov_fault"]) == (0, None)
    assert refresh.rows(t.findings) == []
    assert sources == {"roster": NOW, "congress.gov": NOW}


def test_each_difference_is_a_finding_that_lasts_while_it_does(refresh: Refresh) -> None:
    says_otherwise(refresh.standin, ROE.bioguide)
    refresh.run()
    refresh.stage.now += timedelta(days=1)

    counts = refresh.run()

    [finding] = refresh.rows(t.findings)
    assert counts["differences"] == 1
    assert (finding.rule, finding.subject) == ("roster_differs", "R000001")
    assert finding.detail == "Ada Roe: the roster says house OH07, Democrat, Congress.gov no seat"
    assert (finding.first_seen, finding.last_seen) == (NOW, NOW + timedelta(days=1))


def test_without_a_key_congress_gov_is_not_asked(sqlite_url: str, redis_url: str) -> None:
    with refreshing(sqlite_url, redis_url) as refresh:
        counts = refresh.run()

        assert counts["differences"] is None
        assert not any("/v3/" in path for path in refresh.asked())


def test_a_refused_key_is_named_and_the_roster_taken_over_all_the_same(
    sqlite_url: str, redis_url: str
) -> None:
    with refreshing(sqlite_url, redis_url, congress_gov_api_key="another-key") as refresh:
        counts = refresh.run()

        [congress_gov, roster] = refresh.rows(t.sources)
        assert "set CONGRESS_GOV_API_KEY to a key" in counts["congress_gov_fault"]
        assert "another-key" not in counts["congress_gov_fault"]
        assert (congress_gov.fault, roster.fault) == (counts["congress_gov_fault"], None)
        assert len(refresh.rows(t.members)) == len(ROSTER.members)


@pytest.fixture
def shipped() -> Iterator[RosterStandin]:
    with RosterStandin(today=TODAY) as standin:
        yield standin


def test_every_page_is_read(shipped: RosterStandin) -> None:
    seats = fetch_seats(shipped.url, CONTACT, KEY)

    pages = [path.rpartition("&")[2] for path in shipped.paths()]
    assert pages == ["offset=0", "offset=250", "offset=500"]
    assert len(seats) == len(shipped.sitting) > 500
    assert differences(load_shipped(), seats, TODAY) == {}


def test_a_pause_that_is_asked_for_is_kept(shipped: RosterStandin) -> None:
    shipped.arm(status(429, retry_after="0"))

    seats = fetch_seats(shipped.url, CONTACT, KEY)

    assert len(shipped.requests) == 4
    assert len(seats) == len(shipped.sitting)


def test_a_pause_longer_than_a_sync_should_wait_is_reported(shipped: RosterStandin) -> None:
    shipped.arm(status(429, retry_after="3600"))

    with pytest.raises(SourceUnavailable, match="answered 429") as fault:
        fetch_seats(shipped.url, CONTACT, KEY)

    assert fault.value.retry_after == timedelta(hours=1)
    assert len(shipped.requests) == 1


def test_no_key_is_taken_for_another(shipped: RosterStandin) -> None:
    with pytest.raises(KeyRefused, match=r"answered 403 .*; set CONGRESS_GOV_API_KEY to a key of https://"):
        fetch_seats(shipped.url, CONTACT, "another")

    assert len(shipped.requests) == 1


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        (instead(b"<html>"), "JSONDecodeError"),
        (instead(b"[]"), "TypeError"),
        (instead(b'{"members": [{"bioguideId": "R000001"}]}'), "KeyError"),
        (instead(b'{"members": [], "pagination": {"count": 7}}'), "counts 7 members and lists 0"),
        (instead(b'{"members": [], "pagination": {"count": 1e999}}'), "OverflowError"),
        (instead(b'{"members": [{"bioguideId": "R000001\\u0000"}]}'), "ValueError"),
        (instead(b"[" * 100_000), "RecursionError"),
    ],
)
def test_what_is_no_list_of_members_is_refused(shipped: RosterStandin, fault: Fault, complaint: str) -> None:
    shipped.arm(fault)

    with pytest.raises(SourceChanged, match=complaint):
        fetch_seats(shipped.url, CONTACT, KEY)


def test_paging_that_loses_members_is_noticed(shipped: RosterStandin) -> None:
    repeated = shipped.sitting[249]
    shipped.sitting[300] = repeated

    with pytest.raises(SourceChanged, match=r"counts \d+ members and lists \d+"):
        fetch_seats(shipped.url, CONTACT, KEY)


@pytest.mark.parametrize(
    ("theirs", "told"),
    [
        (in_seat(ROE, "OH07", party="Republican"), "house OH07, Republican"),
        (in_seat(ROE, "OH08", party="Democrat"), "house OH08, Democrat"),
        (in_seat(ROE, "PA07", party="Democrat"), "house PA07, Democrat"),
        (in_seat(ROE, "OH", party="Democrat"), "senate OH, Democrat"),
    ],
)
def test_another_party_district_state_or_chamber_is_a_difference(theirs: Member, told: str) -> None:
    with RosterStandin(with_changed(ROSTER, theirs), today=TODAY) as standin:
        seats = fetch_seats(standin.url, CONTACT, KEY)

    assert differences(ROSTER, seats, TODAY) == {
        "R000001": f"Ada Roe: the roster says house OH07, Democrat, Congress.gov {told}"
    }


def test_who_is_known_to_one_side_only_is_a_difference() -> None:
    with RosterStandin(without(ROSTER, DOE.bioguide), today=TODAY) as standin:
        seats = fetch_seats(standin.url, CONTACT, KEY)

    found = differences(without(ROSTER, ROE.bioguide), seats, TODAY)

    assert found == {
        "D000001": "Sam Doe: the roster says senate OH, Independent, Congress.gov no seat",
        "R000001": "Roe, Ada: the roster says no seat, Congress.gov house OH07, Democrat",
    }


def test_a_spelling_and_a_former_seat_are_no_difference() -> None:
    moved = replace(ROE, official_name="Ada Maria Roe", terms=(*POE.terms, *in_seat(ROE, "OH").terms))
    with RosterStandin(a_roster(moved), today=TODAY) as standin:
        seats = fetch_seats(standin.url, CONTACT, KEY)

    assert differences(a_roster(replace(moved, official_name="A. Roe")), seats, TODAY) == {}
