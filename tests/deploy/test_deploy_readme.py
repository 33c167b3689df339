"""README's "Deploy in 15 minutes", followed word by word in a shell on a terminal, against the recording gcloud."""

import re
import textwrap

import pytest

from common.tasks import SERVICES, TASKS
from tests.support.deploying import ROOT, SENDGRID_KEY, Tree
from tests.support.gcloud.cloud import PROJECT
from tests.support.terminal import Terminal, shell

README = (ROOT / "README.md").read_text()
SECTION = README.partition("\n## Deploy in 15 minutes\n")[2].partition("\n### ")[0]
PROMPT = "SENDGRID_API_KEY: "


def blocks() -> list[str]:
    """Return what the section says to paste, with the project's own name for the example's."""
    found = re.findall(r"```bash\n(.*?)```", SECTION, re.DOTALL)
    return [textwrap.dedent(block).replace("my-project", PROJECT) for block in found]


def follow(terminal: Terminal) -> list[int]:
    """Paste block after block, answer what is asked, and return the status with which each ended."""
    statuses = []
    for block in blocks():
        terminal.paste(block)
        if "secrets set SENDGRID_API_KEY" in block:
            terminal.wait_for(PROMPT)
            terminal.paste(f"{SENDGRID_KEY}\n")
        statuses.append(terminal.status())
    return statuses


@pytest.fixture
def statuses(tree: Tree) -> list[int]:
    tree.settings.unlink()
    with shell(tree.root, tree.environment) as terminal:
        return follow(terminal)


def test_what_is_pasted_deploys_everything(tree: Tree, statuses: list[int]) -> None:
    services = tree.project.of("run services")
    assert statuses == [0] * len(blocks())
    assert {name.replace("-", "_") for name in services} == {*TASKS, *SERVICES}
    assert {job["state"] for job in tree.project.of("scheduler jobs").values()} == {"ENABLED"}
    assert (
        "SENDGRID_EVENT_KEY=MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE..."
        in services["web"]["flags"]["set-env-vars"]
    )
    secret = tree.project.of("secrets")["capitolscope-sendgrid-api-key"]
    assert [version["value"] for version in secret["versions"]] == [SENDGRID_KEY]
