"""The registry refuses at import what the platform or the protocols would refuse later."""

from datetime import timedelta
from typing import Any

import pytest

from common.errors import NotConfigured
from common.tasks import SERVICES, TASKS, Service, Task, registry, services

FAULTS = [
    ({"schedule": "0 8 * *"}, "schedule '0 8 * *' is not five cron fields"),
    ({"schedule": "0 0 8 * * MON"}, "is not five cron fields"),
    ({"schedule": "61 8 * * *"}, "is not five cron fields"),
    ({"schedule": ""}, "is not five cron fields"),
    ({"zone": "America/Washington"}, "zone 'America/Washington' is unknown"),
    ({"zone": "../etc/passwd"}, "is unknown"),
    ({"zone": ""}, "zone '' is unknown"),
    ({"timeout": timedelta(seconds=901)}, "timeout 0:15:01 is over 0:15:00"),
    ({"lock_ttl": timedelta(seconds=59)}, "lock TTL 0:00:59 is under three heartbeats of 0:00:20"),
    ({"memory": "1G"}, "memory '1G' is not a whole number of Mi or Gi"),
    ({"memory": "0Mi"}, "is not a whole number of Mi or Gi"),
    ({"memory": "1.5Gi"}, "is not a whole number of Mi or Gi"),
    ({"memory": "512Mi\n"}, "is not a whole number of Mi or Gi"),
    ({"retries": 3}, "3 retries every 0:00:30 do not outlast the lock's TTL + 30 s"),
]


def make_task(**changes: Any) -> Task:
    values: dict[str, Any] = {
        "name": "prices",
        "purpose": "quotes",
        "job": "price-updates",
        "schedule": "*/15 9-16 * * MON-FRI",
        "zone": "America/New_York",
        "packages": "prices",
        "grace": timedelta(minutes=5),
    }
    return Task(**(values | changes))


@pytest.mark.parametrize(("change", "message"), FAULTS, ids=[message for _, message in FAULTS])
def test_a_fault_is_refused_by_name(change: dict[str, Any], message: str) -> None:
    with pytest.raises(NotConfigured, match="task prices: ") as refusal:
        make_task(**change)

    assert message in str(refusal.value)


def test_all_faults_of_a_task_are_told_together() -> None:
    with pytest.raises(NotConfigured) as refusal:
        make_task(schedule="hourly", zone="Mars/Olympus", memory="lots")

    assert all(word in str(refusal.value) for word in ("hourly", "Mars/Olympus", "lots"))


@pytest.mark.parametrize(
    "change",
    [
        {"timeout": timedelta(seconds=900)},
        {"lock_ttl": timedelta(seconds=60), "heartbeat": timedelta(seconds=20)},
        {"retries": 4},
        {"memory": "512Mi"},
        {"schedule": "0 8-18/2 * * MON-FRI"},
    ],
    ids=str,
)
def test_the_edge_of_what_is_allowed_is_allowed(change: dict[str, Any]) -> None:
    assert make_task(**change).name == "prices"


@pytest.mark.parametrize("attribute", ["name", "job"])
def test_two_tasks_never_share_a_name_or_a_job(attribute: str) -> None:
    first = make_task()
    second = make_task(
        **({"name": "quotes", "job": "quote-updates"} | {attribute: getattr(first, attribute)})
    )

    with pytest.raises(NotConfigured, match=f"two tasks have the {attribute} {getattr(first, attribute)}"):
        registry(first, second)


def test_tasks_are_found_by_name() -> None:
    first, second = make_task(), make_task(name="quotes", job="quote-updates")

    assert registry(first, second) == {"prices": first, "quotes": second}


def test_every_listed_function_is_there() -> None:
    assert all(name == task.name for name, task in TASKS.items())
    assert "congressional_sync" in TASKS
    assert "web" in SERVICES
    assert not TASKS.keys() & SERVICES.keys()


def make_service(**changes: Any) -> Service:
    values: dict[str, Any] = {"name": "pages", "purpose": "shows", "packages": "web", "public": True}
    return Service(**(values | changes))


def test_all_faults_of_a_service_are_told_together() -> None:
    with pytest.raises(NotConfigured, match="service pages: ") as refusal:
        make_service(timeout=timedelta(minutes=16), memory="lots")

    assert all(text in str(refusal.value) for text in ("timeout 0:16:00 is over", "memory 'lots' is not"))


def test_a_service_never_has_the_name_of_another_function() -> None:
    with pytest.raises(NotConfigured, match="two functions have the name pages"):
        services(make_service(), make_service(), beside=())
    with pytest.raises(NotConfigured, match="two functions have the name prices"):
        services(make_service(name="prices"), beside=["prices"])
