"""Reading congress-legislators, and our own compact file of the same facts."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from common.errors import SourceChanged
from common.members.roster import (
    SHIPPED,
    Member,
    Roster,
    Term,
    dump,
    load,
    load_shipped,
    parse_legislators,
    roster_of,
)
from local.roster import main
from tests.support.people import a_member, a_roster, a_term

Json = dict[str, Any]


def a_legislator() -> Json:
    return {
        "id": {"bioguide": "R000001", "govtrack": 400000},
        "name": {
            "first": "Ada",
            "middle": "M.",
            "last": "Róe",
            "suffix": "Jr.",
            "nickname": "Addie",
            "official_full": "Ada M. Róe, Jr.",
        },
        "other_names": [{"last": "Poe"}, {"last": "Róe", "end": "2001-01-01"}],
        "bio": {"birthday": "1970-01-01", "gender": "F"},
        "terms": [
            {
                "type": "sen",
                "start": "2025-01-03",
                "end": "2031-01-03",
                "state": "OH",
                "class": 1,
                "party": "Independent",
            },
            {
                "type": "rep",
                "start": "2023-01-03",
                "end": "2025-01-03",
                "state": "OH",
                "district": 7,
                "party": "Democrat",
            },
        ],
    }


def parse(*records: Json) -> Roster:
    return parse_legislators(json.dumps(records).encode())


def test_a_legislator_is_read_with_every_name_and_the_terms_in_order() -> None:
    roster = parse(a_legislator())

    assert roster.members["R000001"] == Member(
        bioguide="R000001",
        official_name="Ada M. Róe, Jr.",
        first="Ada",
        last="Róe",
        terms=(
            Term(date(2023, 1, 3), date(2025, 1, 3), "house", "OH", 7, "Democrat"),
            Term(date(2025, 1, 3), date(2031, 1, 3), "senate", "OH", None, "Independent"),
        ),
        middle="M.",
        suffix="Jr.",
        nickname="Addie",
        other_names=("Poe",),
    )


def test_a_name_without_its_extras_is_enough() -> None:
    plain = a_legislator() | {"name": {"first": "Ada", "last": "Roe"}, "other_names": [{"middle": "M."}]}

    [member] = parse(plain).members.values()

    assert (member.official_name, member.middle, member.suffix, member.nickname) == ("Ada Roe", "", "", "")
    assert member.other_names == ()


def test_who_left_before_the_day_asked_for_is_not_looked_at() -> None:
    left = a_legislator() | {"id": {"bioguide": "L000001"}, "name": None}
    left["terms"] = [{"end": "1793-03-02"}]

    roster = parse_legislators(json.dumps([left, a_legislator()]).encode(), served_since=date(2012, 7, 1))

    assert set(roster.members) == {"R000001"}


def test_several_documents_are_read_as_one_roster() -> None:
    documents = [
        json.dumps([a_legislator() | {"id": {"bioguide": who}}]).encode() for who in ("A000001", "B000001")
    ]

    roster = parse_legislators(*documents)

    assert set(roster.members) == {"A000001", "B000001"}


def test_senators_are_those_who_ever_sat_in_the_senate() -> None:
    moved = a_member("R000001", "Ada", "Roe", "OH07", a_term("OH", date(2029, 1, 3), date(2035, 1, 3)))

    roster = a_roster(moved, a_member("D000001", "Sam", "Doe", "OH08"))

    assert roster.senators == (moved,)


def test_members_are_found_in_every_state_they_served() -> None:
    moved = a_member("R000001", "Ada", "Roe", "OH07", a_term("PA", date(2029, 1, 3), date(2035, 1, 3)))

    roster = a_roster(moved, a_member("D000001", "Sam", "Doe", "OH08"))

    assert [member.bioguide for member in roster.by_state["OH"]] == ["R000001", "D000001"]
    assert roster.by_state["PA"] == (moved,)


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda x: x.pop("id"), "KeyError('id')"),
        (lambda x: x["id"].update(bioguide=None), "not as expected: None"),
        (lambda x: x["id"].update(bioguide=" "), "not as expected: ' '"),
        (lambda x: x.pop("name"), "KeyError('name')"),
        (lambda x: x["name"].update(first=7), "not as expected: 7"),
        (lambda x: x["name"].update(middle=7), "not as expected: 7"),
        (lambda x: x["name"].pop("last"), "KeyError('last')"),
        (lambda x: x.update(name="Ada Roe"), "TypeError"),
        (lambda x: x.update(other_names=[{"last": 7}]), "not as expected: 7"),
        (lambda x: x.update(terms=[]), "no terms"),
        (lambda x: x.pop("terms"), "KeyError('terms')"),
        (lambda x: x["terms"][0].update(type="pres"), "KeyError('pres')"),
        (lambda x: x["terms"][0].update(start="3 January"), "Invalid isoformat"),
        (lambda x: x["terms"][0].update(end="2019-01-03"), "ends before it starts"),
        (lambda x: x["terms"][0].update(state=None), "not as expected: None"),
        (lambda x: x["terms"][0].update(state="Ohio"), "not as expected: 'Ohio'"),
        (lambda x: x["terms"].append(x["terms"][0]), "two terms start on one day"),
        (lambda x: x["terms"][1].pop("district"), "KeyError('district')"),
        (lambda x: x["terms"][1].update(district="seven"), "invalid literal"),
        (lambda x: x["terms"][1].update(district=1_000), "no district: 1000"),
        (lambda x: x["terms"][1].update(district=float("inf")), "OverflowError"),
        (lambda x: x["name"].update(first="A\0da"), r"not as expected: 'A\\x00da'"),
        (lambda x: x["name"].update(nickname="\ud800"), r"not as expected: '\\ud800'"),
        (lambda x: x["terms"].append("rep"), "TypeError"),
    ],
)
def test_a_malformed_legislator_is_refused_by_name(spoil: Callable[[Json], object], complaint: str) -> None:
    record = a_legislator()
    spoil(record)

    with pytest.raises(SourceChanged) as refused:
        parse(record)

    assert str(refused.value).startswith("roster: entry 0 (")
    assert complaint in str(refused.value)


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        (b"<html>", "not JSON"),
        (b"\xff\xfe\xfa", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "empty"),
        (b"{}", "not a list"),
        (b'["A\\u0000da"]', r"entry 0 ('A\x00da')"),
    ],
)
def test_a_document_that_is_no_list_of_legislators_is_refused(document: bytes, complaint: str) -> None:
    with pytest.raises(SourceChanged) as refused:
        parse_legislators(document)

    assert complaint in str(refused.value)


def test_one_id_for_two_people_is_refused() -> None:
    with pytest.raises(SourceChanged, match="R000001 stands for two different members"):
        roster_of([a_member("R000001", "Ada", "Roe", "OH07"), a_member("R000001", "Zoe", "Roe", "OH07")])


LETTERS = st.characters(categories=["L", "P", "Zs"])
NAMES = st.text(LETTERS, min_size=1, max_size=12)
EXTRAS = st.text(LETTERS, max_size=12)
TERMS = st.builds(
    lambda seat, start, days, party: a_term(
        seat, start, date.fromordinal(start.toordinal() + days), party=party
    ),
    st.sampled_from(["OH07", "AK00", "OH", "CA52"]),
    st.dates(date(1950, 1, 1), date(2050, 1, 1)),
    st.integers(0, 2200),
    st.sampled_from(["Democrat", "Democrat Farmer Labor"]),
)
MEMBERS = st.builds(
    Member,
    st.from_regex(r"[A-Z]\d{6}", fullmatch=True),
    NAMES,
    NAMES,
    NAMES,
    st.lists(TERMS, min_size=1, max_size=3).map(tuple),
    EXTRAS,
    EXTRAS,
    EXTRAS,
    st.lists(NAMES, max_size=2).map(tuple),
)


@settings(deadline=None)  # a busy machine is no fault
@given(st.lists(MEMBERS, max_size=3, unique_by=lambda member: member.bioguide))
def test_our_own_file_gives_back_what_was_written(members: list[Member]) -> None:
    roster = roster_of(members)

    assert load(dump(roster)).members == roster.members


def test_our_own_file_has_one_member_a_line_in_order_of_their_ids() -> None:
    roster = a_roster(a_member("R000001", "Ada", "Roe", "OH07"), a_member("D000001", "Sam", "Doe", "OH"))

    lines = dump(roster).splitlines()

    assert [line[:25] for line in lines] == [
        "[",
        '{"bioguide": "D000001", "',
        '{"bioguide": "R000001", "',
        "]",
    ]
    assert '"terms": ["OH07 2023-01-03 2025-01-03 Independent"]' in lines[2]


def test_the_shipped_file_is_what_the_generator_writes() -> None:
    assert dump(load_shipped()) == SHIPPED.read_text(encoding="utf-8")


def test_the_shipped_roster_knows_every_seat_of_the_house() -> None:
    day = date(2025, 6, 1)

    seats = {
        (term.state, term.district)
        for member in load_shipped().members.values()
        for term in member.terms
        if term.chamber == "house" and term.start <= day <= term.end
    }

    assert len(seats) == 435 + 6


def test_the_generator_merges_new_facts_and_forgets_nobody(tmp_path: Path) -> None:
    source, out = tmp_path / "current.json", tmp_path / "roster.json"
    source.write_text(json.dumps([a_legislator()]))
    out.write_text(dump(a_roster(a_member("D000001", "Sam", "Doe", "OH08"))))

    result = CliRunner().invoke(main, [str(source), "--out", str(out)])

    assert result.output == f"{out}: 2 members, 3 terms, {out.stat().st_size} bytes\n"
    assert set(load(out.read_text()).members) == {"D000001", "R000001"}


def test_the_generator_can_begin_from_nothing(tmp_path: Path) -> None:
    source, out = tmp_path / "current.json", tmp_path / "roster.json"
    source.write_text(json.dumps([a_legislator()]))

    CliRunner().invoke(main, [str(source), "--out", str(out)], catch_exceptions=False)

    assert set(load(out.read_text()).members) == {"R000001"}
