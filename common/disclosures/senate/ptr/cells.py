"""A cell of the table: its lines, what is linked in them, and the details below."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from common.disclosures.senate.ptr.documents import squeezed

NOTHING = "--"
"""What stands where nothing is said."""
LABELS = {
    "Option Type": "option_type",
    "Strike price": "strike",
    "Expires": "expires",
    "Rate/Coupon": "rate",
    "Matures": "matures",
    "Company": "company",
    "Description": "description",
    "Exchange/Platform": "platform",
}
"""What the asset cell calls a detail -> the name of its field."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell says; lines have single blanks, as a browser shows them."""

    text: str
    """The whole of it, verbatim but for blanks at its ends."""
    lines: tuple[str, ...]
    """The lines that are not empty, without the details below them."""
    links: tuple[str, ...] = ()
    """The texts of links among the lines."""
    details: Mapping[str, str] = field(default_factory=dict)
    """Field -> its value."""
    oddities: tuple[str, ...] = ()
    """What no such cell has ever held, in words."""

    @property
    def printed(self) -> str:
        """The whole text without the page's indentation: each line by itself, empty ones left out."""
        return "\n".join(filter(None, map(str.strip, self.text.splitlines())))


def cell_of(element: LexborNode) -> Cell:
    """Read the table cell ELEMENT."""
    reading = _Reading()
    for node in element.iter(include_text=True):
        reading.take(node)
    return reading.cell()


class _Reading:
    """Collects a cell while its nodes pass, in their order."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._lines: list[list[str]] = [[]]
        self._links: list[str] = []
        self._details: dict[str, str] = {}
        self._oddities: list[str] = []
        self._below = False

    def take(self, node: LexborNode) -> None:
        text = node.text()
        match node.tag:
            case "-comment":
                pass
            case "br":
                self._text.append("\n")
                self._lines.append([])
            case "div" if "text-muted" in (node.attributes.get("class") or "").split():
                self._take_details(node)
            case tag:
                self._take_text(text)
                if tag == "a":
                    self._links.append(squeezed(text))
                elif tag != "-text":
                    self._oddities.append(f"has a <{tag}>")

    def cell(self) -> Cell:
        return Cell(
            "".join(self._text).strip(),
            tuple(filter(None, (squeezed("".join(line)) for line in self._lines))),
            tuple(self._links),
            self._details,
            tuple(self._oddities),
        )

    def _take_text(self, text: str) -> None:
        self._text.append(text)
        if not self._below:
            self._lines[-1].append(text)
        elif text.strip():
            self._oddities.append(f"goes on below its details with {squeezed(text)!r}")

    def _take_details(self, div: LexborNode) -> None:
        self._below = True
        self._text += ["\n", div.text(), "\n"]
        for label, value in _pairs(div):
            name = LABELS.get(label)
            if name is None or name in self._details:
                self._oddities.append(f"has a detail {label!r}: {squeezed(value)!r}")
            else:
                self._details[name] = value


def _pairs(div: LexborNode) -> Iterator[tuple[str, str]]:
    """Yield each label of DIV, without its colon, and its value.

    Labels are emphasised, which no filer's text can be; only `Option Type:`, the first of its kind, is not.
    """
    label, value = "", ""
    for node in div.iter(include_text=True):
        if node.tag == "em":
            if label or value.strip():
                yield _pair(label, value)
            label, value = node.text(), ""
        elif node.tag != "-comment":
            value += node.text()
    yield _pair(label, value)


def _pair(label: str, value: str) -> tuple[str, str]:
    if not label.strip().endswith(":"):
        more, _, value = value.partition(":")
        label += more
    return squeezed(label).removesuffix(":"), value.strip(" \t\n\r")
