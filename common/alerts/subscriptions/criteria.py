"""What a rule asks for. All criteria that are given must hold (product, section 3)."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from common.errors import InvalidRequest
from common.mail import words
from common.tickers import canonical

OWNERS = {"self": "", "spouse": "SP", "joint": "JT", "child": "DC"}
OWNER_WORDS = {code: word for word, code in OWNERS.items()}
AMOUNT_WORDS = {"at_least": "at least", "possibly": "possibly"}
SHAPES = (
    "members",
    "tickers",
    "chamber",
    "party",
    "state",
    "side",
    "owner",
    "asset_type",
    "at_least",
    "possibly",
    "filed_late",
)
"""Every criterion, in the order in which a shape names those that are set."""
OF_A_FILING = frozenset({"members", "chamber", "party", "state"})
"""Criteria that hold for a filing as a whole, so for one that could not be read, too (product, promise 8)."""


class Frequency(StrEnum):
    """When a subscriber hears of a match."""

    IMMEDIATE = "immediate"
    DAILY = "daily"
    WEEKLY = "weekly"


SPEED = {Frequency.IMMEDIATE: 0, Frequency.DAILY: 1, Frequency.WEEKLY: 2}
"""The lower, the faster; the fastest rule that matches carries the notice."""


def _dollars(value: object) -> object:
    """Read what people type: `$50,001`."""
    return re.sub(r"[$,\s]", "", value) or None if isinstance(value, str) else value


def _unless_empty(value: object) -> object:
    """Take an empty field of a form as one that is not set."""
    return value or None if isinstance(value, str) else value


def _tickers(value: Any) -> Any:
    collected = isinstance(value, (list, tuple, set, frozenset))
    return frozenset(canonical(str(ticker)) for ticker in value) if collected else value


def _owner(value: object) -> object:
    return OWNERS.get(value, value) if isinstance(value, str) and value else None


def _capitals(value: object) -> object:
    return value.strip().upper() or None if isinstance(value, str) else value


Bioguide = Annotated[str, Field(pattern=r"^[A-Z]\d{6}$")]
Word = Annotated[str, Field(max_length=60)]
State = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Dollars = Annotated[int, Field(gt=0, lt=10**15)]


class Criteria(BaseModel):
    """What a rule asks for; None or empty = any. `owner` holds the form's code, '' = the member."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    members: frozenset[Bioguide] = Field(default=frozenset(), max_length=600)
    tickers: Annotated[frozenset[str], BeforeValidator(_tickers)] = Field(default=frozenset(), max_length=500)
    chamber: Annotated[Literal["house", "senate"] | None, BeforeValidator(_unless_empty)] = None
    party: Annotated[Word | None, BeforeValidator(_unless_empty)] = None
    state: Annotated[State | None, BeforeValidator(_capitals)] = None
    side: Annotated[Literal["buy", "sell", "exchange"] | None, BeforeValidator(_unless_empty)] = None
    owner: Annotated[Literal["", "SP", "JT", "DC"] | None, BeforeValidator(_owner)] = None
    asset_type: Annotated[Word | None, BeforeValidator(_unless_empty)] = None
    amount_mode: Annotated[Literal["at_least", "possibly"] | None, BeforeValidator(_unless_empty)] = None
    amount: Annotated[Dollars | None, BeforeValidator(_dollars)] = None
    filed_late: bool = False

    @model_validator(mode="after")
    def _fit_together(self) -> "Criteria":
        if (self.amount is None) != (self.amount_mode is None):
            raise InvalidRequest("amount", "give both the dollars and whether `at_least` or `possibly`")
        if not self.shape:
            raise InvalidRequest("criteria", "choose at least one; `chamber` alone asks for everything in it")
        return self

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The criteria that are set, as SHAPES names them."""
        return tuple(name for name in SHAPES if self._is_set(name))

    @property
    def shape(self) -> str:
        """The set of criteria; rules of one shape are matched by one statement."""
        return "+".join(self.names)

    @property
    def is_wide(self) -> bool:
        """Whether filings that could not be read match as well."""
        return OF_A_FILING.issuperset(self.names)

    def _is_set(self, name: str) -> bool:
        if name in AMOUNT_WORDS:
            return self.amount_mode == name
        value = getattr(self, name)
        return value is not None and value is not False and value != frozenset()


def parse_criteria(form: Mapping[str, Any]) -> Criteria:
    """Read FORM. Raises InvalidRequest naming the first field that is wrong, and how."""
    try:
        return Criteria.model_validate(form)
    except ValidationError as error:
        fault = error.errors()[0]
        raise InvalidRequest(str(fault["loc"][0]), fault["msg"].lower()) from error


def parse_frequency(text: str) -> Frequency:
    """Read a frequency. Raises InvalidRequest("frequency")."""
    try:
        return Frequency(text)
    except ValueError as error:
        raise InvalidRequest("frequency", f"choose {', '.join(Frequency)}") from error


SIDE_WORDS = {"buy": "purchases", "sell": "sales", "exchange": "exchanges"}
WORDS: Mapping[str, Callable[[Criteria, Mapping[str, str]], str]] = {
    "members": lambda criteria, names: _any_of(sorted(names.get(who, who) for who in criteria.members)),
    "tickers": lambda criteria, _: _any_of(sorted(criteria.tickers)),
    "chamber": lambda criteria, _: str(criteria.chamber).capitalize(),
    "party": lambda criteria, _: str(criteria.party),
    "state": lambda criteria, _: str(criteria.state),
    "side": lambda criteria, _: SIDE_WORDS[str(criteria.side)],
    "owner": lambda criteria, _: f"owner: {OWNER_WORDS[str(criteria.owner)]}",
    "asset_type": lambda criteria, _: words.asset_type(criteria.asset_type),
    "at_least": lambda criteria, _: f"at least ${criteria.amount:,}",
    "possibly": lambda criteria, _: f"possibly ${criteria.amount:,} or more",
    "filed_late": lambda *_: "filed late",
}


def in_words(criteria: Criteria, names: Mapping[str, str]) -> str:
    """Say what CRITERIA ask for; NAMES gives the members' names by bioguide id."""
    return "; ".join(WORDS[name](criteria, names) for name in criteria.names)


def _any_of(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}"
