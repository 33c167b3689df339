"""daily_maintenance over real HTTP: the report on data quality, kept each night and mailed once a week."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from common.db.engine import write_transaction
from common.db.findings import note_findings
from common.db.ops_tables import quality_reports
from common.ops.maintenance.quality import IN_DOUBT
from common.runtime.stops import Terminated
from local.standins.sendgrid import SendGridStandin, lost, refused
from tests.support.office import SENDING, Office
from tests.support.served import ask
from tests.support.syncing import ABSENT, FIRST, OLD, SCAN, Sync, syncing

OPERATOR = "operator@example.org"
MONDAY = date(2025, 6, 9)


@dataclass
class Nights:
    """A sync past its baseline, night after night, and the provider that takes the mail to the operator."""

    sync: Sync
    provider: SendGridStandin

    def until(self, day: date) -> Any:
        """Let the nights pass until DAY's; return what its report step says."""
        while self.sync.now.date() < day:
            answer = self.sync.maintain(step="report")
        return answer.body["counts"]["steps"]["report"]

    def by_hand(self) -> None:
        """Let an operator ask for the report once more."""
        answer = ask(self.sync.port, {"step": "report"}, path="/daily_maintenance")
        assert answer.status == 200

    def find(self, rule: str, *subjects: str) -> None:
        self.sync.now += timedelta(hours=1)
        with write_transaction(self.sync.engine) as tx:
            note_findings(tx, rule, dict.fromkeys(subjects, "as printed"), self.sync.now)

    def reports(self) -> dict[date, Any]:
        return {row.day: row.report for row in self.sync.rows(quality_reports)}

    def told(self) -> list[str]:
        assert {mail.to for mail in self.provider.taken} <= {OPERATOR}
        return [mail.subject for mail in self.provider.taken]


@contextmanager
def nights_of(database_url: str, redis_url: str) -> Iterator[Nights]:
    """Lend nights after a baseline on a Monday."""
    given = SENDING | {"operator_address": OPERATOR}
    with (
        SendGridStandin() as provider,
        syncing(database_url, redis_url, sendgrid_url=provider.url, **given) as sync,
    ):
        sync.serve(OLD, FIRST, SCAN, ABSENT)
        assert sync.baseline().status == 200
        yield Nights(sync, provider)


@pytest.fixture
def nights(peopled_sqlite_url: str, redis_url: str) -> Iterator[Nights]:
    with nights_of(peopled_sqlite_url, redis_url) as lent:
        yield lent


@pytest.fixture
def both_nights(peopled_url: str, redis_url: str) -> Iterator[Nights]:
    """Lend them on SQLite and on PostgreSQL in turn."""
    with nights_of(peopled_url, redis_url) as lent:
        yield lent


def test_each_night_is_counted_and_says_what_is_new_since_the_last(both_nights: Nights) -> None:
    both_nights.find("refetch_failed", "20990001")
    both_nights.until(date(2025, 6, 3))
    both_nights.find("index_lost_row", "20990001", "20990002")
    both_nights.find("refetch_failed", "20990001")

    both_nights.until(date(2025, 6, 4))
    both_nights.by_hand()

    first, second = both_nights.reports().values()
    assert (first["findings"], first["new_findings"]) == ({"refetch_failed": 1}, {"refetch_failed": 1})
    assert second["findings"] == {"index_lost_row": 2, "refetch_failed": 1}
    assert second["new_findings"] == {"index_lost_row": 2}
    (house,) = second["chambers"].values()
    assert [house[name] for name in ("indexed", "parsed", "unread", "failed")] == [4, 2, 1, 1]


def test_the_operator_is_mailed_on_monday_and_then_a_week_later(nights: Nights) -> None:
    nights.until(MONDAY - timedelta(days=1))
    before = nights.told()
    nights.find("index_lost_row", "20990001")

    step = nights.until(MONDAY)
    nights.by_hand()
    nights.until(MONDAY + timedelta(days=7))

    assert before == []
    assert step["did"]["mailed"]
    assert nights.told() == [
        "CapitolScope: data quality is worth a look, 1 new finding",
        "CapitolScope: data quality is as it was",
    ]


def test_a_mail_that_did_not_leave_fails_the_step_and_leaves_the_next_night(nights: Nights) -> None:
    nights.until(MONDAY - timedelta(days=1))
    nights.provider.arm(refused(429))

    answer = nights.sync.maintain(step="report")
    step = nights.until(MONDAY + timedelta(days=1))

    assert (answer.status, answer.body["status"]) == (503, "failed: transient")
    assert "mail provider" in answer.body["error"]
    assert MONDAY in nights.reports()
    assert step["did"]["mailed"]
    assert len(nights.told()) == 1


def test_a_mail_of_which_nobody_knows_whether_it_left_is_not_sent_again_and_that_is_said(
    nights: Nights,
) -> None:
    nights.until(MONDAY - timedelta(days=1))
    nights.provider.arm(lost(503))

    step = nights.until(MONDAY)
    nights.until(MONDAY + timedelta(days=2))

    assert step["did"]["not_mailed"].startswith(IN_DOUBT)
    assert len(nights.told()) == 1


def test_a_process_that_ended_before_the_answer_was_kept_sends_no_second_mail_and_says_so(
    nights: Nights,
) -> None:
    nights.until(MONDAY - timedelta(days=1))

    def end(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        if nights.provider.taken and "quality_reports" in statement:
            raise Terminated("the platform ends this process")

    event.listen(Engine, "before_cursor_execute", end)
    ended = nights.sync.maintain(step="report")
    event.remove(Engine, "before_cursor_execute", end)
    again = nights.sync.maintain_again(step="report")
    nights.until(MONDAY + timedelta(days=1))

    did = again.body["counts"]["steps"]["report"]["did"]
    assert (ended.body["status"], again.status) == ("interrupted", 200)
    assert (did["mailed"], did["not_mailed"]) == (False, IN_DOUBT)
    assert len(nights.told()) == 1


def test_without_an_operator_s_address_the_report_is_kept_and_says_so(
    peopled_sqlite_url: str, redis_url: str
) -> None:
    with syncing(peopled_sqlite_url, redis_url) as sync:
        sync.now += timedelta(days=6)
        answer = sync.maintain(step="report")

        assert answer.status == 200
        assert "set OPERATOR_ADDRESS" in answer.body["counts"]["steps"]["report"]["did"]["not_mailed"]
        assert [report.mailed_at for report in sync.rows(quality_reports)] == [None]


def test_a_mail_names_the_newest_findings_and_counts_the_others(nights: Nights) -> None:
    nights.until(MONDAY - timedelta(days=1))
    nights.find("index_lost_row", *(str(20990100 + n) for n in range(12)))

    nights.until(MONDAY)

    text = Office.text(nights.provider.taken[-1])
    assert text.count("New: index lost row") == 10
    assert "New: and 2 more" in text
    assert "House: 4 indexed, 2 parsed, 1 unread, 1 failed" in text
    assert "20990111" in text
    assert "20990100" not in text
