"""The Clerk's index as somebody hostile, or a broken line, would send it."""

import tracemalloc
from base64 import b64encode
from collections.abc import Callable
from random import Random
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.disclosures.house import index as house_index
from common.disclosures.house.index import (
    parse_index,
)
from common.errors import SourceChanged
from local.standins.shelf import drawn_index
from tests.support.indexes import ROWS, YEAR, unzipped, with_xml, zipped


def test_an_archive_that_is_too_long_is_not_even_opened() -> None:
    with pytest.raises(SourceChanged, match="bytes, more than"):
        parse_index(bytes(house_index.MOST_ARCHIVE_BYTES + 1), year=YEAR)


def test_two_files_of_the_same_name_are_refused() -> None:
    xml = unzipped(drawn_index(YEAR, ROWS)).encode()
    with pytest.warns(UserWarning, match="Duplicate name"):
        archive = zipped((f"{YEAR}FD.xml", xml), (f"{YEAR}FD.xml", xml))

    with pytest.raises(SourceChanged, match="2 files called"):
        parse_index(archive, year=YEAR)


def test_an_encrypted_index_is_refused() -> None:
    archive = bytearray(with_xml(unzipped(drawn_index(YEAR, ROWS))))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        archive[archive.find(signature) + flags] |= 1

    with pytest.raises(SourceChanged, match="no readable zip"):
        parse_index(bytes(archive), year=YEAR)


def test_a_changed_byte_fails_the_checksum() -> None:
    archive = zipped((f"{YEAR}FD.xml", unzipped(drawn_index(YEAR, ROWS)).encode()), compression=0)

    with pytest.raises(SourceChanged, match="no readable zip"):
        parse_index(archive.replace(b"Greene", b"Breene"), year=YEAR)


def bomb(megabytes: int) -> bytes:
    return zipped((f"{YEAR}FD.xml", bytes(megabytes * 1_000_000)))


def lying(archive: bytes, says: int) -> bytes:
    """Return ARCHIVE with the unpacked size in its headers replaced."""
    told = bytearray(archive)
    for signature, size in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = told.find(signature) + size
        told[at : at + 4] = says.to_bytes(4, "little")
    return bytes(told)


def most_memory(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("archive", "reason"),
    [
        pytest.param(bomb(200), "would unpack from", id="that says so"),
        pytest.param(bomb(1), "would unpack from", id="that is small"),
        pytest.param(lying(bomb(200), 1_900_000), "no readable zip", id="that says to be within the bounds"),
    ],
)
def test_a_zip_bomb_is_refused_without_being_unpacked(archive: bytes, reason: str) -> None:
    def refuse() -> None:
        with pytest.raises(SourceChanged, match=reason):
            parse_index(archive, year=YEAR)

    began = perf_counter()
    memory = most_memory(refuse)

    assert memory < 20_000_000
    assert perf_counter() - began < 2


def test_an_xml_that_is_too_long_is_refused_however_little_it_was_packed() -> None:
    archive = with_xml(Random(7).randbytes(60_000) + bytes(house_index.MOST_XML_BYTES))

    with pytest.raises(SourceChanged, match="would unpack from"):
        parse_index(archive, year=YEAR)


def test_the_fullest_xml_within_the_bounds_is_refused_in_time() -> None:
    noise = b64encode(Random(7).randbytes(40_000)).decode()  # keeps the ratio below the bound
    archive = with_xml(f"<FinancialDisclosure>{'<a/>' * 480_000}<!--{noise}--></FinancialDisclosure>")
    began = perf_counter()

    with pytest.raises(SourceChanged, match="row 1 is <a>"):
        parse_index(archive, year=YEAR)

    assert perf_counter() - began < 10


@given(st.binary(max_size=300), st.integers(0, 600), st.integers(0, 80))
@settings(max_examples=150, deadline=2000)
def test_a_mutated_index_is_read_or_refused_by_name(junk: bytes, at: int, lost: int) -> None:
    archive = drawn_index(YEAR, ROWS)
    mutated = archive[:at] + junk + archive[at + lost :]

    try:
        rows = parse_index(mutated, year=YEAR)
    except SourceChanged:
        return

    assert rows == ROWS


@given(st.text(max_size=40), st.integers(0, 1200), st.integers(0, 60))
@settings(max_examples=150, deadline=2000)
def test_mutated_xml_is_read_or_refused_by_name(junk: str, at: int, lost: int) -> None:
    xml = unzipped(drawn_index(YEAR, ROWS))
    mutated = xml[:at] + junk + xml[at + lost :]

    try:
        rows = parse_index(with_xml(mutated.encode("utf-8", "surrogatepass")), year=YEAR)
    except SourceChanged:
        return

    assert all(row.year == YEAR and row.doc_id.isdigit() for row in rows)
