"""A message's steps through the database on its way out: queued, claimed, sending, answered."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, delete, or_, select, update

from common.alerts.sending import ledger
from common.alerts.sending.ledger import Grounds, Message, Status
from common.alerts.sending.messages import drop_overtaken, is_due, keep, locked, stored_evidence
from common.alerts.subscriptions.suppressions import address_hash, suppressed
from common.db.alert_tables import messages, notices, subscribers, told
from common.db.dialect import insert_ignore
from common.mail.port import Outcome, Outgoing, Unknown


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it would leave now."""

    mail: Outgoing
    said: Mapping[int, str]
    """Trade id -> what is said of it (new, corrected, withdrawn, doubt); kept as told."""


def enqueue(tx: Connection, now: datetime, limit: int) -> list[int]:
    """Choose at most LIMIT messages that are due and lack an entry in the queue; give them one after the commit.

    The one that is due for the longest is chosen first, and of those chosen the one that was planned first stands first.
    """
    last = messages.c.enqueued_at
    lacks_entry = or_(last.is_(None), last < now - ledger.ENQUEUE_AGAIN)
    chosen = _for_update(is_due(now), lacks_entry).order_by(messages.c.next_attempt_at).limit(limit)
    change = update(messages).where(messages.c.id.in_(chosen)).values(enqueued_at=now)
    return sorted(tx.scalars(change.returning(messages.c.id)))


def claim(tx: Connection, ids: Collection[int], token: str, now: datetime) -> dict[int, str]:
    """Claim those of IDS that are due and nobody else's; return the id of each one's next delivery."""
    chosen = _for_update(messages.c.id.in_(ids), is_due(now))
    change = update(messages).where(messages.c.id.in_(chosen)).values(ledger.claim(token, now))
    claimed = tx.execute(change.returning(messages.c.id, messages.c.attempt))
    return {row.id: f"{row.id}.{row.attempt + 1}" for row in claimed}


def begin(
    tx: Connection,
    token: str,
    claimed: Collection[int],
    letters: Mapping[int, Letter],
    *,
    address_key: str,
    now: datetime,
) -> dict[int, Status]:
    """Say of each message CLAIMED with TOKEN what it is now; only those in `sending` may leave, once TX is committed.

    A message without a letter has nothing left to say. What the others say is told from now on.
    """
    found = locked(tx, where=messages.c.id.in_(claimed) & (messages.c.claim_token == token))
    grounds = _grounds(tx, found, letters, address_key)
    now_is = keep(tx, [(before, ledger.begun(before, token, grounds[before.id], now)) for before in found])
    leaving = [id_ for id_, status in now_is.items() if status is Status.SENDING]
    _keep_told(tx, {id_: letters[id_].said for id_ in leaving}, found)
    return now_is


def record(tx: Connection, token: str, outcomes: Mapping[int, Outcome], now: datetime) -> dict[int, Status]:
    """Record what the provider answered to what left under TOKEN; return where those messages are now.

    The claim token is the condition, so TX needs no fence: the answer is true whoever holds the lock meanwhile.
    """
    found = locked(tx, where=messages.c.id.in_(outcomes))
    in_doubt = [id_ for id_, outcome in outcomes.items() if isinstance(outcome, Unknown)]
    evidence = stored_evidence(tx, in_doubt)
    now_is = keep(
        tx,
        [
            (before, ledger.answered(before, token, outcomes[before.id], evidence.get(before.id, ()), now))
            for before in found
        ],
    )
    drop_overtaken(tx, now_is)
    return now_is


def _for_update(*where: ColumnElement[bool]) -> Select[tuple[int]]:
    return select(messages.c.id).where(*where).with_for_update(skip_locked=True)


def _grounds(
    tx: Connection, found: list[Message], letters: Mapping[int, Letter], address_key: str
) -> dict[int, Grounds]:
    ids = [message.id for message in found]
    reachable = _reachable(tx, ids, address_key)
    noticed = set(tx.scalars(select(notices.c.message_id).where(notices.c.message_id.in_(ids)).distinct()))
    evidence = stored_evidence(tx, [message.id for message in found if message.attempt])
    return {
        id_: Grounds(
            is_suppressed=id_ not in reachable,
            has_news=id_ in noticed and id_ in letters,
            evidence=tuple(evidence.get(id_, ())),
        )
        for id_ in ids
    }


def _reachable(tx: Connection, ids: Collection[int], address_key: str) -> set[int]:
    """Return which messages go to a subscriber who is still one, and whose address is not suppressed."""
    to = select(messages.c.id, subscribers.c.address).join(
        subscribers, subscribers.c.id == messages.c.subscriber_id
    )
    alive = subscribers.c.address.is_not(None) & subscribers.c.deleted_at.is_(None)
    hashes = {
        row.id: address_hash(address_key, row.address)
        for row in tx.execute(to.where(messages.c.id.in_(ids), alive))
    }
    refused = suppressed(tx, hashes.values())
    return {id_ for id_, hashed in hashes.items() if hashed not in refused}


def _keep_told(tx: Connection, said: Mapping[int, Mapping[int, str]], found: list[Message]) -> None:
    """Keep what leaves now as told, instead of what an attempt before would have told."""
    again = [message.id for message in found if message.id in said and message.attempt]
    if again:
        tx.execute(delete(told).where(told.c.message_id.in_(again)))
    rows = [
        {"message_id": id_, "trade_id": trade_id, "said": word}
        for id_, words in said.items()
        for trade_id, word in words.items()
    ]
    insert_ignore(tx, told, rows)
