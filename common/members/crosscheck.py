"""The roster beside Congress.gov: where the two differ one of them is wrong, and a person looks. Pure."""

from collections.abc import Mapping
from datetime import date

from common.members.congress_gov import Seat
from common.members.roster import Member, Roster


def differences(roster: Roster, seats: Mapping[str, Seat], today: date) -> dict[str, str]:
    """Return by bioguide id where ROSTER says otherwise than Congress.gov's SEATS who sits TODAY, for whom and for which party."""
    ours = {who: seat for who, member in roster.members.items() if (seat := _seat(member, today))}
    return {
        who: _told((ours.get(who) or seats[who]).name, ours.get(who), seats.get(who))
        for who in sorted(ours.keys() | seats.keys())
        if ours.get(who) != seats.get(who)
    }


def _seat(member: Member, today: date) -> Seat | None:
    """Return the seat that MEMBER holds; on a day on which one term ends and another begins, the later one."""
    held = [term for term in member.terms if term.start <= today <= term.end]
    if not held:
        return None
    term = held[-1]
    return Seat(member.official_name, term.party, term.chamber, term.state, term.district)


def _told(name: str, here: Seat | None, there: Seat | None) -> str:
    return f"{name}: the roster says {here or 'no seat'}, Congress.gov {there or 'no seat'}"
