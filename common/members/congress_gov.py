"""Congress.gov's list of who sits in Congress now: a second opinion about the roster.

Format: https://api.congress.gov, v3, /member; keys are api.data.gov's, 5,000 requests an hour.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from common.background import first_done
from common.download import Pace, Patience, Requests, get
from common.errors import SourceChanged, SourceRefused
from common.members.roster import BIOGUIDE, text_of
from common.members.states import STATES

PAGE = 250  # members; the most that one answer holds
MOST_MEMBERS = 5_000  # ten times those who sit; no count makes us ask for more
MOST_BYTES = 4 * 2**20
PATIENCE = Patience(attempts=2, total=timedelta(seconds=30))
CHAMBERS = {"House of Representatives": "house", "Senate": "senate"}
PARTIES = {"Democratic": "Democrat"}
"""What congress-legislators calls the same party."""
LETTERS = {name: letters for letters, name in STATES.items()}


class KeyRefused(SourceRefused):
    """Congress.gov takes no such key; the message says where there is one."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Who sits where, in the roster's words; the same seat under another spelling of the name is the same."""

    name: str = field(compare=False)
    party: str
    chamber: str
    state: str
    district: int | None
    """0 = at large; None in the Senate."""

    def __str__(self) -> str:
        """Return it as a finding tells it."""
        district = "" if self.district is None else f"{self.district:02}"
        return f"{self.chamber} {self.state}{district}, {self.party}"


def fetch_seats(
    base_url: str, contact: str, key: str, *, breathe: Callable[[], None] = lambda: None
) -> dict[str, Seat]:
    """Return every sitting member's seat by bioguide id.

    Raises KeyRefused (403), SourceUnavailable (with the Retry-After of a 429) or SourceChanged (not the format, or fewer
    members than its own count).
    """

    async def fetch(client: httpx.AsyncClient) -> dict[str, Seat]:
        found, count = parse_members(await _page(client, base_url, key, 0))
        for offset in range(PAGE, min(count, MOST_MEMBERS), PAGE):
            page, _ = parse_members(await _page(client, base_url, key, offset))
            found |= page
        if len(found) != count:
            raise SourceChanged(f"Congress.gov: counts {count} members and lists {len(found)}")
        return found

    with Requests(contact) as requests:
        future = requests.start(fetch)
        first_done([future], breathe)
        return future.result()


async def _page(client: httpx.AsyncClient, base_url: str, key: str, offset: int) -> bytes:
    try:
        answer = await get(
            client,
            f"{base_url}/v3/member?format=json&currentMember=true&limit={PAGE}&offset={offset}",
            what="Congress.gov: members",
            most_bytes=MOST_BYTES,
            pace=Pace(timedelta(0)),
            patience=PATIENCE,
            headers={"X-Api-Key": key},
        )
    except SourceRefused as refusal:
        raise KeyRefused(
            f"{refusal}; set CONGRESS_GOV_API_KEY to a key of https://api.congress.gov/sign-up"
        ) from refusal
    return answer.body


def parse_members(document: bytes) -> tuple[dict[str, Seat], int]:
    """Return the seats of one page by bioguide id, and the count of all. Raises SourceChanged."""
    try:
        page = json.loads(document)
        seats = {text_of(record["bioguideId"], BIOGUIDE): _seat(record) for record in page["members"]}
        return seats, int(page["pagination"]["count"])
    except (KeyError, TypeError, ValueError, IndexError, OverflowError, RecursionError) as error:
        raise SourceChanged(f"Congress.gov: not a page of members: {error!r}") from error


def _seat(record: Any) -> Seat:
    latest = max(record["terms"]["item"], key=lambda term: (term["startYear"], "endYear" not in term))
    chamber = CHAMBERS[latest["chamber"]]
    party, state = record["partyName"], record["state"]
    return Seat(
        name=text_of(record["name"]),
        party=PARTIES.get(party, text_of(party)),
        chamber=chamber,
        state=LETTERS[state],
        district=int(record.get("district") or 0) if chamber == "house" else None,
    )
