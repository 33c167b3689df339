"""Write the README's tables from the code that they describe: `python -m local.readme`."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from pydantic_core import PydanticUndefined

from common.settings import Settings
from common.tasks import SERVICES, TASKS, Service, Task

README = Path(__file__).parents[1] / "README.md"


def refreshed(text: str) -> str:
    """Return TEXT with each generated block replaced. Raises ValueError where a block's markers are missing."""
    with_functions = _replaced(text, "functions", functions_table())
    return _replaced(with_functions, "configuration", configuration_table())


def functions_table() -> str:
    """Return the registry as a Markdown table: what is scheduled, then what answers."""
    return _table(
        ("function", "what it does", "Scheduler job", "schedule", "zone", "timeout", "late after"),
        (*map(_task_row, TASKS.values()), *map(_service_row, SERVICES.values())),
    )


def configuration_table() -> str:
    """Return every setting as a Markdown table."""
    return _table(
        ("variable", "default", "meaning"),
        (
            (f"`{name.upper()}`", _default(field.default), field.description or "")
            for name, field in Settings.model_fields.items()
        ),
    )


def _replaced(text: str, name: str, table: str) -> str:
    begin, end = f"<!-- {name}: written by python -m local.readme -->", f"<!-- end of {name} -->"
    if (text.count(begin), text.count(end)) != (1, 1):
        raise ValueError(f"README: expected {begin} and {end} once each")
    before, _, rest = text.partition(begin)
    return f"{before}{begin}\n{table}\n{end}{rest.partition(end)[2]}"


def _task_row(task: Task) -> tuple[str, ...]:
    return (
        f"`{task.name}`",
        task.purpose,
        f"`{task.job}`",
        f"`{task.schedule}`",
        task.zone,
        _minutes(task.timeout),
        _minutes(task.grace),
    )


def _service_row(service: Service) -> tuple[str, ...]:
    asked_by = "the public" if service.public else "operators"
    return f"`{service.name}`", service.purpose, "", f"when {asked_by} ask", "", _minutes(service.timeout), ""


def _default(value: object) -> str:
    if value is PydanticUndefined:
        return "**required**"
    return "" if value is None else f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _minutes(duration: timedelta) -> str:
    return f"{duration / timedelta(minutes=1):g} min"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(_line(cells) for cells in (head, ["---"] * len(head), *rows))


def _line(cells: Sequence[str]) -> str:
    escaped = (cell.replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"


if __name__ == "__main__":
    README.write_text(refreshed(README.read_text()))
