"""What is not as it should be, each with what to do: `./deploy.sh doctor [--json]`.

DNS and the mail provider are asked here; what gcloud knows of the project comes as files. The provider's key is read from
stdin, so that no argument and no file holds it. Exit status 1 = something is wrong.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from common.errors import DependencyDown
from local.deploy import project_state, provider, sender
from local.deploy.choices import Choices, read_choices
from local.deploy.facts import roles
from local.deploy.finding import Finding, State, ill, show, unseen, well
from local.deploy.names_of_mail import names

SENDGRID = "https://api.sendgrid.com"
GOOGLES = "compute"
"""The account that Google made; what else it may do is not ours to judge."""


def of_mail(values: Mapping[str, str], key: str, server: str | None) -> Iterator[Finding]:
    """Yield what there is to say of mail that leaves by SendGrid, as VALUES set it; KEY may be empty, SERVER is a DNS server."""
    if values.get("MAIL", "sendgrid") != "sendgrid":
        yield ill("mail", "MAIL is not sendgrid: nobody gets any", "./deploy.sh env set MAIL=sendgrid")
        return
    domain = values.get("MAIL_FROM", "").rpartition("@")[2].rstrip(">").lower()
    if not domain:
        yield ill("mail", "MAIL_FROM is not set", "./deploy.sh env set MAIL_FROM='Name <alerts@your.domain>'")
        return
    account = provider.Account(values.get("SENDGRID_URL", SENDGRID), key)
    yield provider.event_key(values.get("SENDGRID_EVENT_KEY"))
    who, found = provider.sender(account, domain) if key else (sender.Sender(domain), _no_key())
    yield found
    try:
        yield from sender.judge(who, names(server))
    except DependencyDown as down:
        yield unseen("DNS", str(down), "does this machine reach a DNS server? type the same again")
    if key:
        yield from provider.webhook(account, values["PUBLIC_BASE_URL"], values.get("SENDGRID_EVENT_KEY"))
    yield provider.address_of_events(values["PUBLIC_BASE_URL"])


def _no_key() -> Finding:
    return unseen(
        "SendGrid's account", "SENDGRID_API_KEY is not kept", "./deploy.sh secrets set SENDGRID_API_KEY"
    )


def of_project(folder: Path, choices: Choices, project: str, region: str) -> Iterator[Finding]:
    """Yield what gcloud's answers in FOLDER say: policy.json, services.json, quotas.json, and missing (secrets' names)."""
    wanted = (
        (f"serviceAccount:{email(who, project)}", role)
        for _, who, where, role, _ in roles(choices)
        if where == "project" and who != GOOGLES
    )
    yield from project_state.roles(wanted, _answer(folder / "policy.json"))
    yield from project_state.openness(_answer(folder / "services.json"))
    yield from project_state.quotas(_answer(folder / "quotas.json"), region)
    missing = (folder / "missing").read_text().split()
    for name in missing:
        yield ill("secrets", f"{name} is missing", f"./deploy.sh secrets set {name}")
    if not missing:
        yield well("secrets", "all that the settings need are kept")


def email(who: str, project: str) -> str:
    """Return the address of the service account of WHO, as local/deploy/names.sh makes it."""
    name = f"capitolscope-{who.replace('_', '-')}"[:30].rstrip("-")
    return f"{name}@{project}.iam.gserviceaccount.com"


def _answer(file: Path) -> Any:
    return json.loads(file.read_text())


@click.command()
@click.option(
    "--settings", type=click.Path(path_type=Path, dir_okay=False), required=True, help="deploy.env."
)
@click.option("--project", required=True)
@click.option("--region", required=True)
@click.option("--base-url", required=True, help="Where web is, unless PUBLIC_BASE_URL is set.")
@click.option("--state", type=click.Path(path_type=Path, exists=True), help="Folder of gcloud's answers.")
@click.option("--dns", "server", help="host:port of the DNS server to ask; default: this machine's.")
@click.option("--json", "wants_json", is_flag=True)
def main(
    *,
    settings: Path,
    project: str,
    region: str,
    base_url: str,
    state: Path | None,
    server: str | None,
    wants_json: bool,
) -> None:
    """Print what is not as it should be; the mail provider's key comes on stdin."""
    key = "" if sys.stdin.isatty() else sys.stdin.read().strip()
    choices = read_choices(settings)
    findings = list(of_mail({"PUBLIC_BASE_URL": base_url, **choices.values}, key, server))
    if state:
        findings += of_project(state, choices, project, region)
    if wants_json:
        click.echo(json.dumps([asdict(one) for one in findings]))
    else:
        show(Console(soft_wrap=True, highlight=False), findings)
    sys.exit(any(one.state is State.ILL for one in findings))


if __name__ == "__main__":
    main(prog_name="./deploy.sh doctor")
