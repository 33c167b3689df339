"""What readers believe after all their mails, held against what was filed and what they asked for.

Which rule matches which row is decided here once more, in plain Python, from what happened and not from the rules' tables.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import Row, select

from common.alerts.explain import explain
from common.alerts.sending.ledger import TOLD, UNSENT, Status
from common.db.alert_tables import messages, notices, told
from common.db.tables import filings, trades, versions
from common.disclosures.amendments.chains import IS_SURE, TELLS
from common.mail import model
from common.mail.model import Amended, News, Report
from common.mail.words import HOUSE_OWNERS
from tests.support.alerts import GREEN, GREENE
from tests.support.chronicle import Asked, Chronicle

NAMES = {"Marjorie Greene": GREENE, "Mark Green": GREEN}
TAKEN = {Status.ACCEPTED, Status.DELIVERED}


class Fact(NamedTuple):
    """A trade as somebody believes it; nobody knows whose = no member."""

    member: str | None
    ticker: str | None
    owner: str
    low: int | None

    def is_of(self, stored: Row[Any]) -> bool:
        """Whether a stored row says so."""
        said = Fact(self.member, stored.ticker, HOUSE_OWNERS[stored.owner], stored.amount_min)
        return self == said and self.member in {None, stored.bioguide}


@dataclass(frozen=True)
class Books:
    """What is stored in the end."""

    chronicle: Chronicle

    def _all(self, wanted: Any) -> Sequence[Row[Any]]:
        with self.chronicle.engine.connect() as connection:
            return connection.execute(wanted).all()

    @cached_property
    def versions(self) -> Sequence[Row[Any]]:
        is_current = (filings.c.version == versions.c.version).label("is_current")
        return self._all(select(versions, filings.c.doc_id, is_current).join(filings))

    @cached_property
    def rows(self) -> Mapping[int, Row[Any]]:
        """Every row of every version, by trade id."""
        v = versions.c
        said = (trades, v.filing_id, v.version, v.bioguide, v.stored_at, filings.c.doc_id)
        is_current = (filings.c.version == v.version).label("is_current")
        asked = select(*said, IS_SURE.label("is_sure"), TELLS.label("tells"), is_current)
        return {row.id: row for row in self._all(asked.select_from(trades.join(versions).join(filings)))}

    @cached_property
    def standing(self) -> Sequence[Row[Any]]:
        return [row for row in self.rows.values() if row.is_current and row.tells]

    @cached_property
    def messages(self) -> Sequence[Row[Any]]:
        return self._all(select(messages).order_by(messages.c.sending_at, messages.c.id))

    def told(self, message_id: int) -> Mapping[tuple[str, int], Row[Any]]:
        """Return the rows that a message spoke of, by document and number there."""
        spoken = (told.c.message_id == message_id, told.c.said.in_(("new", "corrected", "doubt")))
        found = [self.rows[row.trade_id] for row in self._all(select(told).where(*spoken))]
        return {(row.doc_id, row.row): row for row in found}


def wants(asked: Asked, version: Row[Any], row: Row[Any] | None = None) -> bool:
    """Whether a rule as it was asked for matches a version as a whole, or a row of it."""
    asks = asked.asks
    if not asked.since <= version.stored_at < asked.until:
        return False
    if "members" in asks and version.bioguide not in asks["members"]:
        return False
    if asks.keys() <= {"members", "chamber"}:
        return True
    return row is not None and bool(row.is_sure) and _row_fits(asks, row)


def _row_fits(asks: Mapping[str, Any], row: Row[Any]) -> bool:
    wrong = (
        "tickers" in asks and row.ticker not in asks["tickers"],
        "owner" in asks and row.owner != "SP",
        "amount" in asks and row.amount_min < asks["amount"],
    )
    return not any(wrong)


@dataclass
class Reader:
    """Somebody who reads every mail that left for them, and believes it."""

    who: int
    books: Books
    believed: Counter[Fact] = field(default_factory=Counter)
    said_by: dict[Fact, set[str]] = field(default_factory=lambda: defaultdict(set))
    asked_by: dict[Fact, set[int]] = field(default_factory=lambda: defaultdict(set))
    unread: set[tuple[str, str | None]] = field(default_factory=set)
    """Reports of which they have read nothing for certain, and whose they take them for."""
    read_of: set[str] = field(default_factory=set)
    """Reports of which they have."""
    doubted: set[tuple[str, int]] = field(default_factory=set)

    @property
    def asked(self) -> Sequence[Asked]:
        return [asked for asked in self.books.chronicle.asked if asked.who == self.who]

    @property
    def going_on(self) -> Sequence[Asked]:
        return [asked for asked in self.asked if asked.rule not in self.books.chronicle.stopped]

    def read_all(self) -> None:
        for message in self.books.messages:
            if message.subscriber_id == self.who and message.status in TOLD:
                mail = self.books.chronicle.written[f"{message.id}.{message.attempt}"]
                self.read(mail, self.books.told(message.id))

    def read(self, mail: News, spoken: Mapping[tuple[str, int], Row[Any]]) -> None:
        for report in mail.reports:
            member = NAMES.get(report.member.name)
            for row in report.new:
                self._read_new(report, member, row, spoken[report.doc_id, row.row])
            for change in report.corrected:
                before = self._forget(member, change.before)
                self._believe(report, member, change.after, spoken[report.doc_id, change.after.row], before)
            for row in report.withdrawn:
                self._forget(member, row)
            self.doubted |= {(report.doc_id, doubt.row) for doubt in report.doubts}
            self._read_head(report, member)

    def _read_head(self, report: Report, member: str | None) -> None:
        this = (report.doc_id, member)
        if report.not_theirs:
            assert this in self.unread, f"{this} was never told"
            self.unread.remove(this)
        elif report.unreadable:
            assert this not in self.unread, f"{this} is told as unreadable again"
            self.unread.add(this)
        elif report.new or report.corrected or report.withdrawn:
            self.unread -= {this, (report.doc_id, None)}
            self.read_of.add(report.doc_id)
        else:
            self.unread.add(this)

    def _read_new(self, report: Report, member: str | None, row: model.Row, stored: Row[Any]) -> None:
        known = [fact for fact in (_fact(member, row), _fact(None, row)) if self.believed[fact] > 0]
        again = [fact for fact in known if report.doc_id in self.said_by[fact]]
        may_be_known = report.follow_up or row.amended is not Amended.NO
        assert may_be_known or not again, f"{again} is told as new again"
        assert any(wants(asked, stored, stored) for asked in self.asked), f"nobody asked for {row}"
        self._believe(report, member, row, stored)

    def _believe(
        self, report: Report, member: str | None, row: model.Row, stored: Row[Any], before: Fact | None = None
    ) -> None:
        fact = _fact(member, row)
        self.believed[fact] += 1
        self.said_by[fact].add(report.doc_id)
        self.asked_by[fact] |= {asked.rule for asked in self.asked if wants(asked, stored, stored)}
        self.asked_by[fact] |= self.asked_by[before] if before else set()

    def _forget(self, member: str | None, row: model.Row) -> Fact:
        """Believe no longer what was told of ROW, first of that member."""
        said = _fact(member, row)
        told = sorted(
            (fact for fact in +self.believed if fact[1:] == said[1:]), key=lambda fact: fact != said
        )
        assert told, f"{said} is taken back and was not told"
        self.believed[told[0]] -= 1
        return told[0]

    # ---- in the end

    def misses_nothing(self) -> None:
        for row in self.books.standing:
            if any(wants(asked, row, row) for asked in self.going_on):
                is_told = any(fact.is_of(row) for fact in +self.believed)
                in_doubt = (row.doc_id, row.row) in self.doubted or any(
                    fact.ticker == row.ticker for fact in +self.believed
                )
                assert is_told if row.is_sure else in_doubt, f"{row.doc_id}/{row.row} was never told"

        for version in self.books.versions:
            if version.is_current and not version.readable and self._asks_for(version):
                is_told = not self.unread.isdisjoint(
                    {(version.doc_id, version.bioguide), (version.doc_id, None)}
                )
                assert is_told or version.doc_id in self.read_of, f"{version.doc_id} was never told"

    def _asks_for(self, version: Row[Any]) -> bool:
        return any(wants(asked, version) for asked in self.going_on)

    def believes_nothing_else(self) -> None:
        """Look for what does not stand, though a rule that asked for it goes on; what cannot be read now may stand."""
        in_doubt = {row.doc_id for row in self.books.standing if not row.is_sure}
        current = {version.doc_id: version.bioguide for version in self.books.versions if version.is_current}
        for doc_id, member in self.unread:
            then = [one for one in self.books.versions if (one.doc_id, one.bioguide) == (doc_id, member)]
            is_right = member in {None, current[doc_id]}
            assert is_right or not any(map(self._asks_for, then)), f"{doc_id} is not {member}'s"
        in_doubt |= {one.doc_id for one in self.books.versions if one.is_current and not one.readable}
        rules = {asked.rule for asked in self.going_on}
        for fact in +self.believed:
            stands = in_doubt & self.said_by[fact] or any(fact.is_of(row) for row in self.books.standing)
            assert stands or rules.isdisjoint(self.asked_by[fact]), f"{fact} does not stand, and is believed"

    def is_told_why(self) -> None:
        """Hold what `explain` says of each version against what was sent, and what was asked for."""
        with self.books.chronicle.engine.connect() as connection:
            said = {
                (one.filing.filing_id, one.filing.version): one.verdict
                for doc_id in {version.doc_id for version in self.books.versions}
                for one in explain(connection, self.who, doc_id)
            }
        for version in self.books.versions:
            self._check_verdict(version, said[version.filing_id, version.version])

    def _check_verdict(self, version: Row[Any], verdict: str) -> None:
        matched = [asked for asked in self.asked if self._matches(asked, version)]
        why = f"{version.doc_id} version {version.version}: {verdict}"
        for told_of, status in self._mails_of(version):
            assert status not in TOLD or told_of, f"{why}, and it says nothing of it"
        assert "no rule matched" not in verdict or not matched, why
        if "every rule that matched was stopped" in verdict:
            assert not [asked for asked in matched if asked in self.going_on], why
        assert "waits" not in verdict, why

    def _matches(self, asked: Asked, version: Row[Any]) -> bool:
        if not version.readable:
            return wants(asked, version)
        own = (row for row in self.books.rows.values() if row.version_id == version.id and row.tells)
        return any(wants(asked, version, row) for row in own)

    def _mails_of(self, version: Row[Any]) -> Iterator[tuple[bool, str]]:
        """Yield, for each mail with a notice of VERSION, whether it speaks of the filing, and its status."""
        by_id = {message.id: message for message in self.books.messages}
        for notice in self.books.chronicle.watch.rows(notices):
            mine = (self.who, version.filing_id, version.version)
            if (notice.subscriber_id, notice.filing_id, notice.version) == mine:
                message = by_id[notice.message_id]
                mail = self.books.chronicle.written.get(f"{message.id}.{message.attempt}")
                reports = mail.reports if mail else ()
                yield any(report.doc_id == version.doc_id for report in reports), message.status


def _fact(member: str | None, row: model.Row) -> Fact:
    return Fact(member, row.ticker, row.owner, row.amount.low)


def each_left_once(books: Books) -> None:
    """Nothing waits for ever, the provider took no mail twice, and the ledger knows which it took."""
    taken = Counter(delivery.partition(".")[0] for delivery in books.chronicle.taken)
    assert not [delivery for delivery, times in taken.items() if times > 1]
    for message in books.messages:
        assert message.status not in UNSENT | {Status.SENDING}, f"{message.key} waits for ever"
        assert (str(message.id) in taken) == (message.status in TAKEN), f"{message.key} is {message.status}"
    assert all(notice.message_id for notice in books.chronicle.watch.rows(notices))


def check(chronicle: Chronicle) -> None:
    """Hold what everybody believes against what they should."""
    books = Books(chronicle)
    each_left_once(books)
    for who in chronicle.people:
        reader = Reader(who, books)
        reader.read_all()
        reader.is_told_why()
        if who not in chronicle.silenced:
            reader.misses_nothing()
            reader.believes_nothing_else()
