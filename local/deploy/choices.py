"""What the operator chose for one project: the file that `./deploy.sh env set NAME=VALUE` writes."""

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from common.errors import NotConfigured
from common.settings import Settings, load

LINE = re.compile(r"(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>[^\t]*)")
PARTING = ";;"
"""What deploy.sh puts between two variables of a function; no value may hold it."""
STAND_INS = {
    "DATABASE_URL": "postgresql+pg8000://host/name",
    "REDIS_URL": "redis://host",
    "CONTACT": "a@b.example",
}
"""For settings that deploy.sh finds out later, where the rest is to be checked."""

SHAPES = {
    "DATABASE_URL": (
        r"postgresql\+pg8000://[^\s@]+@[^\s@/]+/[^\s/]+",
        "postgresql+pg8000://USER:PASSWORD@HOST/NAME",
    ),
    "REDIS_URL": (r"rediss?://\S+", "a redis:// or rediss:// URL"),
}
"""Secret -> what its value looks like; the settings know the rest."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice of the deployment, which no function reads."""

    default: str
    pattern: str
    meaning: str


DEPLOYMENT = {
    "REGION": Choice(
        "us-west1", r"[a-z]+-[a-z]+\d+", "where everything runs, unless --region says otherwise"
    ),
    "DATABASE": Choice(
        "cloudsql", "cloudsql|url", "cloudsql, or url = the one that the secret DATABASE_URL names"
    ),
    "DATABASE_TIER": Choice("db-g1-small", r"db-[a-z0-9-]+", "machine type of the Cloud SQL instance"),
    "REDIS": Choice(
        "memorystore", "memorystore|url", "memorystore, or url = the one that the secret REDIS_URL names"
    ),
    "REDIS_GIB": Choice("1", r"[1-9]\d{0,2}", "memory of the Memorystore instance, in GiB"),
    "NETWORK": Choice(
        "default", r"[a-z][a-z0-9-]*", "VPC network through which functions reach Memorystore; none = without"
    ),
    "SUBNET": Choice("default", r"[a-z][a-z0-9-]*", "its subnet in the region"),
    "FIRESTORE_LOCATION": Choice(
        "region", r"region|[a-z0-9-]+", "where task history lives; region = where the functions run"
    ),
    "BUDGET": Choice("100", r"\d{1,6}", "dollars a month after which the operator is warned; 0 = never"),
}


@dataclass(frozen=True, slots=True)
class Choices:
    """VALUES holds every choice of the deployment, and the settings that were given."""

    values: Mapping[str, str]

    @property
    def own_database(self) -> bool:
        """Whether the database is a Cloud SQL instance that deploy.sh makes."""
        return self.values["DATABASE"] == "cloudsql"

    @property
    def history_in_sql(self) -> bool:
        """Whether task history is kept beside everything else, so that nobody needs Firestore."""
        return self.values.get("HISTORY") == "sql"


def read_choices(file: Path) -> Choices:
    """Return what FILE says, no file being no choice. Raises NotConfigured naming every fault."""
    given = _given(file)
    return _valid(given, file)


def keep_choices(file: Path, changes: Iterable[str]) -> None:
    """Write CHANGES (NAME=VALUE; no value drops the name) into FILE. Raises NotConfigured, and then writes nothing."""
    given = {**_given(file), **dict(_parsed(change, file) for change in changes)}
    kept = {name: value for name, value in given.items() if value}
    _valid(kept, file)
    file.write_text("".join(f"{name}={value}\n" for name, value in kept.items()), encoding="utf-8")


def _given(file: Path) -> dict[str, str]:
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return dict(_parsed(line, file) for line in lines if line.strip() and not line.startswith("#"))


def _valid(given: Mapping[str, str], file: Path) -> Choices:
    faults = [fault for name, value in given.items() if (fault := _fault(name, value))]
    if faults:
        raise NotConfigured(f"{file}: {'; '.join(faults)}")
    load({**STAND_INS, **given})
    defaults = {name: choice.default for name, choice in DEPLOYMENT.items()}
    return Choices({**defaults, **{name: value for name, value in given.items() if value}})


def _parsed(line: str, file: Path) -> tuple[str, str]:
    match = LINE.fullmatch(line)
    if not match:
        raise NotConfigured(f"{file}: {line.partition('=')[0]!r} is not NAME=VALUE")
    return match["name"], match["value"]


def _fault(name: str, value: str) -> str | None:
    if PARTING in value:
        return f"{name} holds {PARTING!r}, which parts variables from one another"
    if name in DEPLOYMENT:
        choice = DEPLOYMENT[name]
        return None if re.fullmatch(choice.pattern, value) else f"{name} should be {choice.meaning}"
    field = Settings.model_fields.get(name.lower())
    if field is None:
        return f"{name} is neither a setting (README, Configuration) nor a choice of the deployment (./deploy.sh env)"
    if not field.repr or name in ("REDIS_URL", "DATABASE_URL"):
        return f"{name} may hold a secret: ./deploy.sh secrets set {name}"
    return None


def check_secret(name: str, value: str) -> None:
    """Raise NotConfigured, without the VALUE, where no function could start with it as the secret NAME."""
    shape, meaning = SHAPES.get(name, (r"\S+", "one word"))
    if not re.fullmatch(shape, value):
        raise NotConfigured(f"{name} should be {meaning}")
    load({**STAND_INS, name: value})


@click.command()
@click.option("--secret", metavar="NAME", help="Only look whether the text on stdin can be the secret NAME.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("changes", nargs=-1)
def main(*, secret: str | None, file: Path, changes: tuple[str, ...]) -> None:
    """Keep CHANGES, each NAME=VALUE, in FILE."""
    try:
        if secret:
            check_secret(secret, sys.stdin.read().rstrip("\n"))
        else:
            keep_choices(file, changes)
    except (NotConfigured, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
