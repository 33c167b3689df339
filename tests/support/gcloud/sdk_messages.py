"""Reads resources as gcloud sends them to an API; run by the SDK's Python, knows nothing of this project.

sdk_messages.py SDK < a JSON list of [api, version, message, body] > a JSON list: for each, its faults
"""

import json
import sys
from pathlib import Path
from typing import Any

sdk = Path(sys.argv[1])
sys.path[:0] = [str(sdk / "lib"), str(sdk / "lib" / "third_party")]

from apitools.base.protorpclite import messages  # noqa: E402 - found by the path above
from apitools.base.py import encoding  # noqa: E402
from googlecloudsdk.api_lib.util import apis  # noqa: E402


def faults(api: str, version: str, message: str, body: Any) -> list[str]:
    """Return what of BODY the API's MESSAGE does not have, or has as another type."""
    kind = getattr(apis.GetMessagesModule(api, version), message)
    try:
        read = encoding.PyValueToMessage(kind, body)
    except (messages.ValidationError, ValueError) as error:
        return [f"{type(error).__name__}: {error}"]
    unknown = encoding.UnrecognizedFieldIter(read)
    return [f"{'.'.join(edge.field for edge in path)} has no {', '.join(fields)}" for path, fields in unknown]


if __name__ == "__main__":
    json.dump([faults(*asked) for asked in json.load(sys.stdin)], sys.stdout)
