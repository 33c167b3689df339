"""Secrets travel by stdin alone: into Secret Manager, and from there to functions by pinned reference."""

import re

import pytest
from click.testing import CliRunner

from common.settings import load
from local.deploy.facts import main
from tests.support.deploying import REDIS_PASSWORD, SENDGRID_KEY, First, Tree, leaks
from tests.support.gcloud.cloud import Project


def kept(project: Project) -> dict[str, str]:
    """Return every secret's newest value."""
    return {name: secret["versions"][-1]["value"] for name, secret in project.of("secrets").items()}


def test_no_secret_stands_in_an_argument_an_environment_a_log_or_a_file(first: First) -> None:
    assert leaks(first.left, first.tree.root, first.done) == []


def test_nothing_is_left_among_the_temporary_files(first: First) -> None:
    assert [*(first.tree.root / "tmp").iterdir()] == []


def test_what_is_kept_is_what_the_functions_take(first: First) -> None:
    secrets = kept(first.left)

    values = {name.removeprefix("capitolscope-").replace("-", "_").upper(): v for name, v in secrets.items()}
    settings = load({"DATABASE_URL": "sqlite://", "CONTACT": "a@b.example", **values})
    assert settings.redis_url == f"redis://:{REDIS_PASSWORD}@10.7.0.3:6379/0"
    assert settings.sendgrid_api_key == SENDGRID_KEY
    assert settings.link_keys != settings.address_key


def test_a_key_that_is_made_up_is_long_enough_and_never_the_same() -> None:
    keys = [CliRunner().invoke(main, ["--settings", "none.env", "--key"]).output for _ in range(2)]

    assert keys[0] != keys[1]
    assert all(re.fullmatch(r"[\w-]{32,}", key) for key in keys)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("SENDGRID_API_KEY", "", "SENDGRID_API_KEY is empty"),
        ("CONTACT", "x", "CONTACT is no secret"),
        ("NOTHING", "x", "NOTHING is no secret"),
    ],
)
def test_what_is_no_secret_is_refused(again: Tree, name: str, value: str, why: str) -> None:
    refused = again.run("secrets", "set", name, stdin=value)

    assert refused.returncode == 1
    assert why in refused.stderr
    assert not [call for call in again.project.calls if call.changes and "versions" in call.words]


def test_a_secret_that_is_missing_is_told_with_what_to_type(again: Tree) -> None:
    del again.project.resources["secrets", "", "capitolscope-sendgrid-api-key"]

    shown = again.run("secrets", "check")

    assert "missing: ./deploy.sh secrets set SENDGRID_API_KEY" in shown.stdout + shown.stderr


def test_the_settings_that_are_printed_name_secrets_and_never_show_them(again: Tree) -> None:
    shown = again.must("env")

    assert "REDIS_URL=capitolscope-redis-url:1" in shown
    assert REDIS_PASSWORD not in shown
    assert not [call for call in again.project.calls if "access" in call.words]
