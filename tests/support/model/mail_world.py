"""What can happen to a mail: the ledger's own functions, asked in every order by two drains, a provider and people.

What costs a fault (a kill, a pause past a lease, a flush, a doubled entry or event, a lost answer, a refusal) is allowed
a few times per history; the rest happens by itself.
"""

from collections.abc import Iterator
from dataclasses import replace

from common.alerts.sending import ledger
from common.alerts.sending.ledger import CERTAINTY, PROOFS, TOLD, UNSENT, Evidence, Grounds, Message, Status
from common.mail.port import Accepted, Outcome, SurelyNotSent, Then, Unknown
from tests.support.model.explore import Broken, Step
from tests.support.model.mail_state import (
    NOW,
    PAST,
    Delivery,
    Drain,
    State,
    Told,
    a_message,
    idle,
    message,
    with_drain,
)

OUTCOMES: dict[str, Outcome] = {
    "yes": Accepted("p"),
    "no": SurelyNotSent(Then.RETRY, "busy"),
    "lost": Unknown("lost"),
}
EVENTS = ("processed", "delivered")
AT_REST = frozenset(Status) - UNSENT - {Status.SENDING, Status.UNKNOWN}


class MailRules:
    """How the world works. A planted fault overrides one method, or one function of the ledger."""

    def __init__(self, *, resend: bool = False) -> None:
        self.resend = resend

    # ---- what is read, and could be forgotten to be

    def is_suppressed(self, s: State) -> bool:
        return s.is_suppressed

    def evidence(self, s: State, number: int) -> tuple[Evidence, ...]:
        kept = sorted(event.kind for event in s.kept if event.delivery.message == number)
        return tuple(Evidence(PROOFS.get(kind, Status.ACCEPTED), NOW) for kind in kept)

    def says(self, s: State, number: int) -> str | None:
        """Say what a message says of the trade now; None = nothing is left to say."""
        if number not in s.noticed:
            return None
        return "corrected" if number > 1 and message(s, 1).status in TOLD else "new"

    def without_overtaken(self, s: State) -> State:
        """Take from the first message, if it turns out unsent, what its amendment has overtaken."""
        overtaken = s.is_amended and message(s, 1).status in UNSENT
        return s._replace(noticed=s.noticed - {1}) if overtaken else s

    def waits(self, s: State, number: int) -> bool:
        return number > 1 and message(s, 1).status is Status.SENDING

    # ---- what can happen

    def steps(self, s: State) -> Iterator[Step[State]]:
        """List what can happen next."""
        for drain in s.drains:
            yield from getattr(self, f"_{drain.at}")(s, drain)
            if s.faults and drain.at != "idle":
                yield _fault(f"{drain.name} is killed", idle(s, drain))
        yield from self._time(s)
        yield from self._provider(s)
        yield from self._people(s)
        yield from self._mishaps(s)

    # ---- a drain, step by step

    def _idle(self, s: State, drain: Drain) -> Iterator[Step[State]]:
        repaired = self._repaired(s)
        if repaired != s:
            yield Step(f"{drain.name} puts right what is overdue", repaired)
            return
        chosen = tuple(m.id for m in s.messages if ledger.lacks_entry(m, NOW) and not self.waits(s, m.id))
        if chosen:
            marked = _changed(s, *(replace(message(s, number), enqueued_at=NOW) for number in chosen))
            yield Step(
                f"{drain.name} chooses {chosen}", with_drain(marked, drain._replace(at="put", chosen=chosen))
            )
        own = [number for name, number in s.pending if name == drain.name]
        for number in own[:1] or s.stream[:1]:
            taken = s if own else _without(s, number)._replace(pending=_pending(s, drain, number))
            yield Step(
                f"{drain.name} takes {number}", with_drain(taken, drain._replace(at="taken", message=number))
            )

    def _repaired(self, s: State) -> State:
        for m in s.messages:
            evidence = self.evidence(s, m.id)
            after = ledger.lapsed(m, evidence, NOW) or ledger.presumed_lost(m, evidence, None, NOW)
            if after is None and self.resend:
                after = ledger.resent(m, evidence, NOW)
            s = self.without_overtaken(_changed(s, after))
        return s

    def _put(self, s: State, drain: Drain) -> Iterator[Step[State]]:
        stream = tuple(sorted((*s.stream, *drain.chosen)))
        yield Step(f"{drain.name} puts {drain.chosen}", idle(s._replace(stream=stream), drain))

    def _taken(self, s: State, drain: Drain) -> Iterator[Step[State]]:
        m = message(s, drain.message)
        if not ledger.is_due(m, NOW) or self.waits(s, m.id):
            yield Step(
                f"{drain.name} claims nothing",
                with_drain(s, drain._replace(at="claimed", message=m.id, says="")),
            )
            return
        claiming = drain._replace(at="claimed", claims=drain.claims + 1)
        after = replace(m, **ledger.claim(claiming.token, NOW))
        yield Step(f"{drain.name} claims {m.id}", with_drain(_changed(s, after), claiming))

    def _claimed(self, s: State, drain: Drain) -> Iterator[Step[State]]:
        done = s._replace(pending=tuple(p for p in s.pending if p != (drain.name, drain.message)))
        if drain.says == "":
            yield Step(f"{drain.name} acknowledges", idle(done, drain))
            return
        written = drain._replace(at="written", says=self.says(s, drain.message))
        yield Step(f"{drain.name} acknowledges and writes: {written.says}", with_drain(done, written))

    def _written(self, s: State, drain: Drain) -> Iterator[Step[State]]:
        grounds = Grounds(
            is_suppressed=self.is_suppressed(s),
            has_news=drain.message in s.noticed and drain.says is not None,
            evidence=self.evidence(s, drain.message),
        )
        after = ledger.begun(message(s, drain.message), drain.token, grounds, NOW)
        if after is None or after.status is not Status.SENDING:
            yield Step(f"{drain.name} sends nothing", idle(_changed(s, after), drain))
            return
        _judge_send(s, after)
        yield Step(
            f"{drain.name} begins to send {after.id}",
            with_drain(_changed(s, after), drain._replace(at="sending")),
        )

    def _sending(self, s: State, drain: Drain) -> Iterator[Step[State]]:
        attempt = message(s, drain.message).attempt
        taken = self._accept(s, Delivery(drain.message, attempt, str(drain.says)))
        heard = with_drain(taken, drain._replace(at="answered", outcome="yes"))
        yield Step(f"the provider takes {drain.message} and says so", heard)
        if not s.faults:
            return
        for outcome, after, label in (
            ("lost", taken, "takes it, but its answer is lost"),
            ("lost", s, "does not take it, and its answer is lost"),
            ("no", s, "says no"),
        ):
            told = with_drain(after, drain._replace(at="answered", outcome=outcome))
            yield _fault(f"the provider {label} ({drain.message})", told)
        yield _fault(f"{drain.name} is killed when {drain.message} was taken", idle(taken, drain))

    def _accept(self, s: State, delivery: Delivery) -> State:
        same = [before for before in s.taken if before.message == delivery.message]
        if len(same) > int(self.resend):
            raise Broken(f"{delivery} was accepted after {same[0]}")
        if delivery.says == "new" and any(b.says == "new" and b.message != delivery.message for b in s.taken):
            raise Broken(f"{delivery} tells as new what was told")
        coming = s.coming | {Told(delivery, kind) for kind in EVENTS}
        return s._replace(taken=tuple(sorted((*s.taken, delivery))), coming=coming)

    def _answered(self, s: State, drain: Drain) -> Iterator[Step[State]]:
        m, outcome = message(s, drain.message), OUTCOMES[drain.outcome]
        after = ledger.answered(m, drain.token, outcome, self.evidence(s, m.id), NOW)
        recorded = self.without_overtaken(_changed(s, after))
        yield Step(f"{drain.name} records {drain.outcome}", idle(recorded, drain))

    # ---- what happens around the drains

    def _time(self, s: State) -> Iterator[Step[State]]:
        for m in s.messages:
            if m.status is Status.PLANNED and m.next_attempt_at > NOW:
                yield Step(f"the wait of {m.id} ends", _changed(s, replace(m, next_attempt_at=NOW)))
            if ledger.is_due(m, NOW) and m.enqueued_at == NOW and not _is_queued(s, m.id):
                yield Step(
                    f"{m.id} is not in the queue for 2 minutes", _changed(s, replace(m, enqueued_at=PAST))
                )
            if m.lease_until is not None and m.lease_until > NOW:
                lives = any(d.token == m.claim_token and d.at != "idle" for d in s.drains)
                ended = _changed(s, replace(m, lease_until=NOW))
                label = f"the lease of {m.id} ends"
                yield from [_fault(label, ended)] * (s.faults > 0) if lives else [Step(label, ended)]
            if m.status is Status.UNKNOWN and m.sending_at == NOW:
                yield Step(f"days pass for {m.id}", _changed(s, replace(m, sending_at=PAST)))

    def _provider(self, s: State) -> Iterator[Step[State]]:
        for event in sorted(s.coming):
            yield Step(
                f"event {event.kind} of {event.delivery}",
                self._told(s, event)._replace(coming=s.coming - {event}),
            )

    def _told(self, s: State, event: Told) -> State:
        if event in s.kept:
            return s
        proof = Evidence(PROOFS.get(event.kind, Status.ACCEPTED), NOW)
        after = ledger.settled(message(s, event.delivery.message), proof)
        return _changed(s, after)._replace(kept=s.kept | {event})

    def _people(self, s: State) -> Iterator[Step[State]]:
        for act in sorted(s.people):
            after: State = getattr(self, f"_{act}")(s)
            yield Step(f"somebody asks: {act}", after._replace(people=s.people - {act}))

    def _suppress(self, s: State) -> State:
        return s._replace(is_suppressed=True)

    def _stop(self, s: State) -> State:
        unsent = {m.id for m in s.messages if m.status in UNSENT}
        return self._take_back(s, unsent)

    def _amend(self, s: State) -> State:
        s = self._take_back(s, {1} if message(s, 1).status in UNSENT else set())
        return s._replace(messages=(*s.messages, a_message(2)), noticed=s.noticed | {2}, is_amended=True)

    def _take_back(self, s: State, numbers: set[int]) -> State:
        after = [replace(message(s, n), **ledger.taken_back(has_notices=False)) for n in numbers]
        return _changed(s, *after)._replace(noticed=s.noticed - numbers)

    def _mishaps(self, s: State) -> Iterator[Step[State]]:
        if not s.faults:
            return
        if s.stream or s.pending:
            yield _fault("Redis is flushed", s._replace(stream=(), pending=()))
        for number in set(s.stream):
            if s.stream.count(number) == 1:
                yield _fault(
                    f"{number} is queued twice", s._replace(stream=tuple(sorted((*s.stream, number))))
                )
        for event in sorted(s.kept):
            yield _fault(f"{event.kind} of {event.delivery} comes again", self._told(s, event))

    # ---- what is promised

    def check(self, s: State) -> None:
        """Every promise about a single step is looked at where the step is made."""

    def check_rest(self, s: State) -> None:
        """Raise Broken where nothing can happen any more, and the books do not balance."""
        for m in s.messages:
            taken = [str(delivery) for delivery in s.taken if delivery.message == m.id]
            if m.status not in AT_REST:
                raise Broken(f"{m.id} was lost: it is {m.status} for ever")
            if bool(taken) != (m.status is Status.DELIVERED):
                raise Broken(f"{m.id} is {m.status}, and the provider took {taken or 'nothing'}")


def _judge_send(s: State, after: Message) -> None:
    """Raise Broken where it is known already that a message may not leave."""
    if s.is_suppressed:
        raise Broken(f"{after.id} was sent to a suppressed address")
    if after.id not in s.noticed:
        raise Broken(f"{after.id} was sent, though its rule was stopped")
    if any(event.delivery.message == after.id for event in s.kept):
        raise Broken(f"{after.id} was sent again, though an event says that it was taken")


def _changed(s: State, *after: Message | None) -> State:
    """Write messages. Raises Broken where certainty is taken back."""
    messages = list(s.messages)
    for one in after:
        if one is None:
            continue
        before = messages[one.id - 1]
        if CERTAINTY.get(before.status, 0) > CERTAINTY.get(one.status, 0):
            raise Broken(f"{one.id} was {before.status}, and is taken back to {one.status}")
        messages[one.id - 1] = replace(one, detail=None)
    return s._replace(messages=tuple(messages))


def _fault(label: str, s: State) -> Step[State]:
    return Step(label, s._replace(faults=s.faults - 1), is_fault=True)


def _is_queued(s: State, number: int) -> bool:
    chosen = any(number in d.chosen for d in s.drains)
    return chosen or number in s.stream or any(number == queued for _, queued in s.pending)


def _without(s: State, number: int) -> State:
    rest = list(s.stream)
    rest.remove(number)
    return s._replace(stream=tuple(rest))


def _pending(s: State, drain: Drain, number: int) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((*s.pending, (drain.name, number))))
