"""Many documents at once: bounded, in no order, and stopped at once when a run must stop."""

import signal
import threading
from collections.abc import Callable
from contextlib import closing
from time import monotonic, sleep

import pytest

from common.disclosures.fetched import FetchedDocument
from common.disclosures.house.client import HouseClient
from common.errors import DocumentMissing, SourceRefused
from local.standins.house import HouseStandin
from local.standins.shelf import OwnShelf
from local.standins.site import Reply, slow, status
from tests.support.house import CONTACT, GONE, GREENE, QUICK, reports


def test_every_wanted_report_arrives_once_or_its_error_does(client: HouseClient, shelf: OwnShelf) -> None:
    wanted = reports(shelf)

    outcomes = dict(client.fetch_all([*wanted, GONE]))

    assert set(outcomes) == {*wanted, GONE}
    assert isinstance(outcomes.pop(GONE), DocumentMissing)
    assert all(isinstance(outcome, FetchedDocument) for outcome in outcomes.values())


def test_nothing_wanted_asks_for_nothing(house: HouseStandin, client: HouseClient) -> None:
    assert list(client.fetch_all([])) == []
    assert house.requests == []


def test_at_most_four_are_asked_for_at_once(
    house: HouseStandin, client: HouseClient, shelf: OwnShelf
) -> None:
    together = Together()
    house.arm(together, times=99)

    fetched = list(client.fetch_all(reports(shelf)))

    assert len(fetched) == len(reports(shelf))
    assert together.most == 4


class Together:
    """A fault that answers rightly and counts how many requests are under way."""

    def __init__(self) -> None:
        self.most = self._now = 0
        self._lock = threading.Lock()

    def __call__(self, reply: Reply) -> Reply:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        sleep(0.05)
        with self._lock:
            self._now -= 1
        return reply


def test_reports_are_fetched_no_further_ahead_than_they_are_taken(
    house: HouseStandin, client: HouseClient, shelf: OwnShelf
) -> None:
    with closing(client.fetch_all(reports(shelf), at_once=2)) as fetched:
        next(fetched)
        sleep(0.2)

        assert len(house.requests) <= 4


def test_one_slow_report_does_not_hold_up_the_others(
    house: HouseStandin, client: HouseClient, shelf: OwnShelf
) -> None:
    house.arm(slow(0.5), path=f"*/{GREENE.doc_id}.pdf")

    order = [wanted for wanted, _ in client.fetch_all(reports(shelf))]

    assert reports(shelf)[0] == GREENE
    assert order[-1] == GREENE


def test_after_a_refusal_nothing_more_is_asked_for(
    house: HouseStandin, client: HouseClient, shelf: OwnShelf
) -> None:
    house.arm(status(403), times=99)

    outcomes = list(client.fetch_all(reports(shelf), at_once=1))

    assert [type(outcome) for _, outcome in outcomes] == [SourceRefused]
    assert len(house.requests) == 1


def test_closing_early_cancels_what_is_under_way(
    house: HouseStandin, client: HouseClient, shelf: OwnShelf
) -> None:
    first, *others = reports(shelf)
    for other in others:
        house.arm(slow(10), path=f"*/{other.doc_id}.pdf", times=99)
    fetched = client.fetch_all([first, *others])
    next(fetched)
    began = monotonic()

    fetched.close()

    assert monotonic() - began < 2
    assert no_background()


def test_closing_early_does_not_wait_for_a_pause_between_two_attempts(
    house: HouseStandin, client: HouseClient, shelf: OwnShelf
) -> None:
    first, second, *_ = reports(shelf)
    house.arm(status(429, retry_after="4"), path=f"*/{second.doc_id}.pdf", times=99)
    fetched = client.fetch_all([first, second])
    next(fetched)
    began = monotonic()

    fetched.close()

    assert monotonic() - began < 2
    assert no_background()


class TimeIsUp(Exception):
    """What a run raises when it must stop."""


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.index(2025),
        lambda client: client.document(*GREENE),
        lambda client: list(client.fetch_all([GREENE])),
    ],
    ids=["index", "document", "fetch_all"],
)
def test_a_run_that_must_stop_stops_while_it_waits(
    house: HouseStandin, ask: Callable[[HouseClient], object]
) -> None:
    house.arm(slow(10), times=99)
    breaths = iter([None, TimeIsUp()])

    def breathe() -> None:
        if stop := next(breaths):
            raise stop

    began = monotonic()

    with pytest.raises(TimeIsUp):
        ask(HouseClient(house.url, CONTACT, patience=QUICK, breathe=breathe))

    assert monotonic() - began < 2
    assert no_background()


def test_a_signal_reaches_the_main_thread_while_it_waits(house: HouseStandin, client: HouseClient) -> None:
    def stop(number: int, frame: object) -> None:
        raise TimeIsUp

    house.arm(slow(10))
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    began = monotonic()
    try:
        with pytest.raises(TimeIsUp):
            client.document(*GREENE)
    finally:
        signal.signal(signal.SIGALRM, before)

    assert monotonic() - began < 2
    assert no_background()


def no_background() -> bool:
    return "background" not in {thread.name for thread in threading.enumerate()}
