"""Show what a function logged in the cloud, as `./dev.sh logs` does here: entries of `gcloud logging read` on stdin."""

import json
import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console

from common.logs import LABELS, TRACE
from local.logs import Entry, rendered

SEVERITY = "DEFAULT"


def as_logged(entry: Mapping[str, Any]) -> Entry:
    """Return Cloud Logging's ENTRY as the function wrote it; what the platform itself says has a text alone."""
    said = dict(entry.get("jsonPayload") or {"message": entry.get("textPayload", "")})
    return {
        "message": "",
        **said,
        "severity": entry.get("severity", SEVERITY),
        "time": entry["timestamp"],
        LABELS: entry.get("labels", {}),
        **({TRACE: entry["trace"]} if "trace" in entry else {}),
    }


def main() -> None:
    """Print the entries on stdin, oldest first; they come newest first, so that a limit keeps the newest."""
    console = Console(file=sys.stdout, soft_wrap=True, highlight=False)
    for entry in reversed(json.load(sys.stdin)):
        console.print(rendered(as_logged(entry)))


if __name__ == "__main__":
    main()
