"""What one subscriber must be told of one version of a filing, given what they were told before (protocols, Told).

Planning, sending, stopping a rule and explaining all ask here, so that they cannot disagree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from common.alerts.planning.disclosed import Disclosed, StoredTrade
from common.alerts.planning.evidence import Revision, matches, misses
from common.alerts.planning.restated import Restated, became, restated
from common.alerts.subscriptions.criteria import SPEED, Frequency
from common.mail.model import Kind

Said = Literal["new", "corrected", "withdrawn", "doubt"]


@dataclass(frozen=True, slots=True)
class Heard:
    """An earlier mail about the filing that has left, or may have: its version, and what it said of which rows."""

    version: Disclosed
    said: Mapping[int, Said]
    """Trade id -> what; the trades may be those of versions before."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """A row that is new to this subscriber, with the rules that matched it."""

    row: StoredTrade
    rules: tuple[Revision, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """A row that was told otherwise before."""

    before: StoredTrade
    after: StoredTrade


@dataclass(frozen=True, slots=True)
class Gone:
    """A row that was told, and is not in the filing; `of` is the version that held it."""

    row: StoredTrade
    of: Disclosed


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What to tell, in the sections of a mail."""

    filing: Disclosed
    reasons: tuple[Revision, ...]
    """The rules that ask for it, those that asked for what was told before included."""
    new: tuple[Fresh, ...] = ()
    corrected: tuple[Changed, ...] = ()
    withdrawn: tuple[Gone, ...] = ()
    doubts: tuple[StoredTrade, ...] = ()
    unreadable: bool = False
    follow_up: bool = False

    @property
    def kind(self) -> Kind | None:
        """What a mail of this alone would be; None = there is nothing to tell."""
        if self.unreadable:
            return Kind.UNREADABLE
        if self.new or self.doubts:
            return Kind.ALERT
        if self.corrected:
            return Kind.CORRECTION
        return Kind.WITHDRAWAL if self.withdrawn else None

    @property
    def frequency(self) -> Frequency:
        """That of the fastest reason: the notice's carrier."""
        return min((reason.frequency for reason in self.reasons), key=SPEED.__getitem__)

    @property
    def said(self) -> dict[int, Said]:
        """Trade id -> what is said of it, to be kept as told."""
        return {
            **{fresh.row.id: "new" for fresh in self.new},
            **{changed.after.id: "corrected" for changed in self.corrected},
            **{gone.row.id: "withdrawn" for gone in self.withdrawn},
            **{row.id: "doubt" for row in self.doubts},
        }


@dataclass(frozen=True, slots=True)
class Known:
    """A row as a subscriber was told it last."""

    of: Disclosed
    row: StoredTrade
    in_doubt: bool
    before: "Known | None" = None
    """As it was told for certain, if it was, and fell in doubt since."""

    @property
    def believed(self) -> "Known | None":
        """What they were told for certain last; None = nothing yet."""
        return self.before if self.in_doubt else self

    def became(self, later: Disclosed) -> Restated:
        """Return how it stands in a later version, compared with what was told for certain."""
        after = restated(self.of, later)[self.row.id]
        return became(self.before.row, after.row) if self.before else after


def contents(filing: Disclosed, revisions: Sequence[Revision], heard: Sequence[Heard] = ()) -> Contents:
    """Return what FILING is to a subscriber whose rules that go on have REVISIONS, after what they HEARD, oldest first.

    The revision in force when a version was stored decides whether its rows match. What was told and has changed since
    is told too when it no longer matches, as long as a rule that asked for it goes on.
    """
    asking = tuple(rule for rule in revisions if _asks(rule, filing))
    if not filing.readable:
        return Contents(filing=filing, reasons=asking, unreadable=bool(asking) and not heard)
    asked = tuple(rule for rule in revisions if any(_asks(rule, mail.version) for mail in heard))
    known = known_rows(heard)
    later = [(row, row.became(filing)) for row in known]
    told = [(row.believed, now.row) for row, now in later if asked and now.changed and row.believed]
    settled = {now.row.id for row, now in later if now.row and not (row.in_doubt and now.row.is_sure)}
    settled |= {now.id for _, now in told if now and now.is_sure}
    fresh = [Fresh(row, _about(row, filing, asking)) for row in filing.rows if row.id not in settled]
    new = tuple(one for one in fresh if one.rules and one.row.is_sure)
    fell_in_doubt = (now.row for row, now in later if asked and now.row and not row.in_doubt)
    doubts = (*(one.row for one in fresh if one.rules), *fell_in_doubt)
    could_not_read = any(not mail.version.readable for mail in heard) or any(row.in_doubt for row in known)
    return Contents(
        filing=filing,
        reasons=tuple(dict.fromkeys((*asking, *asked))),
        new=new,
        corrected=tuple(Changed(before.row, now) for before, now in told if now and now.is_sure),
        withdrawn=tuple(Gone(before.row, before.of) for before, now in told if not now),
        doubts=tuple(row for row in doubts if not row.is_sure),
        follow_up=bool(new) and could_not_read,
    )


def untold(told: Contents, since: Sequence[Heard]) -> Contents:
    """Leave out what mails SINCE, about later versions, spoke of: they left first."""

    def is_open(row: StoredTrade) -> bool:
        return all(_stands(told.filing, row, mail) for mail in since)

    return replace(
        told,
        new=tuple(fresh for fresh in told.new if is_open(fresh.row)),
        corrected=tuple(changed for changed in told.corrected if is_open(changed.after)),
        withdrawn=tuple(gone for gone in told.withdrawn if all(_is_gone(gone, mail) for mail in since)),
        doubts=tuple(row for row in told.doubts if is_open(row)),
        unreadable=told.unreadable and not since,
    )


def _stands(filing: Disclosed, row: StoredTrade, mail: Heard) -> bool:
    """Whether ROW of FILING is in MAIL's version still, and MAIL said nothing of it."""
    after = restated(filing, mail.version)[row.id].row
    return after is not None and after.id not in mail.said


def _is_gone(gone: Gone, mail: Heard) -> bool:
    return restated(gone.of, mail.version)[gone.row.id].row is None and gone.row.id not in mail.said


def known_rows(heard: Sequence[Heard]) -> list[Known]:
    """Return the rows that a subscriber believes in, after all the mails they HEARD, oldest first."""
    known: dict[int, Known] = {}
    for mail in heard:
        retold = {row_id: _retold_as(row, mail) for row_id, row in known.items()}
        before = {said_as: known[row_id].believed for row_id, said_as in retold.items() if said_as}
        known = {row_id: row for row_id, row in known.items() if not retold[row_id]}
        known |= {
            row_id: _known(mail, row_id, before.get(row_id))
            for row_id, said in mail.said.items()
            if said != "withdrawn"
        }
    return list(known.values())


def _known(mail: Heard, row_id: int, before: Known | None) -> Known:
    in_doubt = mail.said[row_id] == "doubt"
    return Known(mail.version, mail.version.by_id[row_id], in_doubt, before if in_doubt else None)


def _retold_as(row: Known, mail: Heard) -> int | None:
    """Return the id of the trade under which MAIL spoke of ROW: as it is, as it was told, or as it became."""
    forms = (row.row, row.before and row.before.row, row.became(mail.version).row)
    return next((form.id for form in forms if form and form.id in mail.said), None)


def _asks(rule: Revision, filing: Disclosed) -> bool:
    return rule.in_force(filing.stored_at) and matches(rule.criteria, filing)


def _about(row: StoredTrade, filing: Disclosed, rules: Sequence[Revision]) -> tuple[Revision, ...]:
    return tuple(rule for rule in rules if not misses(rule.criteria, filing, row))
