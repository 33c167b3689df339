"""The amounts of the form: ranges, open ranges, and exact amounts.

The ranges are those of 5 U.S.C. 13104(d)(1); `Spouse/DC Over $1,000,000` is the form's own for assets of the family.
"""

import math
import re
from dataclasses import dataclass
from decimal import Decimal

from common.disclosures.forms import OPEN_RANGES, RANGES

BOUNDS = {*RANGES, *RANGES.values()}

# At most 15 digits: a longer one is no amount, and no column could hold it.
_DOLLARS = r"\$\s?(\d{1,3}(?:,\d{3}){1,4}|\d{1,15})"
_RANGE = re.compile(rf"{_DOLLARS}\s*-\s*{_DOLLARS}")
_OVER = re.compile(rf"(?:Spouse/\s*DC\s+)?Over\s+{_DOLLARS}", re.IGNORECASE)
_EXACT = re.compile(r"\$\s?((?:\d{1,3}(?:,\d{3}){1,4}|\d{0,15})\.\d{1,2}|\d{1,3}(?:,\d{3}){1,4}|\d{1,15})")


@dataclass(frozen=True, slots=True)
class Amount:
    """Bounds in whole dollars, the exact amount between them where one is printed, and why not to trust them."""

    least: int | None = None
    most: int | None = None
    exact: Decimal | None = None
    doubts: tuple[str, ...] = ()


def amount_of(text: str) -> Amount:
    """Read an amount as printed, its lines joined by spaces; what is none has no bounds and a doubt."""
    if not text:
        return Amount(doubts=("amount: none is printed",))
    for pattern, read in ((_RANGE, _range), (_OVER, _over), (_EXACT, _exact)):
        match = pattern.fullmatch(text)
        if match:
            return read(text, match)
    return Amount(doubts=(f"amount: {text!r} is no amount",))


def _range(text: str, match: re.Match[str]) -> Amount:
    least, most = _whole(match[1]), _whole(match[2])
    doubts = () if RANGES.get(least) == most else (f"amount: {text!r} is no range of the form",)
    return Amount(least, most, doubts=doubts)


def _over(text: str, match: re.Match[str]) -> Amount:
    bound = _whole(match[1])
    doubts = () if bound in OPEN_RANGES else (f"amount: {text!r} is no range of the form",)
    return Amount(bound + 1, doubts=doubts)


def _exact(text: str, match: re.Match[str]) -> Amount:
    exact = Decimal(match[1].replace(",", ""))
    # The form prints an exact amount with its cents: without them, a bound is what is left of a range.
    is_half = exact in BOUNDS and "." not in text
    doubts = (f"amount: {text!r} may be half of a range",) if is_half else ()
    return Amount(math.floor(exact), math.ceil(exact), exact, doubts)


def _whole(digits: str) -> int:
    return int(digits.replace(",", ""))
