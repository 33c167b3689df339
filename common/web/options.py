"""What the forms offer besides members, parties and states, which the database knows."""

from collections.abc import Iterable

ZONES = {
    "United States": {
        "America/New_York": "Eastern (New York)",
        "America/Chicago": "Central (Chicago)",
        "America/Denver": "Mountain (Denver)",
        "America/Phoenix": "Mountain, no DST (Phoenix)",
        "America/Los_Angeles": "Pacific (Los Angeles)",
        "America/Anchorage": "Alaska (Anchorage)",
        "Pacific/Honolulu": "Hawaii (Honolulu)",
        "America/Puerto_Rico": "Atlantic (San Juan)",
    },
    "Elsewhere": {
        "UTC": "UTC",
        "America/Halifax": "Halifax",
        "America/Toronto": "Toronto",
        "America/Vancouver": "Vancouver",
        "America/Mexico_City": "Mexico City",
        "America/Bogota": "Bogotá",
        "America/Sao_Paulo": "São Paulo",
        "America/Argentina/Buenos_Aires": "Buenos Aires",
        "Europe/London": "London",
        "Europe/Lisbon": "Lisbon",
        "Europe/Berlin": "Berlin, Paris, Rome",
        "Europe/Athens": "Athens",
        "Europe/Kyiv": "Kyiv",
        "Europe/Istanbul": "Istanbul",
        "Africa/Lagos": "Lagos",
        "Africa/Johannesburg": "Johannesburg",
        "Asia/Jerusalem": "Jerusalem",
        "Asia/Dubai": "Dubai",
        "Asia/Kolkata": "Delhi, Mumbai",
        "Asia/Singapore": "Singapore",
        "Asia/Hong_Kong": "Hong Kong",
        "Asia/Seoul": "Seoul",
        "Asia/Tokyo": "Tokyo",
        "Australia/Perth": "Perth",
        "Australia/Sydney": "Sydney, Melbourne",
        "Pacific/Auckland": "Auckland",
    },
}
"""Group -> zone of the tz database -> what people call it. A subscriber's own zone is offered as well."""
DEFAULT_ZONE = "America/New_York"

FREQUENCIES = {
    "immediate": "At once, one mail per filing",
    "daily": "Once a day, at 8 in the morning",
    "weekly": "Once a week, Monday at 8 in the morning",
}
CHAMBERS = {"house": "House", "senate": "Senate"}
SIDES = {"buy": "Purchases", "sell": "Sales", "exchange": "Exchanges"}
OWNERS = {"self": "The member", "spouse": "The spouse", "joint": "Held jointly", "child": "A dependent child"}
AMOUNT_MODES = {"at_least": "At least", "possibly": "Possibly"}
ASSET_TYPES = {
    "ST": "Stock",
    "OP": "Option",
    "EF": "Exchange-traded fund",
    "MF": "Mutual fund",
    "CS": "Corporate bond or note",
    "GS": "Government security",
    "CT": "Cryptocurrency",
    "RE": "Real estate investment trust",
    "PS": "Stock, not publicly traded",
    "HN": "Hedge or private equity fund",
    "OT": "Other",
}
"""The House's codes that people ask for; the form keeps whatever else a rule has."""


def as_pairs(words: Iterable[str]) -> list[tuple[str, str]]:
    """Return WORDS as a choice whose values are what it shows."""
    return [(word, word) for word in words]


def zone_is_listed(zone: str) -> bool:
    """Whether ZONE is among those that the form offers by itself."""
    return any(zone in group for group in ZONES.values())
