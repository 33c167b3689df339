"""A request and its answer in our own terms, so that no page knows the framework."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.datastructures import MultiDict

from common.mail.render import CAUTION, NOTICE
from common.web import options

FOLDER = Path(__file__).parent
HTML = "text/html; charset=utf-8"
Form = MultiDict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a visitor asks. `client` is the address that Google's front end saw; it is used as a fingerprint only."""

    method: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str]
    form: Form
    query: Mapping[str, str]
    client: str = field(repr=False)

    @property
    def acts(self) -> bool:
        """Whether something shall be done; every other request only looks."""
        return self.method == "POST"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the visitor gets."""

    status: int
    body: str = ""
    type: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)


def page(
    template: str, status: int = 200, /, *, headers: Mapping[str, str] | None = None, **shown: Any
) -> Reply:
    """Return TEMPLATE filled with what is SHOWN; everything in it is escaped."""
    html = _templates().get_template(f"{template}.html").render(**shown)
    return Reply(status, html, headers=headers or {})


def message(status: int, heading: str, *lines: str, headers: Mapping[str, str] | None = None) -> Reply:
    """Return a page that says one thing."""
    return page("message", status, heading=heading, lines=lines, headers=headers)


def redirect(address: str) -> Reply:
    """Send the browser on with GET, so that a reload does nothing twice."""
    return Reply(303, headers={"Location": address})


def download(name: str, content: Mapping[str, Any]) -> Reply:
    """Return CONTENT as a JSON file to keep."""
    text = json.dumps(content, indent=2, ensure_ascii=False, default=datetime.isoformat)
    return Reply(200, text, "application/json", {"Content-Disposition": f'attachment; filename="{name}"'})


def stylesheet() -> Reply:
    """Return the one style sheet; its address changes with its content."""
    kept = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Reply(200, _css(), "text/css; charset=utf-8", kept)


@cache
def _css() -> str:
    return (FOLDER / "static" / "web.css").read_text(encoding="utf-8")


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    version = hashlib.sha256(_css().encode()).hexdigest()[:12]
    made.globals.update(caution=CAUTION, notice=NOTICE, stylesheet=f"/web.css?v={version}", options=options)
    return made
