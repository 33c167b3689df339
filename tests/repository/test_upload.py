"""What gcloud would upload of this folder."""

import shutil
import subprocess
from pathlib import Path

import pytest

from common.settings import given

ROOT = Path(__file__).parents[2]
ALWAYS = ("main.py", "requirements.txt", "common/tasks.py", "common/members/roster.json")
NEVER = (
    *(".env", ".git/config", ".venv/bin/python", ".capitolscope/db.sqlite", "key.json"),
    *("local/demo.py", "tests/unit/test_x.py", "bench/parse.py", "dev.sh", "deploy.sh"),
    *("README.md", "pyproject.toml", "requirements.lock", "common/__pycache__/x.pyc", "common/db/y.pyc"),
)


@pytest.fixture
def gcloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))
    found = shutil.which("gcloud")
    if not found and given("CI") == "true":
        pytest.fail("missing: gcloud", pytrace=False)
    return found or pytest.skip("missing: gcloud")


def test_only_what_a_function_runs_is_uploaded(tmp_path: Path, gcloud: str) -> None:
    source = tmp_path / "source"
    for name in (*NEVER, *ALWAYS):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).touch()
    shutil.copy(ROOT / ".gcloudignore", source)

    listed = subprocess.run(
        [gcloud, "meta", "list-files-for-upload", source], check=True, capture_output=True, text=True
    )

    assert sorted(listed.stdout.splitlines()) == sorted(ALWAYS)
