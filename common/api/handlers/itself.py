"""What the API says of itself."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from common.api.desk import Desk
from common.api.exchange import Answer, Call

FILE = Path(__file__).parents[1] / "openapi.json"


def openapi(desk: Desk, call: Call) -> Answer:
    """Return this description, as OpenAPI 3.1."""
    del desk, call
    return Answer(200, _document())


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return document
