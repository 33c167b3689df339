"""What is uploaded of each function: its own, all of it, and nothing else."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from common.errors import NotConfigured
from common.settings import given
from common.tasks import SERVICES, TASKS
from local.deploy import bundle
from local.deploy.bundle import IGNORED, MIGRATE, ROOT, Bundle, stage
from local.deploy.requirements import PYTHON, declared, requirements, versions_in

FUNCTIONS = [*TASKS, *SERVICES]
FOLDERS = {
    "congressional_sync": {"disclosures", "members"},
    "stock_prices": {"prices"},
    "health_check": {"ops"},
    "web": {"web"},
    "api": {"api"},
    "notifications": {"alerts", "mail"},
}
"""Function -> the folders of common/ without which it is not itself."""


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Bundle]:
    """Lend every bundle."""
    into = tmp_path_factory.mktemp("build")
    return {name: stage(name, into) for name in bundle.names()}


def contents(staged: Bundle) -> dict[str, bytes]:
    return {str(name): (staged.folder / name).read_bytes() for name in staged.files}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_bundle_is_its_main_its_part_of_common_and_what_installs_it(
    name: str, staged: dict[str, Bundle]
) -> None:
    tops = {file.parts[0] for file in staged[name].files}

    assert tops == {"main.py", "common", "requirements.txt", ".python-version", ".gcloudignore"}
    assert (staged[name].folder / "main.py").read_bytes() == (
        ROOT / "functions" / name / "main.py"
    ).read_bytes()


@pytest.mark.parametrize("name", FOLDERS)
def test_a_bundle_holds_its_own_folders_of_common(name: str, staged: dict[str, Bundle]) -> None:
    held = {file.parts[1] for file in staged[name].files if len(file.parts) > 2}

    assert held >= FOLDERS[name]


@pytest.mark.parametrize(
    ("name", "foreign"),
    [
        ("congressional_sync", {"alerts", "mail", "web", "api", "ops", "prices"}),
        ("stock_prices", {"alerts", "mail", "web", "api", "ops", "disclosures", "members"}),
        ("notifications", {"web", "api", "ops"}),
        ("health_check", {"web", "api"}),
        ("web", {"api", "ops"}),
        (MIGRATE, {"alerts", "api", "disclosures", "mail", "members", "ops", "prices", "runtime", "web"}),
    ],
)
def test_a_bundle_holds_no_code_of_another_function(
    name: str, foreign: set[str], staged: dict[str, Bundle]
) -> None:
    held = {file.parts[1] for file in staged[name].files if file.parts[0] == "common"}

    assert not held & foreign


@pytest.fixture(scope="module")
def own_packages() -> dict[str, set[str]]:
    """Lend, for each extra, the packages that it names and that not every bundle has anyway."""
    everywhere = set(versions_in(requirements(declared(["cloud"]))))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {
        extra: {str(canonicalize_name(Requirement(line).name)) for line in lines} - everywhere
        for extra, lines in project["optional-dependencies"].items()
    }


@pytest.mark.parametrize("name", bundle.names())
def test_a_bundle_installs_its_own_packages_and_no_other_functions(
    name: str, staged: dict[str, Bundle], own_packages: dict[str, set[str]]
) -> None:
    function = TASKS.get(name) or SERVICES.get(name)

    installed = set(staged[name].packages)

    extra = function.packages if function else "migrations"
    assert installed & set[str]().union(*own_packages.values()) == own_packages[extra]
    assert {"sqlalchemy", "pg8000", "cloud-sql-python-connector", "google-cloud-tasks"} <= installed


@pytest.mark.parametrize("name", bundle.names())
def test_every_package_of_a_bundle_is_pinned_with_hashes(name: str, staged: dict[str, Bundle]) -> None:
    text = (staged[name].folder / "requirements.txt").read_text()

    entries = re.split(r"(?<!\\)\n", text.strip())

    assert len(entries) == len(staged[name].packages)
    assert all(re.match(r"[\w.-]+==\S+", entry) and "--hash=sha256:" in entry for entry in entries)


@pytest.mark.parametrize("name", ["web", MIGRATE])
def test_the_same_sources_give_the_same_bytes_whatever_stood_there(
    name: str, staged: dict[str, Bundle], tmp_path: Path
) -> None:
    (tmp_path / name / "common").mkdir(parents=True)
    (tmp_path / name / "common" / "left_behind.py").write_text("import gone")

    again = stage(name, tmp_path)

    assert contents(again) == contents(staged[name])
    assert again.size == sum(len(held) for held in contents(again).values())


def test_templates_and_tables_go_where_the_code_that_names_them_goes(staged: dict[str, Bundle]) -> None:
    data = {
        name: {str(file) for file in one.files if file.suffix in {".json", ".html", ".txt", ".css"}}
        - {"requirements.txt"}
        for name, one in staged.items()
    }

    assert data[MIGRATE] == set()
    assert data["stock_prices"] == {"common/prices/renames.json"}
    assert data["congressional_sync"] == {"common/members/roster.json"}
    assert "common/mail/templates/built/news.html" in data["notifications"]
    assert {"common/web/templates/base.html", "common/web/static/web.css"} <= data["web"]
    assert "common/api/openapi.json" in data["api"]
    assert not any("/source/" in file for files in data.values() for file in files)


def test_the_migration_job_starts_by_itself_and_brings_every_step(staged: dict[str, Bundle]) -> None:
    job = staged[MIGRATE]

    steps = {file.name for file in job.files if "versions" in file.parts}

    assert (job.folder / "Procfile").read_text() == "web: python3 -m common.db.schema\n"
    assert steps == {file.name for file in (ROOT / "common/db/migrations/versions").glob("*.py")}


def test_gcloud_uploads_exactly_what_was_staged(
    staged: dict[str, Bundle], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))
    gcloud = shutil.which("gcloud")
    if not gcloud:
        (pytest.fail if given("CI") == "true" else pytest.skip)("missing: gcloud")
    together = tmp_path / "together"  # one call for all: each starts gcloud
    shutil.copytree(staged["web"].folder.parent, together)
    shutil.copy(together / "web" / ".gcloudignore", together)  # gcloud reads that of the folder it is given
    for name in staged:
        cached = together / name / "common" / "__pycache__"
        cached.mkdir()
        (cached / "tasks.cpython-313.pyc").touch()  # what running it here leaves behind

    listed = subprocess.run(
        [gcloud, "meta", "list-files-for-upload", together], check=True, capture_output=True, text=True
    )

    files = {Path(name, file) for name, made in staged.items() for file in made.files}
    assert {Path(line) for line in listed.stdout.splitlines()} == {
        file for file in files if file.name != ".gcloudignore"
    }
    assert {(made.folder / ".gcloudignore").read_text() for made in staged.values()} == {IGNORED}


def test_functions_run_on_the_python_that_their_packages_were_chosen_for(staged: dict[str, Bundle]) -> None:
    deployed = (ROOT / "local" / "deploy" / "functions.sh").read_text()

    assert f"--base-image={bundle.BASE_IMAGE} " in deployed
    assert (staged["web"].folder / ".python-version").read_text() == f"{PYTHON}\n"


def test_the_command_says_where_it_staged_what_and_how_large(tmp_path: Path) -> None:
    result = CliRunner().invoke(bundle.main, ["web", MIGRATE, "--into", str(tmp_path)])

    sizes = [Bundle(tmp_path / name).size for name in ("web", MIGRATE)]
    assert result.stdout == f"{tmp_path}/web\t{sizes[0]}\n{tmp_path}/migrate\t{sizes[1]}\n"


def test_the_command_refuses_an_unknown_function(tmp_path: Path) -> None:
    result = CliRunner().invoke(bundle.main, ["trades", "--into", str(tmp_path)])

    assert result.exit_code == 1
    assert "bundle: no function trades" in result.output


def test_an_unknown_function_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured, match=r"no function trades; common/tasks\.py has congressional_sync"):
        stage("trades", tmp_path)


def test_an_extra_that_nobody_wrote_is_refused_by_name() -> None:
    with pytest.raises(NotConfigured, match=r"pyproject\.toml has no extra trades; see common/tasks\.py"):
        declared(["cloud", "trades"])


def test_a_package_that_the_lock_lacks_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "requirements.lock").write_text("werkzeug==3.1.0 \\\n    --hash=sha256:00\n")

    with pytest.raises(NotConfigured, match=r"requirements\.lock lacks blinker, .*flask.*; lock again"):
        requirements(["flask"], lock=tmp_path / "requirements.lock")


def test_a_package_that_is_not_installed_here_is_refused_by_name() -> None:
    with pytest.raises(NotConfigured, match=r"no-such-package is not installed here; type \./dev\.sh setup"):
        requirements(["no-such-package"])


def test_what_only_another_system_needs_is_left_out() -> None:
    pinned = versions_in(requirements(["click", "async-timeout; python_version < '3.12'"]))

    assert list(pinned) == ["click"]  # colorama is for Windows
