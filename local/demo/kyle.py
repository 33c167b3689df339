"""The demo's subscriber, and the mail that he gets."""

import re
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from rich.console import Console
from sqlalchemy import Engine

from common.alerts.subscriptions.criteria import Frequency, parse_criteria
from common.alerts.subscriptions.rules import Draft, save_rule
from common.alerts.subscriptions.subscribers import confirm, subscribe
from common.db.engine import write_transaction
from common.members.settle import ensure_roster
from local.demo.tables import plain_table

ADDRESS = "kyle@example.com"
FOLLOWED = {"Marjorie Taylor Greene": "G000596", "John Boozman": "B001236"}
"""One of each chamber."""
WORDING = "Mail me the trades that I ask for. I can stop it with one click."


def follow_two(engine: Engine) -> None:
    """Let Kyle confirm his address and follow a representative and a senator, as the page for subscribers does."""
    with write_transaction(engine) as tx:
        ensure_roster(tx)
        kyle = subscribe(tx, ADDRESS, "America/New_York")
        confirm(tx, kyle.id, wording=WORDING)
        for name, bioguide in FOLLOWED.items():
            criteria = parse_criteria({"members": [bioguide]})
            save_rule(tx, kyle.id, Draft(name, criteria, Frequency.IMMEDIATE))


def is_followed(first: str, last: str) -> bool:
    """Whether Kyle follows who is printed as FIRST and LAST; no matter what the roster makes of them."""
    printed = (first.split(maxsplit=1)[0].title(), last.title())
    return any(printed == (name.split()[0], name.split()[-1]) for name in FOLLOWED)


def newest_links(folder: Path, pages: str) -> dict[str, str]:
    """Return the links of the newest mail in FOLDER that lead to PAGES, by what they are for: manage, stop, unsubscribe."""
    newest = max(folder.glob("[!.]*.eml"), key=_number, default=None)
    if newest is None:
        return {}
    body = message_from_bytes(newest.read_bytes(), policy=default).get_body(("plain",))
    assert body is not None  # noqa: S101 - every mail of ours has a text part
    return {found[1]: found[0] for found in re.finditer(rf"{re.escape(pages)}/(\w+)/\S+", body.get_content())}


def _number(mail: Path) -> list[int]:
    """Return message and attempt, as MAIL's name has them: of two that left side by side, either file may be the older."""
    return [int(part) for part in mail.stem.split(".")]


def show_mails(console: Console, folder: Path) -> None:
    """Print what was mailed, and where it lies."""
    table = plain_table("to", "subject", "to look at", title="Mails")
    mails = sorted(folder.glob("[!.]*.eml"), key=_number)
    for mail in mails:
        headers = message_from_bytes(mail.read_bytes(), policy=default)
        table.add_row(headers["To"], headers["Subject"], mail.with_suffix(".html").as_uri())
    console.print("", table if mails else "  No mail: what the baseline lists is history.")
    if mails:
        console.print(f"  The same as .eml, with headers and text part: {folder}", highlight=False)
        console.print(f"  Why did he (not) get one? ./dev.sh why {ADDRESS} 20990101", highlight=False)
