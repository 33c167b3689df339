"""This laptop's own pages: what runs here, and every mail that left."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from local.cloud.gateway import Answer, refusal

NAME = re.compile(r"mails/([\w.-]+)\.(html|eml|txt)")
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)
LOCKED_IN = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'self'"
TYPES = {"html": "text/html", "eml": "text/plain", "txt": "text/plain"}


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as the list shows it."""

    name: str
    to: str
    subject: str
    sent: datetime


@dataclass(frozen=True)
class Pages:
    """The list of mails in FOLDER and, one click away, each as it looks, as text, and as it travels.

    PARTS says what runs; PLACES where it answers.
    """

    folder: Path
    parts: Callable[[], Mapping[str, str]]
    places: tuple[tuple[str, str], ...]

    def __call__(self, path: str) -> Answer:
        """Answer PATH, what stands behind the path of these pages."""
        if path.partition("?")[0] == "":
            return self._front()
        asked = NAME.fullmatch(path)
        file = self.folder / f"{asked[1]}.{'html' if asked[2] == 'html' else 'eml'}" if asked else None
        if asked is None or file is None or not file.is_file():
            return refusal(HTTPStatus.NOT_FOUND, "there is no such mail")
        body = text_of(file).encode() if asked[2] == "txt" else file.read_bytes()
        return _page(body, TYPES[asked[2]])

    def _front(self) -> Answer:
        mails = sorted(read_mails(self.folder), key=lambda mail: (mail.sent, mail.name), reverse=True)
        page = TEMPLATES.get_template("front.html").render(
            mails=mails, parts=self.parts(), places=self.places, folder=self.folder
        )
        return _page(page.encode(), "text/html")


def read_mails(folder: Path) -> Iterator[Mail]:
    """Yield every mail in FOLDER, in no order."""
    for file in folder.glob("[!.]*.eml"):
        headers = _message(file)
        yield Mail(file.stem, headers["To"], headers["Subject"], parsedate_to_datetime(headers["Date"]))


def text_of(file: Path) -> str:
    """Return the text part of the mail in FILE."""
    body = _message(file).get_body(("plain",))
    return body.get_content() if body else ""


def _message(file: Path) -> EmailMessage:
    return message_from_bytes(file.read_bytes(), policy=default)


def _page(body: bytes, kind: str) -> Answer:
    headers = {
        "Content-Type": f"{kind}; charset=utf-8",
        "Content-Security-Policy": LOCKED_IN,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return Answer(HTTPStatus.OK, tuple(headers.items()), body)
