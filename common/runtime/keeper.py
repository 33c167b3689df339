"""Keeps one run's record: each change conditional, a refused or unanswered one settled by reading back."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from common.clock import Clock
from common.errors import ConflictingRequest, DependencyDown
from common.runtime.decide import AskAgain, Settled, may_start_over, settle, started_over_root
from common.runtime.lease import Lease
from common.runtime.records import History, RunRecord, StaleRecord, Stored

PROGRESS_EVERY = timedelta(seconds=10)
QUICK = timedelta(seconds=2)
"""A store that took longer to say nothing will not answer the question after it within the request's 10 s either."""


class Keeper:
    """The record of one run in HISTORY as this process last saw it, and the process's right to change it."""

    _stored: Stored

    def __init__(self, history: History, lease: Lease, clock: Clock) -> None:
        self._history = history
        self._lease = lease
        self._clock = clock
        self._reported: datetime | None = None
        self._latest: Mapping[str, int] = {}

    @property
    def record(self) -> RunRecord:
        return self._stored.record

    @property
    def latest(self) -> Mapping[str, int]:
        """How far the work was when it was told last, be it written or not."""
        return self._latest or self.record.progress

    def create_or_read(self, fresh: RunRecord) -> RunRecord:
        """Create FRESH, or return what is stored under its run id.

        Raises ConflictingRequest on other parameters, or another scope: its lock would not be that of the same run.
        """
        self._stored = self._history.create(fresh) or self._read(fresh.run_id)
        if may_start_over(self.record, fresh.kind):
            root = started_over_root(fresh.run_id, fresh.created_at)
            self._stored = self._history.replace(self._stored, replace(fresh, root=root))
        if (self.record.parameters, self.record.scope) != (fresh.parameters, fresh.scope):
            raise ConflictingRequest(
                f"{fresh.run_id} was asked for with other parameters, or as another shard"
            )
        return self.record

    def read_again(self) -> RunRecord:
        """Return the record as it is now."""
        self._stored = self._read(self.record.run_id)
        return self.record

    def change(self, **fields: Any) -> RunRecord:
        """Set FIELDS, or find out that they were set.

        Raises AskAgain when the record is no longer this process's to change, StaleRecord when it is but must be
        judged again, DependencyDown when history does not answer.
        """
        wanted = replace(self.record, **fields)
        asked = self._clock()
        try:
            self._stored = self._history.replace(self._stored, wanted)
        except (StaleRecord, DependencyDown):
            if self._clock() - asked > QUICK:
                raise
            before, self._stored = self.record, self._read(wanted.run_id)
            self._settle(before, wanted)
        return self.record

    def progress(self, done: int, total: int) -> None:
        """Write how far the work is, at most every 10 s; what became of a lost answer, the next change settles."""
        now = self._clock()
        self._latest = {"done": done, "total": total}
        if self._reported is not None and now - self._reported < PROGRESS_EVERY:
            return
        self._reported = now
        wanted = replace(self.record, progress=self._latest)
        with suppress(StaleRecord, DependencyDown):
            self._stored = self._history.replace(self._stored, wanted)

    def _read(self, run_id: str) -> Stored:
        if (found := self._history.read(run_id)) is None:
            raise AskAgain(f"the record of {run_id} is gone")
        return found

    def _settle(self, before: RunRecord, wanted: RunRecord) -> None:
        match settle(self.record, before, wanted, lock_is_mine=self._lease.is_mine()):
            case Settled.RETRY:
                self._stored = self._history.replace(self._stored, wanted)
            case Settled.YIELD:
                raise AskAgain(f"{wanted.run_id} is another process's by now")
            case Settled.JUDGE_AGAIN:
                raise StaleRecord(f"{wanted.run_id} changed since it was read")
