"""The captions under a row (`Filing Status: New`), in both spellings the House's generators leave.

Since 2022 small capitals have no Unicode: a caption is its capitals and the number of letters behind each. Before,
they read as letters of doubtful case.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from common.disclosures.house.ptr.lines import Line
from common.disclosures.house.ptr.words import UNREAD, Word

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


def small_capitals(words: str) -> str:
    """Return the pattern that matches WORDS in small capitals, read as letters of any case or not read at all."""
    unread = " ".join(word[0] + UNREAD * (len(word) - 1) for word in words.split())
    return f"(?:{unread}|{words})".replace(" ", r"\s+")


_PATTERNS = {
    name: re.compile(rf"{small_capitals(words)}\s*:\s*(.*)", re.IGNORECASE | re.DOTALL)
    for words, name in CAPTIONS.items()
}
_STATUS = re.compile(rf"{small_capitals('Filing Status')}:", re.IGNORECASE)


def caption_of(line: Line) -> Caption | None:
    """Read the caption that LINE begins with; None where it begins with none (filers type `Location:` too)."""
    if not line.words[0].small_capitals:
        return None
    matches = ((name, pattern.match(line.text)) for name, pattern in _PATTERNS.items())
    return next((Caption(name, match[1]) for name, match in matches if match), None)


def holds_caption(line: Line) -> bool:
    """Tell whether LINE has small capitals beyond those of the caption that it begins with."""
    caption = caption_of(line)
    words_of_caption = caption.name.count("_") + 1 if caption else 0
    return sum(word.small_capitals for word in line.words) > words_of_caption


def count_rows(words: Sequence[Word]) -> int:
    """Count the captions that every row has once, without regard to lines and columns."""
    return sum(
        first.small_capitals and _STATUS.fullmatch(f"{first.text} {second.text}") is not None
        for first, second in pairwise(words)
    )
