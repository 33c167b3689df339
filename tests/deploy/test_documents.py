"""What the documents tell people to type is taken as written, and what they refer to is there."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from common.tasks import SERVICES, TASKS
from local.deploy.choices import keep_choices, read_choices
from local.deploy.cost import main as cost
from local.deploy.doctor import main as doctor
from local.deploy.facts import rows
from local.deploy.monitors import DATA
from local.deploy.run import parameters
from local.readme import ROLES, refreshed
from tests.support.documents import DOCUMENTS, ROOT, Typed, headings, typed
from tests.support.gcloud.sdk import refusals

HELP = (ROOT / "deploy.sh").read_text().partition("\nset -euo")[0]
OURS = [one for one in typed("./deploy.sh") if len(one[1]) > 1]
FUNCTIONS = {*TASKS, *SERVICES}
PLACES = {"FUNCTION", "FN"}
"""What stands for any function."""
JOBS = {"JOB", *TASKS, *(task.job for task in TASKS.values())}


def usage() -> dict[str, str]:
    """Return verb -> what deploy.sh's own help says of it."""
    found: dict[str, str] = {}
    for line in HELP.partition("# Usage:")[2].splitlines():
        if verb := re.match(r"^#   ([a-z]+)\b(.*)", line):
            found[verb[1]] = found.get(verb[1], "") + verb[2]
    return found


USAGE = usage()
GLOBAL = set(re.findall(r"--[a-z-]+", HELP.partition("Usage:")[2].splitlines()[0]))


def options(words: Sequence[str]) -> set[str]:
    return {word.partition("=")[0] for word in words if word.startswith("--")}


def values(words: Sequence[str], option: str) -> list[str]:
    return [words[place + 1] for place, word in enumerate(words) if word == option]


@pytest.mark.parametrize("example", OURS, ids=str)
def test_a_verb_and_its_options_are_in_the_help(example: Typed) -> None:
    _, (_, verb, *rest) = example

    assert verb in USAGE
    assert options(rest) <= {*re.findall(r"--[a-z-]+", USAGE[verb]), *GLOBAL}


@pytest.mark.parametrize(
    "example", [one for one in OURS if one[1][1] in {"deploy", "plan", "run", "logs"}], ids=str
)
def test_functions_that_are_named_are_in_the_registry(example: Typed) -> None:
    _, (_, verb, *rest) = example
    named = {word for word in rest if re.fullmatch(r"[a-z_]+|FUNCTION", word)}
    if verb in {"run", "logs"}:
        named = {rest[0]}

    assert named <= FUNCTIONS | PLACES


@pytest.mark.parametrize("example", [one for one in OURS if "--param" in one[1]], ids=str)
def test_parameters_are_what_the_function_takes(example: Typed) -> None:
    words = example[1]
    asked = values(words, "--param")

    if words[2] not in PLACES:
        assert parameters(words[2], asked)


@pytest.mark.parametrize("example", [one for one in OURS if one[1][1:3] == ["env", "set"]], ids=str)
def test_settings_are_settings(example: Typed, tmp_path: Path) -> None:
    given = [re.sub(r"=\$\w+$|=\.\.\.$", "=", pair) for pair in example[1][3:]]

    if "NAME=VALUE" not in given:
        keep_choices(tmp_path / "deploy.env", given)


@pytest.mark.parametrize("example", [one for one in OURS if one[1][1:3] == ["secrets", "set"]], ids=str)
def test_secrets_are_secrets(example: Typed, tmp_path: Path) -> None:
    known = {
        row[1] for row in rows(read_choices(tmp_path / "none")) if row[0] == "setting" and row[2] == "secret"
    }

    assert example[1][3] in known | {"NAME"}


@pytest.mark.parametrize("example", [one for one in OURS if one[1][1] == "schedule"], ids=str)
def test_jobs_are_jobs(example: Typed) -> None:
    assert list(example[1][2:3]) in (["pause"], ["resume"], [])
    assert set(example[1][3:]) <= JOBS


def test_options_of_cost_and_doctor_in_the_help_exist() -> None:
    told = {option.name for command in (cost, doctor) for option in command.params}

    assert options(re.findall(r"--[a-z]+", USAGE["cost"] + USAGE["doctor"])) <= {
        f"--{name}" for name in told
    } | {"--dns"}


def test_every_gcloud_command_is_taken_by_the_sdks_parser() -> None:
    shown = [list(words[1:]) for _, words in typed("gcloud") if len(words) > 1]
    asked = [
        words if any(word.startswith("--project") for word in words) else [*words, "--project=my-project"]
        for words in shown
    ]

    assert len(asked) > 30
    assert refusals(asked) == []


def test_a_gcloud_command_that_does_not_exist_is_found() -> None:
    assert refusals([["run", "services", "get-policy", "web", "--project=my-project"]]) != []


def test_verbs_of_dev_sh_that_are_shown_are_in_its_help() -> None:
    help_ = (ROOT / "dev.sh").read_text().partition("\nset -euo")[0]

    for words in (words for _, words in typed("./dev.sh") if len(words) > 1):
        verb = words[1] if words[1] != "--dry-run" else words[2]
        assert re.search(rf"^#   {verb}\b", help_, re.MULTILINE), words
        assert options(words) <= {*re.findall(r"--[a-z-]+", help_), "--live"}, words


def test_curls_ask_for_paths_that_the_api_has() -> None:
    paths = json.loads((ROOT / "common" / "api" / "openapi.json").read_text())["paths"]
    known = [re.sub(r"\{\w+\}", r"[^/]+", path) for path in paths]

    asked = {
        word.removeprefix("$API").partition("?")[0]
        for _, words in typed("curl")
        for word in words
        if word.startswith("$API")
    }

    assert asked
    assert [path for path in asked if not any(re.fullmatch(one, path) for one in known)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.name))
def test_every_link_and_its_heading_are_there(document: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)]+)\)", document.read_text())
    parted = [(document.parent / link.partition("#")[0], link.partition("#")[2]) for link in links]
    targets = [(document if file == document.parent else file, anchor) for file, anchor in parted]

    assert [str(file) for file, _ in targets if not file.exists()] == []
    assert [anchor for file, anchor in targets if anchor and anchor not in headings(file)] == []


def test_what_a_policy_refers_to_is_there() -> None:
    told = " ".join(file.read_text() for file in sorted((DATA / "policies").glob("*.json")))
    places = re.findall(r'(docs/\w+\.md), \\"([^\\]+)\\"', told)

    assert len(places) >= 4
    for name, title in places:
        assert title.lower().replace(" ", "-") in headings(ROOT / name), title


def test_the_tables_of_the_documents_are_what_the_code_says_today() -> None:
    text = ROLES.read_text()

    assert text == refreshed(text, ROLES), "run .venv/bin/python -m local.readme"


def test_the_picture_shows_every_function() -> None:
    picture = (ROOT / "docs" / "architecture.svg").read_text()

    assert [name for name in sorted(FUNCTIONS) if f">{name}<" not in picture] == []


def test_the_page_of_alerts_names_every_policy() -> None:
    page = (ROOT / "docs" / "monitoring.md").read_text()

    names = [json.loads(file.read_text())["displayName"] for file in (DATA / "policies").glob("*.json")]

    assert [name for name in names if f"| {name.removeprefix('CapitolScope: ')} |" not in page] == []
