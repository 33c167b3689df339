"""A service that cannot be had is skipped loudly on a laptop, and fails in CI."""

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
NEEDS_ALL = """
def test_needs_the_emulator(firestore_emulator): ...
def test_needs_it_too(firestore_emulator): ...
def test_needs_the_corpus(corpus): ...
def test_needs_nothing(): ...
"""


def run(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run tests that need everything where there is neither gcloud nor corpus."""
    (folder / "test_needs.py").write_text(NEEDS_ALL)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.conftest",
        "-p",
        "no:cacheprovider",
        "-q",
        str(folder),
    ]
    without = {"PATH": "/nowhere", "PYTHONPATH": str(REPOSITORY), "HOME": str(folder), **environment}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=without)


def test_a_laptop_is_told_how_many_tests_it_went_without_and_why(tmp_path: Path) -> None:
    done = run(tmp_path)

    assert done.returncode == 0, done.stdout
    assert "1 passed, 3 skipped" in done.stdout
    assert "NOT TESTED" in done.stdout
    assert "3 tests were skipped because something is missing here:" in done.stdout
    assert "- no gcloud and no java on PATH for the Firestore emulator; type: sudo apt-get" in done.stdout
    assert "- the downloaded filings; set CAPITOLSCOPE_CORPUS" in done.stdout


def test_in_ci_a_missing_service_is_a_failure(tmp_path: Path) -> None:
    done = run(tmp_path, CI="true")

    assert done.returncode == 1
    assert "1 passed, 1 skipped, 2 errors" in done.stdout
