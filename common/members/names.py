"""Names as people and forms write them, compared. Pure; serves both chambers.

A word is lower case, without accents, apostrophes and dots; hyphens part words.
"""

import re
from enum import IntEnum
from functools import cache
from itertools import product
from unicodedata import combining, normalize

from common.members.nicknames import SHORT_FORMS

Words = tuple[str, ...]

TITLES = frozenset(
    {
        *("hon", "honorable", "rep", "representative", "sen", "senator", "delegate", "congressman"),
        *("congresswoman", "mr", "mrs", "ms", "miss", "dr", "md", "facs", "dds", "dmd", "phd", "esq"),
    }
)
GENERATIONS = {"sr": 1, "jr": 2, "ii": 2, "iii": 3, "iv": 4}
PARTICLES = frozenset({"da", "de", "del", "di", "la", "los", "san", "st", "van", "von"})
LEAST_PREFIX = 3  # Val and Valerie, Rob and Robert; two letters fit too many names
APOSTROPHES = str.maketrans("", "", "'`\u00b4\u2018\u2019\u02bb\u02bc")
DOT_INSIDE = re.compile(r"\b(\w{1,2})\.(?=\w{1,2}\b)")  # M.D., Ph.D., G.K. are one word each
WORD = re.compile(r"[^\W_]+")


class Agreement(IntEnum):
    """How well two people's given names fit, in rising order."""

    NONE = 0
    INITIAL = 1
    """Only initials to go by, and they fit."""
    ALIKE = 2
    """One is the other cut short, or its initials."""
    SAME = 3
    """A name in common, or a known short form of it."""


def words(text: str) -> Words:
    """Return TEXT's words, titles and generations included."""
    letters = text.translate(APOSTROPHES)
    plain = "".join(c for c in normalize("NFKD", letters) if not combining(c)).casefold()
    return tuple(WORD.findall(DOT_INSIDE.sub(r"\1", plain)))


@cache
def core(text: str) -> Words:
    """Return TEXT's words without titles, degrees and generations, wherever the filer put them."""
    return tuple(word for word in words(text) if word not in TITLES and word not in GENERATIONS)


@cache
def generation(text: str) -> int | None:
    """Return 2 for `Jr.` and `II`, 3 for `III` and so on; None where TEXT says nothing."""
    found = [GENERATIONS[word] for word in words(text) if word in GENERATIONS]
    return found[-1] if found else None


def before_surname(full: Words, surname: Words) -> Words | None:
    """Return what stands before SURNAME at the end of FULL, however it is spaced; None when it does not end so."""
    joined = "".join(surname)
    for start in range(len(full)):
        if "".join(full[start:]) == joined:
            return full[:start]
    return None


def short_surnames(surname: Words) -> frozenset[Words]:
    """Return the single words by which a compound surname is also written: Herrera for Herrera Beutler."""
    if len(surname) == 1:
        return frozenset()
    return frozenset((word,) for word in (surname[0], surname[-1]) if word not in PARTICLES)


def agreement(one: Words, other: Words) -> Agreement:
    """Compare two people's given names, each in the order of its first names."""
    pairs = [(a, b) for a, b in product(one, other) if len(a) > 1 and len(b) > 1]
    if any(same_name(a, b) for a, b in pairs):
        return Agreement.SAME
    if any(_cut_short(a, b) for a, b in pairs) or _spelled_initials(one, other):
        return Agreement.ALIKE
    return Agreement.INITIAL if _initials_fit(one, other) else Agreement.NONE


def same_name(one: str, other: str) -> bool:
    """Tell whether two words are one given name: equal, or short forms of the same one."""
    return one == other or not _formal_names(one).isdisjoint(_formal_names(other))


@cache
def _formal_names(word: str) -> frozenset[str]:
    return frozenset(formal for formal, short in SHORT_FORMS.items() if word in (formal, *short.split()))


def _cut_short(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) >= LEAST_PREFIX and long.startswith(short)


def _spelled_initials(one: Words, other: Words) -> bool:
    return any(
        len(names) > 1 and "".join(name[0] for name in names[:2]) in initials
        for names, initials in ((one, other), (other, one))
    )


def _initials_fit(one: Words, other: Words) -> bool:
    if not one or not other:
        return False
    only_initials = all(len(word) == 1 for word in one) or all(len(word) == 1 for word in other)
    return only_initials and one[0][0] == other[0][0]
