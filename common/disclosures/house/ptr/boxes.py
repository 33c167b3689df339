"""The capital-gains check box, as filings since 2022 draw it.

An empty box is stroked in grey; a ticked one is filled and crossed by a white stroke. Older filings set it in Marlett,
which is text.
"""

from collections.abc import Iterable
from typing import NamedTuple

SIDES = (7.0, 14.0)
"""Least and most width and height of a box, in points; the House's is 9.4 to 10.9."""

_WHITE_FROM = 200  # of 255, each of red, green and blue
_SAME_BOX = 2.0  # points between the middles of what is drawn for one box; two boxes are 20 apart


class Stroke(NamedTuple):
    """A small square outline: its middle in points from the lower left, and whether it is stroked, and in white."""

    x: float
    y: float
    stroked: bool
    white: bool


class Box(NamedTuple):
    """A check box: its middle in points from the lower left; `ticked` is None where the drawing is neither."""

    x: float
    y: float
    ticked: bool | None


def is_white(red: int, green: int, blue: int) -> bool:
    """Tell whether a colour is (nearly) white."""
    return min(red, green, blue) >= _WHITE_FROM


def boxes_from(strokes: Iterable[Stroke]) -> tuple[Box, ...]:
    """Put together what was drawn at one place, top to bottom."""
    groups: list[list[Stroke]] = []
    for stroke in sorted(strokes, key=lambda stroke: (-round(stroke.y), stroke.x)):
        if groups and _is_same_box(groups[-1][0], stroke):
            groups[-1].append(stroke)
        else:
            groups.append([stroke])
    return tuple(Box(group[0].x, group[0].y, _is_ticked(group)) for group in groups)


def _is_same_box(one: Stroke, other: Stroke) -> bool:
    return abs(one.x - other.x) < _SAME_BOX and abs(one.y - other.y) < _SAME_BOX


def _is_ticked(group: list[Stroke]) -> bool | None:
    white = any(stroke.stroked and stroke.white for stroke in group)
    grey = any(stroke.stroked and not stroke.white for stroke in group)
    return white if white != grey else None
