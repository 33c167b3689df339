"""Why somebody did or did not get a mail, on every database."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from common.alerts.explain import Decision, explain
from common.alerts.planning.digest import gather_storms
from common.alerts.subscriptions.stop import stop_rule
from common.db.alert_tables import messages
from common.db.engine import write_transaction
from common.db.tables import to_match
from common.errors import InvalidRequest
from local import why
from tests.support.alerts import GREENE, PELOSI, SCAN, Watch
from tests.support.restated import FIRST, SECOND, amended, named
from tests.support.trades import a_trade

DOC = "20090001"


@pytest.fixture
def watch(engine: Engine) -> Watch:
    return Watch(engine)


def decisions(watch: Watch, who: int, doc_id: str = DOC) -> tuple[Decision, ...]:
    with watch.engine.connect() as connection:
        return explain(connection, who, doc_id)


def verdict(watch: Watch, who: int) -> str:
    return decisions(watch, who)[-1].verdict


def test_a_mail_is_explained_by_its_rules_and_rows_and_near_misses(watch: Watch) -> None:
    kyle = watch.subscriber()
    watch.rule(kyle, tickers=["NVDA"], name="Chips")
    watch.rule(kyle, tickers=["NVDA"], side="sell", amount_mode="at_least", amount=1_000_000)
    watch.file(a_trade(), a_trade(row=2, ticker="MSFT"))
    watch.plan()

    (decision,) = decisions(watch, kyle)

    chips, sales = decision.answers
    assert decision.verdict == f"in message 1 (f/{decision.filing.filing_id}/1), which is planned"
    assert (chips.matched, [row.trade.row for row in chips.rows], chips.near_misses) == (True, [1], ())
    (near,) = sales.near_misses
    assert near.row
    assert near.row.trade.row == 1
    assert [miss.criterion for miss in near.misses] == ["side", "at_least"]


def test_an_unread_filing_is_a_near_miss_of_other_rules(watch: Watch) -> None:
    kyle = watch.subscriber()
    watch.rule(kyle, members=[GREENE], side="buy")
    watch.file(SCAN)
    watch.plan()

    (decision,) = decisions(watch, kyle)

    (near,) = decision.answers[0].near_misses
    assert decision.verdict == "not planned: no rule matched"
    assert near.row is None
    assert [(miss.criterion, miss.found) for miss in near.misses] == [
        ("side", "could not be read for certain")
    ]


def test_each_reason_for_no_mail_is_named(watch: Watch) -> None:
    late = watch.subscriber("late", confirmed=False)
    watch.rule(late, members=[GREENE])
    kyle = watch.subscriber()
    rule = watch.rule(kyle, members=[GREENE])
    filing = watch.file()

    waiting = verdict(watch, kyle)
    watch.restate(filing, a_trade(owner="SP"))
    watch.plan()
    overtaken = decisions(watch, kyle)[0].verdict
    unconfirmed = verdict(watch, late)
    watch.send(1)
    watch.restate(filing, a_trade())
    watch.restate(filing, a_trade(owner="SP"))
    watch.plan()
    nothing_new = verdict(watch, kyle)
    watch.file()
    with write_transaction(watch.engine) as tx:
        stop_rule(tx, rule)
    watch.plan()
    (stopped,) = decisions(watch, kyle, "20090002")

    assert waiting == "not planned yet: it waits to be matched"
    assert overtaken == "not planned: a newer version came before its turn"
    assert unconfirmed == "not planned: the address was not confirmed when it was stored"
    assert nothing_new.startswith("not planned: it said nothing that they had not been told")
    assert stopped.verdict == "not sent: every rule that matched was stopped"


def test_history_is_not_news(watch: Watch) -> None:
    kyle = watch.subscriber()
    watch.rule(kyle, members=[GREENE])
    watch.file(alertable=False)

    assert verdict(watch, kyle) == "not planned: the filing was there before the watch began"


def test_a_rule_that_came_later_was_not_in_force(watch: Watch) -> None:
    watch.file()
    watch.plan()
    kyle = watch.subscriber()
    watch.rule(kyle, members=[GREENE])

    (decision,) = decisions(watch, kyle)

    assert [answer.revision for answer in decision.answers] == [None]


def test_a_notice_that_waits_says_for_what(watch: Watch) -> None:
    kyle, anna = watch.subscriber(), watch.subscriber("anna")
    watch.rule(kyle, members=[GREENE], frequency="weekly")
    watch.rule(anna, members=[GREENE])
    watch.file()
    watch.plan(storm=0)
    with write_transaction(watch.engine) as tx:
        gather_storms(tx)

    assert verdict(watch, kyle).endswith("it waits for the weekly digest")
    assert verdict(watch, anna).endswith("it waits for the digest of this hour")


def test_a_mail_that_failed_says_why(watch: Watch) -> None:
    kyle = watch.subscriber()
    watch.rule(kyle, members=[GREENE])
    watch.file()
    watch.plan()
    watch.set(messages, status="failed", detail="400: no such address")

    assert verdict(watch, kyle).endswith("which is failed (400: no such address)")


@pytest.mark.parametrize(("who", "doc_id", "field"), [(99, DOC, "subscriber"), (1, "1", "doc_id")])
def test_what_is_not_in_our_records_is_refused(watch: Watch, who: int, doc_id: str, field: str) -> None:
    watch.subscriber()
    watch.file()

    with pytest.raises(InvalidRequest) as refused:
        decisions(watch, who, doc_id)

    assert refused.value.field == field


def test_a_filing_that_was_not_read_yet_says_since_when_and_why(watch: Watch) -> None:
    watch.subscriber()
    watch.listed()
    watch.listed(state="failed", reason="20090002: answered 404")

    with pytest.raises(InvalidRequest, match=r"20090001 is listed since 2025-03-06 .* and was not read yet$"):
        decisions(watch, 1, "20090001")
    with pytest.raises(InvalidRequest, match=r"was not read yet: 20090002: answered 404"):
        decisions(watch, 1, "20090002")


def test_the_operator_reads_which_rows_stand_otherwise_in_the_end(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    kyle = watch.subscriber()
    filing = watch.file(a_trade(), filed=FIRST)
    amendment = watch.file(amended(owner="SP"), filed=SECOND)
    watch.plan()
    monkeypatch.setenv("DATABASE_URL", watch.engine.url.render_as_string(hide_password=False))

    said = CliRunner().invoke(why.main, [str(kyle), named(watch, filing).doc_id])

    assert f"  row 1 stands as row 1 of {named(watch, amendment).doc_id}" in said.output.splitlines()


def test_without_a_database_to_look_into_the_operator_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")

    refused = CliRunner().invoke(why.main, ["1", DOC])

    assert (refused.exit_code, "python -m common.db.schema" in refused.output) == (1, True)


def test_before_any_demo_the_operator_is_told_to_play_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(why, "FOLDER", tmp_path / "none")

    refused = CliRunner().invoke(why.main, ["1", DOC])

    assert (refused.exit_code, refused.output) == (
        1,
        "Error: no demo was played in this clone: ./dev.sh demo, or set DATABASE_URL\n",
    )


def test_the_operator_reads_it_line_by_line(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    kyle = watch.subscriber()
    watch.rule(kyle, tickers=["NVDA"], name="Chips")
    watch.rule(kyle, members=[GREENE], name="Greene")
    watch.rule(kyle, members=[PELOSI], side="sell", name="Pelosi sells")
    filing = watch.file(SCAN)
    watch.plan()
    traded = {"transaction_date": date(2025, 1, 2), "notification_date": date(2025, 1, 3)}
    undated = a_trade(row=3, transaction_date=None, quarantine=("traded: blank",))
    watch.restate(filing, a_trade(), a_trade(row=2, ticker="MSFT", **traded), undated)
    watch.rule(kyle, chamber="house", name="Too late")
    monkeypatch.setenv("DATABASE_URL", watch.engine.url.render_as_string(hide_password=False))

    said = CliRunner().invoke(why.main, ["Kyle@example.org", DOC])
    same = CliRunner().invoke(why.main, [str(kyle), DOC])
    refused = CliRunner().invoke(why.main, ["nobody@example.org", DOC])

    assert (said.exit_code, same.output) == (0, said.output)
    lines = said.output.splitlines()
    assert lines[0].startswith("20090001 version 1, stored ")
    assert lines[0].endswith(f"in message 1 (f/{filing}/1), which is planned")
    assert lines[1] == '  rule 1 "Chips" (NVDA): revision 1 did not match'
    assert lines[2] == "    the filing: tickers: wanted NVDA, found could not be read for certain"
    assert '  rule 2 "Greene" (Marjorie Greene): revision 1 matched the filing, unread' in lines
    assert '  rule 2 "Greene" (Marjorie Greene): revision 1 matched row 1, 2, 3' in lines
    assert [line for line in lines if "late" in line and not line.startswith("  rule")] == [
        "  not late: row 1",
        "  filed 30 days late: row 2",  # due on a Sunday
        "  lateness not established: row 3",
    ]
    assert '  rule 4 "Too late" (House): was not in force then' in lines
    assert (
        "    row 1: members: wanted Nancy Pelosi, found Marjorie Greene; side: wanted sell, found buy"
        in lines
    )
    assert (refused.exit_code, refused.output) == (1, "Error: subscriber: nobody has this address\n")


def test_what_was_taken_off_the_list_is_not_waiting(watch: Watch) -> None:
    watch.file()
    watch.plan()

    assert watch.rows(to_match) == []


def test_a_report_is_found_whatever_the_letter_case_of_its_id(watch: Watch) -> None:
    kyle = watch.subscriber()
    watch.file(doc_id="ABCDEF00-0000-4000-8000-00000000000A")

    with watch.engine.connect() as connection:
        (decision,) = explain(connection, kyle, "abcdef00-0000-4000-8000-00000000000a")

    assert decision.filing.doc_id == "ABCDEF00-0000-4000-8000-00000000000A"
