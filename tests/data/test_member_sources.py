"""Answers of the services that know who sits in Congress."""

from datetime import date
from pathlib import Path

from common.members.congress_gov import Seat, parse_members
from common.members.refresh import STOCK_ACT
from common.members.roster import parse_legislators


def test_congress_gov_lists_a_seat_at_large_in_the_rosters_words(corpus: Path) -> None:
    page = (corpus / "../members/congress_gov_list.example.json").read_bytes()

    seats, count = parse_members(page)

    assert seats == {"N000147": Seat("Norton, Eleanor Holmes", "Democrat", "house", "DC", 0)}
    assert count == 2691


def test_everybody_in_the_real_files_served_since_there_are_reports(corpus: Path) -> None:
    documents = [file.read_bytes() for file in sorted((corpus / "../members").glob("legislators-*.json"))]

    roster = parse_legislators(*documents, served_since=STOCK_ACT)

    assert roster.members == parse_legislators(*documents).members
    assert parse_legislators(*documents, served_since=date(2040, 1, 1)).members == {}
