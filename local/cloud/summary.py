"""What a simulation prints: bars while it runs, then a table of what ran, and whether that is right."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from common.mail.words import count
from common.runtime.records import Kind, RunRecord, Status
from common.tasks import TASKS
from local.cloud.calls import Plan
from local.cloud.check import Finding
from local.cloud.evidence import Evidence
from local.cloud.scheduler import Delivered
from local.demo.tables import plain_table

SHOWN = 20  # findings


@contextmanager
def bars(console: Console, plan: Plan) -> Iterator[Callable[[Delivered], None]]:
    """Show a bar for each task until the block ends; lend what is to be told of each delivery."""
    columns = (
        TextColumn("  {task.description:<19}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[due]}"),
        TimeElapsedColumn(),
    )
    calls = Counter(call.tick.task.name for call in plan.calls)
    with Progress(*columns, console=console, transient=True) as progress:
        tasks = {name: progress.add_task(name, total=total, due="") for name, total in calls.items()}
        yield lambda told: progress.update(
            tasks[told.tick.task.name], advance=1, due=f"{told.tick.due:%a %d %b %H:%M}"
        )


def show_simulated(console: Console, plan: Plan, seen: Evidence, seconds: float) -> None:
    """Say how often each task ran and why not, what went wrong on purpose, and how long it took."""
    table = plain_table("task", "ticks", "ran", "skipped", "forced", "handed over", "went on", title="\nRuns")
    ticks = Counter(tick.task.name for tick in plan.ticks)
    for name in TASKS:
        table.add_row(name, str(ticks[name]), *_counts([one for one in seen.records if one.task == name]))
    console.print(table)
    met = Counter(plan.faults)
    faults = ", ".join(f"{times} {fault}" for fault, times in met.items())
    console.print(f"\n  {count(len(plan.ticks), 'tick')} in {seconds:.0f} s: {faults}", highlight=False)


def _counts(records: Sequence[RunRecord]) -> tuple[str, ...]:
    ticks = [record for record in records if record.kind is Kind.SCHEDULED]
    skipped = Counter(str(record.reason) for record in ticks if record.status is Status.SKIPPED)
    kinds: Mapping[Kind, int] = Counter(record.kind for record in records)
    return (
        str(sum(record.status in {Status.SUCCEEDED, Status.CONTINUED} for record in ticks)),
        ", ".join(f"{times} {reason}" for reason, times in skipped.items()) or "0",
        str(kinds[Kind.FORCED]),
        str(kinds[Kind.HANDOVER]),
        str(kinds[Kind.CONTINUATION]),
    )


def show_told(console: Console, news: Mapping[str, datetime], seen: Evidence) -> None:
    """Say when each filing arrived that somebody follows, when its mail left, and what that says."""
    table = plain_table("arrived (UTC)", "mailed", "document", "subject", title="\nMails")
    for mail in seen.told:
        arrived = f"{news[mail.doc_id]:%a %H:%M}" if mail.doc_id in news else "?"
        table.add_row(arrived, f"{mail.sent:%a %H:%M}", mail.doc_id, mail.subject)
    console.print(table if seen.told else "  No mail left.")


def show_findings(console: Console, findings: Sequence[Finding]) -> None:
    """Say what is wrong, or that nothing is."""
    if not findings:
        console.print(
            "  [green]Each tick ran exactly once or was skipped for the reason above; nothing else ran; no gap, no overlap.[/]\n"
            "  [green]Every filing that Kyle follows and that a sync could see was mailed exactly once.[/]\n"
            "  Looked at: history, the database's fences, what the functions logged, and the mails."
        )
    for finding in findings[:SHOWN]:
        console.print(
            f"  [red]{finding.wrong}[/]: {finding.which}: {finding.what}", highlight=False, soft_wrap=True
        )
    if len(findings) > SHOWN:
        console.print(f"  [red]and {len(findings) - SHOWN} more[/]", highlight=False)
