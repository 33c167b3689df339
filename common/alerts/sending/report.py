"""What a mail shows of one filing: from what is to be told to common/mail's model."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from common.alerts.planning.contents import Contents, Gone
from common.alerts.planning.disclosed import STATE_LETTERS, Disclosed, StoredTrade
from common.alerts.planning.evidence import Revision
from common.mail.model import (
    Amended,
    Amount,
    Context,
    Correction,
    Doubt,
    Member,
    Report,
    Row,
    Unreadable,
)
from common.mail.words import HOUSE_OWNERS, HOUSE_SIDES

CHAMBERS = {"house": "House", "senate": "Senate"}
AT_LARGE = "00"


Prices = Mapping[int, tuple[str, ...]]
"""Trade id -> what its price did since, in words; empty wherever prices may not be shown."""
NO_PRICES: Prices = {}


def reports_of(told: Contents, context: Mapping[str, Context], prices: Prices) -> Sequence[Report]:
    """Return what TOLD shows: one report, and one for each member whose rows, or whose report, turned out to be somebody else's."""
    others: dict[str, list[Gone]] = {}
    for gone in told.withdrawn:
        if whose := _of_another(gone, told.filing):
            others.setdefault(whose, []).append(gone)
    mistaken = list(map(_not_theirs, others.values()))
    mistaken += [Report(**_head(told.mistaken), not_theirs=True)] if told.mistaken else []
    report = _report(told, context, prices)
    says = report.new or report.corrected or report.withdrawn or report.doubts or report.unreadable
    return [report, *mistaken] if says else mistaken


def _not_theirs(gone: Sequence[Gone]) -> Report:
    """Return what to say to whoever was told GONE, all of them as one member's: doubtful rows had nothing to take back."""
    rows = tuple(_gone(one) for one in gone if one.row.is_sure)
    return Report(**_head(gone[0].of), withdrawn=rows, not_theirs=not rows)


def _report(told: Contents, context: Mapping[str, Context], prices: Prices) -> Report:
    filing = told.filing
    shown = {fresh.row.trade.ticker for fresh in told.new}
    return Report(
        **_head(filing),
        new=tuple(_row(fresh.row, fresh.rules, prices) for fresh in told.new),
        corrected=tuple(
            Correction(_row(changed.before), _row(changed.after, prices=prices)) for changed in told.corrected
        ),
        withdrawn=tuple(_gone(gone) for gone in told.withdrawn if not _of_another(gone, filing)),
        doubts=tuple(map(_doubt, told.doubts)),
        unreadable=_why_unreadable(filing) if told.unreadable else None,
        follow_up=told.follow_up,
        context=tuple(earlier for ticker, earlier in context.items() if ticker in shown),
    )


def _of_another(gone: Gone, filing: Disclosed) -> str | None:
    """Return whose trade GONE was told as, if FILING turned out not to be theirs; a row that FILING deletes was its filer's."""
    whose = gone.of.bioguide
    return whose if gone.by is None and whose != filing.bioguide else None


def _gone(gone: Gone) -> Row:
    """Return a row as it was told, at the place where it is deleted, if another filing does that."""
    at = (gone.by or gone.row).trade
    return replace(_row(gone.row), page=at.page, row=at.row)


def _head(filing: Disclosed) -> dict[str, Any]:
    return {
        "member": member_of(filing),
        "doc_id": filing.doc_id,
        "url": filing.url,
        "filed": filing.filed,
        "posted": filing.posted,
        "seen": filing.first_seen,
    }


def member_of(filing: Disclosed) -> Member:
    """Return who filed; somebody who is not settled goes by the name that the source prints."""
    return Member(
        name=filing.name or filing.filer_name,
        last=filing.last or filing.filer_name.rpartition(" ")[2],
        party=filing.party,
        state=filing.state,
        seat=_seat(filing),
        chamber=CHAMBERS[filing.chamber],
    )


def _seat(filing: Disclosed) -> str:
    state, district = filing.state_district[:STATE_LETTERS], filing.state_district[STATE_LETTERS:]
    if filing.chamber == "senate" or not district:
        return filing.state
    return f"{state} at large" if district == AT_LARGE else f"{state}-{district}"


def _row(row: StoredTrade, rules: Sequence[Revision] = (), prices: Prices = NO_PRICES) -> Row:
    trade = row.trade
    return Row(
        page=trade.page,
        row=trade.row,
        side=HOUSE_SIDES[trade.transaction_type],
        asset=trade.asset_name,
        ticker=trade.ticker,
        asset_type=trade.asset_type,
        owner=HOUSE_OWNERS[trade.owner],
        amount=Amount(trade.amount_min, trade.amount_max, trade.amount_exact),
        traded=trade.transaction_date,
        notified=trade.notification_date,
        days_late=row.late,
        amended=_amended(row),
        rules=tuple(dict.fromkeys(map(rule_key, rules))),
        prices=prices.get(row.id, ()),
    )


def _amended(row: StoredTrade) -> Amended:
    if not row.amends:
        return Amended.NO
    return Amended.YES if row.origin else Amended.ORIGINAL_UNKNOWN


def _doubt(row: StoredTrade) -> Doubt:
    printed = " ".join(text for text in row.trade.raw.values() if text) or row.trade.asset
    return Doubt(row.trade.page, row.trade.row, printed, "; ".join(row.trade.quarantine))


def _why_unreadable(filing: Disclosed) -> Unreadable:
    if not filing.fetched:
        return Unreadable.MISSING
    return Unreadable.SCAN if filing.filing_state == "unread" else Unreadable.FAILED


def rule_key(rule: Revision) -> str:
    """Return the key by which a mail's rows name RULE."""
    return f"r{rule.rule_id}"
