"""A whole mail in words: what the templates fill in."""

from dataclasses import dataclass
from datetime import timedelta

from common.mail import words
from common.mail.headline import DIGESTS, heading, rows_of, security, subject
from common.mail.model import Confirmation, Incident, Kind, Mail, News, Reason, Report
from common.mail.view import MOST_CONTEXTS, MOST_ROWS, Fact, ReportView, not_theirs, report_view, seat, size

MOST_REASONS = 12
LONGEST_RULE = 80  # characters of the name that a subscriber gave
LONGEST_MATCH = 40  # characters of an asset among those that a rule matched
STORM = "More came in an hour than we send singly, so here it is in one mail."


@dataclass(frozen=True, slots=True)
class ReasonView:
    """Why this mail was sent, and how to stop that."""

    name: str
    criteria: str
    """Empty where it would only say the name again."""
    matched: str
    stop_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What every mail has."""

    subject: str
    heading: str
    lead: str
    preview: str
    """What an inbox shows after the subject."""
    sent: str
    delivery_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsPage(Page):
    """Filings."""

    reports: tuple[ReportView, ...]
    several: bool
    left_out: str
    """What is only on the page that `everything` links to."""
    reasons: tuple[ReasonView, ...]
    more_reasons: str
    everything: str
    manage: str
    unsubscribe: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmPage(Page):
    """The question to a new subscriber."""

    url: str
    criteria: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentPage(Page):
    """A message to the operator."""

    facts: tuple[Fact, ...]
    next_step: str
    url: str


def page_of(mail: Mail, most_rows: int = MOST_ROWS) -> Page:
    """Put MAIL into words, with at most MOST_ROWS of its rows."""
    if isinstance(mail.content, Confirmation):
        return _confirm_page(mail, mail.content)
    if isinstance(mail.content, Incident):
        return _incident_page(mail, mail.content)
    return _news_page(mail, mail.content, most_rows)


def _news_page(mail: Mail, news: News, most_rows: int) -> NewsPage:
    return NewsPage(
        **_common(mail, _lead(news), _preview(news)),
        reports=_shown(news, mail.zone, most_rows),
        several=news.kind in DIGESTS,
        left_out=_left_out(news, most_rows),
        reasons=tuple(_reason(news, reason) for reason in news.reasons[:MOST_REASONS]),
        more_reasons=_more_reasons(news),
        everything=news.links.everything,
        manage=news.links.manage,
        unsubscribe=news.links.unsubscribe,
    )


def _common(mail: Mail, lead: str, preview: str) -> dict[str, str]:
    return {
        "subject": subject(mail),
        "heading": heading(mail),
        "lead": lead,
        "preview": preview,
        "sent": words.moment(mail.made_at, mail.zone),
        "delivery_id": mail.delivery_id,
    }


def _shown(news: News, zone: str, room: int) -> tuple[ReportView, ...]:
    contexts = MOST_CONTEXTS
    shown = []
    for report in news.reports:
        if room > 0:
            shown.append(report_view(report, zone, room=room, contexts=contexts))
            contexts -= len(shown[-1].contexts)
        room -= size(report)
    return tuple(shown)


def _left_out(news: News, most_rows: int) -> str:
    total = sum(size(report) for report in news.reports)
    left = total - most_rows
    return f"{left} of {words.count(total, 'row')} are not in this mail." if left > 0 else ""


def _lead(news: News) -> str:
    if news.kind is Kind.STORM:
        return STORM
    if news.kind is Kind.DAILY and news.day:
        return words.weekday(news.day)
    if news.kind is Kind.WEEKLY and news.day:
        first = news.day - timedelta(days=6)
        return f"{words.day(first)} to {words.day(news.day)}"
    report = news.reports[0]
    return f"{words.plain(report.member.name)} · {seat(report)}"


def _preview(news: News) -> str:
    if news.kind in DIGESTS:
        return words.listed(list(dict.fromkeys(words.plain(r.member.name) for r in news.reports)))
    report = news.reports[0]
    return _preview_of(report)


def _preview_of(report: Report) -> str:
    rows = rows_of(report)
    if len(rows) == 1:
        late = rows[0].days_late
        filed = words.lateness(late) if late else f"filed {words.day(report.filed)}"
        return f"Owner: {rows[0].owner}. Traded {words.day(rows[0].traded)}, {filed}."
    if rows:
        return words.listed(list(dict.fromkeys(security(row) for row in rows)))
    if report.not_theirs:
        return not_theirs(report)
    return report.unreadable or words.plain(report.doubts[0].reason)


def _reason(news: News, reason: Reason) -> ReasonView:
    rows = [row for report in news.reports for row in rows_of(report)]
    names = (words.shortened(security(row), LONGEST_MATCH) for row in rows if reason.key in row.rules)
    matched = list(dict.fromkeys(names))
    told = len(news.reasons) > 1 and len(rows) > 1 and matched
    name, criteria = words.plain(reason.name, LONGEST_RULE), words.plain(reason.criteria)
    return ReasonView(
        name=name,
        criteria=criteria if criteria != name else "",
        matched=f"Matched {words.listed(matched)}." if told else "",
        stop_url=reason.stop_url,
    )


def _more_reasons(news: News) -> str:
    left = len(news.reasons) - MOST_REASONS
    return f"{words.count(left, 'more alert')} of yours matched, too." if left > 0 else ""


def _confirm_page(mail: Mail, question: Confirmation) -> ConfirmPage:
    lead = f"Somebody, probably you, asked us to mail this address. The link works for {_long(question.valid_for)}."
    return ConfirmPage(
        **_common(mail, lead, lead),
        url=question.url,
        criteria=tuple(words.plain(text) for text in question.criteria),
    )


def _long(time: timedelta) -> str:
    if time >= timedelta(days=3):
        return words.count(time // timedelta(days=1), "day")
    return words.count(time // timedelta(hours=1), "hour")


def _incident_page(mail: Mail, incident: Incident) -> IncidentPage:
    since = Fact("Since", words.moment(incident.since, mail.zone))
    facts = (Fact(words.plain(label), words.plain(value)) for label, value in incident.facts)
    return IncidentPage(
        **_common(mail, words.plain(incident.summary), words.plain(incident.summary)),
        facts=(since, *facts),
        next_step=words.plain(incident.next_step),
        url=incident.url,
    )
