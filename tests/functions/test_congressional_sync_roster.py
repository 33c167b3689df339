"""congressional_sync and the roster: refreshed before the chambers are asked, and never in their way."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from common.db import tables as t
from common.db.engine import make_engine, read_transaction, write_transaction
from common.members.roster import Member, Roster
from common.members.settle import OPERATOR, ROSTER
from common.members.store import load_roster
from local.standins.roster import RosterStandin
from local.standins.site import status
from tests.support.people import a_member
from tests.support.rosters import in_seat, with_changed
from tests.support.served import Answered
from tests.support.settings import some_settings
from tests.support.syncing import FIRST, NOW, OLD, Sync, an_entry, syncing

NEWCOMER = in_seat(a_member("N000001", "Zoe", "Newcomer"), "TX18")
FILED = an_entry(41, first="Zoe", last="Newcomer", district="TX18")


@dataclass
class Watch:
    """A sync past its baseline, and the service that its roster comes from."""

    sync: Sync
    standin: RosterStandin
    roster: Roster

    def swear_in(self, member: Member = NEWCOMER) -> None:
        """Let the source of the roster know one more, from the next day on."""
        self.standin.serve(with_changed(self.roster, member))
        self.sync.now += timedelta(days=1)

    def versions(self) -> list[tuple[int, str | None]]:
        """Return what the versions of the newcomer's filing say of who filed."""
        filing = self.sync.filings()[FILED.row.doc_id].id
        return [(v.version, v.bioguide) for v in self.sync.rows(t.versions) if v.filing_id == filing]

    def tick(self) -> Answered:
        answer = self.sync.tick()
        assert answer.status == 200, answer.body
        return answer


def known(database_url: str) -> Roster:
    """Return the roster that a database holds."""
    engine = make_engine(some_settings(database_url=database_url))
    with read_transaction(engine) as connection:
        roster = load_roster(connection)
    engine.dispose()
    return roster


@pytest.fixture
def watch(peopled_sqlite_url: str, redis_url: str) -> Iterator[Watch]:
    roster = known(peopled_sqlite_url)
    with (
        RosterStandin(roster, today=NOW.date()) as standin,
        syncing(peopled_sqlite_url, redis_url, roster_url=standin.url) as sync,
    ):
        assert sync.baseline().status == 200
        standin.requests.clear()
        sync.serve(OLD, FIRST, FILED)
        yield Watch(sync, standin, roster)


def test_who_was_sworn_in_since_the_last_sync_is_known_by_their_first_filing(watch: Watch) -> None:
    watch.swear_in()

    counts = watch.tick().body["counts"]

    assert watch.versions() == [(1, "N000001")]
    assert [counts["roster"][name] for name in ("asked", "changed", "reopened")] == [True, 2, 0]


def test_a_filing_of_somebody_unknown_is_settled_once_the_roster_knows_them(watch: Watch) -> None:
    watch.tick()
    watch.swear_in()

    counts = watch.tick().body["counts"]

    [review] = watch.sync.rows(t.reviews)
    assert counts["roster"]["reopened"] == 1
    assert (counts["house"]["stored"], counts["house"]["members_unresolved"]) == (1, 0)
    assert watch.versions() == [(1, None), (2, "N000001")]
    assert review.decision["bioguide"] == "N000001"
    assert watch.sync.told() == {FILED.row.doc_id}


def test_a_filing_that_nobody_can_settle_yet_is_read_again_and_stays_as_it_is(watch: Watch) -> None:
    watch.tick()
    watch.swear_in(in_seat(a_member("N000002", "Ida", "Other"), "TX18"))
    watch.sync.asked()

    counts = watch.tick().body["counts"]

    assert (counts["roster"]["reopened"], counts["house"]["read"], counts["house"]["stored"]) == (1, 1, 0)
    assert f"{FILED.row.doc_id}.pdf" in watch.sync.asked()
    assert watch.versions() == [(1, None)]


def test_a_roster_shipped_with_a_new_release_settles_those_whom_no_refresh_made_known(
    peopled_sqlite_url: str, redis_url: str
) -> None:
    with syncing(peopled_sqlite_url, redis_url) as sync:
        sync.serve(OLD, an_entry(42, first="Robert", last="Latta", district="OH05"))
        before = sync.baseline().body["counts"]["house"]
        with write_transaction(sync.engine) as tx:
            tx.execute(delete(t.sources).where(t.sources.c.source == ROSTER))

        after = sync.tick().body["counts"]["house"]

    assert [books["members_unresolved"] for books in (before, after)] == [1, 0]


def test_reading_again_what_is_archived_asks_nobody_for_the_roster_either(watch: Watch) -> None:
    watch.swear_in()

    answer = watch.sync.tick(reread="all")

    assert (answer.body["counts"]["roster"]["asked"], watch.standin.requests) == (False, [])


def test_what_an_operator_decided_is_not_opened_again(watch: Watch) -> None:
    watch.tick()
    with write_transaction(watch.sync.engine) as tx:
        tx.execute(update(t.filers).where(t.filers.c.bioguide.is_(None)).values(method=OPERATOR))
    watch.swear_in()

    counts = watch.tick().body["counts"]

    assert (counts["roster"]["reopened"], counts["house"]["read"]) == (0, 0)


def test_a_roster_that_cannot_be_had_keeps_no_filing_waiting(watch: Watch) -> None:
    watch.sync.now += timedelta(days=1)
    watch.standin.arm(status(503), times=9)

    counts = watch.tick().body["counts"]

    assert counts["house"]["stored"] == 1
    assert "answered 503" in counts["roster"]["fault"]
    assert "answered 503" in watch.sync.tick().body["counts"]["roster"]["fault"]
    assert len(watch.standin.requests) == 2  # one try at each tick
