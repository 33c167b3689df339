"""What deploy.sh knows of the code, as tab-separated lines whose first word is their kind: `python -m local.deploy.facts`.

Sizes and schedules come from the registry; which settings a function reads, from the code that it can import.
"""

import ast
import secrets
import sys
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path

import click
import grimp

from common.errors import NotConfigured
from common.settings import Settings
from common.tasks import CONGRESSIONAL_SYNC, SERVICES, TASKS, Service, Task
from local.deploy.choices import DEPLOYMENT, Choices, read_choices

ROOT = Path(__file__).parents[2]
ROLES = Path(__file__).with_name("roles.tsv")
LEEWAY = timedelta(seconds=15)
"""How much longer Cloud Scheduler waits for an answer than the function may take."""
ALWAYS = frozenset(name for name, field in Settings.model_fields.items() if field.is_required())
SET_BY_THE_PLATFORM = frozenset({"k_revision", "k_service"})
LOCAL = frozenset({"dispatch_url", "data_dir", "log_files", "clock_file"})

SOURCES = {"link_keys": "generated", "address_key": "generated for good", "redis_url": "found"}
"""Where a secret comes from, unless the operator gives it."""
ACCOUNTS = ("scheduler", "migrate", "build", "compute")
"""Who acts besides the functions."""

Row = tuple[str, ...]


def rows(choices: Choices) -> Iterator[Row]:
    """Yield every line that deploy.sh reads; none has an empty field."""
    yield from (("given", name, value) for name, value in choices.values.items())
    yield from (("choice", name, choice.meaning) for name, choice in DEPLOYMENT.items())
    for task in TASKS.values():
        yield _function(task, concurrency=1, public=False)
    for service in SERVICES.values():
        yield _function(service, concurrency=service.concurrency, public=service.public)
    for task in TASKS.values():
        yield _job(task)
    yield "baseline", CONGRESSIONAL_SYNC.name
    for name in (name for name in Settings.model_fields if name not in _left_out(choices)):
        yield "setting", name.upper(), _kind(name, choices), _source(name)
        if _kind(name, choices) == "secret":
            yield "secret", name.upper(), _source(name)
    for function in (*TASKS, *SERVICES):
        for name in reads(function, choices):
            yield "reads", function, name.upper(), _kind(name, choices)
    yield from roles(choices)


def _function(function: Task | Service, *, concurrency: int, public: bool) -> Row:
    return (
        "function",
        function.name,
        "public" if public else "private",
        str(concurrency),
        _seconds(function.timeout),
        function.memory,
        str(function.cpu),
        str(function.max_instances),
    )


def _job(task: Task) -> Row:
    return (
        "job",
        task.name,
        task.job,
        task.schedule,
        task.zone,
        _seconds(task.timeout + LEEWAY),
        str(task.retries),
        _seconds(task.retry_backoff),
        task.purpose,
    )


def _seconds(duration: timedelta) -> str:
    return f"{duration.total_seconds():.0f}s"


def reads(function: str, choices: Choices) -> list[str]:
    """Return the settings that FUNCTION's code names, in the order of common/settings.py."""
    named = ALWAYS.union(*map(_words, _imports(function)))
    return [name for name in Settings.model_fields if name in named - _left_out(choices)]


def _left_out(choices: Choices) -> frozenset[str]:
    elsewhere = frozenset() if choices.own_database else frozenset({"cloud_sql_instance"})
    return LOCAL | SET_BY_THE_PLATFORM | elsewhere


def _imports(function: str) -> set[str]:
    main = f"functions.{function}.main"
    if main not in _graph().modules:
        raise NotConfigured(
            f"functions/{function}/ needs main.py and __init__.py: common/tasks.py names {function}"
        )
    return {main, *_graph().find_upstream_modules(main)} - {"common.settings"}


@cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph("common", "functions", cache_dir=None)


@cache
def _words(module: str) -> frozenset[str]:
    """Return what MODULE names as an attribute or as a text: `settings.mail`, `need("mail_from")`."""
    path = ROOT / Path(*module.split("."))
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    nodes = list(ast.walk(ast.parse(source.read_text())))
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return frozenset(attributes | texts)


def _kind(name: str, choices: Choices) -> str:
    """Tell whether the setting is kept in Secret Manager; a Cloud SQL login has no password, so its URL is none."""
    if name == "database_url":
        return "plain" if choices.own_database else "secret"
    return "secret" if name == "redis_url" or not Settings.model_fields[name].repr else "plain"


def _source(name: str) -> str:
    return SOURCES.get(name, "given")


def roles(choices: Choices) -> Iterator[Row]:
    """Yield who holds which role where, and why: a function's follow from the settings that it reads."""
    for who, where, role, why in _role_table():
        for account in _holders(who, choices):
            yield "role", account, where, role, why
    for task in TASKS:
        yield "role", "scheduler", f"service:{task}", "roles/run.invoker", "calls it when its time has come"
    for reader, name in _secrets_read(choices):
        why = "reads it at start"
        yield "role", reader, f"secret:{name.upper()}", "roles/secretmanager.secretAccessor", why


def _secrets_read(choices: Choices) -> Iterator[tuple[str, str]]:
    for function in (*TASKS, *SERVICES):
        for name in reads(function, choices):
            if _kind(name, choices) == "secret":
                yield function, name
    if not choices.own_database:
        yield "migrate", "database_url"


def _role_table() -> list[list[str]]:
    lines = ROLES.read_text().splitlines()
    return [line.split("\t") for line in lines[1:]]


def _holders(who: str, choices: Choices) -> Iterable[str]:
    """Return whom the first column of roles.tsv means: an account, or the readers of `SETTING`, or of `SETTING but NAME`."""
    if (who == "migrate" and not choices.own_database) or (who == "HISTORY" and choices.history_in_sql):
        return []
    if who in (*TASKS, *SERVICES, *ACCOUNTS):
        return [who]
    setting, _, without = who.partition(" but ")
    readers = [function for function in (*TASKS, *SERVICES) if setting.lower() in reads(function, choices)]
    return [function for function in readers if function != without]


@click.command()
@click.option("--settings", "file", type=click.Path(path_type=Path, dir_okay=False), required=True)
@click.option("--key", is_flag=True, help="Print a new random key instead.")
def main(*, file: Path, key: bool) -> None:
    """Print what deploy.sh knows of the code and of the operator's choices in FILE."""
    if key:
        print(secrets.token_urlsafe(36), end="")
        return
    try:
        for row in rows(read_choices(file)):
            print(*row, sep="\t")
    except NotConfigured as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
