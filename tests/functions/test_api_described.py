"""The OpenAPI file says what the API does: held against the code, and asked over real HTTP by schemathesis."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from common.api.handlers.itself import FILE
from common.api.openapi import document, text
from common.runtime.records import Kind, RunRecord, Status
from local.readme import README
from tests.support.alerts import GREENE, Watch
from tests.support.api import MAILING, NOW, Api, an_api
from tests.support.ward import a_ward
from tests.support.web import Outbox

EXAMPLES = 3  # of each operation, after those at the edges of what it takes
LEFT_OUT = "positive_data_acceptance"  # a task's parameters must fit together, which a schema cannot say


@pytest.fixture
def api(sqlite_url: str, redis_url: str, tmp_path: Path) -> Iterator[Api]:
    with ExitStack() as stack:
        ward = stack.enter_context(a_ward(sqlite_url, redis_url, archive_url=tmp_path.as_uri()))
        assert ward.check().status == 200
        api = stack.enter_context(an_api(sqlite_url, redis_url, **MAILING))
        api.now = ward.now
        api.change(settings=ward.parts.settings)
        api.hold_lock("n-1", "notifications")
        record = RunRecord(
            "n-1", "notifications", "notifications", "n-1", Kind.MANUAL, Status.SUCCEEDED, {}, NOW
        )
        assert api.parts.history.create(record)
        site = replace(api.desk.site(), mailer=Outbox())
        api.desk = replace(api.desk, site=lambda: site)
        watch = Watch(api.engine)
        watch.rule(watch.subscriber(), members=[GREENE])
        yield api
        site.limiter.close()
        site.engine.dispose()


def test_the_file_is_what_the_code_says_today() -> None:
    assert FILE.read_text() == text(), "run .venv/bin/python -m common.api.openapi"


def test_the_api_hands_out_its_description(api: Api) -> None:
    answer = api.get("/openapi.json")

    assert (answer.status_code, answer.json()) == (200, document())


def test_every_operation_has_a_name_of_its_own_and_refuses_in_one_shape() -> None:
    operations = [operation for path in document()["paths"].values() for operation in path.values()]

    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert all("422" in operation["responses"] for operation in operations)


def test_no_request_is_answered_in_a_way_that_is_not_described(api: Api, tmp_path: Path) -> None:
    command: list[str | Path] = [
        Path(sys.executable).with_name("schemathesis"),
        "run",
        f"http://127.0.0.1:{api.port}/openapi.json",
        "--phases=examples,coverage,fuzzing",
        f"--max-examples={EXAMPLES}",
        f"--exclude-checks={LEFT_OUT}",
        "--generation-deterministic",
        "--suppress-health-check=all",
        "--no-color",
    ]

    tried = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)

    assert tried.returncode == 0, tried.stdout[-8000:] + tried.stderr[-2000:]


def test_every_example_of_the_readme_works_as_written(api: Api, tmp_path: Path) -> None:
    section = README.read_text().partition("\n## The API\n")[2].partition("\n## ")[0]
    (examples,) = re.findall(r"```bash\n(.*?)```", section, re.DOTALL)
    script = f"set -e\nAPI=http://127.0.0.1:{api.port}\n{examples}"

    ran = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert {asked.path for asked in api.queue.taken} == {"/congressional_sync", "/notifications"}
