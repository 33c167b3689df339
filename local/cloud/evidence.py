"""What there is to see of the runs: what history, the database and the functions' logs say, each for itself."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, select

from common.clock import Clock
from common.db.engine import read_transaction
from common.db.tables import fences
from common.logs import LABELS
from common.runtime.history_sql import SqlHistory
from common.runtime.records import History, RunRecord, Status
from local.cloud.pages import read_mails, text_of
from local.logs import entries, stop

AT_ONCE = 500  # records in one look
LINK = re.compile(r"^Open the filing.*\n\S*/(?P<doc_id>[^/\s#]+?)(\.pdf)?/?(#\S+)?$", re.MULTILINE)


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
class Told:
    """A mail that left, about a filing; a mail about several is one for each."""

    doc_id: str
    subject: str
    sent: datetime


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that was found."""

    records: tuple[RunRecord, ...]
    fences: Mapping[str, int]
    """Scope -> the last token that the database issued."""
    started: tuple[Started, ...]
    finished: tuple[Finished, ...]
    told: tuple[Told, ...] = ()
    """By the time at which they left."""


def gather(engine: Engine, clock: Clock, folder: Path) -> Evidence:
    """Return what ENGINE's database, and the logs and mails in FOLDER say."""
    with read_transaction(engine) as connection:
        issued = {row.scope: row.token for row in connection.execute(select(fences))}
    lines = [
        line for file in sorted((folder / "logs").glob("*.jsonl")) for line in entries(file, keep_on=stop)
    ]
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
    told = sorted(mails_about(folder / "mail"), key=lambda mail: mail.sent)
    return Evidence(records, issued, tuple(started), tuple(finished), tuple(told))


def mails_about(folder: Path) -> Iterator[Told]:
    """Yield the mails in FOLDER for each filing that one has a link to open."""
    for mail in read_mails(folder):
        lines = text_of(folder / f"{mail.name}.eml").splitlines()
        for found in LINK.finditer("\n".join(lines)):
            yield Told(found["doc_id"], mail.subject, mail.sent)


def every_record(history: History) -> Iterator[RunRecord]:
    """Yield every record of HISTORY, the newest first."""
    before = None
    while page := history.recent(before=before, limit=AT_ONCE):
        yield from page
        before = page[-1]
