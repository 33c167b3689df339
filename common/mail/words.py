"""How values read: amounts, dates, sides, asset types, and foreign text made safe to show."""

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from math import inf
from zoneinfo import ZoneInfo

from common.mail.model import Amount, Owner, Side

LONGEST_TEXT = 160  # characters of an asset's name or a reason; the source page has the rest
LONGEST_TYPE = 60
ELLIPSIS = "…"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

HOUSE_SIDES = {"P": Side.BOUGHT, "S": Side.SOLD, "S (partial)": Side.SOLD_PART, "E": Side.EXCHANGED}
HOUSE_OWNERS = {"": Owner.SELF, "SP": Owner.SPOUSE, "JT": Owner.JOINT, "DC": Owner.CHILD}

# The upper bounds of the form's categories; above the last there is one without a bound (5 U.S.C. 13104(d)).
STEPS = (1_000, 15_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 5_000_000, 25_000_000, 50_000_000)

# The codes of https://fd.house.gov/reference/asset-type-codes.aspx, one asset of each in words.
ASSET_TYPES = {
    "4K": "401(k) or other non-federal retirement account",
    "5C": "529 college savings plan",
    "5F": "529 portfolio",
    "5P": "529 prepaid tuition plan",
    "AB": "asset-backed security",
    "BA": "bank account, money market account or CD",
    "BK": "brokerage account",
    "CO": "collectible",
    "CS": "corporate bond or note",
    "CT": "cryptocurrency",
    "DB": "defined benefit pension",
    "DO": "debt owed to the filer",
    "DS": "Delaware statutory trust",
    "EF": "exchange-traded fund",
    "EQ": "excepted or qualified blind trust",
    "ET": "exchange-traded note",
    "FA": "farm",
    "FE": "foreign currency position",
    "FN": "fixed annuity",
    "FU": "futures",
    "GS": "government security or agency debt",
    "HE": "hedge or private equity fund (EIF)",
    "HN": "hedge or private equity fund (not EIF)",
    "IC": "investment club",
    "IH": "IRA held in cash",
    "IP": "intellectual property or royalties",
    "IR": "IRA",
    "MA": "managed account",
    "MF": "mutual fund",
    "MO": "mineral, oil or solar energy rights",
    "OI": "ownership interest (holding investments)",
    "OL": "ownership interest (in a trade or business)",
    "OP": "option",
    "OT": "other",
    "PE": "pension",
    "PM": "precious metal",
    "PS": "stock, not publicly traded",
    "RE": "real estate investment trust",
    "RF": "real estate investment trust (EIF)",
    "RN": "real estate investment trust (not EIF)",
    "RP": "real property",
    "RS": "restricted stock units",
    "SA": "stock appreciation right",
    "ST": "stock",
    "TR": "trust",
    "VA": "variable annuity",
    "VI": "variable insurance",
    "WU": "whole or universal life insurance",
}

_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")
_BREAKS = {"Cc", "Zl", "Zp"}  # controls and line separators
_UNSEEN = {"Cf", "Cn", "Co", "Cs"}  # bidi and zero-width marks, and what no font has


def plain(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return TEXT on one line, without characters that hide or turn others round, at most LONGEST characters."""
    seen = "".join(_seen(character) for character in unicodedata.normalize("NFC", text))
    return shortened(" ".join(seen.split()), longest)


def _seen(character: str) -> str:
    category = unicodedata.category(character)
    if category in _BREAKS:
        return " "
    return "" if category in _UNSEEN else character


def shortened(text: str, longest: int) -> str:
    """Return TEXT, or its beginning and an ellipsis, at most LONGEST characters together."""
    return text if len(text) <= longest else text[: longest - 1].rstrip().rstrip(",;") + ELLIPSIS


def without_addresses(text: str) -> str:
    """Return TEXT with each e-mail address struck out: providers repeat them in their errors."""
    return _ADDRESS.sub("***", text)


def amount(value: Amount, dash: str = "-") -> str:
    """Return the range as the form says it: `$1,001-$15,000`, `Over $50,000,000`, `$350.78`."""
    if value.exact is not None:
        return f"${value.exact:,.2f}".removesuffix(".00")
    if value.low is None:
        return "amount not given" if value.high is None else f"up to ${value.high:,}"
    if value.high is None:
        return f"Over ${value.low - 1:,}"
    return f"${value.low:,}{dash}${value.high:,}"


def steps(value: Amount) -> tuple[str, ...]:
    """Say of each category of the form, the lowest first, whether the amount is above it, may lie `in` it, or is below."""
    if value == Amount(None, None):
        return ("below",) * (len(STEPS) + 1)
    least = value.low or 0 if value.exact is None else value.exact
    most = value.high if value.exact is None else value.exact
    return tuple(_step(least, most, lower, upper) for lower, upper in pairwise((0, *STEPS, inf)))


def _step(least: Decimal | int, most: Decimal | int | None, lower: float, upper: float) -> str:
    if least > upper:
        return "above"
    return "in" if most is None or most > lower else "below"


def day(value: date | None) -> str:
    """Return `May 12, 2026`, in every locale."""
    return f"{MONTHS[value.month - 1]} {value.day}, {value.year}" if value else "not given"


def weekday(value: date) -> str:
    """Return `Tuesday, May 12, 2026`."""
    return f"{DAYS[value.weekday()]}, {day(value)}"


def moment(value: datetime, zone: str) -> str:
    """Return `May 12, 2026, 10:02 AM EDT`: an aware time as clocks in ZONE show it."""
    local = value.astimezone(ZoneInfo(zone))
    half = "AM" if local.hour < 12 else "PM"  # noqa: PLR2004 - noon
    return f"{day(local)}, {local.hour % 12 or 12}:{local.minute:02} {half} {local.tzname()}"


def lateness(days_late: int | None) -> str:
    """Return how late a trade was disclosed; never a legal verdict (product, promise 9)."""
    if days_late is None:
        return "lateness not established"
    return f"filed {count(days_late, 'day')} late" if days_late else "not late"


def asset_type(code: str | None) -> str:
    """Return what an asset is, in words; the text itself where it is no code of the House's."""
    return capitalized(ASSET_TYPES.get(code, plain(code, LONGEST_TYPE))) if code else ""


def capitalized(text: str) -> str:
    """Return TEXT with its first letter as a capital, and the others as they are."""
    return text[:1].upper() + text[1:]


def count(number: int, noun: str) -> str:
    """Return `1 trade` or `3 trades`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(texts: list[str], most: int = 3) -> str:
    """Return `a, b and c`; of more than MOST the first ones and how many follow."""
    shown = texts if len(texts) <= most else [*texts[:most], f"{len(texts) - most} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
