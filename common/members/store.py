"""The roster in the database: what filings, rules and pages refer to."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, select

from common.db import tables as t
from common.db.dialect import insert_ignore, upsert
from common.members.roster import Member, Roster, Term, roster_of

Row = dict[str, Any]
PARTS_OF_TERM = [part.name for part in fields(Term)]
NAMES = [part.name for part in fields(Member) if part.name != "terms"]


def store_roster(connection: Connection, roster: Roster) -> int:
    """Bring members and terms up to ROSTER in the caller's transaction; return how many rows changed.

    Members whom ROSTER lacks keep their history; a term that ROSTER no longer gives a member is removed.
    """
    members = {(member.bioguide,): _member_row(member) for member in roster.members.values()}
    terms = {
        (member.bioguide, term.start): _term_row(member, term)
        for member in roster.members.values()
        for term in member.terms
    }
    known = _known(connection, t.terms)
    gone = [key for key in known if key not in terms and key[:1] in members]
    changed = _bring_up_to(connection, t.members, members, _known(connection, t.members))
    return changed + _bring_up_to(connection, t.terms, terms, known) + _remove_terms(connection, gone)


def load_roster(connection: Connection) -> Roster:
    """Return the roster that `store_roster` left: the facts of the last refresh, or those that this version ships."""
    seats: dict[str, list[Term]] = defaultdict(list)
    c = t.terms.c
    terms = select(c.bioguide, *(c[part] for part in PARTS_OF_TERM)).order_by(c.start)
    for bioguide, *term in connection.execute(terms):
        seats[bioguide].append(Term(*term))
    people = connection.execute(select(t.members).order_by(t.members.c.bioguide)).mappings()
    return roster_of(_member(dict(row), seats[row["bioguide"]]) for row in people)


class RosterOnce:
    """The roster of the database, read when it is first asked for: most runs have nobody to settle."""

    def __init__(self) -> None:
        self._roster: Roster | None = None

    def of(self, connection: Connection) -> Roster:
        """Return it, by way of CONNECTION where it was not read yet."""
        self._roster = self._roster or load_roster(connection)
        return self._roster


def _member(names: Row, terms: Sequence[Term]) -> Member:
    return Member(**names | {"other_names": tuple(names["other_names"])}, terms=tuple(terms))


def _member_row(member: Member) -> Row:
    names = {name: getattr(member, name) for name in NAMES}
    return names | {"other_names": list(member.other_names)}


def _term_row(member: Member, term: Term) -> Row:
    return {"bioguide": member.bioguide} | {part: getattr(term, part) for part in PARTS_OF_TERM}


def _known(connection: Connection, table: Table) -> dict[tuple[Any, ...], Row]:
    names = table.columns.keys()
    rows = [dict(zip(names, row, strict=True)) for row in connection.execute(select(table))]
    return {tuple(row[column.name] for column in table.primary_key): row for row in rows}


def _bring_up_to(
    connection: Connection,
    table: Table,
    rows: Mapping[tuple[Any, ...], Row],
    known: Mapping[tuple[Any, ...], Row],
) -> int:
    new = [row for key, row in rows.items() if key not in known]
    changed = [row for key, row in rows.items() if key in known and known[key] != row]
    insert_ignore(connection, table, new)
    upsert(connection, table, changed, key=table.primary_key.columns.keys(), change=table.columns.keys())
    return len(new) + len(changed)


def _remove_terms(connection: Connection, keys: Sequence[tuple[Any, ...]]) -> int:
    c = t.terms.c
    statement = delete(t.terms).where(c.bioguide == bindparam("who"), c.start == bindparam("since"))
    if keys:
        connection.execute(statement, [{"who": who, "since": since} for who, since in keys])
    return len(keys)
