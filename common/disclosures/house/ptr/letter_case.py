"""The true case of letters whose character map lies.

Filings up to spring 2022 set Georgia and gave each capital glyph whichever case the file used first, so `AAPL` may read
`AAPl` for a whole file. The page itself is right, and Georgia's capitals are wider than their small letters: the
advance tells them apart. A letter that reads as a capital always is one.
"""

# Advance widths in em, capital and small (Georgia regular, hmtx table).
_ADVANCES = {
    "a": (0.713, 0.503),
    "b": (0.653, 0.567),
    "c": (0.642, 0.454),
    "d": (0.749, 0.574),
    "e": (0.653, 0.483),
    "f": (0.599, 0.394),
    "g": (0.725, 0.509),
    "h": (0.814, 0.582),
    "i": (0.389, 0.292),
    "j": (0.517, 0.364),
    "k": (0.720, 0.545),
    "l": (0.604, 0.286),
    "m": (0.927, 0.880),
    "n": (0.767, 0.590),
    "o": (0.744, 0.539),
    "p": (0.609, 0.571),
    "q": (0.744, 0.563),
    "r": (0.723, 0.409),
    "s": (0.561, 0.432),
    "t": (0.618, 0.345),
    "u": (0.756, 0.575),
    "v": (0.705, 0.519),
    "w": (0.991, 0.753),
    "x": (0.711, 0.504),
    "y": (0.662, 0.515),
    "z": (0.601, 0.443),
}
_CAPITAL_FROM = {letter: (capital + small) / 2 for letter, (capital, small) in _ADVANCES.items()}


def is_doubtful(character: str) -> bool:
    """Tell whether CHARACTER may stand for its capital."""
    return character in _CAPITAL_FROM


def true_case(character: str, advance: float) -> str:
    """Return the doubtful CHARACTER as the page shows it; ADVANCE is its width in em."""
    return character.upper() if advance > _CAPITAL_FROM[character] else character
