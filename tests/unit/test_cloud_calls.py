"""What the laptop's Scheduler calls, and when: in a simulation, and one tick's attempts."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from common.tasks import DAILY_MAINTENANCE, HEALTH_CHECK, NOTIFICATIONS, TASKS
from local.cloud.calls import Call, Fault, How, calls_of, plan
from local.cloud.paths import OF_THE_API, place_of, shown
from local.cloud.scheduler import Delivered, Scheduler, Tick, next_tick, ticks
from local.cloud.screen import line, status_of

MONDAY = datetime(2026, 2, 2, tzinfo=UTC)
NOON = Tick(NOTIFICATIONS, datetime(2026, 2, 2, 12, tzinfo=UTC))


def test_a_weekday_has_231_ticks() -> None:
    planned = plan(TASKS.values(), MONDAY, MONDAY + timedelta(days=1), faults=False)

    assert Counter(tick.task.name for tick in planned.ticks) == {
        "congressional_sync": 6,
        "stock_prices": 32,
        "notifications": 48,
        "health_check": 144,
        "daily_maintenance": 1,
    }
    assert [call.at for call in planned.calls] == sorted(tick.due for tick in planned.ticks)
    assert planned.forced == ()


def test_with_faults_a_day_meets_each_of_them_alike() -> None:
    planned = plan(TASKS.values(), MONDAY, MONDAY + timedelta(days=1), faults=True)

    met = Counter(planned.faults)
    assert set(met) == set(Fault)
    assert max(met.values()) - min(met.values()) <= 2
    assert len(planned.forced) == met[Fault.FORCED]


def test_ticks_are_those_from_one_moment_up_to_another() -> None:
    found = [tick.due for tick in ticks(NOTIFICATIONS, NOON.due, NOON.due + timedelta(hours=1))]

    assert found == [NOON.due, NOON.due + timedelta(minutes=30)]
    assert next_tick(NOTIFICATIONS, NOON.due).due == NOON.due + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("day", "first"),
    [("2026-03-06", 13), ("2026-03-09", 12)],
    ids=["the Friday before New York's clocks change", "the Monday after"],
)
def test_ticks_follow_their_zones_clock(day: str, first: int) -> None:
    begins = datetime.fromisoformat(f"{day}T00:00Z")

    found = list(ticks(TASKS["congressional_sync"], begins, begins + timedelta(days=1)))

    assert found[0].due.hour == first


def test_what_goes_wrong_with_a_tick_stays_between_the_ticks_beside_it() -> None:
    due = NOON.due

    calls = {fault: [(call.at - due, call.how) for call in calls_of(NOON, fault)] for fault in Fault}

    now = (timedelta(0), How.CALL)
    assert calls == {
        Fault.NONE: [now],
        Fault.TWICE: [now, now],
        Fault.LATE: [(timedelta(minutes=5), How.CALL)],
        Fault.LOST: [(timedelta(0), How.LOSE_ANSWER)],
        Fault.FORCED: [(timedelta(minutes=-2), How.CALL), now],
    }


def test_a_frequent_tick_is_late_by_a_third_of_its_period_at_most() -> None:
    tick = Tick(HEALTH_CHECK, NOON.due)

    assert calls_of(tick, Fault.LATE) == [Call(NOON.due + timedelta(seconds=200), tick)]


@dataclass
class Calls:
    """A function that gives `answers` in turn, then the last again; and what it was asked."""

    answers: list[httpx.Response | Exception]
    asked: list[httpx.Request] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def deliver(
        self, tick: Tick, *, now: datetime | None = None, go_on: Callable[[], bool] = lambda: True
    ) -> Delivered:
        def wait(seconds: float) -> bool:
            self.waited.append(seconds)
            return go_on()

        with httpx.Client(transport=httpx.MockTransport(self.answer)) as client:
            scheduler = Scheduler(client, "http://cloud", lambda: now or tick.due, wait)
            return scheduler.deliver(tick)


def test_a_call_has_cloud_schedulers_headers() -> None:
    calls = Calls([httpx.Response(200, json={"status": "succeeded"})])

    delivered = calls.deliver(NOON)

    (asked,) = calls.asked
    assert (asked.method, str(asked.url)) == ("POST", "http://cloud/notifications")
    assert asked.headers["User-Agent"] == "Google-Cloud-Scheduler"
    assert asked.headers["X-CloudScheduler"] == "true"
    assert asked.headers["X-CloudScheduler-JobName"] == "notification-processing"
    assert asked.headers["X-CloudScheduler-ScheduleTime"] == "2026-02-02T12:00:00Z"
    assert asked.extensions["timeout"]["read"] == 15 * 60 + 15
    assert (delivered.attempts, delivered.is_settled, delivered.said) == (1, True, {"status": "succeeded"})


def test_what_is_not_settled_is_tried_again_with_the_same_schedule_time() -> None:
    calls = Calls([httpx.Response(503), httpx.ConnectError("refused"), httpx.Response(200, json={})])

    delivered = calls.deliver(NOON)

    assert (delivered.attempts, delivered.status) == (3, 200)
    assert calls.waited == [30.0, 30.0]
    assert len({asked.headers["X-CloudScheduler-ScheduleTime"] for asked in calls.asked}) == 1


def test_retries_end_with_the_registrys_number() -> None:
    calls = Calls([httpx.Response(500, text="a bug")])

    delivered = calls.deliver(NOON)

    assert (delivered.attempts, delivered.status) == (1 + NOTIFICATIONS.retries, 500)
    assert delivered.said == {"error": "a bug"}


def test_a_job_without_retries_is_called_once() -> None:
    calls = Calls([httpx.ReadTimeout("nothing")])

    delivered = calls.deliver(Tick(HEALTH_CHECK, NOON.due))

    assert (delivered.attempts, delivered.status, delivered.is_settled) == (1, None, False)


def test_retries_end_when_the_next_tick_is_due() -> None:
    calls = Calls([httpx.Response(503, json=[])])

    delivered = calls.deliver(NOON, now=NOON.due + timedelta(minutes=30))

    assert delivered.attempts == 1


def test_retries_end_with_the_scheduler() -> None:
    calls = Calls([httpx.Response(503)])

    delivered = calls.deliver(NOON, go_on=lambda: False)

    assert delivered.attempts == 1


@pytest.mark.parametrize(
    ("delivered", "said"),
    [
        (Delivered(NOON, 1, 200, {"status": "succeeded"}), "12:00  notifications      succeeded"),
        (
            Delivered(NOON, 2, 200, {"status": "skipped", "reason": "overlap"}),
            "12:00  notifications      skipped: overlap  (2 attempts)",
        ),
        (Delivered(NOON, 1, 502, {"error": "broke off"}), "12:00  notifications      502: broke off"),
        (
            Delivered(NOON, 6, None, {"error": "refused"}),
            "12:00  notifications      no answer: refused  (6 attempts)",
        ),
    ],
)
def test_how_a_tick_ended_is_one_line(delivered: Delivered, said: str) -> None:
    assert line(delivered).plain == said


@pytest.mark.parametrize(
    ("colors", "status"), [(("well", "worth a look"), "healthy"), (("well", "down"), "red: two")]
)
def test_a_check_of_health_says_what_it_found(colors: tuple[str, str], status: str) -> None:
    named = zip(("one", "two"), colors, strict=True)
    components = [{"component": name, "color": color} for name, color in named]

    assert status_of(Delivered(NOON, 1, 200, {"healthy": True, "components": components})) == status


def test_no_path_of_the_api_is_one_of_the_publics() -> None:
    from common.web.app import ROUTES

    public = {path.split("/")[1] for path, _, _ in ROUTES} - {""}

    assert OF_THE_API & public == set()
    assert not {*OF_THE_API, *public} & {*TASKS, "api", "local"}
    assert {place_of(f"/{first}").function for first in OF_THE_API} == {"api"}


def test_every_task_is_shown_with_its_path() -> None:
    paths = " ".join(path for path, _ in shown())

    assert all(f"/{name}" in paths for name in TASKS)
    assert DAILY_MAINTENANCE.name in TASKS
