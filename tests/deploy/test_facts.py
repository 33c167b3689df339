"""What deploy.sh knows of the code: sizes and schedules of the registry, and which settings a function reads."""

from pathlib import Path

import pytest

from common.errors import NotConfigured
from common.settings import Settings
from common.tasks import SERVICES, TASKS
from local.deploy.choices import Choices, check_secret, keep_choices, read_choices
from local.deploy.facts import rows

TOKENS = {"congressional_sync": "CONGRESS_GOV_API_KEY", "notifications": "LINK_KEYS", "web": "LINK_KEYS"}


@pytest.fixture
def choices(tmp_path: Path) -> Choices:
    """Lend what an operator chose who chose nothing."""
    return read_choices(tmp_path / "deploy.env")


def lines(choices: Choices, kind: str) -> list[tuple[str, ...]]:
    """Return the lines of that KIND, without it."""
    return [row[1:] for row in rows(choices) if row[0] == kind]


def test_no_line_has_an_empty_field_which_bash_would_skip(choices: Choices) -> None:
    told = list(rows(choices))

    assert all(all(fields) for fields in told)
    assert not [fields for fields in told if any("\t" in field or "\n" in field for field in fields)]


def test_every_function_of_the_registry_has_its_size(choices: Choices) -> None:
    sizes = {name: rest for name, *rest in lines(choices, "function")}

    assert sizes.keys() == {*TASKS, *SERVICES}
    assert sizes["congressional_sync"] == ["private", "1", "900s", "1Gi", "2", "10"]
    assert sizes["web"] == ["public", "10", "60s", "512Mi", "1", "10"]


def test_a_job_waits_15_seconds_longer_than_its_function_may_take(choices: Choices) -> None:
    jobs = {name: rest for name, *rest in lines(choices, "job")}

    assert jobs["health_check"][:6] == ["health-checks", "*/10 * * * *", "UTC", "315s", "0", "30s"]


@pytest.mark.parametrize(("function", "secret"), TOKENS.items())
def test_a_function_reads_the_secrets_that_its_code_names(
    choices: Choices, function: str, secret: str
) -> None:
    read = {(name, setting) for name, setting, kind in lines(choices, "reads") if kind == "secret"}

    assert (function, secret) in read
    assert ("stock_prices", "LINK_KEYS") not in read
    assert ("stock_prices", "SENDGRID_API_KEY") not in read
    assert ("web", "ALPACA_SECRET_KEY") not in read


def test_what_only_a_laptop_knows_is_given_to_no_function(choices: Choices) -> None:
    read = {setting for _, setting, _ in lines(choices, "reads")}

    assert not read & {"DISPATCH_URL", "DATA_DIR", "LOG_FILES", "K_REVISION"}
    assert {"DATABASE_URL", "REDIS_URL", "CONTACT"} <= read


def test_a_role_follows_from_a_setting_that_the_function_reads(choices: Choices) -> None:
    roles = {(who, where, role) for who, where, role, _ in lines(choices, "role")}

    assert ("congressional_sync", "bucket", "roles/storage.objectCreator") in roles
    assert ("web", "bucket", "roles/storage.objectCreator") not in roles
    assert ("api", "bucket", "roles/storage.objectViewer") in roles
    assert ("api", "bucket", "roles/storage.objectCreator") not in roles
    assert ("web", "project", "roles/datastore.user") not in roles
    assert ("scheduler", "service:notifications", "roles/run.invoker") in roles
    assert ("scheduler", "service:api", "roles/run.invoker") not in roles


def test_with_a_database_elsewhere_its_url_is_a_secret_and_nobody_is_let_into_cloud_sql(
    tmp_path: Path,
) -> None:
    keep_choices(tmp_path / "deploy.env", ["DATABASE=url"])

    choices = read_choices(tmp_path / "deploy.env")

    kinds = {(setting, kind) for _, setting, kind in lines(choices, "reads")}
    assert ("DATABASE_URL", "secret") in kinds
    assert "CLOUD_SQL_INSTANCE" not in {setting for setting, _ in kinds}
    roles = {(who, where, role) for who, where, role, _ in lines(choices, "role")}
    assert ("migrate", "secret:DATABASE_URL", "roles/secretmanager.secretAccessor") in roles
    assert not {role for _, _, role in roles if "cloudsql" in role}


def test_with_history_in_the_database_nobody_is_let_into_firestore(tmp_path: Path) -> None:
    keep_choices(tmp_path / "deploy.env", ["HISTORY=sql"])

    choices = read_choices(tmp_path / "deploy.env")

    assert "roles/datastore.user" not in {role for _, _, role, _ in lines(choices, "role")}
    assert ("notifications", "HISTORY", "plain") in lines(choices, "reads")


def test_every_secret_of_the_settings_is_known_as_one(choices: Choices) -> None:
    known = {name for name, kind, _ in lines(choices, "setting") if kind == "secret"}

    hidden = {name.upper() for name, field in Settings.model_fields.items() if not field.repr}
    assert known == hidden | {"REDIS_URL"}


def test_a_kept_choice_is_read_again_and_one_without_a_value_is_dropped(tmp_path: Path) -> None:
    file = tmp_path / "deploy.env"
    address = "1 Main Street; Springfield, IL = 62701"

    keep_choices(file, [f"POSTAL_ADDRESS={address}", "CONTACT=ops@example.org", "BUDGET=50"])
    keep_choices(file, ["BUDGET="])

    values = read_choices(file).values
    assert (values["POSTAL_ADDRESS"], values["CONTACT"], values["BUDGET"]) == (
        address,
        "ops@example.org",
        "100",
    )


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("SENDGRID_API_KEY=SG.x", "secrets set SENDGRID_API_KEY"),
        ("REDIS_URL=rediss://:password@host", "secrets set REDIS_URL"),
        ("DATABASE_URL=postgresql+pg8000://u:p@h/n", "secrets set DATABASE_URL"),
        ("COLOUR=blue", "COLOUR is neither a setting"),
        ("REDIS_GIB=0", "REDIS_GIB should be"),
        ("CONTACT=a;;b", "CONTACT holds ';;'"),
        ("MAIL=pigeon", "MAIL"),
        ("mail=folder", "'mail' is not NAME=VALUE"),
        ("CONTACT", "'CONTACT' is not NAME=VALUE"),
    ],
)
def test_a_choice_that_is_wrong_is_named_and_nothing_is_written(
    tmp_path: Path, change: str, why: str
) -> None:
    file = tmp_path / "deploy.env"

    with pytest.raises(NotConfigured, match=why):
        keep_choices(file, [change])

    assert not file.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SENDGRID_API_KEY", "SG.abc"),
        ("LINK_KEYS", f"{'a' * 40},{'b' * 40}"),
        ("REDIS_URL", "rediss://:password@host:6379/0"),
        ("DATABASE_URL", "postgresql+pg8000://user:pass%2Fword@host:5432/name"),
    ],
)
def test_a_secret_that_fits_is_taken(name: str, value: str) -> None:
    check_secret(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SENDGRID_API_KEY", "two words"),
        ("LINK_KEYS", "hunter2"),
        ("ADDRESS_KEY", "hunter2"),
        ("REDIS_URL", "http://hunter2@host"),
        ("DATABASE_URL", "postgresql://user:hunter2@host/name"),
        ("DATABASE_URL", "postgresql+pg8000://user:hunter2@host"),
    ],
)
def test_a_secret_with_which_nothing_could_start_is_refused_without_being_shown(
    name: str, value: str
) -> None:
    with pytest.raises(NotConfigured, match=name) as refused:
        check_secret(name, value)

    assert "hunter2" not in str(refused.value)
