"""What dev.sh's verbs run, and what they say when something is wrong."""

import re
import subprocess
from pathlib import Path
from runpy import run_module

import pytest

from tests.support.scripts import ROOT, Bench

PROGRAMS = re.findall(r"^verb_(\w+)\(\) \{ run_module (\S+)", (ROOT / "dev.sh").read_text(), re.MULTILINE)
VERBS = re.compile(r"^        ([a-z |]+)\)$", re.MULTILINE)


@pytest.fixture
def ready(bench: Bench) -> Bench:
    bench.set_up()
    return bench


@pytest.mark.parametrize("words", ["help", "-h", "--help", "setup --help", "check -h", "bench --help"])
def test_help_is_the_scripts_own_header(bench: Bench, words: str) -> None:
    result = bench.run("dev.sh", *words.split())

    assert result.returncode == 0
    assert result.stdout.startswith("Works on CapitolScope")
    assert "Usage: ./dev.sh [--dry-run] VERB" in result.stdout
    assert "set -euo" not in result.stdout


def test_help_lists_each_verb_that_there_is(bench: Bench) -> None:
    verbs = VERBS.search((bench.root / "dev.sh").read_text())

    listed = re.findall(r"^  ([a-z]+)", bench.run("dev.sh", "help").stdout, re.MULTILINE)

    assert verbs
    assert {*verbs[1].split(" | "), "help"} == set(listed)


def test_without_a_verb_help_goes_to_stderr(bench: Bench) -> None:
    result = bench.run("dev.sh")

    assert (result.returncode, result.stdout) == (2, "")
    assert "Usage:" in result.stderr


def test_an_unknown_verb_is_refused_by_name(bench: Bench) -> None:
    result = bench.run("dev.sh", "deploy")

    assert result.returncode == 2
    assert "no verb deploy" in result.stderr


@pytest.mark.parametrize("verb", ["setup", "check"])
def test_a_verb_that_takes_no_argument_refuses_one(bench: Bench, verb: str) -> None:
    result = bench.run("dev.sh", verb, "tests")

    assert result.returncode == 2
    assert f"{verb} takes no argument" in result.stderr
    assert bench.calls == []


@pytest.mark.filterwarnings("ignore:'local:RuntimeWarning")
@pytest.mark.parametrize(("verb", "module"), PROGRAMS)
def test_a_program_calls_itself_what_was_typed(
    verb: str, module: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["", "--help"])

    with pytest.raises(SystemExit):
        run_module(module, run_name="__main__")

    assert capsys.readouterr().out.startswith(f"Usage: ./dev.sh {verb} [OPTIONS]")


@pytest.mark.parametrize(
    ("verb", "module"),
    [("demo", "local.demo"), ("parse", "local.parse"), ("logs", "local.logs"), ("chaos", "local.chaos")],
)
def test_a_program_runs_in_the_callers_folder_with_our_modules(
    ready: Bench, tmp_path: Path, verb: str, module: str
) -> None:
    here = tmp_path / "elsewhere"
    here.mkdir()

    result = ready.run("dev.sh", verb, "--corpus", "a b", cwd=here)

    assert result.returncode == 0
    assert ready.calls == [f"python -P -m {module} --corpus a b, in {here}, PYTHONPATH={ready.root}"]


def test_a_programs_exit_status_is_ours(ready: Bench) -> None:
    ready.fails.touch()

    assert ready.run("dev.sh", "parse", "filing.pdf").returncode == 3


def test_all_tests_run_with_coverage_and_both_gates(ready: Bench) -> None:
    ready.put_tool("coverage")

    result = ready.run("dev.sh", "test")

    tests, gate = ready.calls
    assert result.returncode == 0
    assert tests.startswith("python -m pytest -n 3 ")
    assert "--cov --cov-report=term --cov-fail-under=95," in tests
    assert gate.startswith("coverage report --include=common/runtime/*,")
    assert gate.endswith("--fail-under=100")
    assert result.stdout == ""


def test_a_gap_in_what_must_be_proven_is_shown(ready: Bench) -> None:
    ready.put_tool("coverage", status=2)

    result = ready.run("dev.sh", "test")

    assert result.returncode == 1
    assert "coverage speaks" in result.stderr
    assert "need 100 %" in result.stderr


def test_failed_tests_are_the_last_word(ready: Bench) -> None:
    ready.put_tool("coverage")
    ready.fails.touch()

    assert ready.run("dev.sh", "test").returncode == 3
    assert len(ready.calls) == 1


def test_some_tests_run_without_gates_and_are_found_from_any_folder(ready: Bench) -> None:
    (ready.root / "tests").mkdir()
    (ready.root / "tests" / "test_one.py").touch()

    ready.run("dev.sh", "test", "test_one.py::test_a", "-k", "b", cwd=ready.root / "tests")

    (call,) = ready.calls
    assert call.startswith(f"python -m pytest {ready.root}/tests/test_one.py::test_a -k b, in {ready.root},")


@pytest.fixture
def checked(ready: Bench) -> Bench:
    subprocess.run(["git", "init", "-q", ready.root], check=True)
    (ready.root / ".gitignore").write_text(".venv/\n")
    for tool in ("ruff", "mypy", "lint-imports", "shellcheck"):
        ready.put_tool(tool)
    return ready


def test_check_runs_every_tool_over_every_script(checked: Bench) -> None:
    (checked.root / "new script").write_text("#!/usr/bin/env bash\n")

    result = checked.run("dev.sh", "check")

    assert result.returncode == 0
    assert [call.split(",")[0] for call in checked.calls] == [
        "ruff check .",
        "ruff format --check .",
        "mypy ",
        "lint-imports --no-cache",
        "shellcheck --external-sources --check-sourced .ci/run dev.sh new script",
        "python -m pytest -q -p no:cacheprovider tests/repository",
    ]


def test_check_goes_on_after_a_failure_and_names_them_all(checked: Bench) -> None:
    checked.put_tool("mypy", status=1)
    checked.put_tool("shellcheck", status=1)

    result = checked.run("dev.sh", "check")

    assert result.returncode == 1
    assert "check failed: types scripts" in result.stderr
    assert len(checked.calls) == 6


def test_a_dry_run_prints_the_commands_instead(checked: Bench) -> None:
    result = checked.run("dev.sh", "--dry-run", "check")

    assert len(result.stdout.splitlines()) == 6
    assert f"{checked.root}/.venv/bin/ruff check ." in result.stdout
    assert checked.calls == []


@pytest.fixture
def benchmarks(ready: Bench) -> Bench:
    (ready.root / "bench").mkdir()
    (ready.root / "bench" / "parse.py").write_text('"""Milliseconds per page."""\n')
    (ready.root / "bench" / "_shared.py").write_text('"""Not one."""\n')
    return ready


def test_benchmarks_are_listed_with_what_they_measure(benchmarks: Bench) -> None:
    result = benchmarks.run("dev.sh", "bench")

    assert result.stdout.split(maxsplit=1) == ["parse", "Milliseconds per page.\n"]


def test_a_benchmark_runs_by_name(benchmarks: Bench) -> None:
    benchmarks.run("dev.sh", "bench", "parse", "--files", "3")

    assert benchmarks.calls[0].startswith("python -P -m bench.parse --files 3,")


def test_an_unknown_benchmark_is_refused(benchmarks: Bench) -> None:
    result = benchmarks.run("dev.sh", "bench", "speed")

    assert result.returncode == 1
    assert "no benchmark speed" in result.stderr
