"""Cloud Run function: what operators and machines ask, as JSON."""

from flask import Request, Response

from common.api.app import answer


def api(request: Request) -> Response:
    """Answer one request; Cloud Run's IAM has let it in."""
    return answer(request)
