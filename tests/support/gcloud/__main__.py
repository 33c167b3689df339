"""Runs a command with the recording gcloud on PATH: `python -m tests.support.gcloud ./deploy.sh deploy --project demo-project`.

Prints what gcloud was asked, in order; what it refused, with why. Exits as the command does.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from common.settings import given
from tests.support.gcloud.cloud import Project
from tests.support.gcloud.recorder import recording


def report(project: Project) -> str:
    """Return the calls, and below each that was refused the reason."""
    reasons = {id(call): f"\n    refused: {why}" for call, why in project.refused}
    return "\n".join(f"{call}{reasons.get(id(call), '')}" for call in project.calls)


def main(command: list[str]) -> int:
    """Run COMMAND and return its status."""
    with tempfile.TemporaryDirectory() as folder, recording(Path(folder)) as recorder:
        status = subprocess.call(["env", f"PATH={folder}:{given('PATH')}", *command])
        print(report(recorder.project))  # noqa: T201 - this is what it is for
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
