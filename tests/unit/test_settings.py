"""Configuration is read once, and all its faults are told together, by name."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from common.clock import utc_now
from common.errors import NotConfigured
from common.settings import Settings, given, load, settings

ENOUGH = {
    "DATABASE_URL": "sqlite:///capitolscope.db",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "CONTACT": "https://example.org/contact",
}


def test_what_is_needed_is_enough() -> None:
    loaded = load(ENOUGH)

    assert loaded.database_url == "sqlite:///capitolscope.db"
    assert loaded.history == "sql"
    assert loaded.house_url == "https://disclosures-clerk.house.gov"


def test_every_missing_name_is_told_at_once() -> None:
    with pytest.raises(NotConfigured) as refusal:
        load({})

    assert all(name in str(refusal.value) for name in ENOUGH)
    assert str(refusal.value).startswith("set ")
    assert str(refusal.value).endswith("see README, Configuration")


def test_missing_and_wrong_ones_are_told_together() -> None:
    environment = ENOUGH | {"REDIS_URL": "", "HISTORY": "mongodb", "HOUSE_PACE": "slowly", "CONTACT": "x"}

    with pytest.raises(NotConfigured) as refusal:
        load(environment)

    faults = str(refusal.value).split("; ")
    assert [fault.removeprefix("set ").split(":")[0] for fault in faults[:-1]] == [
        "REDIS_URL",
        "HISTORY",
        "CONTACT",
        "HOUSE_PACE",
    ]


def test_a_fault_never_repeats_the_value_which_may_be_a_secret() -> None:
    with pytest.raises(NotConfigured) as refusal:
        load(ENOUGH | {"HISTORY": "redis://:s3cret@db"})

    assert "s3cret" not in str(refusal.value)


def test_an_empty_variable_means_the_default() -> None:
    assert load(ENOUGH | {"HOUSE_URL": ""}).house_url == "https://disclosures-clerk.house.gov"


def test_the_roster_comes_from_its_project_or_from_nowhere() -> None:
    assert load(ENOUGH).roster_url == "https://unitedstates.github.io/congress-legislators"
    assert load(ENOUGH | {"ROSTER_URL": "none"}).roster_url is None


def test_durations_are_read_as_seconds() -> None:
    assert load(ENOUGH | {"HOUSE_PACE": "0.25"}).house_pace == timedelta(seconds=0.25)


def test_a_duration_in_words_is_told_how_to_be_written() -> None:
    with pytest.raises(NotConfigured, match="HOUSE_PACE: value error, should be a number of seconds"):
        load(ENOUGH | {"HOUSE_PACE": "9" * 30})


def test_durations_may_be_given_as_such() -> None:
    assert Settings(
        database_url="", redis_url="", contact="me@x", house_pace=timedelta(0)
    ).house_pace == timedelta(0)


def test_other_variables_are_not_ours() -> None:
    assert load(ENOUGH | {"PATH": "/bin"}) == load(ENOUGH)


def test_settings_do_not_change_while_a_process_lives() -> None:
    loaded = load(ENOUGH)

    with pytest.raises(ValidationError, match="frozen"):
        loaded.history = "firestore"


def test_log_lines_are_kept_only_where_settings_say_so() -> None:
    assert load(ENOUGH).log_folder is None
    assert load(ENOUGH | {"LOG_FILES": "true", "DATA_DIR": "var"}).log_folder == Path("var/logs")


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_a_process_reads_its_environment_once(monkeypatch: pytest.MonkeyPatch) -> None:
    settings.cache_clear()
    for name, value in ENOUGH.items():
        monkeypatch.setenv(name, value)

    first = settings()
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")

    assert settings() is first
    assert first.redis_url == ENOUGH["REDIS_URL"]
    settings.cache_clear()


def test_what_is_unset_or_empty_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAPITOLSCOPE_THIS", "yes")
    monkeypatch.setenv("CAPITOLSCOPE_THAT", "")

    assert [given(f"CAPITOLSCOPE_{name}") for name in ("THIS", "THAT", "OTHER")] == ["yes", None, None]


def test_time_is_this_machines_unless_a_file_says_how_far_ahead_it_is(tmp_path: Path) -> None:
    file = tmp_path / "ahead"
    file.write_text("3600")

    simulated = load(ENOUGH | {"CLOCK_FILE": str(file)})

    assert load(ENOUGH).clock is utc_now
    assert simulated.clock() - utc_now() > timedelta(minutes=59)


def test_a_simulated_clock_is_refused_on_cloud_run(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured, match="set CLOCK_FILE: "):
        load(ENOUGH | {"CLOCK_FILE": str(tmp_path / "ahead"), "K_SERVICE": "notifications"})
