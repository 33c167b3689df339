"""Nothing is found by "the last hours": what arrived while nobody looked is told once, whatever the clock did."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

from common.db import tables as t
from local.standins.senate_rows import senate_row
from tests.support.office import GREENE, GREENE_FILES, Office
from tests.support.senate import a_report
from tests.support.served import ask
from tests.support.syncing import FIRST, OLD, SENATE_FIRST, SENATE_OLD, YEARS

KYLE = "kyle@example.org"
BOOZMAN = "B001236"
BOOZMAN_FILES = a_report(
    61, day=date(2025, 5, 6), rows=(senate_row("05/02/2025", "Self", "F", "Ford Motor Company"),)
)


def test_after_three_days_and_a_clock_that_stepped_back_two_deliveries_at_once_tell_everything_once(
    both: Office,
) -> None:
    both.follow(KYLE, "Greene", members=[GREENE])
    both.follow(KYLE, "Boozman", members=[BOOZMAN])
    assert both.sync.tick().status == 200
    both.sync.now += timedelta(days=3)
    both.sync.serve(OLD, FIRST, GREENE_FILES)
    both.sync.senate.reports = (SENATE_OLD, SENATE_FIRST, BOOZMAN_FILES)
    both.sync.now -= timedelta(hours=5)
    due = {"X-CloudScheduler-ScheduleTime": both.sync.now.isoformat()}

    def deliver(_: int) -> int:
        asked = {"years": YEARS, "chambers": both.sync.chambers}
        return ask(both.sync.port, asked, due, timeout=60).status

    with ThreadPoolExecutor(2) as scheduler:
        first = sorted(scheduler.map(deliver, range(2)))
    again = deliver(2)
    both.notify()

    assert first in ([200, 200], [200, 503])
    assert again == 200
    assert both.subjects() == [
        (KYLE, "Boozman (R-AR) bought F, $1,001-$15,000"),
        (KYLE, "Greene (R-GA) bought NVDA, $1,001-$15,000"),
    ]
    assert {row.version for row in both.sync.rows(t.versions)} == {1}
