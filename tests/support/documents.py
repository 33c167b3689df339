"""What the documents tell people to type."""

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
FENCE = re.compile(r"^```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")

Typed = tuple[str, Sequence[str]]
"""Document and the words of one command."""


def typed(program: str) -> list[Typed]:
    """Return every command of PROGRAM that a document shows, in a block or in a line."""
    return [
        (document.name, words)
        for document in DOCUMENTS
        for line in _lines(document.read_text())
        if (words := _words(line)) and words[0] == program
    ]


def _lines(text: str) -> Iterator[str]:
    blocks = FENCE.findall(text)
    for block in blocks:
        yield from block.replace("\\\n", " ").splitlines()
    for span in SPAN.findall(FENCE.sub("", text)):
        yield span.replace("\\|", "|")


def _words(line: str) -> list[str]:
    """Return LINE's words without its comment, as a shell parts them; variables stay as they are written."""
    try:
        return shlex.split(line, comments=True)
    except ValueError:  # a span of prose with half a quote
        return []


def headings(document: Path) -> set[str]:
    """Return the anchors of DOCUMENT's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
