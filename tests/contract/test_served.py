"""What serving a function leaves behind: nothing that makes the tests after it slower."""

import sys

from flask import Request, Response

from tests.support.served import ask, served


def nothing(_: Request) -> Response:
    return Response("{}")


def test_a_function_served_after_another_adds_nothing_to_where_imports_look() -> None:
    with served(nothing):
        before = list(sys.path)

    with served(nothing) as port:
        answer = ask(port)

    assert answer.status == 200
    assert sys.path == before
