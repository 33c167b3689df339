"""What SendGrid finds wrong with a request, in its own words (https://www.twilio.com/docs/sendgrid/api-reference/mail-send)."""

import json
import re
from collections.abc import Iterator
from typing import Any

LONGEST_BODY = 30_000_000  # bytes
MOST_PERSONALIZATIONS = 1_000
LONGEST_CUSTOM_ARGS = 10_000  # bytes
MOST_CATEGORIES = 10
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
RESERVED = frozenset(
    [
        "x-sg-id",
        "x-sg-eid",
        "received",
        "dkim-signature",
        "content-type",
        "content-transfer-encoding",
        "to",
        "from",
        "subject",
        "reply-to",
        "cc",
        "bcc",
    ]
)

Complaint = tuple[str | None, str]


def complaints(body: bytes) -> list[Complaint]:
    """Return the fields of a request that SendGrid would refuse, with its words; empty = it takes the mail."""
    try:
        request = json.loads(body)
    except ValueError:
        return [(None, "Bad Request")]
    return list(_complaints(request)) if isinstance(request, dict) else [(None, "Bad Request")]


def _complaints(request: dict[str, Any]) -> Iterator[Complaint]:
    people = request.get("personalizations") or []
    if not 1 <= len(people) <= MOST_PERSONALIZATIONS:
        yield (
            "personalizations",
            "The personalizations field is required and must have at least one personalization.",
        )
    for number, person in enumerate(people):
        yield from _about_person(f"personalizations.{number}", person)
    if not ADDRESS.fullmatch(request.get("from", {}).get("email", "")):
        yield "from.email", "The from email does not contain a valid address."
    if not request.get("subject"):
        yield "subject", "The subject is required."
    yield from _about_content(request.get("content") or [])
    if reserved := RESERVED & {name.lower() for name in request.get("headers", {})}:
        yield "headers", f"The headers {', '.join(sorted(reserved))} are reserved."
    if len(request.get("categories", [])) > MOST_CATEGORIES:
        yield "categories", "There are too many categories."


def _about_person(name: str, person: dict[str, Any]) -> Iterator[Complaint]:
    addresses = [to.get("email", "") for to in person.get("to") or []]
    if not addresses:
        yield f"{name}.to", "The to array is required for all personalization objects."
    for number, address in enumerate(addresses):
        if not ADDRESS.fullmatch(address):
            yield f"{name}.to.{number}.email", f"Does not contain a valid address: {address}"
    if len(json.dumps(person.get("custom_args", {})).encode()) >= LONGEST_CUSTOM_ARGS:
        yield f"{name}.custom_args", "The custom_args exceed 10,000 bytes."


def _about_content(parts: list[dict[str, str]]) -> Iterator[Complaint]:
    if not parts:
        yield (
            "content",
            "The content parameter is required. There must be at least one defined content block.",
        )
    types = [part.get("type", "") for part in parts]
    if "text/plain" in types[1:]:
        yield "content", "If present, text/plain must be first, followed by text/html."
    for number, part in enumerate(parts):
        if not part.get("value"):
            yield (
                f"content.{number}.value",
                "The content value must be a string at least one character in length.",
            )
