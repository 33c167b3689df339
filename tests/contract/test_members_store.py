"""The roster in the database, on every database."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine, func, select

from common.db import tables as t
from common.db.engine import read_transaction, write_transaction
from common.members.roster import load_shipped
from common.members.settle import ensure_roster
from common.members.store import load_roster, store_roster
from tests.support.people import a_roster, a_term
from tests.support.registry import ROE, ROSTER, Registry


@pytest.fixture
def registry(engine: Engine) -> Registry:
    return Registry(engine)


def test_the_roster_is_stored_with_every_name_and_term(registry: Registry) -> None:
    members, terms = registry.rows(t.members), registry.rows(t.terms)

    assert [(m.bioguide, m.first, m.middle, m.other_names) for m in members] == [
        ("D000001", "Sam", "", []),
        ("R000001", "Ada", "M.", ["Poe"]),
    ]
    assert [(x.bioguide, x.chamber, x.state, x.district, x.start, x.end) for x in terms] == [
        ("D000001", "senate", "OH", None, date(2021, 1, 3), date(2023, 1, 3)),
        ("D000001", "house", "OH", 8, date(2023, 1, 3), date(2025, 1, 3)),
        ("R000001", "house", "OH", 7, date(2023, 1, 3), date(2025, 1, 3)),
    ]


def test_a_stored_roster_is_read_back_as_it_was(registry: Registry) -> None:
    with read_transaction(registry.engine) as connection:
        roster = load_roster(connection)

    assert roster.members == ROSTER.members


def test_storing_the_same_roster_again_changes_nothing(registry: Registry) -> None:
    changed = registry.write(lambda tx: store_roster(tx, ROSTER))

    assert changed == 0


def test_who_left_keeps_their_history(registry: Registry) -> None:
    registry.learn(a_roster(ROE))

    assert [member.bioguide for member in registry.rows(t.members)] == ["D000001", "R000001"]
    assert len(registry.rows(t.terms)) == 3


def test_a_corrected_term_replaces_the_wrong_one(registry: Registry) -> None:
    resigned = a_term("OH07", date(2023, 1, 9), date(2024, 3, 1))

    changed = registry.write(lambda tx: store_roster(tx, a_roster(replace(ROE, terms=(resigned,)))))

    terms = [(x.start, x.end) for x in registry.rows(t.terms) if x.bioguide == "R000001"]
    assert (changed, terms) == (2, [(resigned.start, resigned.end)])


def test_a_new_name_replaces_the_old_one(registry: Registry) -> None:
    registry.learn(a_roster(replace(ROE, last="Roe Poe")))

    assert [member.last for member in registry.rows(t.members)] == ["Doe", "Roe Poe"]


def test_the_shipped_roster_is_stored_whole_and_once(engine: Engine) -> None:
    with write_transaction(engine) as tx:
        first, second = ensure_roster(tx), ensure_roster(tx)
        terms = tx.scalar(select(func.count()).select_from(t.terms))

    assert first == len(load_shipped().members) + (terms or 0)
    assert second == 0
