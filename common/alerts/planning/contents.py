"""What one subscriber must be told of one version of a filing, given what they were told before (protocols, Told).

Planning, sending, stopping a rule and explaining all ask here, so that they cannot disagree.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace

from common.alerts.planning.disclosed import Disclosed, StoredTrade
from common.alerts.planning.evidence import Revision, matches, misses
from common.alerts.planning.known import Heard, Known, Said, known_rows
from common.alerts.planning.restated import Restated, stands
from common.alerts.subscriptions.criteria import SPEED, Frequency
from common.mail.model import Kind


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
    """A row that was told, and is not in the filing; `of` is the version that held it, `by` the row that deletes it."""

    row: StoredTrade
    of: Disclosed
    by: StoredTrade | None = None


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
    mistaken: Disclosed | None = None
    """The version that was told as unreadable, and as the filing of somebody who did not file it."""
    follow_up: bool = False
    replaced: frozenset[int] = frozenset()
    """Rows of other filings, as they were told, that the corrected ones restate."""

    @property
    def kind(self) -> Kind | None:
        """What a mail of this alone would be; None = there is nothing to tell."""
        if self.unreadable:
            return Kind.UNREADABLE
        if self.new or self.doubts:
            return Kind.ALERT
        if self.corrected:
            return Kind.CORRECTION
        return Kind.WITHDRAWAL if self.withdrawn or self.mistaken else None

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
            **dict.fromkeys(self.replaced, "replaced"),
        }


def contents(
    filing: Disclosed,
    revisions: Sequence[Revision],
    heard: Sequence[Heard] = (),
    spoken: Container[int] = (),
) -> Contents:
    """Return what FILING is to a subscriber whose rules that go on have REVISIONS, after what they HEARD.

    HEARD are the mails about filings that it restates, in the order of the filings, then those about earlier versions of
    its own, oldest first. The revision in force when a version was stored decides whether its rows match. What was told
    and has changed since is told too when it no longer matches, as long as a rule that asked for it goes on, or one asks
    for it now. Rows that a later filing restates are told by that one, but for those SPOKEN of already.
    """
    asking = tuple(rule for rule in revisions if _asks(rule, filing, spoken))
    own = [mail for mail in heard if mail.version.filing_id == filing.filing_id]
    asked = tuple(rule for rule in revisions if any(_asks(rule, mail.version, mail.said) for mail in heard))
    unread = _unread(own, revisions)
    is_the_same = unread is not None and not _is_of_another(unread, filing)
    said = Contents(
        filing=filing,
        reasons=tuple(dict.fromkeys((*asking, *asked))),
        mistaken=None if is_the_same or not asked else unread,
    )
    if not filing.readable:
        was_read = bool(own) and own[-1].version.readable
        return replace(said, unreadable=bool(asking) and not is_the_same and not was_read)
    later = _later(filing, heard, spoken)
    due = [(row, now) for row, now in later if asked or (now.row and _about(now.row, filing, asking))]
    told = [
        (row.believed or row, now)
        for row, now in due
        if now.changed and (row.believed or _is_of_another(row.of, filing))
    ]
    fresh = _fresh(filing, asking, spoken, settled=_settled(later, told))
    fell_in_doubt = [now.row for row, now in due if now.row and not row.in_doubt]
    could_not_read = any(not mail.version.readable for mail in own) or any(row.in_doubt for row, _ in later)
    return _with_rows(said, fresh, told, fell_in_doubt, follows_up=could_not_read)


def _with_rows(
    said: Contents,
    fresh: Sequence[Fresh],
    told: Sequence[tuple[Known, Restated]],
    fell_in_doubt: Sequence[StoredTrade],
    *,
    follows_up: bool,
) -> Contents:
    """Return SAID with its sections of rows: those of FRESH that a rule matches, and what became of those TOLD before."""
    matched = [one for one in fresh if one.rules]
    new = tuple(one for one in matched if one.row.is_sure)
    elsewhere = (
        before.row.id for before, now in told if now.row and before.of.filing_id != said.filing.filing_id
    )
    return replace(
        said,
        new=new,
        corrected=_corrected(told),
        withdrawn=tuple(Gone(before.row, before.of, now.by) for before, now in told if not now.row),
        doubts=tuple(row for row in (*(one.row for one in matched), *fell_in_doubt) if not row.is_sure),
        follow_up=bool(new) and follows_up,
        replaced=frozenset(elsewhere),
    )


def _unread(own: Sequence[Heard], revisions: Sequence[Revision]) -> Disclosed | None:
    """Return the version that a subscriber still takes for unreadable, and for its filer's; None = they heard otherwise since.

    A mail of an unreadable version that no rule asked for took back an earlier one.
    """
    if not own or own[-1].version.readable:
        return None
    last = own[-1]
    return last.version if any(_asks(rule, last.version, last.said) for rule in revisions) else None


def _is_of_another(version: Disclosed, filing: Disclosed) -> bool:
    """Whether VERSION was told as the filing of somebody who, as FILING says, did not file it."""
    return version.bioguide not in {None, filing.bioguide}


def _settled(later: Iterable[tuple[Known, Restated]], told: Iterable[tuple[Known, Restated]]) -> set[int]:
    """Return the rows of which enough was said, or is said as a correction."""
    known = {now.row.id for row, now in later if now.row and not (row.in_doubt and now.row.is_sure)}
    return known | {now.row.id for _, now in told if now.row and now.row.is_sure}


def _fresh(
    filing: Disclosed, asking: Sequence[Revision], spoken: Container[int], *, settled: Container[int]
) -> list[Fresh]:
    open_rows = (row for row in filing.rows if row.id not in settled and (row.tells or row.id in spoken))
    return [Fresh(row, _about(row, filing, asking)) for row in open_rows]


def _later(filing: Disclosed, heard: Sequence[Heard], spoken: Container[int]) -> list[tuple[Known, Restated]]:
    """Return what a subscriber knows and FILING has something to say of, with how it stands there.

    Not what a later filing restates, nor what was withdrawn and comes again in a version of the same filing: that is new;
    nor what was withdrawn and is a row that was told otherwise, too.
    """
    stood = [(row, row.became(filing)) for row in known_rows(heard)]
    held = {now.row.id for row, now in stood if now and now.row and not row.withdrawn}
    return [
        (row, now)
        for row, now in stood
        if now
        and not (now.row and now.row.heir and now.row.id not in spoken)
        and not (
            row.withdrawn and (now.row is None or now.row.id in held or row.of.filing_id == filing.filing_id)
        )
    ]


def _corrected(told: Sequence[tuple[Known, Restated]]) -> tuple[Changed, ...]:
    """Return each row that changed once, compared with what was told of it last."""
    changed = {
        now.row.id: Changed(before.row, now.row) for before, now in told if now.row and now.row.is_sure
    }
    return tuple(changed.values())


def untold(told: Contents, since: Sequence[Heard]) -> Contents:
    """Leave out what mails SINCE, about later versions or filings that restate this one, spoke of: they left first."""

    def is_open(row: StoredTrade) -> bool:
        return all(_is_open(told.filing, row, mail) for mail in since)

    is_overtaken = any(mail.version.filing_id == told.filing.filing_id for mail in since)
    return replace(
        told,
        new=tuple(fresh for fresh in told.new if is_open(fresh.row)),
        corrected=tuple(changed for changed in told.corrected if is_open(changed.after)),
        withdrawn=tuple(gone for gone in told.withdrawn if all(_is_gone(gone, mail) for mail in since)),
        doubts=tuple(row for row in told.doubts if is_open(row)),
        unreadable=told.unreadable and not is_overtaken,
        mistaken=None if is_overtaken else told.mistaken,
    )


def _is_open(filing: Disclosed, row: StoredTrade, mail: Heard) -> bool:
    """Whether ROW of FILING is in MAIL's version still, if that speaks of it at all, and MAIL said nothing of it."""
    after = stands(filing, row, mail.version)
    return after is None or (after.row is not None and after.row.id not in mail.said)


def _is_gone(gone: Gone, mail: Heard) -> bool:
    after = stands(gone.of, gone.row, mail.version)
    return (after is None or after.row is None) and gone.row.id not in mail.said


def _asks(rule: Revision, filing: Disclosed, spoken: Container[int]) -> bool:
    return rule.in_force(filing.stored_at) and matches(rule.criteria, filing, spoken)


def _about(row: StoredTrade, filing: Disclosed, rules: Sequence[Revision]) -> tuple[Revision, ...]:
    return tuple(rule for rule in rules if not misses(rule.criteria, filing, row))
