"""What a subscriber believes: the rows that they were told, as each of the mails left them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from common.alerts.planning.disclosed import Disclosed, StoredTrade
from common.alerts.planning.restated import Restated, became, stands

Said = Literal["new", "corrected", "withdrawn", "doubt", "replaced"]
"""`replaced` = said of a row of another filing, when its correction was told."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An earlier mail about a filing that has left, or may have: its version, and what it said of which rows."""

    version: Disclosed
    said: Mapping[int, Said]
    """Trade id -> what; the trades may be those of versions before."""


@dataclass(frozen=True, slots=True)
class Known:
    """A row as a subscriber was told it last."""

    of: Disclosed
    row: StoredTrade
    in_doubt: bool
    before: "Known | None" = None
    """As it was told for certain, if it was, and fell in doubt since."""
    withdrawn: bool = False

    @property
    def believed(self) -> "Known | None":
        """What they were told for certain last; None = nothing yet."""
        return self.before if self.in_doubt else self

    def became(self, later: Disclosed) -> Restated | None:
        """Return how it stands later, compared with what was told for certain; None = LATER says nothing of it."""
        after = stands(self.of, self.row, later)
        if after is None or after.row is None:
            return after
        if self.withdrawn:
            return replace(after, changed=True)
        return became(self.before.row, after.row) if self.before else after


def known_rows(heard: Sequence[Heard]) -> list[Known]:
    """Return the rows that a subscriber was told of, after all the mails they HEARD, those of a filing oldest first.

    Withdrawn ones are among them: a later filing may take them up again.
    """
    known: dict[int, Known] = {}
    for mail in heard:
        retold = {row_id: _retold_as(row, mail) for row_id, row in known.items()}
        before = {said_as: known[row_id] for row_id, said_as in retold.items() if said_as}
        known = {row_id: row for row_id, row in known.items() if not retold[row_id]}
        known |= {row_id: row for row_id in mail.said if (row := _known(mail, row_id, before.get(row_id)))}
    return list(known.values())


def _known(mail: Heard, row_id: int, before: Known | None) -> Known | None:
    said = mail.said[row_id]
    if said == "replaced":
        return None
    if said == "withdrawn":
        return before and replace(before.believed or before, withdrawn=True)
    in_doubt = said == "doubt"
    believed = before.believed if before and in_doubt and not before.withdrawn else None
    return Known(mail.version, mail.version.by_id[row_id], in_doubt, believed)


def _retold_as(row: Known, mail: Heard) -> int | None:
    """Return the id of the trade under which MAIL spoke of ROW: as it is, as it was told, or as it became."""
    now = row.became(mail.version)
    forms = (row.row, row.before and row.before.row, now and now.row)
    return next((form.id for form in forms if form and form.id in mail.said), None)
