"""Every report that the Senate received in a year, each once, from a search that loses some between its pages.

The site does not order ties, so that one page repeats a row of another and some row is on none: of 551 reports that a
public client listed 25 at a time, 6 % came twice and as many never. So no page is ever turned where narrower dates would
do, and what is served must be as much as is counted.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from common.disclosures.senate.search import PAGE_LENGTH, SearchAnswer, SearchRow, parse_search, search_form
from common.errors import SourceChanged, SourceUnavailable

ORDERS = (("received", True), ("received", False), ("last", False), ("first", True))
"""Column, and whether descending: what one order hides, another may show."""
MOST_QUESTIONS = 60  # of one year; a calm search of 300 reports takes 5
DAY = timedelta(days=1)

Ask = Callable[[Mapping[str, str]], bytes]
"""Takes the fields of a search, and returns its answer."""


@dataclass(frozen=True, slots=True)
class Window:
    """Days on which reports were received, both ends included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many they are."""
        return (self.last - self.first).days + 1

    def divided(self, parts: int) -> Iterator["Window"]:
        """Yield as many windows, of a day or more, that together are this one."""
        starts = [self.first + timedelta(days=self.days * part // parts) for part in range(parts)]
        for first, after in pairwise([*starts, self.last + DAY]):
            yield Window(first, after - DAY)

    def __str__(self) -> str:
        return f"{self.first}..{self.last}"


@dataclass(slots=True)
class YearListing:
    """The reports received in YEAR, and the answers that listed them."""

    ask: Ask
    year: int
    answers: list[bytes] = field(default_factory=list)

    def rows(self) -> tuple[SearchRow, ...]:
        """Return every report once, sorted by uuid.

        Raises what asking raises; SourceChanged for an answer of another layout; SourceUnavailable when the search goes on
        serving fewer reports than it counts, however it is asked.
        """
        found = self._within(Window(date(self.year, 1, 1), date(self.year, 12, 31)))
        return tuple(found[uuid] for uuid in sorted(found))

    def _within(self, window: Window) -> dict[str, SearchRow]:
        """Return the reports of WINDOW by uuid, of narrower ones where they do not fit or where the search loses some."""
        found: dict[str, SearchRow] = {}
        total = 0
        for column, descending in ORDERS:
            total, served = self._served(window, column, descending=descending)
            found |= served
            if len(found) == total:
                return found
            if total > PAGE_LENGTH and window.days > 1:
                break
        if window.days == 1:
            raise self._contradiction(window, len(found), total)
        return self._divided(window, total)

    def _divided(self, window: Window, total: int) -> dict[str, SearchRow]:
        found: dict[str, SearchRow] = {}
        for part in window.divided(min(window.days, max(2, total // PAGE_LENGTH + 1))):
            found |= self._within(part)
        if len(found) < total:  # unless some were withdrawn meanwhile
            total = self._page(window, *ORDERS[0]).total
        if len(found) < total:
            raise self._contradiction(window, len(found), total)
        return found

    def _served(self, window: Window, column: str, *, descending: bool) -> tuple[int, dict[str, SearchRow]]:
        """Return how many reports WINDOW has, and those of the first page; of a single day, those of all pages."""
        answer = self._page(window, column, descending)
        rows = list(answer.rows)
        for start in range(PAGE_LENGTH, answer.total if window.days == 1 else 0, PAGE_LENGTH):
            rows += self._page(window, column, descending, start).rows
        return answer.total, {row.uuid: row for row in rows}

    def _page(self, window: Window, column: str, descending: bool, start: int = 0) -> SearchAnswer:  # noqa: FBT001  # one of ORDERS
        if len(self.answers) == MOST_QUESTIONS:
            raise SourceUnavailable(
                f"Senate search {self.year}: still serves fewer reports than it counts after {MOST_QUESTIONS} questions; "
                "nothing of it was used, the next sync asks again"
            )
        answer = self.ask(
            search_form(window.first, window.last, start=start, column=column, descending=descending)
        )
        self.answers.append(answer)
        parsed = parse_search(answer)
        for row in parsed.rows:
            # It prints some days one off, as UTC has them in Washington's evening; what it files a report under may differ too.
            if not window.first - DAY <= row.received <= window.last + DAY:
                raise SourceChanged(
                    f"Senate search {self.year}: asked for {window}, it lists {row.uuid} of {row.received}; nothing of it was used"
                )
        return parsed

    def _contradiction(self, window: Window, found: int, total: int) -> SourceUnavailable:
        return SourceUnavailable(
            f"Senate search {self.year}: counts {total} reports of {window} and serves {found}, in every order; "
            "nothing of it was used, the next sync asks again"
        )
