"""Rules of the house that no linter knows."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 300
LONGEST_FUNCTION = 40
LONGEST_MAIN = 15
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
MACHINE_PATH = re.compile(r"(?<![\w.~])/(?:wo" + r"rk|ro" + r"ot|ho" + r"me)/\w")
NOT_OURS = {"requirements.lock", "LICENSE"}


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    names = set(filter(None, listed.stdout.split("\0"))) - NOT_OURS
    return sorted(ROOT / name for name in names if (ROOT / name).is_file())


def text_files() -> Iterator[tuple[str, str]]:
    for path in tracked():
        content = path.read_bytes()
        if b"\0" not in content:
            yield str(path.relative_to(ROOT)), content.decode()


def modules() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py"]


def found(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}"
        for name, text in text_files()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def functions(module: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_nothing_is_left_for_later() -> None:
    assert found(UNFINISHED) == []


def test_nothing_names_a_folder_of_one_machine() -> None:
    assert found(MACHINE_PATH) == []


@pytest.mark.parametrize("module", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_short(module: Path) -> None:
    lines = len(module.read_text().splitlines())
    long = [f"{name}: {size}" for name, size in functions(module) if size >= LONGEST_FUNCTION]

    assert lines < LONGEST_FILE
    assert long == []


def test_a_main_reads_like_a_sentence() -> None:
    mains = (ROOT / "functions").glob("*/main.py")

    assert [main.parent.name for main in mains if len(main.read_text().splitlines()) > LONGEST_MAIN] == []
