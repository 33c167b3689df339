"""An HTML mail as its reader sees it: texts with their colours and sizes, in light and in dark."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

EMPTY = {"meta", "br", "img", "hr", "link", "input"}
UNSEEN = {"head", "style", "script", "title"}
MEDIA = re.compile(r"@media \(prefers-color-scheme: dark\) \{(.*?\})\s*\}", re.DOTALL)
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
BLACK_ON_WHITE = {"color": "#000000", "background-color": "#ffffff", "font-size": "16px"}


@dataclass
class Element:
    """A node of the document; children are elements and texts."""

    tag: str
    attributes: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    def elements(self) -> Iterator["Element"]:
        """Yield this element and all inside it."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.elements()

    def text(self) -> str:
        """Return everything that stands inside it."""
        return "".join(c if isinstance(c, str) else c.text() for c in self.children)


@dataclass(frozen=True)
class SeenText:
    """A text with the colour, ground and size that it has."""

    text: str
    colour: str
    ground: str
    size: float


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("document", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in EMPTY:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def tree(html: str) -> Element:
    """Return the document's tree; each element must be closed in order."""
    parser = _Tree()
    parser.feed(html)
    parser.close()
    assert len(parser.open) == 1, f"<{parser.open[-1].tag}> is never closed"
    return parser.open[0]


def seen(html: str, *, dark: bool) -> list[SeenText]:
    """Return every visible text of HTML."""
    rules = _dark_rules(html) if dark else {}
    return list(_seen(tree(html), BLACK_ON_WHITE, rules))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.1, relative luminance)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _seen(element: Element, around: dict[str, str], rules: dict[str, dict[str, str]]) -> Iterator[SeenText]:
    own = _declarations(element.attributes.get("style", ""))
    if element.tag in UNSEEN or own.get("display") == "none":
        return
    style = around | own | rules.get(element.tag, {})
    for name in element.classes:
        style |= rules.get(f".{name}", {})
    for child in element.children:
        if isinstance(child, Element):
            yield from _seen(child, style, rules)
        elif child.strip():
            size = float(style["font-size"].removesuffix("px"))
            yield SeenText(child.strip(), style["color"], style["background-color"], size)


def _dark_rules(html: str) -> dict[str, dict[str, str]]:
    rules: dict[str, dict[str, str]] = {}
    for selectors, body in RULE.findall(MEDIA.findall(html)[0]):
        for selector in selectors.split(","):
            rules.setdefault(selector.strip(), {}).update(_declarations(body.replace("!important", "")))
    return rules


def _declarations(style: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in style.split(";") if ":" in part)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
