"""What is uploaded of a function: its main.py, of common/ what that can import, and its packages, in one folder.

`python -m local.deploy.bundle FUNCTION... --into build/` stages build/FUNCTION, from which `gcloud run deploy --source`
builds; `migrate` is the job that brings the database's schema up to date. One line of output each: folder, tab, bytes.
The same sources give the same bytes.
"""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import click
import grimp

from common.errors import NotConfigured
from common.tasks import SERVICES, TASKS
from local.deploy.requirements import PYTHON, declared, requirements, versions_in

ROOT = Path(__file__).resolve().parents[2]
BASE_IMAGE = f"python{PYTHON.replace('.', '')}"
MIGRATE = "migrate"
MIGRATIONS = "common.db.migrations"
CLOUD = "cloud"  # extra: Cloud SQL and Cloud Tasks
IGNORED = """\
# Everything here was staged to be uploaded, but what running it here leaves behind.
.gcloudignore
__pycache__/
*.py[co]
"""


@dataclass(frozen=True)
class Bundle:
    """A staged folder."""

    folder: Path

    @property
    def files(self) -> list[Path]:
        """Every file, as a path inside the folder."""
        return sorted(path.relative_to(self.folder) for path in self.folder.rglob("*") if path.is_file())

    @property
    def pins(self) -> dict[str, str]:
        """Name -> version of the packages that it installs."""
        return versions_in((self.folder / "requirements.txt").read_text())

    @property
    def packages(self) -> list[str]:
        """Names of the packages that it installs."""
        return list(self.pins)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum((self.folder / name).stat().st_size for name in self.files)


@dataclass(frozen=True)
class _Plan:
    """What a bundle is made of."""

    entry: str
    """Module from which everything that it imports is found."""
    extra: str
    also: str | None = None
    """Package that is loaded without an import."""
    start: str | None = None
    """Command that starts it, where functions-framework does not."""


def names() -> list[str]:
    """Return everything that can be staged."""
    return [*TASKS, *SERVICES, MIGRATE]


def stage(name: str, into: Path) -> Bundle:
    """Stage NAME as the folder INTO/NAME, in place of what stood there. Raises NotConfigured for a name unknown."""
    plan = _plan(name)
    folder, made = into / name, into / f".{name}"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    for file in sorted(_files(plan)):
        _copy(file, made)
    (made / "requirements.txt").write_text(requirements(declared([plan.extra, CLOUD])))
    (made / ".python-version").write_text(f"{PYTHON}\n")
    (made / ".gcloudignore").write_text(IGNORED)
    if plan.start:
        (made / "Procfile").write_text(f"web: {plan.start}\n")  # a buildpack's word for what is started
    shutil.rmtree(folder, ignore_errors=True)
    made.rename(folder)
    return Bundle(folder)


def _plan(name: str) -> _Plan:
    if name == MIGRATE:
        return _Plan("common.db.schema", "migrations", also=MIGRATIONS, start="python3 -m common.db.schema")
    function = TASKS.get(name) or SERVICES.get(name)
    if function is None:
        raise NotConfigured(f"no function {name}; common/tasks.py has {', '.join([*TASKS, *SERVICES])}")
    return _Plan(f"functions.{name}.main", function.packages)


def _copy(file: Path, folder: Path) -> None:
    inside = file.relative_to(ROOT)
    target = folder / ("main.py" if inside.parts[0] == "functions" else inside)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)


def _files(plan: _Plan) -> Iterator[Path]:
    modules = _modules(plan.entry)
    if plan.also:
        modules |= {found for found in _graph().modules if found.startswith(f"{plan.also}.")}
        modules |= {found for module in set(modules) for found in _modules(module)}
    packages = {parent for module in modules if module.startswith("common.") for parent in _parents(module)}
    code = {module: _source(module) for module in modules | packages if module.startswith("common")}
    yield from code.values()
    yield _source(plan.entry)
    for package in packages:
        text = "".join(file.read_text() for module, file in code.items() if module.startswith(package))
        yield from _data(_source(package).parent, text)


def _modules(entry: str) -> set[str]:
    """Return ENTRY and all that it can import, at once or later."""
    reachable = _graph().find_upstream_modules(entry)
    return {entry, *(module for module in reachable if not _graph().is_module_squashed(module))}


@cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph("common", "functions", cache_dir=None, exclude_type_checking_imports=True)


def _parents(module: str) -> Iterator[str]:
    parts = module.split(".")
    for length in range(1, len(parts)):
        yield ".".join(parts[:length])


def _source(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _data(folder: Path, text: str) -> Iterator[Path]:
    """Yield the files in FOLDER that are not code, where TEXT names them or a folder of theirs: templates, tables."""
    for path in folder.iterdir():
        if path.name == "__pycache__" or (path / "__init__.py").exists() or f'"{path.name}"' not in text:
            continue
        if path.is_file():
            yield path
        else:
            yield from (file for file in path.iterdir() if file.is_file())
            yield from _data(path, text)


@click.command()
@click.argument("functions", nargs=-1, required=True)
@click.option(
    "--into", type=click.Path(path_type=Path), required=True, help="Folder that takes one folder each."
)
def main(*, functions: tuple[str, ...], into: Path) -> None:
    """Stage FUNCTIONS, or `migrate`."""
    try:
        for name in functions:
            bundle = stage(name, into)
            print(bundle.folder, bundle.size, sep="\t")
    except NotConfigured as fault:
        sys.exit(f"bundle: {fault}")


if __name__ == "__main__":
    main()
