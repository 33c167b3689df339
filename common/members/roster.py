"""Who serves and who served in Congress, with every term: facts from the congress-legislators project (CC0).

`parse_legislators` reads that project's JSON; `dump` and `load_shipped` write and read our own compact file of the same facts.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from common.errors import SourceChanged

SHIPPED = Path(__file__).with_name("roster.json")
CHAMBERS = {"rep": "house", "sen": "senate"}
BIOGUIDE = re.compile(r"[A-Z]\d{6}")
STATE = re.compile(r"[A-Z]{2}")
ANY_TEXT = re.compile(r"(?!.*[\x00\ud800-\udfff]).*\S.*")  # and nothing that no database keeps
MOST_DISTRICTS = 99


@dataclass(frozen=True, slots=True, order=True)
class Term:
    """One term as sworn; `end` is the day it ended or will end."""

    start: date
    end: date
    chamber: str
    """`house` or `senate`."""
    state: str
    district: int | None
    """0 = at large; None in the Senate."""
    party: str


@dataclass(frozen=True, slots=True)
class Member:
    """One person who serves or served; absent parts of the name are empty."""

    bioguide: str
    official_name: str
    first: str
    last: str
    terms: tuple[Term, ...]
    """Oldest first; at least one."""
    middle: str = ""
    suffix: str = ""
    nickname: str = ""
    other_names: tuple[str, ...] = ()
    """Surnames from other times of life."""


@dataclass(frozen=True)
class Roster:
    """Members by bioguide id, each once."""

    members: Mapping[str, Member] = field(repr=False)

    @cached_property
    def by_state(self) -> Mapping[str, tuple[Member, ...]]:
        """Everybody who ever served for a state, in either chamber."""
        found: dict[str, dict[str, Member]] = defaultdict(dict)
        for member in self.members.values():
            for term in member.terms:
                found[term.state][member.bioguide] = member
        return {state: tuple(members.values()) for state, members in found.items()}

    @cached_property
    def senators(self) -> tuple[Member, ...]:
        """Everybody who ever served in the Senate."""
        return tuple(
            member
            for member in self.members.values()
            if any(term.chamber == "senate" for term in member.terms)
        )


def roster_of(members: Iterable[Member]) -> Roster:
    """Gather MEMBERS. Raises SourceChanged when one bioguide id stands for two."""
    found: dict[str, Member] = {}
    for member in members:
        if found.setdefault(member.bioguide, member) != member:
            raise SourceChanged(f"roster: {member.bioguide} stands for two different members")
    return Roster(found)


def parse_legislators(*documents: bytes, served_since: date = date.min) -> Roster:
    """Read who served on SERVED_SINCE or later from legislators-current.json and its like (-historical).

    Format: https://github.com/unitedstates/congress-legislators. Raises SourceChanged naming the person and what is wrong;
    an empty document is wrong too. Who left before is not looked at: the first Congresses lack much of what we ask for.
    """
    return roster_of(chain.from_iterable(_legislators(document, served_since) for document in documents))


def _legislators(document: bytes, served_since: date) -> list[Member]:
    try:
        records = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise SourceChanged(f"roster: not JSON: {error}") from error
    if not isinstance(records, list) or not records:
        raise SourceChanged("roster: not a list of legislators, or an empty one")
    return [
        _legislator(number, record)
        for number, record in enumerate(records)
        if _may_have_served(record, since=served_since)
    ]


def _may_have_served(record: Any, *, since: date) -> bool:
    """Tell whether a term of RECORD ends on SINCE or later; also where it does not say, so that it is refused."""
    try:
        return max(date.fromisoformat(term["end"]) for term in record["terms"]) >= since
    except (KeyError, TypeError, ValueError):
        return True


def _legislator(number: int, record: Any) -> Member:
    try:
        name = record["name"]
        first, last = name["first"], name["last"]
        return Member(
            bioguide=text_of(record["id"]["bioguide"], BIOGUIDE),
            official_name=text_of(name.get("official_full", f"{first} {last}")),
            first=text_of(first),
            last=text_of(last),
            terms=_sorted(map(_term, record["terms"])),
            middle=_extra(name, "middle"),
            suffix=_extra(name, "suffix"),
            nickname=_extra(name, "nickname"),
            other_names=tuple(
                text_of(other["last"])
                for other in record.get("other_names", ())
                if other.get("last", last) != last
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        who = record.get("id") if isinstance(record, dict) else record
        raise SourceChanged(f"roster: entry {number} ({who!r}): {error!r}") from error


def _term(term: Mapping[str, Any]) -> Term:
    chamber = CHAMBERS[term["type"]]
    return Term(
        start=date.fromisoformat(term["start"]),
        end=date.fromisoformat(term["end"]),
        chamber=chamber,
        state=text_of(term["state"], STATE),
        district=_district(term["district"]) if chamber == "house" else None,
        party=text_of(term["party"]),
    )


def _sorted(terms: Iterable[Term]) -> tuple[Term, ...]:
    found = tuple(sorted(terms, key=lambda term: term.start))
    if not found:
        raise ValueError("no terms")
    if backward := [term for term in found if term.end < term.start]:
        raise ValueError(f"term ends before it starts: {backward[0].start}")
    if len({term.start for term in found}) < len(found):
        raise ValueError("two terms start on one day")
    return found


def _district(value: Any) -> int:
    district = int(value)
    if not 0 <= district <= MOST_DISTRICTS:
        raise ValueError(f"no district: {district}")
    return district


def text_of(value: Any, pattern: re.Pattern[str] = ANY_TEXT) -> str:
    """Return VALUE, a text that PATTERN fits. Raises ValueError."""
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(f"not as expected: {value!r}")
    return value


def _extra(name: Mapping[str, Any], part: str) -> str:
    return text_of(name[part]) if part in name else ""


# Our own file: one member a line, so that a change of facts is a readable diff. A term is
# "GA14 2021-01-03 2023-01-03 Republican"; a state without a district is a seat in the Senate.


def dump(roster: Roster) -> str:
    """Return ROSTER as the text of our own file, the same for the same facts."""
    members = sorted(roster.members.values(), key=lambda member: member.bioguide)
    return "[\n" + ",\n".join(map(_dump_member, members)) + "\n]\n"


def _dump_member(member: Member) -> str:
    fields = {
        name: value
        for name in (
            "bioguide",
            "official_name",
            "first",
            "middle",
            "last",
            "suffix",
            "nickname",
            "other_names",
        )
        if (value := getattr(member, name))
    }
    return json.dumps(fields | {"terms": list(map(_dump_term, member.terms))}, ensure_ascii=False)


def _dump_term(term: Term) -> str:
    seat = term.state if term.district is None else f"{term.state}{term.district:02}"
    return f"{seat} {term.start} {term.end} {term.party}"


@cache
def load_shipped() -> Roster:
    """Return the roster that this version ships, read once."""
    return load(SHIPPED.read_text(encoding="utf-8"))


def load(text: str) -> Roster:
    """Read what `dump` wrote."""
    return roster_of(map(_load_member, json.loads(text)))


def _load_member(fields: dict[str, Any]) -> Member:
    terms = tuple(map(_load_term, fields.pop("terms")))
    return Member(terms=terms, other_names=tuple(fields.pop("other_names", ())), **fields)


def _load_term(text: str) -> Term:
    seat, start, end, party = text.split(" ", 3)
    state, district = seat[:2], seat[2:]
    return Term(
        start=date.fromisoformat(start),
        end=date.fromisoformat(end),
        chamber="house" if district else "senate",
        state=state,
        district=int(district) if district else None,
        party=party,
    )
