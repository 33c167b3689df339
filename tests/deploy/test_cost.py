"""The bill follows from the registry, and names the floor that the always-on parts set."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from common.runtime import cost as of_a_run
from common.tasks import CONGRESSIONAL_SYNC, HEALTH_CHECK, NOTIFICATIONS, SERVICES, TASKS, WEB
from local.deploy import usage
from local.deploy.bill import ALWAYS_ON, lines, work, works
from local.deploy.choices import Choices, read_choices
from local.deploy.cost import main
from local.deploy.prices import PRICES


@pytest.fixture
def usual(tmp_path: Path) -> Choices:
    """Lend the choices of an operator who chose nothing."""
    return read_choices(tmp_path / "deploy.env")


def chosen(tmp_path: Path, *lines_of_it: str) -> Choices:
    file = tmp_path / "deploy.env"
    file.write_text("\n".join(lines_of_it))
    return read_choices(file)


def dollars(choices: Choices) -> dict[str, float]:
    return {line.part: round(line.dollars, 2) for line in lines(choices, works({}))}


def test_runs_are_the_ticks_of_an_average_month() -> None:
    assert usage.runs(HEALTH_CHECK) == 6 * 24 * 365 / 12
    assert usage.runs(NOTIFICATIONS) == 2 * 24 * 365 / 12
    assert usage.runs(CONGRESSIONAL_SYNC) == 6 * 261 / 12  # 2026 has 261 working days
    assert usage.runs(WEB) == 20_000


def test_a_functions_work_is_its_runs_times_its_size() -> None:
    done = work(CONGRESSIONAL_SYNC, {"congressional_sync": (10, "told")})

    assert done.vcpu_seconds == 130.5 * 10 * 2
    assert done.gib_seconds == 130.5 * 10 * 1
    a_run = of_a_run.estimate(CONGRESSIONAL_SYNC, timedelta(seconds=10))
    assert done.dollars == pytest.approx(130.5 * (a_run + PRICES["requests"].dollars), rel=0.001)


def test_the_floor_is_what_runs_whatever_is_done(usual: Choices) -> None:
    bill = list(lines(usual, works({})))

    floor = {line.part: round(line.dollars, 2) for line in bill if line.kind == ALWAYS_ON}

    assert floor == {
        "Cloud SQL db-g1-small": 25.55,
        "Cloud SQL disk": 1.70,
        "Cloud SQL backups": 0.40,
        "Memorystore for Redis": 35.77,
    }


def test_what_is_free_is_taken_off(usual: Choices) -> None:
    busy = dict.fromkeys(TASKS, (1e6, "told"))

    quiet, much = dollars(usual), {line.part: line.dollars for line in lines(usual, works(busy))}

    assert quiet["Cloud Run: processors"] == 0
    vcpu = sum(usage.runs(task) * 1e6 * task.cpu for task in TASKS.values())
    vcpu += sum(one.vcpu_seconds for one in works({}) if one.function in SERVICES)
    assert much["Cloud Run: processors"] == pytest.approx((vcpu - 180_000) * of_a_run.VCPU_SECOND)


def test_a_database_and_a_redis_of_ones_own_leave_no_floor(tmp_path: Path) -> None:
    bill = lines(chosen(tmp_path, "DATABASE=url", "REDIS=url"), works({}))

    assert sum(line.dollars for line in bill if line.kind == ALWAYS_ON) == 0


@pytest.mark.parametrize(
    ("tier", "parts"),
    [
        ("db-f1-micro", {"Cloud SQL db-f1-micro": 7.67}),
        (
            "db-custom-2-7680",
            {
                "Cloud SQL db-custom-2-7680: processors": 60.30,
                "Cloud SQL db-custom-2-7680: memory": 38.33,
            },
        ),
    ],
)
def test_the_databases_size_sets_its_price(tmp_path: Path, tier: str, parts: dict[str, float]) -> None:
    found = dollars(chosen(tmp_path, f"DATABASE_TIER={tier}"))

    assert parts.items() <= found.items()


def test_a_size_without_a_price_is_refused(tmp_path: Path) -> None:
    (tmp_path / "deploy.env").write_text("DATABASE_TIER=db-n1-highmem-2")

    answer = CliRunner().invoke(main, ["--settings", str(tmp_path / "deploy.env")])

    assert answer.exit_code == 2
    assert "no price of db-n1-highmem-2" in answer.output


def test_what_requests_really_took_replaces_what_is_stated(tmp_path: Path) -> None:
    (tmp_path / "requests").write_text("notifications\t2.000000000s\nnotifications\t4s\nstock-prices\t\n")

    answer = CliRunner().invoke(
        main, ["--settings", str(tmp_path / "none"), "--measured", str(tmp_path / "requests"), "--json"]
    )

    found = {one["function"]: one for one in json.loads(answer.output)["functions"]}
    assert (found["notifications"]["seconds"], found["notifications"]["basis"]) == (
        3.0,
        "measured: mean of 2 requests",
    )
    assert found["health_check"]["seconds"] == usage.stated("health_check")[0]


def test_a_program_reads_the_same_sum(tmp_path: Path) -> None:
    answer = CliRunner().invoke(main, ["--settings", str(tmp_path / "none"), "--json", "--seconds", "web=9"])

    told = json.loads(answer.output)

    assert told["dollars"] == pytest.approx(sum(part["dollars"] for part in told["parts"]), abs=0.01)
    assert told["always_on"] == 63.42
    assert {one["function"]: one["seconds"] for one in told["functions"]}["web"] == 9


def test_people_read_the_floor_and_where_prices_are_from(tmp_path: Path) -> None:
    answer = CliRunner().invoke(main, ["--settings", str(tmp_path / "none")])

    told = " ".join(answer.output.split())
    assert "of which 63.42 are the floor" in told
    assert "local/deploy/prices.py" in told
    assert all(function in told for function in (*TASKS, *SERVICES))


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("notifications", "FUNCTION=SECONDS"),
        ("notifications=long", "FUNCTION=SECONDS"),
        ("nothing=9", "no function nothing"),
    ],
)
def test_seconds_that_are_none_are_refused(tmp_path: Path, wrong: str, why: str) -> None:
    answer = CliRunner().invoke(main, ["--settings", str(tmp_path / "none"), "--seconds", wrong])

    assert answer.exit_code == 2
    assert why in answer.output


def test_every_price_is_used_or_offered() -> None:
    text = (Path(usage.__file__).parent / "bill.py").read_text()
    tiers = {name for name in PRICES if name.startswith("db-")}

    assert {name for name in PRICES if f'"{name}"' not in text} == tiers
