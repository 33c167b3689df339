"""The README says what the code says."""

import re
from pathlib import Path

import pytest

from local.readme import README, configuration_table, functions_table, refreshed

ROOT = README.parent


def test_its_tables_are_what_the_code_says_today() -> None:
    text = README.read_text()

    assert text == refreshed(text), "run .venv/bin/python -m local.readme"


def test_a_function_has_a_row_with_its_schedule() -> None:
    assert "| `congressional_sync` |" in functions_table()
    assert "`0 8-18/2 * * MON-FRI` | America/New_York | 15 min |" in functions_table()


def test_a_function_that_nothing_schedules_has_a_row_too() -> None:
    assert "|  | when the public ask |  | 1 min |  |" in functions_table()


def test_a_setting_has_a_row_with_its_default() -> None:
    rows = configuration_table().splitlines()

    assert any(row.startswith("| `REDIS_URL` | **required** |") for row in rows)
    assert any(row.startswith("| `HISTORY` | `sql` |") for row in rows)
    assert any(row.startswith("| `CLOUD_SQL_INSTANCE` |  |") for row in rows)


def test_what_stands_between_the_markers_is_replaced() -> None:
    text = README.read_text()

    spoiled = text.replace(functions_table(), "| old |\n| --- |")

    assert spoiled != text
    assert refreshed(spoiled) == text


def test_a_lost_marker_is_refused() -> None:
    with pytest.raises(ValueError, match="end of functions"):
        refreshed(README.read_text().replace("<!-- end of functions -->", ""))


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_link_to_a_file_leads_somewhere(document: str) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", (ROOT / document).read_text())

    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_verbs_it_shows_are_verbs_of_dev_sh() -> None:
    shown = set(re.findall(r"\./dev\.sh ([a-z]+)", README.read_text()))
    listed = set(re.findall(r"^#   ([a-z]+)", Path(ROOT / "dev.sh").read_text(), re.MULTILINE))

    assert shown <= listed
