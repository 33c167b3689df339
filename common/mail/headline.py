"""The fact first: a mail's subject line and its heading."""

from common.mail.model import Confirmation, Incident, Kind, Mail, Member, News, Report, Row
from common.mail.words import amount, count, plain, shortened

LONGEST_SUBJECT = 60  # characters; product, section 4
LONGEST_SURNAME = 30
LONGEST_TICKER = 12
SHORTEST_ASSET = 12  # characters; before an asset's name is cut below that, something else goes
EN_DASH = "\N{EN DASH}"
OPTIONS = ("OP", "Stock Option")  # the House's code, the Senate's word
DIGESTS = {Kind.DAILY: "Daily digest", Kind.WEEKLY: "Weekly digest", Kind.STORM: "Busy hour"}
PREFIXES = {Kind.CORRECTION: "Correction: ", Kind.WITHDRAWAL: "Withdrawn: "}


def subject(mail: Mail) -> str:
    """Return MAIL's fact in at most 60 characters on one line."""
    news, row = mail.content, _only_row(mail.content)
    text = _short_trade(news, row) if row and isinstance(news, News) else _fact(news)
    if len(text) > LONGEST_SUBJECT and isinstance(news, News) and news.kind in DIGESTS:
        text = f"{DIGESTS[news.kind]}: {_contents(news)}"
    return shortened(" ".join(text.split()), LONGEST_SUBJECT)


def heading(mail: Mail) -> str:
    """Return MAIL's fact at its full length."""
    return _fact(mail.content)


def rows_of(report: Report) -> list[Row]:
    """Return the rows of REPORT in the order in which they are told, corrected ones as they are now."""
    return [*report.new, *(correction.after for correction in report.corrected), *report.withdrawn]


def who(member: Member) -> str:
    """Return `Greene (R-GA)`."""
    party = f"{member.party[0]}-" if member.party else ""
    return f"{surname(member)} ({party}{member.state})"


def surname(member: Member) -> str:
    """Return MEMBER's last name, safe to show."""
    return plain(member.last, LONGEST_SURNAME)


def security(row: Row) -> str:
    """Return `NVDA`, `NVDA options`, or the asset's name where it has no ticker."""
    if not row.ticker:
        return plain(row.asset)
    ticker = plain(row.ticker, LONGEST_TICKER)
    return f"{ticker} options" if row.asset_type in OPTIONS else ticker


def _only_row(content: News | Confirmation | Incident) -> Row | None:
    if not isinstance(content, News) or content.kind in DIGESTS:
        return None
    rows = rows_of(content.reports[0])
    return rows[0] if len(rows) == 1 else None


def _short_trade(news: News, row: Row) -> str:
    member = news.reports[0].member
    prefix, asset, dollars = PREFIXES.get(news.kind, ""), security(row), amount(row.amount)
    for name in (who(member), surname(member)):
        room = LONGEST_SUBJECT - len(f"{prefix}{name} {row.side} , {dollars}")
        if room >= min(len(asset), SHORTEST_ASSET):
            return f"{prefix}{name} {row.side} {shortened(asset, room)}, {dollars}"
    return f"{prefix}{surname(member)} {row.side} {asset}"


def _fact(content: News | Confirmation | Incident) -> str:
    if isinstance(content, Confirmation):
        return "Confirm your CapitolScope alerts"
    if isinstance(content, Incident):
        return f"CapitolScope: {plain(content.component)} is {plain(content.verdict)}"
    return _digest(content) if content.kind in DIGESTS else _filing(content)


def _digest(news: News) -> str:
    members = count(len({(r.member.name, r.member.seat) for r in news.reports}), "member")
    return f"{DIGESTS[news.kind]}: {_contents(news)}, {members}"


def _contents(news: News) -> str:
    """Return `12 trades, 2 corrections`: what was told before is no further trade."""
    numbers = {
        "trade": sum(len(report.new) for report in news.reports),
        "correction": sum(len(report.corrected) for report in news.reports),
        "withdrawal": sum(len(report.withdrawn) for report in news.reports),
    }
    told = [count(number, what) for what, number in numbers.items() if number]
    return ", ".join(told) or count(len(news.reports), "report")


def _filing(news: News) -> str:
    report = news.reports[0]
    rows, prefix = rows_of(report), PREFIXES.get(news.kind, "")
    if len(rows) == 1:
        dollars = amount(rows[0].amount, EN_DASH)
        return f"{prefix}{who(report.member)} {rows[0].side} {security(rows[0])}, {dollars}"
    if rows:
        return f"{prefix}{surname(report.member)}{',' if prefix else ':'} {len(rows)} trades in one filing"
    if report.not_theirs:
        return f"{prefix}the report we could not read is not {surname(report.member)}'s"
    if report.unreadable:
        return f"{who(report.member)} filed a report we could not read"
    return f"{who(report.member)}: {rows_in_doubt(report)}"


def rows_in_doubt(report: Report) -> str:
    """Return `2 rows need a look`."""
    number = len(report.doubts)
    return f"{count(number, 'row')} {'needs' if number == 1 else 'need'} a look"
