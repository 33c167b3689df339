"""The API's border, over real HTTP: what is not asked rightly is refused in one shape, and nothing leaks."""

import re
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from common.api.app import LONGEST_BODY, answer
from common.api.desk import Desk
from common.api.exchange import Problem
from common.api.routes import ROUTES
from common.errors import NotConfigured
from tests.support.api import Api, an_api
from tests.support.served import served

EXECUTE = "/tasks/execute"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def api(sqlite_url: str, redis_url: str) -> Iterator[Api]:
    with an_api(sqlite_url, redis_url) as api:
        yield api


def problem(answer: httpx.Response) -> Problem:
    """Return the problem that ANSWER tells; it is in the one shape there is."""
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    return Problem.model_validate(answer.json())


@pytest.mark.parametrize(
    ("method", "path", "how", "status"),
    [
        ("GET", "/nowhere", {}, 404),
        ("POST", "/health", {}, 405),
        ("GET", EXECUTE, {}, 405),
        ("DELETE", "/admin/locks", {}, 405),
        ("POST", EXECUTE, {"content": b"{", "headers": JSON}, 400),
        ("POST", EXECUTE, {"content": b"", "headers": JSON}, 400),
        ("POST", EXECUTE, {"content": b"\xff", "headers": JSON}, 400),
        ("POST", EXECUTE, {"data": {"task_name": "notifications"}}, 415),
        ("POST", EXECUTE, {"content": b"{}"}, 415),
        ("POST", "/scheduled/notifications", {"content": b"x"}, 415),
        ("POST", EXECUTE, {"content": b"x" * (LONGEST_BODY + 1), "headers": JSON}, 413),
        ("POST", EXECUTE, {"json": []}, 422),
        ("POST", EXECUTE, {"json": {}}, 422),
        ("POST", EXECUTE, {"json": {"task_name": 5}}, 422),
        ("POST", EXECUTE, {"json": {"task_name": "notifications", "more": 1}}, 422),
        ("POST", EXECUTE, {"json": {"task_name": "notifications"}, "params": {"x": "1"}}, 422),
        ("GET", "/health", {"params": {"x": "1"}}, 422),
        ("GET", "/tasks/a!b/status", {}, 422),
        ("GET", f"/tasks/{'x' * 181}/status", {}, 422),
        ("POST", "/admin/locks/a/b/c/release", {}, 422),
    ],
)
def test_what_is_not_asked_rightly_is_refused_in_one_shape(
    api: Api, method: str, path: str, how: dict[str, object], status: int
) -> None:
    refused = api.ask(method, path, **how)

    assert refused.status_code == status, refused.text
    assert problem(refused).what_next
    assert api.queue.taken == []


def test_a_method_that_a_path_does_not_take_is_answered_with_those_that_it_does(api: Api) -> None:
    refused = api.get(EXECUTE)

    assert refused.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://localhost:3000"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://leads-to-this-machine.example:8080"},
    ],
)
def test_a_page_of_another_site_cannot_have_a_browser_act(api: Api, headers: dict[str, str]) -> None:
    refused = api.post("/scheduled/notifications", headers=headers)

    assert refused.status_code == 403
    assert "another site" in problem(refused).error
    assert api.queue.taken == []


def test_a_page_of_its_own_can(api: Api) -> None:
    through_the_proxy = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost:8080"}

    by_fetch = api.post("/scheduled/notifications", headers=through_the_proxy)
    by_origin = api.post("/scheduled/notifications", headers={"Origin": f"http://127.0.0.1:{api.port}"})

    assert (by_fetch.status_code, by_origin.status_code) == (202, 202)


def test_a_bug_is_told_without_its_words_and_logged_with_them(api: Api) -> None:
    api.change(history=None)

    broken = api.get("/tasks/n-1/status")

    assert (broken.status_code, problem(broken).error) == (500, "a bug of ours")
    assert any("api.bug" in line and "AttributeError" in line for line in api.lines)


def test_settings_that_are_missing_are_named(api: Api) -> None:
    def unset() -> Desk:
        raise NotConfigured("set REDIS_URL: field required; see README, Configuration")

    with served(lambda request: answer(request, desk=unset)) as port:
        refused = api.browser.get(f"http://127.0.0.1:{port}/health")

    assert refused.status_code == 503
    assert "REDIS_URL" in problem(refused).error


def test_each_answer_is_logged_with_its_route_and_without_what_it_names(api: Api) -> None:
    api.get("/tasks/secret-run/status")

    (line,) = (line for line in api.lines if "api.answered" in line)
    assert '"place": "/tasks/{task_id}/status"' in line
    assert "secret-run" not in line


def test_it_loads_nothing_that_only_other_functions_ship() -> None:
    others = {"httpx", "pypdfium2", "selectolax", "stamina", "holidays", "defusedxml"}
    asked = f"import sys, functions.api.main; print(*sorted({others} & sys.modules.keys()))"

    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)

    assert loaded.stdout.split() == []


def test_every_route_says_in_its_handler_what_it_does_in_a_sentence_that_names_no_argument() -> None:
    said = [(route.handler.__doc__ or "").partition("\n")[0] for route in ROUTES]

    assert [line for line in said if not re.fullmatch(r"[A-Z][^_]*\.", line)] == []
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)
