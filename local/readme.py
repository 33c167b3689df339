"""Write the tables of README and docs from the code that they describe: `python -m local.readme`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from pydantic_core import PydanticUndefined

from common.settings import Settings
from common.tasks import SERVICES, TASKS, Service, Task
from local.deploy.bill import ALWAYS_ON, lines, works
from local.deploy.choices import read_choices
from local.deploy.cost import amount_of
from local.deploy.doctor import GOOGLES, email
from local.deploy.facts import roles

README = Path(__file__).parents[1] / "README.md"
ROLES = README.parent / "docs" / "roles.md"


def refreshed(text: str, document: Path = README) -> str:
    """Return TEXT, of DOCUMENT, with each generated block replaced. Raises ValueError where a block's markers are missing."""
    for name, table in TABLES[document].items():
        text = _replaced(text, name, table())
    return text


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


def cost_table() -> str:
    """Return a month's bill of a deployment in which nothing was chosen, as a Markdown table."""
    bill = list(lines(read_choices(README.parent / "no such file"), works({})))
    rows = [(one.part, amount_of(one), f"{one.dollars:.2f}", one.cheapest) for one in bill if one.dollars]
    free = ", ".join(one.part for one in bill if not one.dollars)
    floor = sum(one.dollars for one in bill if one.kind == ALWAYS_ON)
    total = sum(one.dollars for one in bill)
    rows += [
        (free, "", "0.00", "within what is free"),
        (
            "**the floor: what is always on**",
            "",
            f"**{floor:.2f}**",
            "0.00 with a database and a Redis of your own",
        ),
        ("**all**", "", f"**{total:.2f}**", ""),
    ]
    return _table(("part", "a month", "$", "cheapest choice"), rows)


def roles_table() -> str:
    """Return who may do what, and why, as a Markdown table."""
    holders: dict[tuple[str, str, str], list[str]] = {}
    for _, who, where, role, why in roles(read_choices(README.parent / "no such file")):
        holders.setdefault((where, role, why), []).append(who)
    rows = [
        (_place(where), f"`{role}`", ", ".join(map(_account, sorted(names))), why)
        for (where, role, why), names in sorted(holders.items())
    ]
    return _table(("on", "role", "service accounts", "why"), rows)


def _account(who: str) -> str:
    return "Compute Engine's default" if who == GOOGLES else f"`{email(who, '').partition('@')[0]}`"


def _place(where: str) -> str:
    kind, _, name = where.partition(":")
    return f"{kind} `{name}`" if name else f"the {kind}"


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


TABLES: Mapping[Path, Mapping[str, Callable[[], str]]] = {
    README: {"functions": functions_table, "configuration": configuration_table, "cost": cost_table},
    ROLES: {"roles": roles_table},
}
"""Document -> the blocks in it that are written here."""


if __name__ == "__main__":
    for document in TABLES:
        document.write_text(refreshed(document.read_text(), document))
