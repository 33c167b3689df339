"""deploy.sh on a machine that has no gcloud."""

import shutil
import subprocess
from pathlib import Path

from local.functions import ROOT

NEEDED = ("bash", "env", "python3", "mktemp", "cat", "rm", "dirname", "basename", "sed", "cmp", "mkdir")


def test_it_says_that_gcloud_is_missing_and_where_to_get_it(tmp_path: Path) -> None:
    for name in NEEDED:
        (tmp_path / name).symlink_to(shutil.which(name) or name)

    done = subprocess.run(
        [ROOT / "deploy.sh", "plan"], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )

    said = "deploy.sh: no gcloud on PATH; install it: https://cloud.google.com/sdk/docs/install\n"
    assert (done.returncode, done.stderr) == (1, said)
