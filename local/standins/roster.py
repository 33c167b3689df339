"""Two services that know who sits in Congress, on this machine: congress-legislators' files and Congress.gov's API.

Both tell the shipped roster's facts until a test gives them others; Congress.gov takes the key KEY alone.
"""

import json
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from common.members.legislators import FILES
from common.members.roster import Member, Roster, Term, load_shipped
from common.members.states import STATES
from local.standins.site import Reply, Request, Site

KEY = "a-key-of-congress-gov"
LISTS_AT_MOST = 250  # members on a page
TYPES = {"house": "rep", "senate": "sen"}
CHAMBERS = {"house": "House of Representatives", "senate": "Senate"}
PARTIES = {"Democrat": "Democratic"}
Json = dict[str, Any]


class RosterStandin(Site):
    """Serves ROSTER as of TODAY; `sitting` is what Congress.gov says of it, told apart only where a test does."""

    def __init__(self, roster: Roster | None = None, *, today: date) -> None:
        super().__init__()
        self.today = today
        self.serve(load_shipped() if roster is None else roster)

    def serve(self, roster: Roster) -> None:
        """Tell ROSTER's facts from now on."""
        now = {who for who, member in roster.members.items() if _held(member, self.today)}
        current = [_legislator(member) for who, member in roster.members.items() if who in now]
        left = [_legislator(member) for who, member in roster.members.items() if who not in now]
        self.files = dict(zip(FILES, (_written(current), _written(left)), strict=True))
        self.sitting = [_listed(roster.members[who], self.today) for who in sorted(now)]

    def reply(self, request: Request) -> Reply:
        """Return a file, 304 for one that is known, or a page of Congress.gov's."""
        asked = urlsplit(request.path)
        if asked.path == "/v3/member":
            return self._members(request.headers, parse_qs(asked.query))
        body = self.files.get(asked.path.removeprefix("/"))
        if body is None:
            return Reply(HTTPStatus.NOT_FOUND, b"404", {"Content-Type": "text/html"})
        tag = f'W/"{sha256(body).hexdigest()[:16]}"'
        if request.headers.get("If-None-Match") == tag:
            return Reply(HTTPStatus.NOT_MODIFIED, b"", {"ETag": tag})
        return Reply(HTTPStatus.OK, body, {"ETag": tag, "Content-Type": "application/json"})

    def _members(self, headers: Mapping[str, str], asked: Mapping[str, list[str]]) -> Reply:
        key = headers.get("X-Api-Key")
        if key != KEY:
            code = "API_KEY_INVALID" if key else "API_KEY_MISSING"
            said = f"An invalid api_key was supplied. Get one at {self.url}"
            return _json(HTTPStatus.FORBIDDEN, {"error": {"code": code, "message": said}})
        start = int(asked["offset"][0])
        page = self.sitting[start : start + min(int(asked["limit"][0]), LISTS_AT_MOST)]
        return _json(HTTPStatus.OK, {"members": page, "pagination": {"count": len(self.sitting)}})


def _held(member: Member, today: date) -> list[Term]:
    return [term for term in member.terms if term.start <= today <= term.end]


def _legislator(member: Member) -> Json:
    """Return MEMBER as congress-legislators writes one."""
    name = {
        "first": member.first,
        "middle": member.middle,
        "last": member.last,
        "suffix": member.suffix,
        "nickname": member.nickname,
        "official_full": member.official_name,
    }
    return {
        "id": {"bioguide": member.bioguide},
        "name": {part: text for part, text in name.items() if text},
        "other_names": [{"last": last} for last in member.other_names],
        "terms": [_term(term) for term in member.terms],
    }


def _term(term: Term) -> Json:
    seat = {} if term.district is None else {"district": term.district}
    days = {"start": term.start.isoformat(), "end": term.end.isoformat()}
    return {"type": TYPES[term.chamber], **days, "state": term.state, **seat, "party": term.party}


def _listed(member: Member, today: date) -> Json:
    """Return MEMBER as a page of Congress.gov lists one who sits TODAY."""
    seat = _held(member, today)[-1]
    chambers = dict.fromkeys(term.chamber for term in member.terms if term.start <= today)
    return {
        "bioguideId": member.bioguide,
        "name": f"{member.last}, {member.first}",
        "partyName": PARTIES.get(seat.party, seat.party),
        "state": STATES[seat.state],
        **({} if seat.district is None else {"district": seat.district}),
        "terms": {"item": [_service(member, chamber, seat) for chamber in chambers]},
    }


def _service(member: Member, chamber: str, seat: Term) -> Json:
    terms = [term for term in member.terms if term.chamber == chamber]
    ended = {} if chamber == seat.chamber else {"endYear": terms[-1].end.year}
    return {"chamber": CHAMBERS[chamber], "startYear": terms[0].start.year, **ended}


def _written(facts: list[Json]) -> bytes:
    return json.dumps(facts, ensure_ascii=False).encode()


def _json(status: HTTPStatus, body: Json) -> Reply:
    return Reply(status, json.dumps(body).encode(), {"Content-Type": "application/json"})
