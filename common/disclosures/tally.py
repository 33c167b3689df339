"""What a chain of runs did in one chamber so far: its checkpoint, saved in the transaction of each piece of work."""

from dataclasses import asdict, dataclass, field
from typing import Self

from sqlalchemy import Connection

from common.runtime.context import RunContext


@dataclass(slots=True)
class Tally:
    """The counts of a chain, and what its next run need not do again."""

    chamber: str
    since: str
    """When the chain began: a failure after that is not tried again by the same chain."""
    by_name: bool = False
    new: int = 0
    read: int = 0
    stored: int = 0
    named: list[str] = field(default_factory=list)
    """BY_NAME: what was read so far; nothing else would tell the chain's next run that it is done."""
    listed: list[int] = field(default_factory=list)
    """Years whose index was read."""
    begun: list[int] = field(default_factory=list)
    """Years whose index a run of the chain began to read, once for each time."""
    fault: str | None = None
    """Why the chain asks the chamber's source nothing more."""

    @classmethod
    def resumed(cls, ctx: RunContext, chamber: str, *, by_name: bool) -> Self:
        """Return the chain's tally of CHAMBER; zeros at its beginning."""
        begun = {"since": ctx.clock().isoformat(), "by_name": by_name}
        return cls(chamber, **(ctx.resume(chamber) or begun))

    def add_index(self, ctx: RunContext, tx: Connection, year: int, new: int) -> None:
        """Count the index of YEAR and its NEW documents, within the transaction that listed them."""
        self.new += new
        self.listed.append(year)
        self._save(ctx, tx)

    def begin_index(self, ctx: RunContext, year: int) -> int:
        """Note that the index of YEAR is about to be read; return how often that was begun, and cut short, before."""
        before = self.begun.count(year)
        self.begun.append(year)
        with ctx.transaction() as tx:
            self._save(ctx, tx)
        return before

    def add_read(self, ctx: RunContext, tx: Connection, doc_id: str, *, stored: bool) -> None:
        """Count a document within its own transaction."""
        self.read, self.stored = self.read + 1, self.stored + stored
        self.named += [doc_id] if self.by_name else []
        self._save(ctx, tx)

    def end(self, ctx: RunContext, tx: Connection, fault: str) -> None:
        """Keep the FAULT for which the chain asks nothing more."""
        self.fault = fault
        self._save(ctx, tx)

    def _save(self, ctx: RunContext, tx: Connection) -> None:
        state = asdict(self)
        ctx.checkpoint(tx, state.pop("chamber"), state)
