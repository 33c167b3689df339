"""The captions under a row (`Filing Status: New`), in both spellings the House's generators leave.

Since 2022 small capitals have no Unicode: a caption is its capitals and the number of letters behind each. Before,
they read as letters of doubtful case.
"""

import re
from typing import NamedTuple

from common.disclosures.house_ptr.words import UNREAD

CAPTIONS = {
    "Filing Status": "filing_status",
    "Subholding Of": "subholding_of",
    "Description": "description",
    "Location": "location",
    "Comments": "comments",
}


class Caption(NamedTuple):
    """A caption's field, and the text behind its colon."""

    name: str
    text: str


def _unread(words: str) -> str:
    return " ".join(word[0] + UNREAD * (len(word) - 1) for word in words.split())


def unread_pattern(words: str) -> str:
    """Return the pattern that matches WORDS in small capitals, readable (in any case) or not."""
    return f"(?:{_unread(words)}|{words})".replace(" ", r"\s+")


_PATTERNS = {
    name: re.compile(rf"{unread_pattern(words)}\s*:\s*(.*)", re.IGNORECASE | re.DOTALL)
    for words, name in CAPTIONS.items()
}
STATUS_MARK = re.compile(rf"^\s*{unread_pattern('Filing Status')}\s*:", re.IGNORECASE | re.MULTILINE)
"""What every row has once in the running text."""


def caption_of(text: str) -> Caption | None:
    """Read the caption that TEXT begins with; None where it begins with none."""
    for name, pattern in _PATTERNS.items():
        match = pattern.match(text)
        if match:
            return Caption(name, match[1])
    return None
