"""When digests are due: against somebody who looks at the clock every minute."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.alerts.planning.digest import APART, Last, due, slots
from common.alerts.subscriptions.criteria import Frequency

ZONES = ["America/New_York", "Europe/Berlin", "Asia/Tokyo", "Australia/Lord_Howe", "Pacific/Chatham", "UTC"]
MINUTE = timedelta(minutes=1)
CHANGES = [  # the weeks around which clocks change in some of the zones
    datetime(2026, 3, 5, tzinfo=UTC),
    datetime(2026, 3, 26, tzinfo=UTC),
    datetime(2026, 4, 3, tzinfo=UTC),
    datetime(2026, 9, 25, tzinfo=UTC),
    datetime(2026, 10, 30, tzinfo=UTC),
]
moments = st.builds(
    lambda start, minutes: start + minutes * MINUTE,
    st.sampled_from(CHANGES),
    st.integers(0, 6 * 24 * 60),
)


@cache
def eights(zone: str, change: datetime) -> list[tuple[datetime, bool]]:
    """Look at a clock in ZONE every minute around a change of clocks: when it showed 08:00, and whether on a Monday."""
    clock = ZoneInfo(zone)
    minutes = (change + minute * MINUTE for minute in range(-9 * 24 * 60, 9 * 24 * 60))
    seen = ((moment, moment.astimezone(clock)) for moment in minutes)
    return [(moment, local.weekday() == 0) for moment, local in seen if local.time() == time(8)]


def watched(now: datetime, zone: str, *, monday: bool) -> datetime:
    """Return when a clock in ZONE last showed 08:00 (on a Monday)."""
    change = max(one for one in CHANGES if one <= now)
    seen = eights(zone, change)
    return max(moment for moment, is_monday in seen if moment <= now and (is_monday or not monday))


@settings(deadline=None, max_examples=60)
@given(moments, st.sampled_from(ZONES))
def test_the_last_eight_o_clock_is_the_one_that_a_watcher_saw(now: datetime, zone: str) -> None:
    last = slots(now, zone)

    assert last.moments[Frequency.DAILY] == watched(now, zone, monday=False)
    assert last.moments[Frequency.WEEKLY] == watched(now, zone, monday=True)
    assert last.day == last.moments[Frequency.DAILY].astimezone(ZoneInfo(zone)).date()


def test_eight_o_clock_itself_counts() -> None:
    eight = datetime(2026, 3, 9, 12, tzinfo=UTC)

    assert slots(eight, "America/New_York").day == date(2026, 3, 9)
    assert slots(eight - MINUTE, "America/New_York").day == date(2026, 3, 8)


@st.composite
def lives(draw: st.DrawFn) -> tuple[dict[int, str], set[int], set[int], range]:
    """Draw eight days: changes of zone, notices planned (daily, weekly), and when runs come."""
    horizon = 8 * 24 * 60
    minutes = st.integers(0, horizon)
    zones = draw(st.dictionaries(minutes, st.sampled_from(ZONES), max_size=4)) | {
        0: draw(st.sampled_from(ZONES))
    }
    daily, weekly = draw(st.sets(minutes, max_size=6)), draw(st.sets(minutes, max_size=4))
    step = draw(st.sampled_from([10, 30, 95, 700]))
    return zones, daily, weekly, range(draw(st.integers(0, step)), horizon, step)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(CHANGES), lives())
def test_digests_go_out_as_a_watcher_would_send_them(
    start: datetime, life: tuple[dict[int, str], set[int], set[int], range]
) -> None:
    zones, daily, weekly, runs = life
    planned = {Frequency.DAILY: daily, Frequency.WEEKLY: weekly}
    waiting: dict[Frequency, set[int]] = {Frequency.DAILY: set(), Frequency.WEEKLY: set()}
    zone, last, sent = zones[0], Last(), list[tuple[datetime, date]]()
    for minute in range(max(runs) + 1):
        zone = zones.get(minute, zone)
        for frequency in waiting:
            waiting[frequency] |= {minute} & planned[frequency]
        if minute not in runs:
            continue
        now = start + minute * MINUTE
        oldest = {
            frequency: start + min(queue) * MINUTE if queue else None for frequency, queue in waiting.items()
        }

        ready = due(now, slots(now, zone), oldest, last)

        seen = {
            Frequency.DAILY: watched(now, zone, monday=False),
            Frequency.WEEKLY: watched(now, zone, monday=True),
        }
        day = seen[Frequency.DAILY].astimezone(ZoneInfo(zone)).date()
        may = not sent or (now - sent[-1][0] >= APART and day > sent[-1][1])
        expected = {f for f, since in oldest.items() if since is not None and since < seen[f] and may}
        assert ready == expected
        if ready:
            sent.append((now, day))
            last = Last(now, day)
            for frequency in ready:
                waiting[frequency].clear()
    days = [day for _, day in sent]
    assert days == sorted(set(days))


@pytest.mark.parametrize(
    ("hours", "is_due"),
    [(11, False), (12, True)],
)
def test_twelve_hours_lie_between_two_digests_wherever_the_reader_went(hours: int, is_due: bool) -> None:  # noqa: FBT001 - a parameter
    now = datetime(2026, 6, 3, 0, 0, tzinfo=UTC)  # 09:00 in Tokyo
    last = Last(now - timedelta(hours=hours), date(2026, 6, 2))
    since = {Frequency.DAILY: now - timedelta(hours=5)}

    assert bool(due(now, slots(now, "Asia/Tokyo"), since, last)) is is_due
