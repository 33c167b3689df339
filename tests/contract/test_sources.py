"""How each source answers, kept in the database."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from common.db.engine import read_transaction, write_transaction
from common.db.sources import SourceState, note_fault, note_success, source_state

NOW = datetime(2026, 11, 3, 13, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)
LAST = NOW + timedelta(hours=4)


def state(engine: Engine, source: str = "senate") -> SourceState | None:
    with read_transaction(engine) as connection:
        return source_state(connection, source)


def test_a_fault_lasts_from_its_first_day_until_the_source_answers(engine: Engine) -> None:
    before = state(engine)
    with write_transaction(engine) as tx:
        note_fault(tx, "senate", "answered 403", NOW)
        note_fault(tx, "senate", "answered 503", LATER)
        note_success(tx, "roster", LATER)
    failing = state(engine)
    with write_transaction(engine) as tx:
        note_success(tx, "senate", LAST)

    assert before is None
    assert failing == SourceState("senate", LATER, None, "answered 503", NOW)
    assert state(engine) == SourceState("senate", LAST, LAST)
    assert state(engine, "roster") == SourceState("roster", LATER, LATER)


def test_a_new_fault_keeps_when_the_source_last_answered(engine: Engine) -> None:
    with write_transaction(engine) as tx:
        note_success(tx, "house", NOW)
        note_fault(tx, "house", "no answer", LATER)

    assert state(engine, "house") == SourceState("house", LATER, NOW, "no answer", LATER)
