"""What there is to see of the runs: what history, the database and the functions' logs say, each for itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, select

from common.clock import Clock
from common.db.engine import read_transaction
from common.db.tables import fences
from common.logs import LABELS
from common.runtime.history_sql import SqlHistory
from common.runtime.records import History, RunRecord, Status
from local.logs import entries, stop

AT_ONCE = 500  # records in one look


@dataclass(frozen=True, slots=True)
class Started:
    """An attempt that began, as the function logged it."""

    run_id: str
    attempt: int
    fence: int


@dataclass(frozen=True, slots=True)
class Finished:
    """An attempt's end, as the function logged it."""

    run_id: str
    status: Status


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that was found."""

    records: tuple[RunRecord, ...]
    fences: Mapping[str, int]
    """Scope -> the last token that the database issued."""
    started: tuple[Started, ...]
    finished: tuple[Finished, ...]


def gather(engine: Engine, clock: Clock, logs: Path) -> Evidence:
    """Return what ENGINE's database and the files in LOGS say."""
    with read_transaction(engine) as connection:
        issued = {row.scope: row.token for row in connection.execute(select(fences))}
    lines = [line for file in sorted(logs.glob("*.jsonl")) for line in entries(file, keep_on=stop)]
    started = (
        Started(line[LABELS]["run_id"], line["attempt"], line["fence"])
        for line in lines
        if line["message"] == "task.started"
    )
    finished = (
        Finished(line[LABELS]["run_id"], Status(line["status"]))
        for line in lines
        if line["message"] == "task.finished"
    )
    records = tuple(every_record(SqlHistory(engine, clock)))
    return Evidence(records, issued, tuple(started), tuple(finished))


def every_record(history: History) -> Iterator[RunRecord]:
    """Yield every record of HISTORY, the newest first."""
    before = None
    while page := history.recent(before=before, limit=AT_ONCE):
        yield from page
        before = page[-1]
