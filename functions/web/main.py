"""Cloud Run function: what the public sees, and what the mail provider reports."""

from flask import Request, Response

from common.web.app import answer


def web(request: Request) -> Response:
    """Answer one request of the public."""
    return answer(request)
