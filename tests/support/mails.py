"""One mail of each kind, about invented people and invented filings."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from common.mail.model import (
    Amended,
    Amount,
    Confirmation,
    Context,
    Correction,
    Doubt,
    Earlier,
    Incident,
    Kind,
    Links,
    Mail,
    Member,
    News,
    Owner,
    Reason,
    Report,
    Row,
    Side,
    Unreadable,
)
from common.mail.render import Letterhead

BASE = "https://alerts.example.org"
LETTERHEAD = Letterhead(
    sender="CapitolScope <alerts@example.org>",
    postal_address="CapitolScope, 12 Example Street, Springfield, IL 62701, USA",
    public_base_url=BASE,
)
HOSTILE = (
    "<script>alert(1)</script>\"'&{{ 7*7 }}<!--% if x %--></td></table>\u202egnp.exe\r\nBcc: all@example.com"
)
SEEN = datetime(2026, 6, 2, 14, 5, tzinfo=UTC)

MARSH = Member(
    name="Theodora Ann Marsh", last="Marsh", party="Republican", state="GA", seat="GA-14", chamber="House"
)
OKORO = Member(
    name="Benjamin Okoro", last="Okoro", party="Democrat", state="OR", seat="OR-03", chamber="House"
)
LINDQVIST = Member(
    name="Ingrid Lindqvist-Castellanos",
    last="Lindqvist-Castellanos",
    party="Independent",
    state="AK",
    seat="AK",
    chamber="Senate",
)
LINKS = Links(
    manage=f"{BASE}/manage?t=k1.c3Vic2NyaWJlci0x.manage",
    unsubscribe=f"{BASE}/unsubscribe?t=k1.c3Vic2NyaWJlci0x.all",
    everything=f"{BASE}/mail?t=k1.c3Vic2NyaWJlci0x.everything",
)
FOLLOWED = Reason("r1", "Everything by Marsh", "Theodora Ann Marsh; every trade", f"{BASE}/stop?t=k1.r1")
LARGE = Reason("r2", "Large tech", "NVDA, MSFT or AAPL; at least $50,001", f"{BASE}/stop?t=k1.r2")

RANGES = {
    "1k": Amount(1_001, 15_000),
    "15k": Amount(15_001, 50_000),
    "100k": Amount(100_001, 250_000),
    "25m": Amount(25_000_001, 50_000_000),
    "over": Amount(50_000_001, None),
    "exact": Amount(350, 351, Decimal("350.78")),
}

NVIDIA = Row(
    page=1,
    row=1,
    side=Side.BOUGHT,
    asset="NVIDIA Corporation - Common Stock",
    ticker="NVDA",
    asset_type="ST",
    owner=Owner.SPOUSE,
    amount=RANGES["1k"],
    traded=date(2026, 4, 12),
    notified=date(2026, 4, 13),
    days_late=6,
    rules=("r1",),
)
MICROSOFT = replace(
    NVIDIA,
    row=2,
    side=Side.SOLD,
    asset="Microsoft Corporation - Common Stock",
    ticker="MSFT",
    owner=Owner.SELF,
    amount=RANGES["100k"],
    traded=date(2026, 5, 14),
    notified=date(2026, 5, 14),
    days_late=0,
    rules=("r1", "r2"),
)
APPLE_OPTION = replace(
    NVIDIA,
    row=3,
    asset="Apple Inc. call options, strike $220, expiring 2026-12-18",
    ticker="AAPL",
    asset_type="OP",
    owner=Owner.JOINT,
    amount=RANGES["over"],
    traded=None,
    days_late=None,
)
TREASURY = replace(
    NVIDIA,
    page=2,
    row=4,
    side=Side.SOLD_PART,
    asset="US Treasury Note 4.25% due 05/15/2035, held at Example Brokerage",
    ticker=None,
    asset_type="GS",
    owner=Owner.CHILD,
    amount=RANGES["25m"],
    days_late=0,
)
BITCOIN = replace(
    NVIDIA,
    page=2,
    row=5,
    side=Side.EXCHANGED,
    asset="Bitcoin",
    ticker=None,
    asset_type="CT",
    owner=Owner.SELF,
    amount=RANGES["exact"],
    days_late=0,
)
DOUBT = Doubt(
    3,
    6,
    "JT Example Holdings LP [OL] P 01/02/3031 01/15/2026 $15,001 -",
    "transaction_date: the year 3031 lies in the future",
)
EARLIER = Context(
    "NVDA",
    (
        Earlier(Side.BOUGHT, RANGES["15k"], Owner.SPOUSE, date(2026, 1, 20)),
        Earlier(Side.SOLD_PART, RANGES["1k"], Owner.SELF, date(2025, 8, 4)),
        Earlier(Side.BOUGHT, RANGES["1k"], Owner.SELF, date(2025, 3, 11)),
    ),
    total=7,
)


def report(*new: Row, member: Member = MARSH, **changes: object) -> Report:
    """Return a filing of MEMBER's with the rows NEW."""
    plain = Report(
        member=member,
        doc_id="20040001",
        url="https://clerk.example.gov/public_disc/ptr-pdfs/2026/20040001.pdf",
        filed=date(2026, 6, 2),
        posted=SEEN - timedelta(minutes=7),
        seen=SEEN,
        new=new,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # the fields' own types


def news(
    kind: Kind, *reports: Report, reasons: tuple[Reason, ...] = (FOLLOWED,), day: date | None = None
) -> News:
    """Return what a mail of KIND says about REPORTS."""
    return News(kind=kind, reports=reports, reasons=reasons, links=LINKS, day=day)


def mail(content: News | Confirmation | Incident) -> Mail:
    """Return CONTENT as a mail to Kyle, in New York."""
    return Mail(
        to="kyle@example.com",
        delivery_id="1042.1",
        made_at=SEEN + timedelta(seconds=50),
        zone="America/New_York",
        content=content,
    )


def many(count: int, member: Member = MARSH) -> Report:
    """Return a filing with COUNT trades of all sorts."""
    sorts = (NVIDIA, MICROSOFT, APPLE_OPTION, TREASURY, BITCOIN)
    rows = (replace(sorts[n % 5], page=1 + n // 6, row=n + 1) for n in range(count))
    return report(*rows, member=member, context=(EARLIER,))


RESTATED = Correction(
    NVIDIA, replace(NVIDIA, amount=RANGES["15k"], traded=date(2026, 4, 21), days_late=0, amended=Amended.YES)
)
BASIS = "to the quote of 2026-06-02 09:45 ET, Alpaca, IEX; dividends and spin-offs left out"
PRICED = replace(
    NVIDIA,
    prices=(
        f"Price +12.3% since the trade (close of 2026-04-12, split-adjusted, {BASIS})",
        f"Price -0.4% since the disclosure (close of 2026-06-01, not adjusted for splits, {BASIS})",
    ),
)
LOST = replace(BITCOIN, amended=Amended.ORIGINAL_UNKNOWN)

EACH_KIND = {
    "alert": mail(news(Kind.ALERT, report(NVIDIA, context=(EARLIER,)))),
    "alert_of_several": mail(
        news(
            Kind.ALERT,
            report(NVIDIA, MICROSOFT, APPLE_OPTION, TREASURY, BITCOIN, doubts=(DOUBT,), context=(EARLIER,)),
            reasons=(FOLLOWED, LARGE),
        )
    ),
    "alert_of_many": mail(news(Kind.ALERT, many(40))),
    "alert_after_unreadable": mail(news(Kind.ALERT, report(MICROSOFT, LOST, follow_up=True))),
    "alert_with_corrections": mail(
        news(Kind.ALERT, report(MICROSOFT, corrected=(RESTATED,), withdrawn=(TREASURY,)))
    ),
    "alert_with_prices": mail(news(Kind.ALERT, report(PRICED, MICROSOFT))),
    "rows_in_doubt": mail(news(Kind.ALERT, report(doubts=(DOUBT, replace(DOUBT, row=7))))),
    "unreadable": mail(news(Kind.UNREADABLE, report(posted=None, unreadable=Unreadable.SCAN))),
    "unreadable_of_another": mail(news(Kind.WITHDRAWAL, report(posted=None, not_theirs=True))),
    "correction": mail(news(Kind.CORRECTION, report(corrected=(RESTATED,)))),
    "withdrawal": mail(news(Kind.WITHDRAWAL, report(withdrawn=(NVIDIA,)))),
    "daily_digest": mail(
        news(
            Kind.DAILY,
            report(NVIDIA, MICROSOFT, context=(EARLIER,)),
            report(TREASURY, member=OKORO),
            report(BITCOIN, member=LINDQVIST, unreadable=None),
            report(member=OKORO, unreadable=Unreadable.FAILED),
            reasons=(FOLLOWED, LARGE),
            day=date(2026, 6, 2),
        )
    ),
    "weekly_digest": mail(
        news(Kind.WEEKLY, many(14), many(20, OKORO), report(BITCOIN, member=LINDQVIST), day=date(2026, 6, 7))
    ),
    "storm_digest": mail(news(Kind.STORM, many(3), report(NVIDIA, member=OKORO))),
    "confirm": mail(
        Confirmation(
            url=f"{BASE}/confirm?t=k1.c3Vic2NyaWJlci0x.confirm",
            criteria=("Theodora Ann Marsh; every trade; at once", "NVDA; at least $50,001; daily digest"),
            valid_for=timedelta(hours=48),
        )
    ),
    "operator_alert": mail(
        Incident(
            component="congressional_sync",
            verdict="late",
            since=SEEN - timedelta(hours=3),
            summary="No run has succeeded since 7:05 AM; two ticks were missed.",
            facts=(
                ("Last success", "congressional_sync-20260602T110000Z"),
                ("Last error", "House index 2026: 403; asked nothing more of it in this run"),
                ("Documents waiting", "12"),
            ),
            next_step="Open the House's site from the same region; if it answers, run congressional_sync once.",
            url=f"{BASE}/status",
        )
    ),
}
