"""health_check over real HTTP: what it says of mail, sources and filings."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from common.db.alert_tables import messages, provider_events
from common.db.engine import write_transaction
from common.db.sources import note_fault, note_success
from common.db.tables import baselines, filings, sources
from tests.support.ward import Ward, a_ward

TICK = {"X-CloudScheduler-ScheduleTime": "2026-11-03T15:10:00Z"}


def a_message(ward: Ward, **fields: object) -> None:
    usual = {
        "subscriber_id": 1,
        "channel": "email",
        "key": "f/1/1",
        "kind": "alert",
        "status": "planned",
        "next_attempt_at": ward.now,
        "planned_at": ward.now - timedelta(hours=3),
    }
    with write_transaction(ward.engine) as tx:
        tx.execute(insert(messages).values(usual | fields))


@pytest.mark.parametrize(
    ("hours", "fields", "color"),
    [
        (0, {}, "well"),
        (2, {"next_attempt_at": "ago"}, "down"),
        (2, {"status": "sending", "lease_until": "ago"}, "down"),
        (1, {"status": "unknown", "unknown_at": "ago"}, "worth a look"),
        (25, {"status": "unknown", "unknown_at": "ago"}, "down"),
        (26, {"status": "presumed_lost", "sending_at": "ago"}, "down"),
        (80, {"status": "presumed_lost", "sending_at": "ago"}, "well"),
    ],
)
def test_messages_are_judged_by_how_long_they_have_been_so(
    ward: Ward, hours: int, fields: dict[str, str], color: str
) -> None:
    ago = ward.now - timedelta(hours=hours)
    a_message(ward, **{name: ago if value == "ago" else value for name, value in fields.items()})

    answer = ward.check()

    assert ward.found(answer)["messages"] == color


def some_events(ward: Ward, **counts: int) -> None:
    kinds = [kind.replace("_", " ") for kind, count in counts.items() for _ in range(count)]
    with write_transaction(ward.engine) as tx:
        for number, kind in enumerate(kinds):
            moments = dict.fromkeys(("occurred_at", "signed_at", "received_at"), ward.now)
            tx.execute(
                insert(provider_events).values(sg_event_id=str(number), kind=kind, event={}, **moments)
            )


@pytest.mark.parametrize(
    ("counts", "color"),
    [
        ({}, "well"),
        ({"delivered": 999, "spam_report": 1}, "worth a look"),
        ({"delivered": 1000, "spam_report": 1}, "well"),
        ({"delivered": 1000, "spam_report": 3}, "down"),
        ({"delivered": 10, "bounced": 1}, "worth a look"),
        ({"delivered": 57, "bounced": 3}, "well"),
        ({"delivered": 56, "bounced": 3}, "down"),
    ],
)
def test_bounces_and_spam_reports_are_judged_beside_what_was_delivered(
    ward: Ward, counts: dict[str, int], color: str
) -> None:
    some_events(ward, **counts)

    answer = ward.check({"component": "reputation"})

    assert ward.found(answer)["reputation"] == color


def test_bounces_of_weeks_ago_are_not_counted(ward: Ward) -> None:
    some_events(ward, bounced=5)
    ward.now += timedelta(days=7, minutes=1)

    answer = ward.check({"component": "reputation"})

    assert ward.found(answer)["reputation"] == "well"


def test_events_that_do_not_come_are_red(ward: Ward) -> None:
    a_message(ward, status="accepted", accepted_at=ward.now - timedelta(hours=3))

    answer = ward.check()

    assert ward.found(answer)["webhook"] == "down"


@pytest.mark.parametrize(
    ("setting", "component"),
    [("sendgrid_event_key", "webhook"), ("operator_address", "operator"), ("address_key", "mail")],
)
def test_a_setting_that_mail_lacks_is_red(
    sqlite_url: str, redis_url: str, setting: str, component: str
) -> None:
    with a_ward(sqlite_url, redis_url, **{setting: None}) as ward:
        answer = ward.check()

    assert ward.found(answer)[component] == "down"


@pytest.mark.parametrize("fault", ["wrong key", "no scope"])
def test_a_key_that_may_not_send_is_red(sqlite_url: str, redis_url: str, fault: str) -> None:
    settings = {"sendgrid_api_key": "SG.other"} if fault == "wrong key" else {}
    with a_ward(sqlite_url, redis_url, **settings) as ward:
        ward.provider.allowed = []

        answer = ward.check()

    assert ward.found(answer)["mail"] == "down"


def test_a_source_that_fails_is_worth_a_look_and_then_red(ward: Ward) -> None:
    with write_transaction(ward.engine) as tx:
        note_fault(tx, "senate", "403 Access Denied", ward.now)

    first = ward.check()
    ward.now += timedelta(days=1)
    second = ward.check()

    assert ward.found(first)["source senate"] == "worth a look"
    assert "403 Access Denied" in str(first.body)
    assert ward.found(second)["source senate"] == "down"


def test_a_roster_that_was_not_refreshed_for_days_is_red(ward: Ward) -> None:
    with write_transaction(ward.engine) as tx:
        note_success(tx, "roster", ward.now - timedelta(days=4))

    answer = ward.check()

    assert ward.found(answer)["source roster"] == "down"


def test_a_chamber_that_was_never_asked_is_not_well(ward: Ward) -> None:
    with write_transaction(ward.engine) as tx:
        tx.execute(sources.delete())

    answer = ward.check()

    assert ward.found(answer)["source house"] == "not looked at"


def test_a_schema_that_this_code_does_not_know_is_red(ward: Ward) -> None:
    with write_transaction(ward.engine) as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")

    answer = ward.check()

    assert ward.found(answer)["database"] == "down"
    assert "schema 0001" in str(answer.body)


def test_mail_that_goes_into_a_folder_says_so(sqlite_url: str, redis_url: str, tmp_path: Path) -> None:
    with a_ward(sqlite_url, redis_url, mail="folder", data_dir=tmp_path) as ward:
        answer = ward.check()

    assert answer.status == 200
    assert "mails go into a folder" in str(answer.body)


def test_a_chamber_without_a_baseline_is_red(ward: Ward) -> None:
    with write_transaction(ward.engine) as tx:
        tx.execute(baselines.delete().where(baselines.c.chamber == "senate"))

    answer = ward.check()

    assert (ward.found(answer)["source house"], ward.found(answer)["source senate"]) == ("well", "down")


def some_filings(ward: Ward, count: int, state: str, first_seen: datetime) -> None:
    rows = [
        {
            "chamber": "house",
            "doc_id": f"{state}-{number}-{first_seen:%d%H}",
            "year": 2026,
            "url": "https://example.gov",
            "filer_name": "Al Green",
            "state_district": "TX09",
            "listing": {},
            "first_seen": first_seen,
            "alertable": True,
            "state": state,
        }
        for number in range(count)
    ]
    with write_transaction(ward.engine) as tx:
        tx.execute(insert(filings), rows)


def test_more_failures_than_in_the_week_before_are_red(ward: Ward) -> None:
    some_filings(ward, 20, "parsed", ward.now - timedelta(days=3))
    some_filings(ward, 3, "failed", ward.now - timedelta(hours=3))

    answer = ward.check()

    assert ward.found(answer)["parsing"] == "down"
    assert "3 of 3 failed in a day, 0 of 20" in str(answer.body)


def test_books_that_do_not_balance_are_red(ward: Ward) -> None:
    some_filings(ward, 1, "parsed", ward.now - timedelta(days=3))  # and no index lists it

    answer = ward.check()

    assert ward.found(answer)["books"] == "down"


def test_an_archive_is_well_that_keeps_a_mark_and_lends_it(
    sqlite_url: str, redis_url: str, tmp_path: Path
) -> None:
    with a_ward(sqlite_url, redis_url, archive_url=tmp_path.as_uri()) as ward:
        found = ward.found(ward.check())

    assert found["archive"] == "well"
    assert len(list((tmp_path / "marks").iterdir())) == 1


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"archive_url": "nowhere://at/all"}, "set ARCHIVE_URL"),
        ({"archive_url": None, "k_revision": "health-check-00001"}, "set ARCHIVE_URL"),
        ({"archive_url": "file://FOLDER/in_the_way/archive"}, "cannot be made"),
        ({"archive_url": "file://FOLDER"}, "did not keep a mark"),
    ],
)
def test_an_archive_that_keeps_nothing_is_down(
    sqlite_url: str, redis_url: str, tmp_path: Path, settings: dict[str, str | None], said: str
) -> None:
    (tmp_path / "in_the_way").write_text("")
    (tmp_path / "marks").write_text("")
    chosen = {name: value and value.replace("FOLDER", str(tmp_path)) for name, value in settings.items()}

    with a_ward(sqlite_url, redis_url, **chosen) as ward:
        answer = ward.check({"component": "archive"})

    (archive,) = answer.body["components"]
    assert (answer.status, archive["color"], said in archive["number"]) == (503, "down", True)
