"""A small world: records, one lock, one fence, the work's database, processes, and callers who ask again.

`Rules.steps` lists everything that can happen next. What costs a fault (kill, pause past the lock's TTL or a flush of
Redis, duplicate delivery, a lost answer, SIGTERM) is allowed a few times per history; the rest happens by itself.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from common.runtime import decide
from common.runtime.decide import FINAL
from common.runtime.records import Status
from common.runtime.runner import Run
from tests.support.model.explore import Broken, Step
from tests.support.model.state import (
    Caller,
    Process,
    State,
    ended,
    fault,
    get,
    order,
    put,
    with_process,
)
from tests.support.model.tape import UNITS, Answer, ModelRun, Question, Record, Stand, in_store, stand

Answers = tuple[tuple[str, Any], ...]
SLOTS = 2  # processes at once
ASKS = 3  # how often a caller asks for a run before it is done
LOST = {
    "create": ("lost",),
    "replace": ("lost",),
    "acquire": ("lost",),
    "fence": ("lost", "down"),
    "commit": ("lost",),
    "dispatch": ("lost", "down"),
    "breathe": ("terminated",),
}
"""Which questions may go wrong, and how: executed but not answered, not executed, or a signal instead."""


class Place(NamedTuple):
    """Where a process stands, and one list of answers that leads there."""

    stands: Question | Answer
    answers: Answers


class Rules:
    """How the world works. A planted fault overrides one method."""

    make_run: type[Run] = ModelRun

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._numbers: dict[Any, int] = {}
        self._next: dict[Any, int] = {}

    # ---- what the servers check

    def mark_holds(self, stored: int, presented: int) -> bool:
        return stored == presented

    def fence_holds(self, current: int, token: int) -> bool:
        return current == token

    def may_release(self, holder: str | None, value: str) -> bool:
        return holder == value

    # ---- what can happen

    def steps(self, s: State) -> Iterator[Step[State]]:
        """List what can happen next. Raises Broken where that breaks a promise."""
        for p in s.processes:
            yield from self._process_steps(s, p)
        for run_id, caller in s.callers:
            yield from self._caller_steps(s, run_id, caller)
        yield from self._lock_ends(s)

    def _process_steps(self, s: State, p: Process) -> Iterator[Step[State]]:
        stands = self._places[p.at].stands
        if isinstance(stands, Answer):
            yield Step(f"{p} answers {stands.code} {stands.text}", ended(s, p, stands.code))
            if s.faults and p.is_awaited:
                yield fault(f"{p} answers {stands.code}, but the answer is lost", ended(s, p, 503))
            return
        for outcome in self._outcomes(s, p, stands):
            yield self._answer(s, p, stands, outcome)
        if s.faults:
            yield fault(f"{p} is killed before it can {_say(stands)}", ended(s, p, 503))

    def _outcomes(self, s: State, p: Process, question: Question) -> Iterator[str]:
        yield "ok"
        if question.verb == "breathe":
            if s.lock != p.value:
                yield "lease lost"
            if s.timeouts:
                yield "out of time"
        if s.faults:
            yield from LOST.get(question.verb, ())

    def _answer(self, s: State, p: Process, question: Question, outcome: str) -> Step[State]:
        label = f"{p}: {_say(question)}" + ("" if outcome == "ok" else f" - {outcome}")
        is_fault = outcome in {"lost", "down", "terminated"}
        reply: tuple[str, Any] = (outcome, None)
        if outcome in {"ok", "lost"}:
            s, reply = getattr(self, f"_{question.verb}")(s, p, *question.details)
        if outcome in {"lost", "down"}:
            reply = ("down", None)
        if outcome == "out of time":
            s = s._replace(timeouts=s.timeouts - 1)
        now = next(q for q in s.processes if (q.run_id, q.birth) == (p.run_id, p.birth))
        entitled = now.entitled and not (question.verb == "acquire" and outcome == "lost")
        after = self._told(now, reply)._replace(entitled=entitled)
        s = with_process(s, now, after)
        return fault(label, s) if is_fault else Step(f"{label} -> {_brief(reply)}", s)

    def _caller_steps(self, s: State, run_id: str, caller: Caller) -> Iterator[Step[State]]:
        if caller.state == "asks" and len(s.processes) < SLOTS:
            asked = caller._replace(asks_left=caller.asks_left - 1, state="waits")
            yield Step(f"{run_id} is asked for", self._born(s, run_id, asked, is_awaited=True))
        if caller.state == "waits" and s.faults and len(s.processes) < SLOTS:
            yield fault(f"{run_id} is delivered twice", self._born(s, run_id, caller, is_awaited=False))
        found = in_store(run_id, get(s.records, run_id))
        if found and decide.dispatch_again(found.record, s.lock, caller_is_done=caller.state == "done"):
            again = caller._replace(asks_left=1, state="asks")
            callers = put(s.callers, run_id, again)
            yield Step(f"health_check dispatches {run_id} again", s._replace(callers=callers))

    def _born(self, s: State, run_id: str, caller: Caller, *, is_awaited: bool) -> State:
        caller = caller._replace(births=caller.births + 1)
        process = self._told(Process(run_id, caller.root, caller.births, is_awaited), None)
        callers = put(s.callers, run_id, caller)
        return s._replace(callers=callers, processes=tuple(sorted((*s.processes, process), key=order)))

    def _lock_ends(self, s: State) -> Iterator[Step[State]]:
        holder = next((p for p in s.processes if p.value == s.lock), None)
        free = s._replace(lock=None)
        if holder is None and s.lock:
            yield Step(f"the lock of dead {s.lock} expires", free)
        elif holder and s.faults:
            free = with_process(free, holder, holder._replace(entitled=False))
            yield fault(f"{holder} is paused past its lock's TTL, or Redis is flushed", free)

    def _told(self, p: Process, reply: tuple[str, Any] | None) -> Process:
        """Return P after it got REPLY to its question; None = it was just born."""
        key = (p.run_id, p.birth, p.at, reply)
        if key not in self._next:
            before = self._places[p.at].answers if reply else ()
            answers = (*before, *([reply] if reply else []))
            stands = stand(self.make_run, p.run_id, p.root, p.birth, answers)
            self._next[key] = self._number(p, stands, answers)
        return p._replace(at=self._next[key])

    def _number(self, p: Process, stands: Stand, answers: Answers) -> int:
        """Return the number of the place where P STANDS; numbers are quicker to compare."""
        number = self._numbers.setdefault((p.run_id, p.birth, stands.local), len(self._places))
        if number == len(self._places):
            self._places.append(Place(stands.at, answers))
        return number

    # ---- what each question does; returns the world after it and the reply

    def _create(self, s: State, p: Process, run_id: str, fresh: Record) -> tuple[State, Any]:
        if get(s.records, run_id):
            return s, ("ok", None)
        return s._replace(records=put(s.records, run_id, fresh)), ("ok", fresh)

    def _read(self, s: State, p: Process, run_id: str) -> tuple[State, Any]:
        return s, ("ok", get(s.records, run_id))

    def _replace(self, s: State, p: Process, run_id: str, mark: int, wanted: Record) -> tuple[State, Any]:
        found: Record = get(s.records, run_id)
        if not self.mark_holds(found.mark, mark):
            return s, ("stale", None)
        if found.status in FINAL:
            raise Broken(f"{found.status} of {run_id} was overwritten with {wanted.status}")
        if wanted.status is Status.SKIPPED and get(s.units, found.root, 0):
            raise Broken(f"{run_id} was skipped after it had begun its work")
        if wanted.status is Status.SUCCEEDED and get(s.units, found.root, 0) != UNITS:
            raise Broken(f"{run_id} succeeded without its work")
        return s._replace(records=put(s.records, run_id, wanted)), ("ok", wanted)

    def _acquire(self, s: State, p: Process, value: str) -> tuple[State, Any]:
        if s.lock not in {None, value}:
            return s, ("ok", s.lock)
        return with_process(s, p, p._replace(entitled=True))._replace(lock=value), ("ok", None)

    def _release(self, s: State, p: Process, value: str) -> tuple[State, Any]:
        if not self.may_release(s.lock, value):
            return s, ("ok", False)
        return with_process(s, p, p._replace(entitled=False))._replace(lock=None), ("ok", True)

    def _holder(self, s: State, p: Process) -> tuple[State, Any]:
        return s, ("ok", s.lock)

    def _fence(self, s: State, p: Process) -> tuple[State, Any]:
        return s._replace(fence=s.fence + 1), ("ok", s.fence + 1)

    def _checkpoint(self, s: State, p: Process, root: str, step: str) -> tuple[State, Any]:
        return s, ("ok", get(s.links if step == "chain" else s.units, root, 0))

    def _breathe(self, s: State, p: Process) -> tuple[State, Any]:
        return s, ("ok", None)

    def _commit(self, s: State, p: Process, token: int, changes: tuple[Any, ...]) -> tuple[State, Any]:
        if not self.fence_holds(s.fence, token):
            return s, ("lease lost", None)
        if token != s.fence:
            raise Broken(f"{p} wrote with fence {token}, after {s.fence} was issued")
        for step, root, number in changes:
            if step == "chain":
                s = s._replace(links=put(s.links, root, number))
            elif number != get(s.units, root, 0) + 1:
                raise Broken(f"unit {number} of {root} was done twice")
            else:
                s = s._replace(units=put(s.units, root, number))
        return s, ("ok", None)

    def _dispatch(self, s: State, p: Process, run_id: str, root: str) -> tuple[State, Any]:
        known = get(s.callers, run_id) or Caller(root, 0, state="done")
        caller = known._replace(asks_left=ASKS, state="asks" if known.state == "done" else known.state)
        return s._replace(callers=put(s.callers, run_id, caller)), ("ok", None)

    # ---- what is promised

    def check(self, s: State) -> None:
        """Raise Broken where STATE itself breaks a promise."""
        for p in s.processes:
            if p.entitled and s.lock != p.value:
                raise Broken(f"{p} lost its lock to {s.lock}, though its lease had not ended")

    def check_rest(self, s: State) -> None:
        """Raise Broken where nothing can happen any more, and yet something was lost."""
        for run_id, caller in s.callers:
            record: Record | None = get(s.records, run_id)
            if record is None or record.status not in FINAL:
                raise Broken(
                    f"nobody asks for {run_id} any more; it is {record.status if record else 'unknown'}"
                )
            if (
                record.status in {Status.SUCCEEDED, Status.CONTINUED}
                and get(s.units, caller.root, 0) != UNITS
            ):
                raise Broken(f"the rest of the work of {caller.root} was lost; {run_id} is {record.status}")
            if record.status is Status.GAVE_UP:
                raise Broken(f"{run_id} gave up though it had attempts left")


def _say(question: Question | Answer) -> str:
    if isinstance(question, Answer):
        return "answer"
    return f"{question.verb} {', '.join(map(_brief, question.details))}".strip()


def _brief(value: Any) -> str:
    if isinstance(value, Record):
        return f"[{value.status}, attempt {value.attempt}, fence {value.fence}]"
    if isinstance(value, tuple):
        return " ".join(map(_brief, value))
    return str(value)
