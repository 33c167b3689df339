"""What is drawn on a page beside its text: small squares, and how much of it is pictures."""

import ctypes
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import pypdfium2.raw as pdfium

from common.disclosures.house.ptr.boxes import SIDES, Stroke, is_white
from common.errors import SourceChanged

MOST_OBJECTS = 20_000  # on one page, those inside forms included; the fullest page seen has 1,500
DEEPEST_FORM = 3  # forms within forms; the House draws one

FRAME_WIDTH = 1.6  # points at most; the House's are 0.75
FRAME_HEIGHT = 12.0  # points at least; the least of a row is 21, a lower one has but its empty edge

_LEAST, _MOST = SIDES


class Frame(NamedTuple):
    """An upright edge of a table's row; `bottom` and `top` are points from the page's lower edge."""

    x: float
    bottom: float
    top: float


class Drawings(NamedTuple):
    """What is drawn on a page."""

    squares: tuple[Stroke, ...]
    """Outlines of the size of a check box."""
    frames: tuple[Frame, ...]
    objects: int
    """Pieces of text included."""
    pictured: float
    """Share of the page that its pictures cover, 0 to 1 and above where they overlap."""


class _Space(NamedTuple):
    """Where a form's own coordinates lie on the page: scale and offset."""

    scale_x: float = 1.0
    scale_y: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def within(self, outer: "_Space") -> "_Space":
        return _Space(
            self.scale_x * outer.scale_x,
            self.scale_y * outer.scale_y,
            self.x * outer.scale_x + outer.x,
            self.y * outer.scale_y + outer.y,
        )


_PAGE_SPACE = _Space()


def drawings_of(page: pdfium.FPDF_PAGE, place: str) -> Drawings:
    """Read what is drawn on PAGE. Raises SourceChanged, beginning with PLACE, beyond the bounds of this module."""
    reader = _Reader(place)
    count = pdfium.FPDFPage_CountObjects(page)
    reader.read(count, partial(pdfium.FPDFPage_GetObject, page), _PAGE_SPACE, depth=0)
    area = pdfium.FPDF_GetPageWidthF(page) * pdfium.FPDF_GetPageHeightF(page)
    return Drawings(
        tuple(reader.squares), tuple(reader.frames), reader.objects, reader.pictures_area / max(area, 1.0)
    )


class _Reader:
    """Walks a page's objects; its variables serve every call, since making them costs more."""

    def __init__(self, place: str) -> None:
        self.squares: list[Stroke] = []
        self.frames: list[Frame] = []
        self.objects = 0
        self.pictures_area = 0.0
        self._place = place
        self._edges = tuple(ctypes.c_float() for _ in range(4))
        self._to_edges = tuple(map(ctypes.byref, self._edges))
        self._colour = tuple(ctypes.c_uint() for _ in range(4))
        self._to_colour = tuple(map(ctypes.byref, self._colour))

    def read(
        self, count: int, get: Callable[[int], pdfium.FPDF_PAGEOBJECT], space: _Space, *, depth: int
    ) -> None:
        self.objects += count
        if self.objects > MOST_OBJECTS or depth > DEEPEST_FORM:
            raise SourceChanged(
                f"{self._place} is drawn with {self.objects:,} objects in forms {depth} deep, more than "
                f"{MOST_OBJECTS:,} in {DEEPEST_FORM}; look at it by hand"
            )
        for thing in map(get, range(count)):
            kind = pdfium.FPDFPageObj_GetType(thing)
            if kind == pdfium.FPDF_PAGEOBJ_PATH:
                self._path(thing, space)
            elif kind == pdfium.FPDF_PAGEOBJ_FORM:
                self._form(thing, space, depth + 1)
            elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
                left, bottom, right, top = self._edges_of(thing, space)
                self.pictures_area += (right - left) * (top - bottom)

    def _form(self, form: pdfium.FPDF_PAGEOBJECT, space: _Space, depth: int) -> None:
        matrix = pdfium.FS_MATRIX()
        pdfium.FPDFPageObj_GetMatrix(form, ctypes.byref(matrix))
        inner = _Space(matrix.a, matrix.d, matrix.e, matrix.f).within(space)
        count = pdfium.FPDFFormObj_CountObjects(form)
        self.read(count, partial(pdfium.FPDFFormObj_GetObject, form), inner, depth=depth)

    def _path(self, path: pdfium.FPDF_PAGEOBJECT, space: _Space) -> None:
        left, bottom, right, top = self._edges_of(path, space)
        width, height = right - left, top - bottom
        if width < FRAME_WIDTH and height > FRAME_HEIGHT:
            self.frames.append(Frame(left, bottom, top))
        elif _LEAST <= width <= _MOST and _LEAST <= height <= _MOST:
            self.squares.append(Stroke((left + right) / 2, (bottom + top) / 2, *self._pen(path)))

    def _edges_of(self, thing: pdfium.FPDF_PAGEOBJECT, space: _Space) -> tuple[float, float, float, float]:
        """Return THING's left, lower, right and upper edge on the page."""
        pdfium.FPDFPageObj_GetBounds(thing, *self._to_edges)
        left, bottom, right, top = (edge.value for edge in self._edges)
        if space == _PAGE_SPACE:
            return left, bottom, right, top
        left, right = sorted((left * space.scale_x + space.x, right * space.scale_x + space.x))
        bottom, top = sorted((bottom * space.scale_y + space.y, top * space.scale_y + space.y))
        return left, bottom, right, top

    def _pen(self, path: pdfium.FPDF_PAGEOBJECT) -> tuple[bool, bool]:
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDFPath_GetDrawMode(path, ctypes.byref(fill), ctypes.byref(stroke))
        pdfium.FPDFPageObj_GetStrokeColor(path, *self._to_colour)
        red, green, blue, _opacity = (part.value for part in self._colour)
        return bool(stroke.value), is_white(red, green, blue)
