"""Which earlier trade a row restates: pure decisions over what one filer's filings say, whatever order they came in.

Neither chamber names the original. The House marks rows `Amended` or `Deleted`; the Senate numbers a report's amendments.
Design: sources.md, section 1 (House) and the Senate's matching rule: a row that is not surely the same is left alone.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Literal, NamedTuple

AGREED = ("asset", "type", "traded", "owner", "amount")
"""What identifies a trade; an amendment changes at most one of them."""
DELETED = "Deleted"
STATUSES = ("Amended", DELETED)
"""What the House prints beside a row that restates another."""

Method = Literal["id", "facts", "operator"]


class Name(NamedTuple):
    """A row as people find it: the document and the row's number there."""

    doc_id: str
    row: int

    def __str__(self) -> str:
        return f"{self.doc_id}/{self.row}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a filing as it stands now, as far as amendments ask; only rows that are not in doubt."""

    name: Name
    filed: date
    amendment: int
    """The Senate's number; 0 = an original, as every report of the House."""
    status: str | None
    transaction_id: str | None
    agreed: tuple[object, ...]
    """The values of AGREED, spelled alike."""
    beside: tuple[object, ...]
    """Whatever else is printed of the trade."""

    @property
    def place(self) -> tuple[date, int, int, str]:
        """Where its filing stands among the filer's; numbers of documents rise."""
        doc_id = self.name.doc_id
        return (self.filed, self.amendment, len(doc_id), doc_id)

    @property
    def amends(self) -> bool:
        """Whether it restates an earlier row, known or not."""
        return self.amendment > 0 or self.status in STATUSES

    @property
    def is_deleted(self) -> bool:
        """Whether it takes its original back; it is no trade itself."""
        return self.status == DELETED


@dataclass(frozen=True, slots=True)
class Link:
    """What a row restates, and how that was found."""

    original: Name
    method: Method


@dataclass(frozen=True, slots=True)
class Restatements:
    """What became of every row that amends: linked, or unsure among candidates (none: nothing resembles it)."""

    links: Mapping[Name, Link]
    unsure: Mapping[Name, tuple[Name, ...]]
    _amending: frozenset[Name]

    def first(self, name: Name) -> Name | None:
        """Return the row that disclosed NAME's trade first; None = that is not in our records."""
        while name in self.links:
            name = self.links[name].original
        return None if name in self._amending else name


def restatements(
    chamber: str, rows: Iterable[Row], decided: Mapping[Name, Name | None] | None = None
) -> Restatements:
    """Decide for each of one filer's ROWS that amends which earlier one it restates.

    An original stands in an earlier filing, and is restated once. DECIDED is what an operator said (None = none of
    them); what does not fit what is stored is not followed.
    """
    ledger = _Ledger(decided or {})
    everything = sorted(rows, key=lambda row: (row.place, row.name.row))
    for _, filing in groupby(everything, key=attrgetter("place")):
        said = list(filing)
        amending = [row for row in said if row.amends]
        RULES[chamber](ledger, ledger.take_decided(amending))
        ledger.add(said)
    amends = frozenset(row.name for row in everything if row.amends)
    return Restatements(ledger.links, ledger.unsure, amends)


@dataclass(slots=True)
class _Ledger:
    """What stands after the filings looked at so far."""

    decided: Mapping[Name, Name | None]
    links: dict[Name, Link] = field(default_factory=dict)
    unsure: dict[Name, tuple[Name, ...]] = field(default_factory=dict)
    active: dict[Name, Row] = field(default_factory=dict)
    """Trades that nobody restated or deleted."""
    last_words: dict[Name, Row] = field(default_factory=dict)
    """Rows that amend, and that no later one restates; a deleted one is among them, so that it can be taken up again."""
    _alike: dict[object, list[Row]] = field(default_factory=lambda: defaultdict(list))
    """Rows that ever stood, by all that they say but one value of AGREED."""

    def add(self, filing: Iterable[Row]) -> None:
        for row in filing:
            if row.amends:
                self.last_words[row.name] = row
            if not row.is_deleted:
                self.active[row.name] = row
                for key in all_but_one(row):
                    self._alike[key].append(row)

    def link(self, row: Row, original: Name, method: Method) -> None:
        self.links[row.name] = Link(original, method)
        self.active.pop(original, None)
        self.last_words.pop(original, None)

    def take_decided(self, amending: Iterable[Row]) -> list[Row]:
        """Follow the operator; return what is left to decide."""
        left = []
        for row in amending:
            original = self.decided.get(row.name)
            if original and (original in self.active or original in self.last_words):
                self.link(row, original, "operator")
            elif original or row.name not in self.decided:
                left.append(row)
        return left

    def near(self, row: Row) -> list[Row]:
        """Return the active rows that agree with ROW in all of AGREED but one, or in all; first disclosed first."""
        alike = {other.name: other for key in all_but_one(row) for other in self._alike.get(key, ())}
        standing = [other for name, other in alike.items() if name in self.active]
        return sorted(standing, key=lambda other: (other.place, other.name.row))


def all_but_one(row: Row) -> Iterator[tuple[object, ...]]:
    """Yield what ROW shares with rows that agree in all of AGREED but one, a key for each one left out."""
    for left_out in range(len(AGREED)):
        yield left_out, *row.agreed[:left_out], *row.agreed[left_out + 1 :]


# ---- the House


def _house(ledger: _Ledger, left: list[Row]) -> None:
    """Link each row that has one original for certain: by the id that both print, else by what they say.

    Of several candidates, one that agrees in all of AGREED is it, unless nothing at all would have been amended. Rows
    that claim the same original are as unsure as those with several.
    """
    contested: list[Row] = []
    for pick, method in _PICKS:
        while claims := _claims(ledger, left, pick):
            sole = {name: rows[0] for name, rows in claims.items() if len(rows) == 1}
            contested += [row for rows in claims.values() if len(rows) > 1 for row in rows]
            for original, row in sole.items():
                ledger.link(row, original, method)
            left = [row for row in left if row.name not in ledger.links and row not in contested]
    for row in (*contested, *left):
        ledger.unsure[row.name] = tuple(other.name for other in ledger.near(row))


def _claims(ledger: _Ledger, rows: Iterable[Row], pick: "Pick") -> Mapping[Name, list[Row]]:
    """Return original -> the rows that are sure of it."""
    claims: dict[Name, list[Row]] = defaultdict(list)
    for row in rows:
        if original := pick(ledger, row):
            claims[original.name].append(row)
    return claims


def _same_id(ledger: _Ledger, row: Row) -> Row | None:
    ids = (other for other in ledger.last_words.values() if other.transaction_id == row.transaction_id)
    return _only(list(ids)) if row.transaction_id else None


def _alike(ledger: _Ledger, row: Row) -> Row | None:
    alike = _only([other for other in ledger.near(row) if other.agreed == row.agreed])
    return alike if alike and (row.is_deleted or alike.beside != row.beside) else None


def _nearest(ledger: _Ledger, row: Row) -> Row | None:
    return _only(ledger.near(row))


def _only(rows: Sequence[Row]) -> Row | None:
    return rows[0] if len(rows) == 1 else None


Pick = Callable[[_Ledger, Row], Row | None]
_PICKS: tuple[tuple[Pick, Method], ...] = ((_same_id, "id"), (_alike, "facts"), (_nearest, "facts"))

# ---- the Senate


def _senate(ledger: _Ledger, left: list[Row]) -> None:
    """Link rows that agree in all of AGREED, as a multiset: the same lot may stand several times in a report.

    Lots that are alike in everything else go together, then in the order of their disclosure. An amendment may be
    partial, so what it lacks stays as it was.
    """
    lots: dict[object, list[Row]] = defaultdict(list)
    for row in ledger.active.values():
        lots[row.agreed].append(row)
    for is_twin in (_is_twin, _is_lot):
        for row in left:
            lot = lots[row.agreed]
            original = next((other for other in lot if is_twin(row, other)), None)
            if original and row.name not in ledger.links:
                lot.remove(original)
                ledger.link(row, original.name, "facts")
    for row in left:
        near = () if row.name in ledger.links else tuple(other.name for other in ledger.near(row))
        ledger.unsure |= {row.name: near} if near else {}


def _is_twin(row: Row, other: Row) -> bool:
    return row.beside == other.beside


def _is_lot(row: Row, other: Row) -> bool:
    return row.agreed == other.agreed


RULES: Mapping[str, Callable[[_Ledger, list[Row]], None]] = {"house": _house, "senate": _senate}
"""Chamber -> how the rows of one filing find their originals."""
