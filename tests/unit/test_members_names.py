"""Names as people and forms write them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.members.fit import fit, fits_full_name, short_fit
from common.members.names import (
    TITLES,
    Agreement,
    agreement,
    before_surname,
    core,
    generation,
    same_name,
    short_surnames,
)
from common.members.nicknames import SHORT_FORMS
from tests.support.people import a_filer, a_member

NONE, INITIAL, ALIKE, SAME = Agreement


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nanette Barragán", "nanette barragan"),
        ("Tom O\u2019Halleran", "tom ohalleran"),
        ("Kaiali\u02bbi Kahele", "kaialii kahele"),
        ("Mario Diaz-Balart", "mario diaz balart"),
        ('Charles J. "Chuck" Fleischmann', "charles j chuck fleischmann"),
        ("James (Jim)", "james jim"),
        ("G.K. Butterfield", "gk butterfield"),
        ("C. Scott", "c scott"),
        ("Neal Patrick MD, Facs Dunn", "neal patrick dunn"),
        ("Dunn, M.D., F.A.C.S.", "dunn"),
        ("Guy Mr Reschenthaler", "guy reschenthaler"),
        ("James E Hon", "james e"),
        ("Frank Pallone, Jr.", "frank pallone"),
        ("", ""),
    ],
)
def test_a_name_is_its_words_without_accents_titles_and_generations(text: str, expected: str) -> None:
    assert core(text) == tuple(expected.split())


@settings(deadline=None)  # a busy machine is no fault
@given(st.lists(st.sampled_from(["Ada", "Roe", "García", "Diaz-Balart"])), st.data())
def test_titles_anywhere_change_nothing(names: list[str], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(names)))
    title = data.draw(st.sampled_from(sorted(TITLES)))

    titled = " ".join([*names[:place], f"{title.title()}.", *names[place:]])

    assert core(titled) == core(" ".join(names))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Rouda Jr", 2), ("Jr.", 2), ("August Pfluger II", 2), ("Begich III", 3), ("Ada", None)],
)
def test_a_generation_is_read_wherever_it_stands(text: str, expected: int | None) -> None:
    assert generation(text) == expected


@pytest.mark.parametrize(
    ("full", "surname", "before"),
    [
        ("Cathy McMorris Rodgers", "McMorris Rodgers", "Cathy"),
        ("Scott Des Jarlais", "DesJarlais", "Scott"),
        ("Jeff VanDrew", "Van Drew", "Jeff"),
        ("Ada Roe", "Doe", None),
        ("Roe", "Roe", ""),
    ],
)
def test_a_surname_ends_a_name_however_it_is_spaced(full: str, surname: str, before: str | None) -> None:
    found = before_surname(core(full), core(surname))

    assert found == (None if before is None else core(before))


def test_half_a_compound_surname_is_a_word_that_says_something() -> None:
    assert short_surnames(core("Herrera Beutler")) == {("herrera",), ("beutler",)}
    assert short_surnames(core("Van Drew")) == {("drew",)}
    assert short_surnames(core("Roe")) == frozenset()


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Marjorie Taylor", "Marjorie", SAME),
        ("James", "Jim", SAME),
        ("Bill", "Will", SAME),
        ("Aston Donald", "A. Donald", SAME),
        ("Ada", "Adam", ALIKE),
        ("Terrance John", "TJ", ALIKE),
        ("GK", "George Kenneth", ALIKE),
        ("W.", "Wiley", INITIAL),
        ("A. B.", "Ada", INITIAL),
        ("W.", "Ada", NONE),
        ("Mark", "Al", NONE),
        ("Al", "Alma", NONE),
        ("", "Ada", NONE),
        ("Ada", "", NONE),
    ],
)
def test_given_names_agree_as_well_as_they_fit(one: str, other: str, expected: Agreement) -> None:
    assert agreement(core(one), core(other)) is expected
    assert agreement(core(other), core(one)) is expected


@pytest.mark.parametrize(("formal", "short"), sorted(SHORT_FORMS.items()))
def test_every_short_form_is_its_formal_name(formal: str, short: str) -> None:
    assert short.split()
    assert core(f"{formal} {short}") == (formal, *short.split())
    assert all(same_name(form, formal) for form in short.split())


def test_the_table_of_short_forms_is_in_order() -> None:
    assert list(SHORT_FORMS) == sorted(SHORT_FORMS)


def test_a_middle_name_that_the_filer_counts_to_the_surname_is_no_other_surname() -> None:
    luna = a_member("L000001", "Ada", "Moon", "OH07", middle="Paula")

    assert fit(a_filer("OH07", "Ada", "Paula Moon"), luna) is SAME
    assert fit(a_filer("OH07", "Ada", "Garcia Moon"), luna) is None


def test_jr_is_not_sr() -> None:
    junior = a_member("R000001", "Ada", "Roe", "OH07", suffix="Jr.")

    assert fit(a_filer("OH07", "Ada", "Roe", suffix="II"), junior) is SAME
    assert fit(a_filer("OH07", "Ada", "Roe"), junior) is SAME
    assert fit(a_filer("OH07", "Ada", "Roe", suffix="Sr."), junior) is None
    assert fit(a_filer("OH07", "Ada III", "Roe"), junior) is None


def test_half_a_surname_wants_the_same_given_name() -> None:
    member = a_member("R000001", "Ada", "Roe Poe", "OH07", suffix="Jr.")

    assert short_fit(a_filer("OH07", "Ada", "Roe"), member) is SAME
    assert short_fit(a_filer("OH07", "Adam", "Roe"), member) is None
    assert short_fit(a_filer("OH07", "Ada", "Roe", suffix="Sr."), member) is None
    assert short_fit(a_filer("OH07", "Ada", "Roe Poe"), member) is None


def test_a_former_surname_still_fits() -> None:
    member = a_member("R000001", "Ada", "Roe", "OH07", other_names=("Poe",))

    assert fit(a_filer("OH07", "Ada", "Poe"), member) is SAME


def test_a_name_in_one_piece_fits_by_surname_and_given_name() -> None:
    member = a_member("R000001", "Ada", "Roe", "OH07")

    assert fits_full_name("Hon. Ada Mrs Roe", member)
    assert not fits_full_name("Hon. Zoe Roe", member)
    assert not fits_full_name("Hon. Ada Poe", member)
