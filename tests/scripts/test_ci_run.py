"""What CI does, told by a dev.sh that only writes down how it was called."""

from pathlib import Path

import pytest

from tests.support.scripts import Bench

DEV = """#!{bash}
echo "dev.sh $* CI=$CI corpus=$CAPITOLSCOPE_CORPUS" >> {calls}
echo "$1 speaks"
if [[ -e {fails} && $1 == check ]]; then exit 1; fi
"""


@pytest.fixture
def ci(bench: Bench) -> Bench:
    bench.put_python()
    bench.put(bench.root / "dev.sh", DEV)
    return bench


@pytest.fixture
def corpus(ci: Bench) -> Path:
    corpus = ci.root.parent / "shared" / "data" / "house"
    for folder in ("pdf", "truth"):
        (corpus / folder).mkdir(parents=True)
    return corpus


def test_checks_and_tests_run_on_the_filings_beside_the_clone(
    ci: Bench, corpus: Path, tmp_path: Path
) -> None:
    result = ci.run(".ci/run", cwd=tmp_path)

    assert result.returncode == 0
    assert ci.calls == [f"dev.sh {verb} CI=true corpus={corpus}" for verb in ("setup", "check", "test")]


def test_filings_may_lie_elsewhere(ci: Bench, corpus: Path, tmp_path: Path) -> None:
    elsewhere = corpus.rename(tmp_path / "elsewhere")

    ci.run(".ci/run", CAPITOLSCOPE_CORPUS=str(elsewhere))

    assert ci.calls[-1].endswith(f"corpus={elsewhere}")


def test_without_filings_it_fails_and_says_what_to_set(ci: Bench) -> None:
    result = ci.run(".ci/run")

    assert result.returncode == 1
    assert "set CAPITOLSCOPE_CORPUS" in result.stderr
    assert ci.calls == []


def test_tests_run_and_have_the_last_word_even_when_a_check_fails(ci: Bench, corpus: Path) -> None:
    ci.fails.touch()

    result = ci.run(".ci/run")

    assert result.returncode == 1
    assert result.stdout.splitlines()[-1] == "test speaks"


def test_the_venv_module_is_brought_where_it_is_missing(ci: Bench, corpus: Path) -> None:
    ci.put_python(old=True)
    ci.put(ci.stubs / "apt-get", '#!{bash}\necho "apt-get $*" >> {calls}\n')

    ci.run(".ci/run")

    assert ci.calls[:2] == [
        "apt-get update -q",
        "apt-get install -q -y --no-install-recommends python3 python3-venv",
    ]
