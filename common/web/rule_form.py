"""A rule as a form holds it: as typed, with what is wrong beside each field."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict

from common.alerts.planning.evidence import Revision
from common.alerts.subscriptions.criteria import (
    OWNER_WORDS,
    Criteria,
    in_words,
    parse_criteria,
    parse_frequency,
)
from common.alerts.subscriptions.rules import LONGEST_NAME, Draft, check
from common.errors import InvalidRequest
from common.mail import words
from common.web.exchange import Form
from common.web.people import Choice, Congress, choose, congress

SINGLE = ("chamber", "party", "state", "side", "owner", "asset_type")
"""Criteria that are one word each, by their field's name."""
CLEARER = {
    "amount": "write whole dollars, like 50,001",
    "criteria": "choose at least one member, ticker or other condition",
    "frequency": "choose how often to hear of it",
    "party": "choose one of the list",
}
"""Field -> what is said beside it instead of what the rules themselves say."""
BETWEEN_TICKERS = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class RuleForm:
    """What the form shows. `draft` is None while something is wrong, or still to be chosen."""

    typed: Form
    everybody: Congress
    choice: Choice
    errors: Mapping[str, str]
    draft: Draft | None
    remarks: tuple[str, ...] = ()


def blank(connection: Connection, today: date) -> RuleForm:
    """Return the form before anybody wrote into it."""
    return RuleForm(MultiDict({"frequency": "immediate"}), congress(connection, today), Choice(), {}, None)


def filled(connection: Connection, today: date, rule: Revision) -> RuleForm:
    """Return the form as it would have to be filled in for RULE."""
    everybody = congress(connection, today)
    typed: Form = MultiDict({"frequency": str(rule.frequency), "name": rule.name})
    for name, value in to_json(rule.criteria).items():
        typed[name] = ", ".join(value) if isinstance(value, list) else str(value)
    return RuleForm(typed, everybody, Choice(everybody.named(rule.criteria.members)), {}, None)


def read(connection: Connection, today: date, typed: Form) -> RuleForm:
    """Read a form that somebody sent."""
    everybody = congress(connection, today)
    choice = choose(everybody, typed.getlist("member"), typed.get("find", ""))
    found: dict[str, Any] = {}

    def read_draft() -> None:
        found["draft"] = _draft(typed, choice)
        found["remarks"] = check(connection, found["draft"].criteria)

    errors = complaints(read_draft, lambda: parse_frequency(typed.get("frequency", "")))
    if choice.unclear:  # then it is too early to say that nobody was chosen
        errors = {name: text for name, text in errors.items() if name != "criteria"}
        errors["find"] = sentence(choice.unclear)
    draft = None if errors else found["draft"]
    return RuleForm(typed, everybody, choice, errors, draft, found.get("remarks", ()))


def complaints(*checks: Callable[[], object]) -> dict[str, str]:
    """Return what CHECKS raise, by field."""
    found: dict[str, str] = {}
    for one in checks:
        try:
            one()
        except InvalidRequest as fault:
            found.setdefault(fault.field, said(fault))
    return found


def said(fault: InvalidRequest) -> str:
    """Return FAULT as a person reads it beside the field."""
    return sentence(CLEARER.get(fault.field, str(fault).removeprefix(f"{fault.field}: ")))


def sentence(text: str) -> str:
    """Return TEXT with a capital letter and a full stop."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def _draft(typed: Form, choice: Choice) -> Draft:
    amount = typed.get("amount", "").strip()
    criteria = parse_criteria(
        {
            "members": {*typed.getlist("member"), *(person.bioguide for person in choice.chosen)},
            "tickers": list(filter(None, BETWEEN_TICKERS.split(typed.get("tickers", "")))),
            **{name: typed.get(name, "") for name in SINGLE},
            "amount": amount or None,
            "amount_mode": typed.get("amount_mode") if amount else None,
            "filed_late": bool(typed.get("filed_late")),
        }
    )
    names = {person.bioguide: person.name for person in choice.chosen}
    name = typed.get("name", "").strip() or words.shortened(in_words(criteria, names), LONGEST_NAME)
    return Draft(name, criteria, parse_frequency(typed.get("frequency", "")))


def to_json(criteria: Criteria) -> dict[str, Any]:
    """Return CRITERIA as JSON can hold them and `parse_criteria` reads them."""
    given = criteria.model_dump(exclude_defaults=True)
    spelled = {"owner": OWNER_WORDS[criteria.owner]} if criteria.owner is not None else {}
    return {name: sorted(v) if isinstance(v, frozenset) else v for name, v in given.items()} | spelled


def in_json(draft: Draft) -> dict[str, Any]:
    """Return DRAFT as a link can carry it."""
    return {"name": draft.name, "frequency": str(draft.frequency), "criteria": to_json(draft.criteria)}


def from_json(kept: Mapping[str, Any]) -> Draft:
    """Return the draft that `in_json` wrote. Raises InvalidRequest where the rules have changed since."""
    return Draft(kept["name"], parse_criteria(kept["criteria"]), parse_frequency(kept["frequency"]))
